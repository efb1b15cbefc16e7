"""Workbooks and CSV files: each sheet a table under its name, cells as they are shown."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from corpus.errors import UnreadableFile
from corpus.readers.html_tables import write_table
from corpus.readers.html_writer import Cell, Writer
from corpus.readers.text import decode
from corpus.readers.types import Extract, Table

_MAX_CELLS = 1_000_000  # of a sheet; no notice's attachment has as many
_DEFAULT_NAME = re.compile(r"(?:Sheet|工作表|表)\s*\d*", re.IGNORECASE)
Line = list[str]


def read_xlsx(data: bytes) -> Extract:
    """A workbook that has been let pass. :raises UnreadableFile: it is damaged, empty, or too large"""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
        writer, tables = Writer(), []
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        for sheet in sheets:
            if sheet.max_row * sheet.max_column > _MAX_CELLS:
                raise UnreadableFile(
                    f"the sheet {sheet.title!r} has more than {_MAX_CELLS:,} cells; index the part that is the notice's"
                )
            lines = _lines(sheet)
            if lines and len(sheets) > 1 and not _DEFAULT_NAME.fullmatch(sheet.title.strip()):
                writer.write(sheet.title)
                writer.line_break()
            tables += _write(writer, lines)
    except UnreadableFile:
        raise
    except (
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        OSError,
        zipfile.BadZipFile,
        InvalidFileException,
        SyntaxError,
    ) as error:
        raise UnreadableFile(
            f"a damaged workbook ({type(error).__name__}: {str(error)[:80]}); save it again with Excel or WPS"
        ) from error
    if not writer.text().strip():
        raise UnreadableFile("the workbook holds no text; remove it or index what it stands for")
    return Extract(writer.text(), (), tuple(tables))


def read_csv(data: bytes) -> Extract:
    """A table as text, in any encoding of :func:`corpus.readers.text.decode`; the delimiter is the one that fits most lines."""
    text = decode(data)
    lines = text.splitlines()
    delimiter = max((",", "\t", ";"), key=lambda d: sum(line.count(d) > 0 for line in lines))
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    except csv.Error as error:
        raise UnreadableFile(f"a table that cannot be read ({error}); save it as xlsx and index that") from error
    writer = Writer()
    tables = _write(writer, [row for row in rows if any(row)])
    return Extract(writer.text(), (), tuple(tables))


def _lines(sheet: Any) -> list[Line]:
    """The rows of a sheet as they are shown; merged cells repeated, empty rows and columns left out."""
    shown = [[_shown(cell) for cell in row] for row in sheet.iter_rows()]
    for merged in sheet.merged_cells.ranges:
        rows, first = range(merged.min_row - 1, merged.max_row), shown[merged.min_row - 1][merged.min_col - 1]
        for row in rows if merged.min_col == merged.max_col or len(rows) > 1 else ():
            shown[row][merged.min_col - 1] = first
    used = sorted({i for row in shown for i, cell in enumerate(row) if cell})
    return [[row[i] for i in used] for row in shown if any(row)]


def _write(writer: Writer, lines: Sequence[Line]) -> list[Table]:
    """Titles and notes (rows with one cell) as lines, the rest as a table whose first row heads the others."""
    tables: list[Table] = []
    block: list[Line] = []

    def flush() -> None:
        if block:
            rows = [[Cell(_one_line(cell), header=n == 0) for cell in row] for n, row in enumerate(block)]
            tables.append(write_table(writer, rows))
            block.clear()

    for line in lines:
        cells = [cell for cell in line if cell]
        if len(cells) == 1 and (not block or (len(line) > 2 and line[0] != "" and len(cells[0]) > 12)):
            flush()
            writer.write(_one_line(cells[0]))
            writer.line_break()
        else:
            block.append(line)
    flush()
    return tables


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _shown(cell: Any) -> str:
    """A cell as the sheet shows it, as far as its number format tells."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return (
            f"{value:%Y-%m-%d}" if (value.hour, value.minute, value.second) == (0, 0, 0) else f"{value:%Y-%m-%d %H:%M}"
        )
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, int | float):
        return _number(value, str(cell.number_format or ""))
    return str(value).strip()


def _number(value: float, form: str) -> str:
    decimals = len(match[1]) if (match := re.search(r"0\.(0+)", form)) else 0
    if form.rstrip().endswith("%"):
        return f"{value * 100:.{decimals}f}%"
    grouped = "," if "#,##0" in form else ""
    if decimals:
        return f"{value:{grouped}.{decimals}f}"
    return f"{int(value):{grouped}d}" if value == int(value) else f"{value:.15g}"
