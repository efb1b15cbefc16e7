"""Small plots as inline SVG, coloured by the page's style: classes only, no style attributes, nothing that is loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from math import sqrt

import numpy as np
from numpy.typing import NDArray

_DOT = 5  # units of a thumbnail's cell
_BARS = (150, 64)  # width and height of a small plot
_MONTH, _YEAR = 56, 34  # width of a month and height of a year on the timeline
_LEFT, _TOP = 46, 22
_YEARS = 10  # of the timeline


def thumbnail(counts: NDArray[np.int32], levels: NDArray[np.intp]) -> str:
    """A matrix as a picture of its shades, hidden from readers of the page's words: [rows, columns]."""
    rows, columns = counts.shape
    cells = "".join(
        f'<rect class="heat-{levels[r, c]}" x="{c * _DOT}" y="{r * _DOT}" width="{_DOT - 1}" height="{_DOT - 1}"/>'
        for r, c in zip(*(axis.tolist() for axis in counts.nonzero()), strict=True)
    )
    size = f"{columns * _DOT} {rows * _DOT}"
    return f'<svg class="thumbnail" viewBox="0 0 {size}" aria-hidden="true" focusable="false">{cells}</svg>'


def bars(name: str, labels: Sequence[str], values: Sequence[int], most: int) -> str:
    """One bar for each label, on a scale that ends at ``most``; the picture's name says all values."""
    width, height = _BARS
    floor, top = height - 14, 12
    step = min(width / max(1, len(values)), 34.0)
    told = ", ".join(f"{label}: {value}" for label, value in zip(labels, values, strict=True) if value)
    parts = [f'<line class="axis" x1="0" y1="{floor + 0.5}" x2="{width}" y2="{floor + 0.5}"/>']
    for i, (label, value) in enumerate(zip(labels, values, strict=True)):
        x, tall = i * step, (floor - top) * value / most
        middle = x + step / 2
        if value:
            tall = max(tall, 1.5)
            parts.append(
                f'<rect class="bar" x="{x + step * 0.15:.1f}" y="{floor - tall:.1f}" width="{step * 0.7:.1f}" height="{tall:.1f}"/>'
            )
            if step >= 11:
                parts.append(f'<text class="value" x="{middle:.1f}" y="{floor - tall - 2:.1f}">{value}</text>')
        if step >= 26 or i in (0, len(values) - 1):
            anchor = "middle" if step >= 26 else "start" if i == 0 else "end"
            at = middle if step >= 26 else x if i == 0 else x + step
            parts.append(
                f'<text class="tick" text-anchor="{anchor}" x="{at:.1f}" y="{height - 3}">{escape(label)}</text>'
            )
    label = escape(f"{name}: {told or 0}")
    return f'<svg class="bars" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def timeline(
    counts: Mapping[tuple[int, int], int], days: Mapping[tuple[int, int], str], today: date, title: str
) -> str:
    """A row for each year, newest first, with a dot for each week that has deadlines; its area is their number.

    :param counts: how many by (year, week of the year from 0)
    :param days: the days of such a week as they are written beside the dot's name
    :param title: what the picture shows, in words
    """
    years = sorted({year for year, _ in counts}, reverse=True)[:_YEARS]
    width, height = _LEFT + 12 * _MONTH + 14, _TOP + len(years) * _YEAR + 6
    most = max(counts.values(), default=1)
    parts = [
        f'<text class="tick" text-anchor="middle" x="{_LEFT + (m + 0.5) * _MONTH:.0f}" y="14">{m + 1}</text>'
        f'<line class="grid" x1="{_LEFT + m * _MONTH}" y1="{_TOP - 4}" x2="{_LEFT + m * _MONTH}" y2="{height - 4}"/>'
        for m in range(12)
    ]
    row = {year: _TOP + (i + 0.5) * _YEAR for i, year in enumerate(years)}
    for year, y in row.items():
        parts.append(f'<text class="year" x="2" y="{y + 4:.0f}">{year}</text>')
        parts.append(f'<line class="axis" x1="{_LEFT}" y1="{y:.0f}" x2="{width - 14}" y2="{y:.0f}"/>')
    for (year, week), count in sorted(counts.items()):
        if year not in row:
            continue
        past = date(year, 1, 1).toordinal() + week * 7 + 6 < today.toordinal()
        radius = 3.5 + 7.5 * sqrt(count / most) if most > 1 else 5.0
        x = _LEFT + (week * 7 + 3.5) / 366 * 12 * _MONTH
        parts.append(
            f'<circle class="{"past" if past else "coming"}" cx="{x:.1f}" cy="{row[year]:.1f}" r="{radius:.1f}">'
            f"<title>{escape(days[year, week])}</title></circle>"
        )
    if today.year in row:
        x, y = _LEFT + (today.timetuple().tm_yday - 0.5) / 366 * 12 * _MONTH, row[today.year]
        parts.append(f'<line class="today" x1="{x:.1f}" y1="{y - 14:.1f}" x2="{x:.1f}" y2="{y + 14:.1f}"/>')
    return f'<svg class="timeline" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'
