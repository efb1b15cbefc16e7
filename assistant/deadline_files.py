"""Deadlines as files: a table for spreadsheets (CSV) and a calendar that mail programs subscribe to (iCalendar, RFC 5545)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from assistant.deadlines import Deadline
from assistant.exports import neutral
from assistant.wording import COLUMN_WORDS, DEADLINE_WORDS

COLUMNS = ("date", "kind", "task", "units", "reporting", "notice", "document_number", "year", "link")
CALENDAR_TYPE = "text/calendar; charset=utf-8"
_TITLE = 40  # code points of a notice's title in the name of an event
_NAME = 60  # of the words there


def as_csv(found: Iterable[Deadline], base: str = "") -> bytes:
    """One row a deadline, with a byte order mark, so that Excel opens Chinese; no cell is taken for a formula.

    :param base: what stands before the links, such as ``http://notices.example``
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([COLUMN_WORDS[column] for column in COLUMNS])
    for deadline in found:
        writer.writerow([neutral(cell) for cell in _cells(deadline, base.rstrip("/"))])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def _cells(deadline: Deadline, base: str) -> tuple[str, ...]:
    notice = deadline.stored.notice
    return (
        deadline.on.isoformat(),
        " ".join(DEADLINE_WORDS[deadline.kind]),
        deadline.words,
        "、".join(dict.fromkeys(unit.name for unit in deadline.units)),
        "、".join(deadline.reports_to),
        notice.title,
        notice.document_number or "",
        str(notice.year or ""),
        base + deadline.url,
    )


def as_calendar(found: Iterable[Deadline], base: str = "") -> bytes:
    """One event of a whole day a deadline. The same store gives the same bytes, so that a subscription sees only what changed.

    :param base: what stands before the links
    """
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//notice-assistant//deadlines//ZH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "通知时限 Deadlines of notices")
    for deadline in found:
        event = Event()
        event.add("uid", _uid(deadline))
        event.add("dtstamp", _stamp(deadline))
        event.add("dtstart", deadline.on)
        event.add("dtend", deadline.on + timedelta(days=1))
        event.add("summary", _summary(deadline))
        event.add("description", _description(deadline))
        event.add("url", base.rstrip("/") + deadline.url)
        event.add("categories", [DEADLINE_WORDS[deadline.kind][0]])
        event.add("transp", "TRANSPARENT")  # a deadline makes nobody busy
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _uid(deadline: Deadline) -> str:
    place = deadline.stored.passage.passage_id.replace("/", ".")
    return f"{place}.{deadline.on:%Y%m%d}.{deadline.kind}@notice-assistant"


def _stamp(deadline: Deadline) -> datetime:
    """When the event was last changed, as far as a notice says so: the day it was issued."""
    issued = deadline.stored.notice.issued_on
    return datetime.combine(date.fromisoformat(issued) if issued else deadline.on, time(), UTC)


def _summary(deadline: Deadline) -> str:
    chinese, _ = DEADLINE_WORDS[deadline.kind]
    return f"{chinese}：{_cut(deadline.words, _NAME)}（{_cut(deadline.stored.notice.title, _TITLE)}）"


def _description(deadline: Deadline) -> str:
    notice = deadline.stored.notice
    units = "、".join(dict.fromkeys(unit.name for unit in deadline.units))
    lines = [
        deadline.words,
        f"单位 Units: {units}" if units else "",
        f"报送 Report to: {'、'.join(deadline.reports_to)}" if deadline.reports_to else "",
        f"《{notice.title}》 {notice.document_number or ''}".strip(),
    ]
    return "\n".join(line for line in lines if line)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
