"""Numbers, amounts and dates of a sentence: which of them the cited words do not hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from index.fold import fold

_HAN_DIGITS = {ch: value for value, ch in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_SMALL, _LARGE = {"十": 10, "百": 100, "千": 1000}, {"万": 10**4, "亿": 10**8}
_MEASURES = (
    "个百分点|个工作日|工作日|个月|小时|分钟|平方米|公里|人次|%|‰|"
    "[年月日号时分秒周天岁元个项家所人名种类届条次台件批场份章款篇张处套辆座只支组户亩吨米级倍成期季]"
)
_NUMBER = re.compile(
    r"(?:(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?P<fraction>\.\d+)?\s*(?P<scale>[百千万亿]*)"
    r"|(?P<han>第?[〇零一二两三四五六七八九十百千万亿]+))"
    rf"\s*(?:余|多)?\s*(?P<measure>{_MEASURES})?"
)
_ISO = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*[-./]\s*(\d{1,2})\s*[-./]\s*(\d{1,2})(?!\d)")
_SHARE = re.compile(r"百分之([〇零一二两三四五六七八九十百\d.]+)")
_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = "(" + "|".join(f"{name[:3]}(?:{name[3:]})?" if name != "may" else "may" for name in _MONTHS) + r")\.?"
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_DAY_FIRST = re.compile(rf"\b{_DAY}\s+(?:of\s+)?{_MONTH}(?:,?\s+(\d{{4}}))?\b")
_MONTH_FIRST = re.compile(rf"\b{_MONTH}\s+{_DAY}\b(?:,?\s+(\d{{4}}))?")
_MONTH_YEAR = re.compile(rf"\b{_MONTH},?\s+(\d{{4}})\b")
_MONTH_ALONE = re.compile(r"\b(" + "|".join(n for n in _MONTHS if n not in ("march", "may")) + r")\b")
_WORDS = {
    word: n for n, word in enumerate("two three four five six seven eight nine ten eleven twelve".split(), 2)
} | {"twenty": 20, "thirty": 30, "fifty": 50, "dozen": 12}  # fmt: skip
_SCALES = {"hundred": "百", "thousand": "千", "million": "百万", "billion": "十亿"}
_RANGE = re.compile(r"\s*(?:至|到|to|-|–|—|~)\s*")
_CARRY = 8  # code points: 9月1日至15日 has its second day in the same month


@dataclass(frozen=True, slots=True)
class Figures:
    """What a text counts and dates: values with their measure (blank where none follows), pairs of values from … to,
    months of years, days of months."""

    values: frozenset[tuple[Decimal, str]]
    ranges: frozenset[tuple[Decimal, Decimal]]
    months: frozenset[tuple[int, int]]
    days: frozenset[tuple[int, int]]

    def within(self, other: Figures) -> bool:
        """Whether ``other`` holds every one of these: dates whole, values with the same measure."""
        plain = {value for value, _ in other.values}
        known = all((value, unit) in other.values if unit else value in plain for value, unit in self.values)
        return known and self.ranges <= other.ranges and self.months <= other.months and self.days <= other.days


@lru_cache(maxsize=512)
def figures(text: str) -> Figures:
    """The figures of a Chinese or English text. 三十, 30 and ３０ are the same; so are 2024-09-30 and 30 September 2024."""
    plain = _chinese_dates(fold(text))
    values: set[tuple[Decimal, str]] = set()
    ranges: set[tuple[Decimal, Decimal]] = set()
    last: tuple[Decimal, int] | None = None  # the number before, and where it ended
    months: set[tuple[int, int]] = set()
    days: set[tuple[int, int]] = set()
    year, month = (0, -99), (0, -99)  # the last one of each, and where it ended
    for match in _NUMBER.finditer(plain):
        value, measure = _value(match), match.group("measure") or ""
        if value is None:
            continue
        if measure == "年":
            year = (int(value), match.end())
        elif measure == "月":
            if match.start() - year[1] <= 1:
                months.add((year[0], int(value)))
            month = (int(value), match.end())
        elif measure in ("日", "号") and match.start() - month[1] <= _CARRY:
            days.add((month[0], int(value)))
            month, measure = (month[0], match.end()), "日"
        if last and _RANGE.fullmatch(plain, last[1], match.start()):
            ranges.add((last[0], value))
        last = (value, match.end())
        values.add((value, measure))
    return Figures(frozenset(values), frozenset(ranges), frozenset(months), frozenset(days))


def _value(match: re.Match[str]) -> Decimal | None:
    """The value of a number; None for a Han numeral that is part of a word (一起, 统一)."""
    if match.group("digits"):
        value = Decimal(match.group("digits").replace(",", "") + (match.group("fraction") or ""))
        for ch in match.group("scale"):
            value *= _SMALL.get(ch) or _LARGE[ch]
        return value
    numeral = match.group("han")
    if len(numeral) == 1 and not match.group("measure"):
        return None
    return Decimal(_han(numeral.removeprefix("第")))


def _han(numeral: str) -> int:
    """二〇二二 → 2022, 三百二十 → 320, 一万二 → 10002: one value for one spelling is all that comparing needs."""
    if all(ch in _HAN_DIGITS for ch in numeral):
        return int("".join(str(_HAN_DIGITS[ch]) for ch in numeral) or "0")
    total = section = digit = 0
    for ch in numeral:
        if ch in _HAN_DIGITS:
            digit = _HAN_DIGITS[ch]
        elif ch in _SMALL:
            section, digit = section + (digit or 1) * _SMALL[ch], 0
        else:
            total, section, digit = (total + section + digit or 1) * _LARGE[ch], 0, 0
    return total + section + digit


def _chinese_dates(text: str) -> str:
    """Dates and numbers of other spellings as 2024年9月30日, 95% and 5."""
    text = _ISO.sub(r"\1年\2月\3日", text)
    text = _SHARE.sub(r"\1%", text)
    if not re.search(r"[a-z]{3}", text):
        return text
    text = _DAY_FIRST.sub(lambda m: _date(m.group(3), m.group(2), m.group(1)), text)
    text = _MONTH_FIRST.sub(lambda m: _date(m.group(3), m.group(1), m.group(2)), text)
    text = _MONTH_YEAR.sub(lambda m: _date(m.group(2), m.group(1), None), text)
    text = _MONTH_ALONE.sub(lambda m: _date(None, m.group(1), None), text)
    text = re.sub(rf"\b({'|'.join(_WORDS)})\b", lambda m: str(_WORDS[m.group(1)]), text)
    return re.sub(rf"(?<=\d)\s+({'|'.join(_SCALES)})(?![a-z])", lambda m: _SCALES[m.group(1)], text)


def _date(year: str | None, month: str, day: str | None) -> str:
    number = next(n for n, name in enumerate(_MONTHS, 1) if name.startswith(month[:3]))
    return (f"{year}年" if year else "") + f"{number}月" + (f"{day}日" if day else "")
