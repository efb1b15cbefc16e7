"""The tab “Explore” as HTML: the matrix with a choice of years, the items of a cell, how each topic changed.

Everything is drawn here and escaped here. What can be chosen is a button whose ``data-pick`` the view takes (:class:`Pick`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from html import escape
from itertools import pairwise
from math import log
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from assistant.answer.view import Entry
from assistant.exploring import MAX_ITEMS, ROW_KINDS, Matrix, RowKind
from assistant.web import plots
from assistant.web.page_texts import both
from corpus import as_json as shapes
from corpus.types import Unit

LEVELS = 5  # shades of the matrix
_WORDS = 160  # code points of an item's words
_UNITS = 8  # of an item
_NO_YEAR = "—"
_ROUND = 1e-9  # logarithms of whole numbers come out a little too large or small


@dataclass(frozen=True, slots=True)
class Pick:
    """What has been chosen: rows, a year (None for all), and perhaps a cell."""

    by: RowKind = "unit"
    year: int | None = None
    row: str = ""
    topic: str = ""

    @property
    def cell(self) -> bool:
        """Whether items are asked for."""
        return bool(self.row or self.topic)

    @classmethod
    def read(cls, text: str) -> Pick:
        """From a ``data-pick`` that came back from a browser; what makes no sense is left out."""
        try:
            given = json.loads(text)
        except ValueError:
            given = None
        if not isinstance(given, dict):
            return cls()
        by: RowKind = next((kind for kind in ROW_KINDS if kind == given.get("by")), "unit")
        year = given.get("year")
        row, topic = (str(given.get(name) or "")[:200] for name in ("row", "topic"))
        return cls(by, year if isinstance(year, int) and 1900 <= year <= 2100 else None, row, topic)


def matrix(all_years: Matrix, shown: Matrix, pick: Pick, focus: str = "") -> str:
    """What is looked at, a small picture of each year, and the matrix of the chosen one.

    :param all_years: the matrix without a year, for the pictures
    :param focus: which group of buttons the reader has just used: ``by`` or ``year``
    """
    if not all_years.rows or not all_years.topics:
        return f'<div class="explore"><p class="empty">{both("explore_none")}</p></div>'
    held = both("explore_held", passages=shown.passages, notices=shown.notices)
    return (
        f'<div class="explore"><p class="lead">{both("explore_lead")} {held}</p>'
        f"{_rows_choice(pick, focus)}{_years_choice(all_years, pick, focus)}{_table(shown, pick)}"
        f"{_more(shown)}{_legend(shown)}</div>"
    )


def _button(pick: Pick, inner: str, pressed: bool, focused: bool = False, css: str = "", label: str = "") -> str:
    data = escape(json.dumps({k: v for k, v in asdict(pick).items() if v}, ensure_ascii=False))
    named = f' aria-label="{escape(label)}"' if label else ""
    return (
        f'<button type="button" class="{css}" data-pick="{data}" aria-pressed="{str(pressed).lower()}"{named}'
        f"{' data-focus' if focused else ''}>{inner}</button>"
    )


def _rows_choice(pick: Pick, focus: str) -> str:
    buttons = "".join(
        _button(
            replace(pick, by=kind),
            both(f"explore_by_{kind}"),
            kind == pick.by,
            focus == "by" and kind == pick.by,
        )
        for kind in ROW_KINDS
    )
    return f'<div class="choice" role="group" aria-labelledby="explore-by"><span id="explore-by">{both("explore_by")}</span>{buttons}</div>'


def _years_choice(found: Matrix, pick: Pick, focus: str) -> str:
    """A button for all years and one for each, with the matrix of the year in small: the same rows and topics in all."""
    pictures: list[tuple[int | None, str, NDArray[np.int32]]] = [(None, both("all"), found.counts.sum(axis=2))]
    pictures += [(year, str(year), found.counts[:, :, y]) for y, year in enumerate(found.years) if year is not None]
    buttons = "".join(
        _button(
            replace(pick, year=year),
            f'{plots.thumbnail(counts, _levels(counts, found))}<span class="year">{name}</span>'
            f'<span class="number">{int(found.per_topic.sum()) if year is None else int(found.per_topic[:, found.years.index(year)].sum())}</span>',
            year == pick.year,
            focus == "year" and year == pick.year,
            "small",
        )
        for year, name, counts in pictures
    )
    return f'<div class="choice years" role="group" aria-labelledby="explore-years"><span id="explore-years">{both("explore_year")}</span>{buttons}</div>'


def _levels(counts: NDArray[np.int32], found: Matrix) -> NDArray[np.intp]:
    """The shade of each cell, 0 for an empty one: logarithmic, so that one large number does not pale all others."""
    most = max(1, int(found.counts.sum(axis=2).max()))
    shades: NDArray[np.intp] = np.ceil(LEVELS * np.log1p(counts) / log(1 + most) - _ROUND).astype(np.intp)
    return shades


def _table(found: Matrix, pick: Pick) -> str:
    counts = found.counts.sum(axis=2)
    levels = _levels(counts, found)
    heads = "".join(
        f'<th scope="col">{_button(replace(pick, row="", topic=topic), escape(topic), False, css="head")}</th>'
        for topic in found.topics
    )
    rows = []
    for r, row in enumerate(found.rows):
        cells = "".join(
            _cell(replace(pick, row=row, topic=topic), int(counts[r, t]), int(levels[r, t]), _by_year(found, r, t))
            for t, topic in enumerate(found.topics)
        )
        head = _button(replace(pick, row=row, topic=""), escape(row), False, css="head")
        rows.append(f'<tr><th scope="row">{head}</th>{cells}</tr>')
    label = both("explore_table")
    return (
        '<div class="scroll" tabindex="0" role="region" aria-labelledby="explore-table">'
        f'<table class="matrix"><caption id="explore-table">{label}</caption>'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(pick: Pick, count: int, level: int, years: str) -> str:
    if not count:
        return "<td></td>"
    label = f"{pick.row} · {pick.topic}: {count} ({years})"
    return f'<td class="heat-{level}">{_button(pick, str(count), False, label=label)}</td>'


def _by_year(found: Matrix, row: int, topic: int) -> str:
    held = [(year, int(n)) for year, n in zip(found.years, found.counts[row, topic].tolist(), strict=True) if n]
    return ", ".join(f"{year or _NO_YEAR}: {n}" for year, n in held)


def _more(found: Matrix) -> str:
    if not found.more_rows:
        return ""
    return f'<p class="hint">{both("explore_more", shown=len(found.rows), more=found.more_rows)}</p>'


def _legend(found: Matrix) -> str:
    """What the shades stand for."""
    most = 1 + max(1, int(found.counts.sum(axis=2).max()))
    ends = [int(most ** (level / LEVELS) - 1 + _ROUND) for level in range(LEVELS + 1)]
    shades = "".join(
        f'<span class="heat-{level}">{low + 1}{f"–{high}" if high > low + 1 else ""}</span>'
        for level, (low, high) in enumerate(pairwise(ends), 1)
        if high > low
    )
    return f'<p class="legend">{both("explore_legend")} {shades}</p>'


def items(pick: Pick, found: Sequence[Entry]) -> str:
    """The items of a cell, with a question about them."""
    title = " · ".join(escape(part) for part in (pick.row, pick.topic, str(pick.year or "")) if part)
    listed = "".join(_item(entry) for entry in found[:MAX_ITEMS])
    more = len(found) - MAX_ITEMS
    rest = f'<p class="hint">{both("explore_rest", more=more)}</p>' if more > 0 else ""
    question = question_of(pick)
    asked = ""
    if question:
        address = escape("/?" + urlencode({"q": question, **({"year": pick.year} if pick.year else {})}))
        asked = f'<p class="ask"><a href="{address}">{both("explore_ask", question=question)}</a></p>'
    return (
        f'<section class="explore-items" aria-labelledby="explore-items"><h2 id="explore-items" tabindex="-1" data-focus>{title} '
        f'<span class="number">{both("explore_items", count=len(found))}</span></h2>{asked}<ol>{listed}</ol>{rest}</section>'
    )


def question_of(pick: Pick) -> str:
    """What to ask about a cell: a family of units is no unit that a question can name, so its topic is asked for."""
    if pick.row and pick.by != "family":
        return f"{pick.row}有哪些{pick.topic}相关活动" if pick.topic else f"{pick.row}负责哪些工作"
    return f"哪些单位负责{pick.topic}相关活动" if pick.topic else ""


def _item(entry: Entry) -> str:
    passage, notice = entry.stored.passage, entry.stored.notice
    address = escape(f"/n/{notice.notice_id}?start={passage.start}&end={passage.end}#{passage.passage_id}")
    words = " ".join(passage.text.split())
    cut = words if len(words) <= _WORDS else words[: _WORDS - 1] + "…"
    year = f"{notice.year} · " if notice.year else ""
    return (
        f'<li><p lang="zh-CN">{escape(cut)}</p><p class="from">{_units(passage.units)}'
        f'<a href="{address}" target="_blank" rel="noopener"><span lang="zh-CN">{year}《{escape(notice.title)}》</span></a></p></li>'
    )


def _units(units: Iterable[Unit]) -> str:
    names = list(dict.fromkeys(str(shapes.unit(unit)["name"]) for unit in units))
    if not names:
        return ""
    shown = "、".join(map(escape, names[:_UNITS])) + (f" +{len(names) - _UNITS}" if len(names) > _UNITS else "")
    return f'<span class="who" lang="zh-CN">{shown}</span> '


def trends(found: Matrix) -> str:
    """How much of each topic there is in each year, as small plots on one scale, and the same as a table."""
    if not found.topics or not found.rows:
        return ""
    years = [str(year or _NO_YEAR) for year in found.years]
    most = max(1, int(found.per_topic.max()))
    figures = "".join(
        f"<figure>{plots.bars(topic, years, found.per_topic[t].tolist(), most)}<figcaption>{escape(topic)}</figcaption></figure>"
        for t, topic in enumerate(found.topics)
    )
    heads = "".join(f'<th scope="col">{year}</th>' for year in years)
    rows = "".join(
        f'<tr><th scope="row">{escape(topic)}</th>'
        + "".join(
            f"<td>{int(n)}{f' / {int(rows)}' if n else ''}</td>"
            for n, rows in zip(found.per_topic[t].tolist(), found.acting[t].tolist(), strict=True)
        )
        + "</tr>"
        for t, topic in enumerate(found.topics)
    )
    return (
        f'<section class="explore" aria-labelledby="explore-trends"><h2 id="explore-trends">{both("explore_trends")}</h2>'
        f'<p class="hint">{both("explore_trends_hint")}</p><div class="multiples">{figures}</div>'
        f'<details><summary>{both("explore_as_table")}</summary><div class="scroll" tabindex="0" role="region" aria-labelledby="explore-numbers">'
        f'<table class="numbers"><caption id="explore-numbers">{both("explore_numbers")}</caption>'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table></div></details></section>"
    )
