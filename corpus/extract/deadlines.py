"""Dates, ends of periods, and deadlines, printed as days or counted from the notice's own date.

The words stay as they are printed; the value is the ISO date they come to (a month or a year means its last day).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpus.dates import HAN_DATE, NUMERIC, after, iso_date, last_day
from corpus.structure.numbering import to_int
from corpus.types import FactKind

Stated = tuple[FactKind, str, int, int]  # kind, value, start and end in the text

_YEAR = r"(?:(?:19|20)\d\d|[今本当明])\s*+年\s*+"
_MONTH = r"(?:\d{1,2}|[一二三四五六七八九十]{1,2})\s*+月(?:份)?\s*+"
_DAY = rf"(?:(?:{_YEAR})?\d{{1,2}}\s*+月\s*+\d{{1,2}}\s*+[日号]|{NUMERIC}|{HAN_DATE})"
_ASIDE = r"(?:\s*+[（(][^（()）]{1,8}[）)])?"  # （星期三）
_CLOCK = r"(?:早上|上午|中午|下午|晚上)?\s*+(?:\d{1,2}\s*+[:：点时]\s*+(?:\d{2}分?|半)?|下班|下午|上午)?"
_DAYS = re.compile(rf"(?:(?:19|20)\d\d\s*+年\s*+)?\d{{1,2}}\s*+月\s*+\d{{1,2}}\s*+日|{NUMERIC}|{HAN_DATE}")
_ENDS = r"(?:年?底|末|上旬|中旬|下旬)"
_STRETCH = rf"(?:{_YEAR}{_MONTH}{_ENDS}?|{_YEAR}(?:第?[1-4一二三四]季度|[上下]半年|年?[底末])|{_MONTH}{_ENDS}|本月[底末]?|年[底末])"
_DIGITS = r"(?:19|20)\d\d\s*+年"
_BEFORE = re.compile(
    rf"(?:(?:每年|于|截至|截止到?|请在|最迟|务必|须在|应在|在)\s*+)?(?P<point>{_DAY}|{_STRETCH}|{_DIGITS}){_ASIDE}"
    rf"\s*+(?:{_CLOCK}|[底末]?)\s*+(?:之前|前(?![\d一二三四五六七八九十几])|以前|截止|止)"
)
_CLOSES = re.compile(rf"截止(?:日期|时间)?\s*+(?:为|是|[:：])\s*+(?P<point>{_DAY}|{_STRETCH}){_ASIDE}\s*+{_CLOCK}")
_MONTHLY = re.compile(rf"每月\s*+(?P<day>\d{{1,2}})\s*+[日号]\s*+{_CLOCK}(?:之前|前|以前)")
# 截至7月底 says how things stand
_UNTIL = re.compile(
    rf"(?:(?:有效期限?|适用期限?|期限|时限)(?:为|是)?\s*+)?(?:(?<!截)[到至]|截止[到至]?)\s*+(?P<point>{_DAY}|{_STRETCH}|{_DIGITS})(?:止)?"
)
_PERIOD = re.compile(
    rf"(?:自\s*+)?(?P<start>{_DAY}|{_YEAR}{_MONTH}|即日起?|本(?:通知|办法|方案|意见)?(?:印发|发布)之日起?){_ASIDE}\s*+{_CLOCK}\s*+(?:起\s*+)?"
    rf"(?:至|到|—+|–|-+|－+|~|～)\s*+(?P<end>{_DAY}|{_YEAR}{_MONTH}{_ENDS}?|{_YEAR}[底末]?|{_MONTH}[底末]?|\d{{1,2}}\s*+日|本月[底末]|年底)"
)
_EFFECT = re.compile(
    rf"自\s*+(?:(?P<day>{_DAY})|(?:本(?:通知|办法|方案|意见|规定|细则)?)?(?:印发|发布|公布|下发|下文|发文)之日)\s*+起?\s*+(?:正式)?(?:施行|实施|执行|生效)"
)
_HINT = re.compile(
    r"[\d一二三四五六七八九十]\s*+(?:个?工作)?[年月日号天周]|[本年月]\s*+[底末]|之日|季度|半年|(?:19|20)\d\d[-./]"
)  # else there is no time at all
# The lunar calendar, the years of the Republic, years that no notice means: their months and days are not ours.
_OTHER_CALENDAR = re.compile(
    r"(?:(?:[农阴旧夏]历|民国)\s*+(?:[\d〇○零一二三四五六七八九十百元]{1,6}\s*+年)?|(?<!\d)(?!(?:19|20)\d\d\s*+年)\d{3,5}\s*+年)"
    r"\s*+(?:[农阴旧夏]历)?\s*+闰?[\d正一二三四五六七八九十冬腊]{1,2}\s*+月(?:\s*+初?[\d一二三四五六七八九十廿]{1,3}\s*+[日号]?)?"
)
_DIGIT = re.compile(r"[\d〇○一二三四五六七八九十]")
_COUNT = r"(?P<count>\d{1,3}|[一二两三四五六七八九十百]{1,4})\s*+(?P<unit>个?工作日|日|天|周|个月|年)"
_VALID = re.compile(rf"有效期(?:限)?(?:为|是)?\s*+{_COUNT}")
# Only terms that run from the notice itself: 自受理申请之日起20日内 runs from something that is still to come.
_TERM = re.compile(
    r"(?<![\u4e00-\u9fff《])(?:请?(?:各[\u4e00-\u9fff]{1,10}?)?(?:应当?|要|须|务必)?)?"
    r"(?:[自在于从]?\s*+本?(?:通知|意见|办法|方案|细则|规定|决定|文件|文)?(?:印发|发布|公布|下发|发文|发出|施行)|[自在于从]?(?:收到|接到)本?(?:通知|文件))"
    rf"(?:之日起?|之日|之后|后|起)\s*+的?\s*+{_COUNT}(?:之内|以内|内)"
)
_TERM_INSIDE = re.compile(
    r"(?:[自在于从]\s*+本(?:通知|意见|办法|方案|细则|规定|决定|文件|文)|本(?:通知|意见|办法|方案|细则|规定|决定|文件))"
    rf"(?:印发|发布|公布|下发|发出|施行)(?:之日起?|之后|后|起)\s*+的?\s*+{_COUNT}(?:之内|以内|内)"
)


def dates_in(text: str) -> Iterator[tuple[int, int]]:
    """Spans of days as printed, with or without a year."""
    for match in _DAYS.finditer(text):
        yield match.span()


def stated_times(text: str, year: int | None, issued_on: str | None, days: bool = True) -> Iterator[Stated]:
    """Deadlines and dates that ``text`` states.

    :param year: the notice's year, for dates printed without one
    :param issued_on: ISO date of the notice; terms that run from it come to nothing without it
    :param days: whether days that are no deadline count as dates
    """
    if not _HINT.search(text):
        return
    elsewhere = [match.span() for match in _OTHER_CALENDAR.finditer(text)]
    for kind, value, start, end in _stated(text, year, issued_on, days):
        printed = _DIGIT.search(text, start, end)
        at = printed.start() if printed else start
        if not any(a <= at < b for a, b in elsewhere):
            yield kind, value, start, end


def _stated(text: str, year: int | None, issued_on: str | None, days: bool) -> Iterator[Stated]:
    taken: list[tuple[int, int]] = []
    for kind, value, start, end in _deadlines(text, year, issued_on):
        if not any(a < end and start < b for a, b in taken):
            taken.append((start, end))
            yield kind, value, start, end
    if not days:
        return
    effects = [(m.start(), m.end(), m.group("day")) for m in _EFFECT.finditer(text)]
    for start, end, day in effects:
        begins = iso_date(day, year) if day else issued_on
        if begins:
            yield "date", begins, start, end
    for start, end in dates_in(text):
        on = iso_date(text[start:end], _year_before(text, start, year))
        if on and not any(a <= start and end <= b for a, b, _ in effects):
            yield "date", on, start, end


def _deadlines(text: str, year: int | None, issued_on: str | None) -> Iterator[Stated]:
    """Deadlines, those of a longer wording first."""
    issued_year = int(issued_on[:4]) if issued_on else year
    first = f"{min(year or issued_year or 0, issued_year or year or 0):04d}"  # what lies before tells of the past
    periods = list(_PERIOD.finditer(text)) if any(sign in text for sign in "至到—–-－~～") else []
    for match in periods:
        begun = iso_date(match.group("start"), year)
        value = _end(match.group("end"), begun, year, issued_on)
        if value and value >= (issued_on if issued_on and begun and begun[:4] == issued_on[:4] else first):
            yield "deadline", value, *_trimmed(text, match)
    yield from _terms(text, year, issued_on)
    closing = "止" in text or "前" in text
    for match in (*_CLOSES.finditer(text), *_BEFORE.finditer(text)) if closing else ():
        value = last_day(match.group("point"), year, issued_on)
        if value and issued_on and value < issued_on and "每年" in match.group():
            value = after(value, 1, "年")
        if value and value[:4] >= first:
            yield "deadline", value, *_trimmed(text, match)
    for match in _UNTIL.finditer(text):
        value = last_day(match.group("point"), year, issued_on)
        inside = any(period.start() < match.end() and match.start() < period.end() for period in periods)
        if value and value[:4] >= first and not inside:
            yield "deadline", value, *_trimmed(text, match)


def _terms(text: str, year: int | None, issued_on: str | None) -> Iterator[Stated]:
    """What is counted from a day: terms from the notice's date, months from it on, how long a document is valid."""
    if issued_on:
        for match in _MONTHLY.finditer(text):
            value = _next_monthly(issued_on, int(match.group("day")))
            if value:
                yield "deadline", value, *match.span()
        for match in (*_TERM.finditer(text), *_TERM_INSIDE.finditer(text)) if "内" in text else ():
            yield "deadline", after(issued_on, _number(match.group("count")), match.group("unit")), *match.span()
    effect = _EFFECT.search(text)
    begins = effect and (iso_date(effect.group("day"), year) if effect.group("day") else issued_on)
    if effect and begins:  # 自2016年1月1日起施行，有效期2年 ends with the day before the second 1月1日
        for match in _VALID.finditer(text, effect.end()):
            last = after(after(begins, _number(match.group("count")), match.group("unit")), -1, "日")
            yield "deadline", last, *match.span()


