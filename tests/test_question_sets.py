"""The questions on real notices: well formed, and every quote stands exactly once in its file, where its offsets say."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from corpus.reading import read_file
from corpus.types import Notice
from eval.formats.questions import Judged, Label, load
from tests.questions import real

LONGEST = 60
ASKED = load(real.QUESTIONS)


@pytest.fixture(scope="module")
def notices(shared: Path) -> dict[str, tuple[Notice, ...]]:
    """The notices of each file, by its key."""
    return {key: read_file(path, path.name).notices for key, path in real.sources().items()}


def squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_the_set_is_varied() -> None:
    kinds, languages = Counter(q.kind for q in ASKED), Counter(q.slices["lang"] for q in ASKED)
    assert len(ASKED) == 64
    assert kinds["abstain"] >= 15
    assert languages["en"] >= 14
    assert {"units", "activities", "lookup", "fact", "compare", "abstain", "followup", "anomaly"} == set(kinds)
    assert {label.notice for q in ASKED for label in q.gold} == set(real.KEYS)
    assert len({(q.asked.text, q.asked.history) for q in ASKED}) == len(ASKED)


@pytest.mark.parametrize("judged", ASKED, ids=lambda judged: judged.question_id)
def test_a_question_is_whole(judged: Judged) -> None:
    """What SCHEMA.md asks of each kind; quotes are short, since the notices are not ours to carry."""
    assert (judged.kind == "followup") == bool(judged.asked.history)
    assert (judged.kind == "units") == bool(judged.units)
    assert (judged.kind == "abstain") == (not judged.gold)
    assert {names[0] for names in judged.units} == {u for label in judged.gold for u in label.units}
    spans = [(label.notice, label.start) for label in judged.gold]
    assert len(set(spans)) == len(spans)
    for label in judged.gold + judged.optional:
        assert 8 <= len(label.quote) <= LONGEST
        assert "\n" not in label.quote
        assert label.start is not None
        assert label.end == label.start + len(label.quote)


@pytest.mark.parametrize("judged", [q for q in ASKED if q.gold], ids=lambda judged: judged.question_id)
def test_quotes_stand_where_they_are_said_to(judged: Judged, notices: dict[str, tuple[Notice, ...]]) -> None:
    for label in judged.gold + judged.optional:
        # Without blanks, too: that is how labels are found again.
        assert sum(squeeze(n.text).count(squeeze(label.quote)) for n in notices[label.notice]) == 1, label
        assert holder(label, notices).text[label.start : label.end] == label.quote
    for label in judged.gold:
        for unit in label.units:
            assert squeeze(unit) in squeeze(holder(label, notices).text)


def test_facts_are_printed_near_their_quotes(notices: dict[str, tuple[Notice, ...]]) -> None:
    """A required fact that no cited place holds would be the questioner's invention."""
    for judged in ASKED:
        near = "".join(around(label, notices) for label in judged.gold)
        for names in judged.contains:
            assert any(name in near for name in names), (judged.question_id, names)


def test_the_folder_holds_exactly_the_notices_asked_about(shared: Path, tmp_path: Path) -> None:
    folder = tmp_path / "notices"
    real.copy_to(folder)
    assert {path.name[:3] for path in folder.iterdir()} == set(real.KEYS)
    real.copy_to(folder)
    (folder / "other.txt").write_text("通知", encoding="utf-8")
    with pytest.raises(FileExistsError, match=r"other\.txt.*empty folder"):
        real.copy_to(folder)


def holder(label: Label, notices: dict[str, tuple[Notice, ...]]) -> Notice:
    """The one notice of the file in which a quote stands: a file may hold several."""
    (notice,) = (n for n in notices[label.notice] if label.quote in n.text)
    return notice


def around(label: Label, notices: dict[str, tuple[Notice, ...]]) -> str:
    """The quote and 300 characters on both sides: a long paragraph."""
    assert label.start is not None
    assert label.end is not None
    return holder(label, notices).text[max(0, label.start - 300) : label.end + 300]
