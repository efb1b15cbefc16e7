"""Synthetic questions: valid, quoted verbatim, repeatable, of every kind; what they expect can be checked by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from corpus.reading import read_paths
from corpus.types import Notice
from eval.errors import BadDataset
from eval.formats import questions
from eval.synthetic import topics
from eval.synthetic.generate import generate
from index.fold import fold
from tests.notices import DIGEST
from tests.tiny import Run


@pytest.fixture(scope="module")
def notices() -> list[Notice]:
    return [notice for file in read_paths([DIGEST]) for notice in file.notices]


@pytest.fixture(scope="module")
def lines(notices: list[Notice]) -> list[dict[str, object]]:
    return generate(notices, 150, 1)


def test_the_set_is_a_valid_question_set(tmp_path: Path, notices_eval: Run) -> None:
    out = tmp_path / "s.jsonl"
    code, _, err = notices_eval("synthesise", DIGEST, "--out", out, "--count", "60")
    assert code == 0
    assert "synthetic: units and dates come from the parser" in err
    asked = questions.load(out)
    assert len(asked) == 60
    code, printed, _ = notices_eval("check", out, "--notices", DIGEST, "--json")
    assert (code, set(json.loads(printed)["labels"])) == (0, {"found"})
    code, printed, _ = notices_eval("answers", out, "--notices", DIGEST, "--json")
    assert code == 0
    assert json.loads(printed)["measures"]["verbatim"] == 1


def test_every_kind_is_there_and_says_that_it_is_synthetic(lines: list[dict[str, object]]) -> None:
    assert {line["kind"] for line in lines} == {
        "units",
        "activities",
        "lookup",
        "fact",
        "count",
        "compare",
        "followup",
        "abstain",
    }
    assert {line["lang"] for line in lines} == {"zh", "en"}
    assert all(str(line["note"]).startswith("synthetic: ") for line in lines)
    assert len({(*line["history"], line["question"]) for line in lines}) == len(lines)  # type: ignore[misc]


def test_quotes_stand_once_in_their_file(lines: list[dict[str, object]]) -> None:
    texts = {path.name[:3]: path.read_text(encoding="utf-8") for path in DIGEST.glob("*.txt")}
    gold = [label for line in lines for label in line["gold"]]  # type: ignore[attr-defined]
    assert gold
    for label in gold:
        assert texts[label["notice"]].count(label["quote"]) == 1
        assert 8 <= len(label["quote"]) <= 60


def test_the_same_seed_gives_the_same_set(notices: list[Notice]) -> None:
    assert generate(notices, 40, 7) == generate(notices, 40, 7)
    assert generate(notices, 40, 7) != generate(notices, 40, 8)


def test_a_units_question_expects_every_passage_that_holds_its_topic(notices: list[Notice]) -> None:
    places = topics.items(notices)
    found = topics.topics(places)
    assert "燃气灶具" in found
    for topic, held in found.items():
        by_hand = [p for p in places if fold(topic) in fold(" ".join((*p.passage.section_path, p.passage.text)))]
        assert [p.passage.passage_id for p in held] == [p.passage.passage_id for p in by_hand]


def test_what_nothing_answers_is_in_no_notice(lines: list[dict[str, object]], notices: list[Notice]) -> None:
    """Matters by word; years and places by themselves."""
    texts = fold(" ".join(n.text for n in notices))
    for line in lines:
        if line["note"] == "synthetic: a year without notices":
            (year,) = re.findall(r"\d{4}", str(line["question"]))
            assert year not in texts
        if line["kind"] == "abstain":
            assert (line["gold"], line["units"]) == ([], [])
    places = topics.items(notices)
    assert not topics.is_held("殡葬服务", places)
    assert topics.is_held("电动自行车", places)
    assert topics.is_held("电动车充电", places)  # a part of it is held


def test_english_names_come_from_the_glossary() -> None:
    assert topics.english("电动自行车") == "e-bike"
    assert topics.english("没有这个词") is None


def test_nothing_to_ask_about(tmp_path: Path, notices_eval: Run) -> None:
    with pytest.raises(BadDataset, match="hold no items"):
        generate([], 5, 1)
    code, _, err = notices_eval("synthesise", tmp_path / "gone", "--out", tmp_path / "s.jsonl")
    assert code == 2
    assert "no such file or folder" in err
