"""The deadlines on the tab “Explore” as HTML: a timeline, what is still to come, what is past, and the files of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from html import escape
from urllib.parse import urlencode

from assistant.deadlines import Deadline
from assistant.web import plots
from assistant.web.page_texts import both

_SHOWN = 100  # rows of a table; the files hold all
_UNITS = 6  # of a row


def section(found: Sequence[Deadline], today: date) -> str:
    """Everything about deadlines.

    :param found: in order of their days
    """
    head = f'<h2 id="explore-deadlines">{both("explore_deadlines")}</h2>'
    if not found:
        return f'<section class="explore" aria-labelledby="explore-deadlines">{head}<p class="empty">{both("explore_no_deadlines")}</p></section>'
    coming, past = [d for d in found if d.on >= today], [d for d in found if d.on < today]
    sides = both("explore_sides", coming=len(coming), past=len(past), today=today.isoformat())
    return (
        f'<section class="explore" aria-labelledby="explore-deadlines">{head}<p class="hint">{sides}</p>{_files(today)}'
        f'<div class="scroll" tabindex="0" role="region" aria-labelledby="explore-deadlines">{_timeline(found, today)}</div>'
        f"{_table('coming', coming, today) if coming else ''}{_table('past', past[::-1], today) if past else ''}</section>"
    )


def _files(today: date) -> str:
    coming = escape("/v1/deadlines.ics?" + urlencode({"first": today.isoformat()}))
    links = (
        ("/v1/deadlines.ics", "explore_ics"),
        (coming, "explore_ics_coming"),
        ("/v1/deadlines.csv", "explore_csv"),
    )
    return '<p class="files">' + " ".join(f'<a href="{href}" download>{both(key)}</a>' for href, key in links) + "</p>"


def _timeline(found: Sequence[Deadline], today: date) -> str:
    weeks = [(d.on.year, (d.on.timetuple().tm_yday - 1) // 7) for d in found]
    days: dict[tuple[int, int], list[str]] = {}
    for week, deadline in zip(weeks, found, strict=True):
        days.setdefault(week, []).append(deadline.on.isoformat())
    named = {
        week: ", ".join(f"{day} ×{n}" if n > 1 else day for day, n in Counter(held).items())
        for week, held in days.items()
    }
    years = Counter(d.on.year for d in found)
    told = ", ".join(f"{year}: {n}" for year, n in sorted(years.items()))
    return plots.timeline(Counter(weeks), named, today, f"时限 Deadlines: {told}")


def _table(side: str, found: Sequence[Deadline], today: date) -> str:
    rows = "".join(_row(deadline, today) for deadline in found[:_SHOWN])
    rest = len(found) - _SHOWN
    more = f'<p class="hint">{both("explore_more_deadlines", more=rest)}</p>' if rest > 0 else ""
    heads = "".join(
        f'<th scope="col" role="columnheader">{both(f"explore_{name}")}</th>'
        for name in ("day", "what", "who", "notice")
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-labelledby="explore-{side}">'
        f'<table class="deadlines {side}" role="table"><caption id="explore-{side}">{both(f"explore_{side}", count=len(found))}</caption>'
        f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead><tbody role="rowgroup">{rows}</tbody></table></div>{more}'
    )


def _row(deadline: Deadline, today: date) -> str:
    notice = deadline.stored.notice
    days = (deadline.on - today).days
    left = both("explore_today") if not days else both("explore_left" if days > 0 else "explore_ago", days=abs(days))
    names = list(dict.fromkeys(unit.name for unit in deadline.units))
    who = "、".join(names[:_UNITS]) + (f" +{len(names) - _UNITS}" if len(names) > _UNITS else "")
    report = both("explore_report", to="、".join(deadline.reports_to)) if deadline.reports_to else ""
    return (
        f'<tr role="row"><th scope="row" role="rowheader"><time datetime="{deadline.on.isoformat()}">{deadline.on.isoformat()}</time> <small>{left}</small></th>'
        f'<td role="cell"><span lang="zh-CN">{escape(deadline.words)}</span> <small>{report}</small></td><td role="cell" lang="zh-CN">{escape(who)}</td>'
        f'<td role="cell" lang="zh-CN"><a href="{escape(deadline.url)}" target="_blank" rel="noopener">{escape(notice.title)}</a></td></tr>'
    )
