"""Tables with ruled lines: pdfplumber's geometry over the lines that pdfium found (pdfminer never reads the file)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from corpus.readers.pdf_lines import PrintedLine, printed_lines
from corpus.readers.pdf_page import Glyph, Rule
from corpus.readers.pdf_paragraphs import broken_cell, join

_MAX_RULES = 4000
_SNAP = 3  # points, pdfplumber's own default


@dataclass(frozen=True, slots=True)
class Grid:
    """A ruled table on a page: rows of cell texts, ``None`` where a merged cell reaches in from above or from the left."""

    top: float
    bottom: float
    edges: tuple[float, ...]  # where columns begin, in points
    rows: tuple[tuple[str | None, ...], ...]


def find_grids(rules: Sequence[Rule], glyphs: Sequence[Glyph]) -> tuple[list[Grid], list[Glyph]]:
    """Tables of a page from top to bottom, and the glyphs outside them. A frame around text is no table."""
    if len(rules) < 4 or len(rules) > _MAX_RULES:
        return [], list(glyphs)
    from pdfplumber import table as plumber

    edges = plumber.merge_edges([_edge(rule) for rule in rules], _SNAP, _SNAP, _SNAP, _SNAP)
    cells = plumber.intersections_to_cells(plumber.edges_to_intersections(edges, _SNAP, _SNAP))
    grids: list[Grid] = []
    rest = list(glyphs)
    for group in plumber.cells_to_tables(cells):
        table: Any = plumber.Table(None, group)  # type: ignore[arg-type]
        if len({cell[0] for cell in group}) < 2:
            continue
        x0, top, x1, bottom = table.bbox
        inside = [g for g in rest if x0 <= (g.x0 + g.x1) / 2 <= x1 and top <= (g.top + g.bottom) / 2 <= bottom]
        rows = tuple(_row(row.cells, inside) for row in table.rows)
        if sum(bool(cell) for row in rows for cell in row) < 2:
            continue
        taken = set(map(id, inside))
        rest = [g for g in rest if id(g) not in taken]
        grids.append(
            Grid(top, bottom, tuple(sorted({cell[0] for cell in group})), tuple(row for row in rows if any(row)))
        )
    return sorted(grids, key=lambda grid: grid.top), rest


def _edge(rule: Rule) -> dict[str, Any]:
    """The shape that pdfplumber gives to edges."""
    return {
        "x0": rule.x0, "x1": rule.x1, "top": rule.top, "bottom": rule.bottom, "doctop": rule.top,
        "y0": -rule.bottom, "y1": -rule.top, "width": rule.x1 - rule.x0, "height": rule.bottom - rule.top,
        "orientation": "h" if rule.top == rule.bottom else "v", "object_type": "line",
    }  # fmt: skip


def _row(cells: Sequence[tuple[float, float, float, float] | None], glyphs: Sequence[Glyph]) -> tuple[str | None, ...]:
    return tuple(None if cell is None else _cell_text(cell, glyphs) for cell in cells)


def _cell_text(cell: tuple[float, float, float, float], glyphs: Sequence[Glyph]) -> str:
    x0, top, x1, bottom = cell
    own = [g for g in glyphs if x0 <= (g.x0 + g.x1) / 2 < x1 and top <= (g.top + g.bottom) / 2 < bottom]
    lines: list[PrintedLine] = printed_lines(own, x1 - x0)
    if not lines:
        return ""
    padding = max(0.0, min(min(line.x0 - x0, x1 - line.x1) for line in lines))
    return broken_cell(lines, x1 - x0 - 2 * padding)


def is_continuation(above: Grid, below: Grid) -> bool:
    """Whether a table at the head of a page goes on with the one at the foot of the page before: the same columns."""
    return len(above.edges) == len(below.edges) and all(
        abs(a - b) <= 2 * _SNAP for a, b in zip(above.edges, below.edges, strict=True)
    )


def merge_rows(above: tuple[str | None, ...], below: tuple[str | None, ...]) -> tuple[str | None, ...] | None:
    """A row that a page break cut in two, as one; None when ``below`` is a row of its own.

    The rest of a row has no first cell, and goes on where a cell of the row above broke off.
    """
    if below[0] or not above[0] or not any(below):
        return None
    filled = [(a, b) for a, b in zip(above, below, strict=True) if b]
    if len(filled) > max(1, (len(below) - 1) // 2):  # nearly full: a row whose first cell reaches in from above
        return None
    if any(not a or a[-1] in "。！？；" for a, _ in filled):
        return None
    return tuple(join(a or "", b) if b else a for a, b in zip(above, below, strict=True))
