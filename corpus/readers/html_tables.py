"""The grid of a table: cells that span rows or columns in every place they cover."""

from __future__ import annotations

from corpus.readers.html_writer import Cell, Writer
from corpus.readers.types import Row, Table
from corpus.types import Span

MAX_COLUMNS = 64  # a span beyond that is a mistake or an attack
_REPEATED = 100  # code points of a cell that spans rows and is written again in each of them


def write_table(writer: Writer, rows: list[list[Cell]], furniture: bool = False) -> Table:
    """Write a table's rows as lines.

    A cell that spans columns is written once and stands in each of them. One that spans rows belongs to each of the
    rows: a short one (类别, 责任单位) is written in each, a long one in the first, and the others refer to it.
    """
    written: list[Row] = []
    held: dict[int, tuple[Cell, int, Span]] = {}  # column: the cell that reaches down, rows left, where it stands
    for row in rows:
        grid: list[Cell | Span | None] = []
        fresh: list[tuple[int, Cell]] = []
        waiting = iter(row)
        while len(grid) < MAX_COLUMNS:
            column = len(grid)
            if column in held:
                grid.append(_held(held[column]) if not _goes_on(held, column) else None)
                continue
            cell = next(waiting, None)
            if cell is None:
                if not any(later > column for later in held):
                    break
                grid.append(Cell(""))
                continue
            fresh.append((column, cell))
            grid += [cell] + [None] * min(cell.columns - 1, MAX_COLUMNS - len(grid) - 1)
        if any(cell.text for _, cell in fresh):
            out = writer.row(grid, header=bool(fresh) and all(cell.header for _, cell in fresh), furniture=furniture)
            written.append(out)
            spans = {column: out.cells[column] for column, _ in fresh}
        else:
            spans = {column: Span(writer.position, writer.position) for column, _ in fresh}
        held = {c: (cell, left - 1, span) for c, (cell, left, span) in held.items() if left > 1}
        for column, cell in fresh:
            if cell.rows > 1:
                for c in range(column, min(column + cell.columns, MAX_COLUMNS)):
                    held.setdefault(c, (cell, cell.rows - 1, spans[column]))
        written += [writer.row([cell], False, furniture) for cell in waiting if cell.text]
    return Table(tuple(written))


def _goes_on(held: dict[int, tuple[Cell, int, Span]], column: int) -> bool:
    """Whether the cell held in a column is the one of the column to its left."""
    return column - 1 in held and held[column - 1][0] is held[column][0]


def _held(entry: tuple[Cell, int, Span]) -> Cell | Span:
    cell, _, span = entry
    return Cell(cell.text) if len(cell.text) <= _REPEATED else span
