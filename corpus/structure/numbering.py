"""Printed numbers of Chinese notices: 第一章, 一、, （一）, 1、, (1), ①, 第三条, 1.2.3, 附件2."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Family = Literal[
    "chapter", "part", "article", "decimal", "decimal2", "decimal3", "decimal4", "han", "han_paren", "arabic",
    "arabic_paren", "circled",
]  # fmt: skip

# From the outermost to the innermost, as the standard for official documents (GB/T 9704-2012, 7.3.3) orders
# 一、（一）1.（1）; a document may deviate, see outline.family_order.
FAMILIES: tuple[Family, ...] = (
    "chapter", "part", "article", "decimal", "decimal2", "decimal3", "decimal4", "han", "han_paren", "arabic",
    "arabic_paren", "circled",
)  # fmt: skip
# Families that word processors confuse when they renumber a list.
COGNATE: dict[Family, Family] = {
    "han": "arabic", "arabic": "han", "han_paren": "arabic_paren", "arabic_paren": "han_paren",
}  # fmt: skip

_HAN = "〇零一二三四五六七八九十百"
_DIGITS = "0-9０-９"
_PATTERNS: tuple[tuple[Family, re.Pattern[str]], ...] = (
    (
        "chapter",
        re.compile(
            rf"第([{_HAN}]+|[{_DIGITS}]{{1,3}})章(?=[\s　、：:]|[“《\u4e00-\u9fff])(?!规定|的|所|中|和|至|第|以|有关)\s*"
        ),
    ),
    ("part", re.compile(rf"第([{_HAN}]+|[{_DIGITS}]{{1,3}})(?:部分|节|编)(?=[\s　、：:])[、：:\s]*")),
    ("article", re.compile(rf"第([{_HAN}]+|[{_DIGITS}]{{1,3}})条(?=[\s　：:、])[：:、\s]*")),
    ("han", re.compile(rf"([{_HAN}]{{1,4}})\s*[、､．.](?![{_HAN}]+[、，])\s*")),
    ("han_paren", re.compile(rf"[（(]\s*([{_HAN}]{{1,4}})\s*[）)][、､.．]?\s*")),
    ("arabic_paren", re.compile(rf"[（(]\s*([{_DIGITS}]{{1,3}})\s*[）)][、､.．]?\s*")),
    ("arabic_paren", re.compile(rf"([{_DIGITS}]{{1,2}})[）)][、､.．]?\s*")),
    ("arabic", re.compile(rf"([{_DIGITS}]{{1,3}})\s*(?:[、､．]|\.(?![{_DIGITS}])|\.(?=20\d\d年))\s*")),
    ("circled", re.compile(r"([①-⑳])\s*")),
)
# 1.2　标题, 1.2.3 标题: the blank tells it from an amount (1.5亿元) and a date (3.15晚会).
_DECIMAL = re.compile(rf"([{_DIGITS}]{{1,2}}(?:[.．][{_DIGITS}]{{1,2}}){{1,3}})[.．]?(?=[\s　])\s*")
_DECIMAL_TOP = re.compile(rf"([{_DIGITS}]{{1,2}})(?=[\s　]+[\u4e00-\u9fff])\s+")
_DECIMALS: dict[int, Family] = {2: "decimal2", 3: "decimal3", 4: "decimal4"}
_SHORT = 200  # code points of a line whose number is kept for those who ask again
_HAN_VALUE = {ch: value for value, ch in enumerate("零一二三四五六七八九")} | {"〇": 0}
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
# The families that a first character may open: most lines begin with none of these characters, and cost one look-up.
_OPENED_BY: tuple[tuple[str, tuple[Family, ...]], ...] = (
    ("第", ("chapter", "part", "article")), (_HAN, ("han",)), ("（(", ("han_paren", "arabic_paren")),
    ("0123456789０１２３４５６７８９", ("arabic_paren", "arabic")), (_CIRCLED, ("circled",)),
)  # fmt: skip
_BY_FIRST = {
    ch: tuple((family, pattern) for family, pattern in _PATTERNS if family in families)
    for first, families in _OPENED_BY
    for ch in first
}
_DIGIT_VALUE = {ch: value for value, ch in enumerate("0123456789")} | {ch: n for n, ch in enumerate(_CIRCLED, 1)}
_ONE = {**_HAN_VALUE, **_DIGIT_VALUE, "十": 10, "百": 100}  # values of numerals of one character


@dataclass(frozen=True, slots=True)
class Number:
    """A number at the head of a line: ``printed`` as it stands, ``width`` code points up to the text behind it."""

    family: Family
    value: int
    printed: str
    width: int


def read_number(line: str) -> Number | None:
    """The number that a line begins with, or None."""
    if line[:1] not in _BY_FIRST:
        return None
    return _read_again(line) if len(line) <= _SHORT else _read(line)


def _read(line: str) -> Number | None:
    for family, pattern in _BY_FIRST[line[0]]:
        match = pattern.match(line)
        if match:
            value = to_int(match.group(1))
            if value:
                return Number(family, value, match.group().strip(), match.end())
    match = _DECIMAL.match(line) if line[0].isdecimal() else None
    if match:
        parts = re.split(r"[.．]", match.group(1))
        value = to_int(parts[-1])
        if value:
            return Number(_DECIMALS[len(parts)], value, match.group().strip(), match.end())
    return None


_read_again = lru_cache(maxsize=4096)(_read)  # every stage of a document's reading asks for the same lines


def read_decimal_top(line: str) -> Number | None:
    """The ``1`` of ``1　总则``: a number without a mark, which counts only in a text that has 1.1, 1.2, … as well."""
    match = _DECIMAL_TOP.match(line)
    value = to_int(match.group(1)) if match else 0
    return Number("decimal", value, match.group(1), match.end()) if match and value else None


def to_int(numeral: str) -> int:
    """Value of a Chinese (up to 999), Arabic, full-width or circled numeral; 0 when it is none."""
    known = _ONE.get(numeral)
    if known is not None:
        return known
    if numeral.isdecimal():
        return int(numeral)
    total, digit = 0, 0
    for ch in numeral:
        if ch == "百":
            total, digit = total + max(digit, 1) * 100, 0
        elif ch == "十":
            total, digit = total + max(digit, 1) * 10, 0
        elif ch in _HAN_VALUE:
            digit = _HAN_VALUE[ch] if total or len(numeral) == 1 else digit * 10 + _HAN_VALUE[ch]
        else:
            return 0
    return total + digit
