"""Dates as notices print them, and their ISO form."""

from __future__ import annotations

import calendar
import re
from datetime import date

from corpus.structure.numbering import to_int

DATE = re.compile(
    r"(?:19|20)\d\d\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日|"
    r"[一二][〇○ＯOΟ0零一二三四五六七八九]{3}\s*年\s*[一二三四五六七八九十]{1,2}\s*月\s*[一二三四五六七八九十]{1,3}\s*日"
)
_ISO_PARTS = re.compile(r"((?:19|20)\d\d)\s*年(?:\s*(\d{1,2})\s*月(?:\s*(\d{1,2})\s*日)?)?")
_HAN_PARTS = re.compile(
    r"([一二][〇○ＯOΟ0零一二三四五六七八九]{3})\s*年\s*([一二三四五六七八九十]{1,2})\s*月\s*([一二三四五六七八九十]{1,3})\s*日"
)


def iso_date(text: str, year: int | None = None) -> str | None:
    """The first date in ``text`` as ``YYYY-MM-DD``; a month or a year alone means its last day; None without one.

    :param year: the year that holds for a date printed without one
    """
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


def _iso(year: int, month: int | None, day: int | None) -> str | None:
    month = month or 12
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    day = day or last
    return date(year, month, day).isoformat() if 1 <= day <= last else None