def _end(text: str, begun: str | None, year: int | None, issued_on: str | None) -> str | None:
    """The end of a period; what it leaves out is that of its beginning: 2021年10月20日-11月30日, 8日至12日."""
    if begun and re.fullmatch(r"\d{1,2}\s*+日", text):
        return iso_date(f"{begun[:4]}年{int(begun[5:7])}月{text}")
    return last_day(text, int(begun[:4]) if begun else year, issued_on)


def _year_before(text: str, start: int, year: int | None) -> int | None:
    """The year that holds for the second day of a period."""
    match = re.search(
        r"((?:19|20)\d\d)\s*+年[^，。；、\n]{2,8}(?:至|到|—+|–|-+|－+|~|～)\s*+$", text[max(0, start - 24) : start]
    )
    return int(match.group(1)) if match else year


def _next_monthly(issued_on: str, day: int) -> str | None:
    """The first such day of a month behind the notice's date."""
    months = (issued_on, after(issued_on[:8] + "01", 1, "月"))
    return next((d for m in months if (d := iso_date(f"{m[:4]}年{m[5:7]}月{day}日")) and d > issued_on), None)


def _trimmed(text: str, match: re.Match[str]) -> tuple[int, int]:
    start, end = match.span()
    while text[start].isspace():
        start += 1
    return start, end


def _number(text: str) -> int:
    return int(text) if text.isdigit() else to_int(text.replace("两", "二"))
