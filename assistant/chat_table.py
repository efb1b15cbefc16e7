"""A table of an answer on a terminal: in columns where they fit, else row by row."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from assistant.paint import pad, paint, width
from assistant.types import Table
from assistant.wording import COLUMN_WORDS

_GAP = 2  # blanks between columns


def table_lines(table: Table, columns: int | None = None) -> Iterator[str]:
    """The lines of a table.

    :param columns: of the terminal; None for this one's
    """
    heads = [COLUMN_WORDS.get(column, column) for column in table.columns] + ["引文 Cited"]
    rows = [
        [*(row.cells.get(column, "").replace("\n", " ") for column in table.columns), _marks(row.citations)]
        for row in table.rows
    ]
    widths = [max(map(width, cells)) for cells in zip(heads, *rows, strict=True)]
    if sum(widths) + _GAP * (len(widths) - 1) <= (columns or shutil.get_terminal_size().columns):
        yield paint(_line(heads, widths), "title")
        yield from (_line(row, widths) for row in rows)
        return
    wide = max(map(width, heads))
    for number, row in enumerate(rows, 1):
        yield paint(f"— {number} / {len(rows)} —", "faint")
        yield from (f"{pad(head, wide)}  {cell}" for head, cell in zip(heads, row, strict=True) if cell)


def _line(cells: list[str], widths: list[int]) -> str:
    return (" " * _GAP).join(pad(cell, wide) for cell, wide in zip(cells, widths, strict=True)).rstrip()


def _marks(citations: tuple[int, ...]) -> str:
    return "".join(f"[{number}]" for number in citations)
