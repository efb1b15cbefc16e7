"""The words people type: synonyms, scripts, widths, slips; what was made of them is said, and quotes switch it off."""

from __future__ import annotations

from itertools import pairwise, permutations
from pathlib import Path

import pytest

from assistant.service import Assistant
from assistant.types import Question
from corpus.reading import read_paths
from index.english import one_slip_away
from index.quotes import quoted_spans, spellings
from index.shapes import lookalikes
from index.sounds import sounds_of
from index.store import LocalStore
from index.training.shapes import characters
from index.types import HitList
from tests.notices import DIGEST

TRADITIONAL = "河東區市場監督管理局關於開展“質量月”活動的通知\n\n一、開展電動自行車專項檢查。（質量科）\n\n二、檢查加油站計量器具。（計量科）\n"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    store = LocalStore(tmp_path_factory.mktemp("typed") / "store")
    store.index(read_paths([DIGEST]))
    return Assistant(store)


def made(found: HitList) -> list[tuple[str, str, str]]:
    return [(c.typed, c.meant, c.kind) for c in found.corrections]


def tops(found: HitList) -> str:
    """The texts of the three best hits."""
    return "".join(hit.stored.passage.text for hit in found.hits[:3])


@pytest.mark.parametrize(
    ("typed", "meant", "kind"),
    [
        ("点动车", "电动车", "homophone"),
        ("质量越", "质量月", "homophone"),
        ("负则单位", "负责", "homophone"),
        ("特种没备", "特种设备", "shape"),
        ("电动自行东", "电动自行车", "shape"),
        ("zhiliangyue", "质量月", "pinyin"),
        ("质量yue", "质量月", "pinyin"),
        ("quality campain", "campaign", "spelling"),
        ("電動自行車", "电动自行车", "traditional"),
        ("ｅ－ｂｉｋｅ", "e-bike", "width"),
    ],
)
def test_a_slip_is_mended_and_shown(assistant: Assistant, typed: str, meant: str, kind: str) -> None:
    found = assistant.search(typed, 5)
    assert [(c.meant, c.kind) for c in found.corrections] == [(meant, kind)]
    assert found.corrections[0].typed in typed
    plain = assistant.search(typed.replace(found.corrections[0].typed, meant), 5)
    assert not plain.corrections
    assert [hit.stored.passage.passage_id for hit in found.hits] == [
        hit.stored.passage.passage_id for hit in plain.hits
    ]


@pytest.mark.parametrize("query", ["电瓶车", "e bike", "E-BIKE", "ebike", "电单车", "electric bicycles"])
def test_other_words_for_the_same_find_it_without_a_correction(assistant: Assistant, query: str) -> None:
    found = assistant.search(query, 3)
    assert not found.corrections
    assert all("电动" in hit.stored.passage.text for hit in found.hits)


def test_english_and_abbreviated_names(assistant: Assistant) -> None:
    assert "质量月" in tops(assistant.search("quality month"))
    assert "工信局" in tops(assistant.search("区工信局"))
    assert not assistant.search("区工信局").corrections


@pytest.mark.parametrize("marks", ["“{}”", '"{}"', "「{}」", "『{}』", "＂{}＂"])
def test_quotes_keep_words_as_they_are_typed(assistant: Assistant, marks: str) -> None:
    for slip in ("点动车", "质量越", "電動自行車"):
        nothing = assistant.search(marks.format(slip), 10)
        assert (made(nothing), nothing.hits) == ([], ())
    found = assistant.search(marks.format("电动自行车") + "活动", 100)
    assert found.hits
    for hit in found.hits:
        whole = (hit.stored.notice.title, *hit.stored.passage.section_path, hit.stored.passage.text)
        assert any("电动自行车" in "".join(part.split()) for part in whole)


def test_what_stands_outside_of_quotes_is_still_mended(assistant: Assistant) -> None:
    found = assistant.search("“质量月” 点动车", 5)
    assert made(found) == [("点动车", "电动车", "homophone")]
    assert found.quoted == ("质量月",)
    assert found.hits


@pytest.mark.parametrize("mode", ["lexical", "dense", "hybrid"])
def test_quotes_hold_in_every_mode_and_beside_filters(assistant: Assistant, mode: str) -> None:
    rows = assistant.search("“电梯” 安全", 100, mode)  # type: ignore[arg-type]
    assert rows.hits
    assert all("电梯" in hit.stored.passage.text + "".join(hit.stored.passage.section_path) for hit in rows.hits)
    assert {hit.stored.notice.year for hit in assistant.search("“电梯”", 100).hits} > {2022}


def test_an_english_name_in_quotes_that_no_notice_holds_is_translated(assistant: Assistant) -> None:
    found = assistant.search('"quality month"', 3)
    assert (made(found), found.quoted) == ([], ())
    assert "质量月" in tops(found)


