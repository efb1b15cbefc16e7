"""Highlights: the query's words where they stand, by code points; a snippet that holds what matters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.highlights import LONGEST, Highlighter
from index.types import Correction


def words(query: str, text: str, *corrections: Correction) -> list[str]:
    found = Highlighter(query, corrections).find(text)
    return [text[span.start : span.end] for span in found.spans]


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("哪些单位负责电动自行车", "开展电动自行车整治，电动自行车登记。", ["电动自行车", "电动自行车"]),
        ("電動自行車", "电动自行车", ["电动自行车"]),  # typed in traditional characters
        ("电动自行车", "電動自行車", ["電動自行車"]),  # printed in them
        ("qr码", "😀扫ＱＲ码", ["ＱＲ码"]),  # full width, behind a character outside the BMP
        ("market regulation", "市场监管局负责", ["市场监管"]),
        ("“红黑榜”", "发布“红黑榜”。", ["红黑榜"]),
        ("会", "社会发展", []),  # a character inside another word is no match
        ("火星", "质量月活动", []),
    ],
)
def test_words_are_found_where_they_stand(query: str, text: str, expected: list[str]) -> None:
    assert words(query, text) == expected


def test_synonyms_count() -> None:
    assert words("电动车", "电动自行车登记") == ["电动自行车"]


def test_what_a_slip_was_mended_to_is_marked() -> None:
    assert words("点动车登记", "电动车登记", Correction("点动车", "电动车", "homophone")) == ["电动车登记"]


def test_a_mark_does_not_cut_a_character_in_two() -> None:
    assert words("iso9001", "按ISO9001\u20e3认证") == ["ISO9001\u20e3"]


def test_the_snippet_is_the_sentence_that_says_most() -> None:
    text = "各区要高度重视。" * 20 + "市公安局查处电动自行车违法。" + "请按时报送。" * 30
    snippet = Highlighter("电动自行车 公安局").find(text).snippet
    assert text[snippet.start : snippet.end].startswith("市公安局查处电动自行车违法。")


def test_of_a_long_sentence_the_clauses_that_say_most() -> None:
    text = "加强组织领导，" * 40 + "整治电动自行车，" + "做好保障，" * 40
    snippet = Highlighter("电动自行车").find(text).snippet
    assert "整治电动自行车" in text[snippet.start : snippet.end]
    assert snippet.end - snippet.start <= LONGEST


@given(st.text(max_size=300), st.text(min_size=1, max_size=30))
def test_spans_are_sound_whatever_the_words(text: str, query: str) -> None:
    found = Highlighter(query).find(text)
    at = 0
    for span in found.spans:
        assert at <= span.start < span.end <= len(text)
        at = span.end
    assert 0 <= found.snippet.start <= found.snippet.end <= len(text)
    assert found.snippet.end - found.snippet.start <= LONGEST
