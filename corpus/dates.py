"""Dates as notices print them, and their ISO form."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from corpus.structure.numbering import to_int

NUMERIC = r"(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}(?!\d)"
HAN_DATE = r"[一二][〇○ＯOΟ0零一二三四五六七八九]{3}\s*年\s*[一二三四五六七八九十]{1,2}\s*月\s*[一二三四五六七八九十]{1,3}\s*日"
DATE = re.compile(rf"(?:19|20)\d\d\s*年\s*\d{{1,2}}\s*月\s*\d{{1,2}}\s*日|{HAN_DATE}")
_ISO_PARTS = re.compile(r"((?:19|20)\d\d)\s*年(?:\s*(\d{1,2})\s*月(?:\s*(\d{1,2})\s*日)?)?")
_HAN_PARTS = re.compile(
    r"([一二][〇○ＯOΟ0零一二三四五六七八九]{3})\s*年\s*([一二三四五六七八九十]{1,2})\s*月\s*([一二三四五六七八九十]{1,3})\s*日"
)
_MONTH_PART = re.compile(r"(\d{1,2}|[一二三四五六七八九十]{1,2}|本)\s*月(?:份)?\s*(?:(\d{1,2})\s*[日号]|(上旬|中旬))?")
_QUARTER = re.compile(r"第?([1-4一二三四])季度|([上下])半年")
_YEAR_PART = re.compile(r"((?:19|20)\d\d)\s*年|([本今当明])\s*年")


def iso_date(text: str, year: int | None = None) -> str | None:
    """The first date in ``text`` as ``YYYY-MM-DD``; a month or a year alone means its last day; None without one.

    :param year: the year that holds for a date printed without one
    """
    numeric = re.search(NUMERIC, text)
    if numeric:
        year, month, day = map(int, re.split(r"[-./]", numeric.group()))
        return _iso(year, month, day)
    match = _ISO_PARTS.search(text)
    if match:
        parts = tuple(int(g) if g else None for g in match.groups())
        return _iso(parts[0] or 0, parts[1], parts[2])
    match = _HAN_PARTS.search(text)
    if match:
        digits = "".join(
            str("〇一二三四五六七八九".index(ch)) if ch in "一二三四五六七八九" else "0" for ch in match.group(1)
        )
        return _iso(int(digits), to_int(match.group(2)), to_int(match.group(3)))
    match = re.search(r"(\d{1,2})\s*月(?:\s*(\d{1,2})\s*日)?", text) if year else None
    if match and year:
        return _iso(year, int(match.group(1)), int(match.group(2)) if match.group(2) else None)
    return None


def last_day(text: str, year: int | None, issued_on: str | None = None) -> str | None:
    """The last day of the stretch of time that ``text`` names: 11月底, 2025年, 本月底, 今年三季度, 10月中旬.

    :param year: the year that holds where none is printed
    :param issued_on: ISO date of the notice, from which 本月 and 明年 count
    """
    if re.search(rf"{NUMERIC}|{HAN_DATE}", text):
        return iso_date(text)
    match = _YEAR_PART.search(text)
    issued = date.fromisoformat(issued_on) if issued_on else None
    base = issued.year if issued else year
    if match:
        year = int(match.group(1)) if match.group(1) else base and base + (match.group(2) == "明")
    rest = text[match.end() :] if match else text
    month = _MONTH_PART.search(rest)
    if month and month.group(1) == "本":
        return _iso(issued.year, issued.month, None) if issued else None
    if year is None:
        return None
    if month:
        number = month.group(1)
        day = int(month.group(2)) if month.group(2) else {"上旬": 10, "中旬": 20}.get(month.group(3) or "")
        return _iso(year, int(number) if number.isdigit() else to_int(number), day)
    quarter = _QUARTER.search(rest)
    if quarter and quarter.group(1):
        return _iso(year, 3 * (int(quarter.group(1)) if quarter.group(1).isdigit() else to_int(quarter.group(1))), None)
    if quarter:
        return _iso(year, 6 if quarter.group(2) == "上" else 12, None)
    return _iso(year, None, None) if match or "年" in text else None


def after(start: str, count: int, unit: str) -> str:
    """The last day of a term that runs from the day behind ``start``, as terms are counted in law.

    :param unit: 日, 天, 工作日, 周, 个月 or 年; a 工作日 is any day from Monday to Friday, since no calendar of public
        holidays is at hand, so that a term over one ends early rather than late
    """
    day = date.fromisoformat(start)
    if "年" in unit or "月" in unit:
        months = day.month - 1 + count * (12 if "年" in unit else 1)
        year, month = day.year + months // 12, months % 12 + 1
        return date(year, month, min(day.day, calendar.monthrange(year, month)[1])).isoformat()
    if "工作" not in unit:
        return (day + timedelta(days=count * (7 if "周" in unit else 1))).isoformat()
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day.isoformat()


def _iso(year: int, month: int | None, day: int | None) -> str | None:
    month = month or 12
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    day = day or last
    return date(year, month, day).isoformat() if 1 <= day <= last else None