def test_a_word_that_the_notices_hold_is_never_read_as_another(assistant: Assistant) -> None:
    """Every stretch of every passage, as if it had been typed."""
    for stored in assistant.store.passages():
        text = stored.passage.text
        for start in range(0, len(text), 7):
            piece = text[start : start + 12]
            if piece.strip():
                assert made(assistant.search(piece, 1, "lexical")) == [], piece


def test_a_slip_of_the_notices_themselves_can_be_searched_for(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(
        "河东区关于开展点动车检查的通知\n\n一、检查点动车。（质量科）\n\n二、检查电动车。（质量科）\n", encoding="utf-8"
    )
    store = LocalStore(tmp_path / "store")
    store.index(read_paths([tmp_path / "a.txt"]))
    found = store.search("点动车", 1)
    assert made(found) == []
    assert "点动车" in found.hits[0].stored.passage.text


def test_a_traditional_notice_holds_its_words_in_both_scripts(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TRADITIONAL, encoding="utf-8")
    store = LocalStore(tmp_path / "store")
    store.index(read_paths([tmp_path / "a.txt"]))
    for query in ("電動自行車", "电动自行车", "「電動自行車」"):
        found = store.search(query, 1)
        assert made(found) == []
        assert "電動自行車" in found.hits[0].stored.passage.text
    assert store.search("“电动自行车”", 1).hits == ()


def test_a_question_is_mended_as_a_search_is(assistant: Assistant) -> None:
    for text, typed, meant, kind in (
        ("哪些单位负责点动自行车相关活动", "点动自行车", "电动自行车", "homophone"),
        ("哪些單位負責電動自行車相關活動", "電動自行車", "电动自行车", "traditional"),
        ("哪些单位负责diandongzixingche相关活动", "diandongzixingche", "电动自行车", "pinyin"),
    ):
        answer = assistant.ask(Question(text))
        assert (typed, meant, kind) in [(c.typed, c.meant, c.kind) for c in answer.corrections]
        assert answer.table == assistant.ask(Question("哪些单位负责电动自行车相关活动")).table
        assert any(f"“{meant}”" in warning and typed in warning for warning in answer.warnings)


def test_a_quoted_word_of_a_question_is_not_bent(assistant: Assistant) -> None:
    answer = assistant.ask(Question("“点动车”由谁负责"))
    assert answer.abstained
    assert answer.corrections == ()


def test_a_quotation_that_is_only_near_is_said_to_be(assistant: Assistant) -> None:
    exact = assistant.ask(Question("“加强全面质量管理”是哪年的主题"))
    near = assistant.ask(Question("“加强全面的质量管理”是哪年的主题"))
    assert not exact.warnings
    assert any("加强全面的质量管理" in warning for warning in near.warnings)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("“质量月”", ["质量月"]),
        ('"a" 「b」『c』＂d＂', ["a", "b", "c", "d"]),
        ("“” 「 」", []),
        ("“没有合上", []),
    ],
)
def test_quoted_spans(text: str, spans: list[str]) -> None:
    assert [text[a:b] for a, b in quoted_spans(text)] == spans


def test_a_phrase_is_found_in_both_widths_and_across_lines() -> None:
    assert spellings("A 1") == ("a1", "ａ１")
    assert "2022年" in spellings("２０２２年")


def test_sounds() -> None:
    assert sounds_of("质量月")[0] == sounds_of("质量越")[0] == sounds_of("自量越")[0]
    assert sounds_of("负则")[0] == sounds_of("负责")[0] != sounds_of("负者")[0]
    assert sounds_of("检测", exact=True)[0] == ("jian", "ce")


def test_looking_alike_is_mutual() -> None:
    every = characters()
    assert len(every) == 6763
    for a, b in ("未末", "己已", "士土", "析折", "贷货", "睛晴", "籍藉"):
        assert b in lookalikes(a)
    for character in every:
        for other in lookalikes(character):
            assert character in lookalikes(other)
            assert character != other


@pytest.mark.parametrize("word", ["steam", "began", "concept", "factors", "cleared", "which", "quality", "bike"])
def test_english_words_are_no_slips(word: str) -> None:
    assert one_slip_away(word) is None


def test_one_slip_of_an_english_word() -> None:
    word = "campaign"
    slips = {word[:i] + word[i + 1 :] for i in range(1, len(word))} | {
        word[:i] + b + a + word[i + 2 :] for i, (a, b) in enumerate(pairwise(word), 1) if a != b
    }
    assert {one_slip_away(slip) for slip in slips - {word}} <= {"campaign", "campaigns", "campaigning", None}
    assert one_slip_away("qualty") == "quality"
    assert not any(one_slip_away("".join(mixed)) for mixed in list(permutations("quality"))[1000:1010])
