"""Properties of reading: whatever the text, offsets are true, nothing is lost, and reading again gives the same."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.parse import parse
from corpus.structure.numbering import read_number, to_int
from tests.notices import DIGEST, check_invariants, items, read

LINES = st.one_of(
    st.sampled_from(
        [
            "一、",
            "二、总体要求",
            "（一）加强领导。各部门要落实责任。",
            "1、开展宣传活动。（责任单位：区市场监管局）",
            "2.",
            "(3) 检查",
            "①",
            "第三条 内容",
            "附件1",
            "附件：1.口号",
            "2.表",
            "2024年8月30日",
            "（此件主动公开）",
            "关于开展活动的通知",
            "各有关单位：",
            "津质〔2024〕4号",
            "[bookmark: a]（二）武清区",
            "►河北区市场监管局开展宣传",
            "联系人：孙梅；联系电话：27182036",
            "于2024年10月9日前报送至质量科",
        ]
    ),  # fmt: skip
    st.text(
        alphabet="一二三四五、（）()1234567890.．。，；：“”《》〔〕市区局科责任单位 \u3000\t\u200b月日年号附件",
        max_size=40,
    ),
    st.text(max_size=20),
)


@given(st.lists(LINES, min_size=1, max_size=25))
@settings(max_examples=300, deadline=None)
def test_any_text_keeps_the_invariants(lines: list[str]) -> None:
    text = "\n".join(lines)
    for notice in parse(text, "x.txt"):
        check_invariants(notice)
    assert parse(text, "x.txt") == parse(text, "x.txt")
    if text.strip():
        assert "".join(n.text for n in parse(text, "x.txt")) == text


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_one_damaged_number_leaves_the_tree_as_it_was(data: st.DataObject) -> None:
    """Alter the printed number of one section heading of the Binhai plan: the items keep their paths."""
    source = next(DIGEST.glob("001*")).read_text(encoding="utf-8")
    (whole,) = parse(source, "x.txt")
    places = list(re.finditer(r"^（[一二三四五]）", source, re.MULTILINE))[1:4]  # inner members of the first list
    place = data.draw(st.sampled_from(places))
    damaged = data.draw(st.sampled_from(["（9）", "（七）", "(2) ", "（1） "]))
    (broken,) = parse(source[: place.start()] + damaged + source[place.end() :], "x.txt")
    assert [p.section_path for p in items(broken)] == [p.section_path for p in items(whole)]
    assert [p.number for p in items(broken)] == [p.number for p in items(whole)]


def test_ids_do_not_depend_on_the_file_or_its_neighbours() -> None:
    path = next(DIGEST.glob("002*"))
    (once,) = read(path)
    (again,) = parse(path.read_text(encoding="utf-8"), "elsewhere/other-name.txt")
    assert [p.passage_id for p in once.passages] == [p.passage_id for p in again.passages]


@given(st.integers(1, 99))
def test_chinese_numerals_round_trip(value: int) -> None:
    tens, ones = divmod(value, 10)
    digits = "零一二三四五六七八九"
    numeral = ("" if tens == 0 else "十" if tens == 1 else digits[tens] + "十") + (
        digits[ones] if ones or not tens else ""
    )
    assert to_int(numeral) == value


def test_printed_numbers() -> None:
    cases = {
        "一、总则": ("han", 1), "（十二）武清区": ("han_paren", 12), "(八) 津南区": ("han_paren", 8), "10、开展": ("arabic", 10),
        "１．开展": ("arabic", 1), "（9） 西青区": ("arabic_paren", 9), "3）说明": ("arabic_paren", 3), "第三条 内容": ("article", 3),
        "①内容": ("circled", 1), "第二章 附则": ("chapter", 2),
    }  # fmt: skip
    for line, (family, value) in cases.items():
        number = read_number(line)
        assert number is not None
        assert (number.family, number.value) == (family, value)
    for line in ("2022年活动", "1.5亿元", "3.15晚会", "第三条道路", "（一期）工程", "一等奖"):
        assert read_number(line) is None, line
