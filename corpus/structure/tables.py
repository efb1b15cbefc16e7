"""Tables whose rows are items: which line is which row, what its columns are called, its number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from corpus.readers.types import Row, Table
from corpus.structure.lines import Line
from corpus.structure.numbering import Family, read_number, to_int
from corpus.types import Span

_MAX_NAME = 20  # code points of a column's name
_HEADER_ROWS = 3  # the first rows, among which an unmarked header is looked for
_SERIAL = re.compile(r"[\u4e00-\u9fff]{0,4}\s*(?:序\s*号|编\s*号)|项\s*次|(?i:no\.?)")
_NAMED = re.compile(
    r"序号|编号|单位|部门|名称|项目|内容|任务|措施|要求|目标|指标|时间|时限|期限|进度|备注|地点|姓名|职务|电话|联系|类别|类型|分工|"
    r"科室|牵头|配合|责任|标准|依据|数量|金额|地区|区县|方式|分值|说明|等级|年度|学校|岗位|专业|人数|对象"
)
_UNIT_COLUMN = re.compile(
    r"(?:责任|牵头|主办|承办|协办|配合|协助|协同|参与|参加|落实|实施|负责|主管|指导|承担|监管|管理|管护|养护|安置|接收|承建|建设|执行|责任主体)[\u4e00-\u9fff]{0,3}(?:单位|部门|科室|处室|机构)|"
    r"(?:责任|牵头|配合|任务)分工|责任主体|(?:单位|部门|科室)分工"
)


@dataclass(frozen=True, slots=True)
class Field:
    """A cell and the name of its column (the header cells above it, joined by ``/``)."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TableRow:
    """A line that is a table row. ``table`` and ``row`` count from 1; ``fields`` are empty without a header row."""

    table: int
    row: int
    header: bool
    fields: tuple[Field, ...] = ()
    value: int = 0
    printed: str | None = None
    family: Family | None = None  # of the printed number
    group: Span | None = None  # where the row is a heading of the rows below: the cell that says so

    @property
    def has_unit_column(self) -> bool:
        """Whether a column says who acts."""
        return any(is_unit_column(field.name) for field in self.fields)


def is_unit_column(name: str) -> bool:
    """Whether a column's name says that its cells list units."""
    return bool(_UNIT_COLUMN.search(re.sub(r"\s+", "", name)))


def row_spans(text: str, tables: Sequence[Table]) -> list[Span]:
    """The lines of all rows that have two cells or more; rows of one cell are lines like any other."""
    return [span for table in tables for row in table.rows if (span := _line(text, row))]


def rows_of(text: str, lines: list[Line], tables: Sequence[Table]) -> dict[int, TableRow]:
    """Table rows by the index of their line."""
    at = {line.start: index for index, line in enumerate(lines)}
    found: dict[int, TableRow] = {}
    for number, table in enumerate(tables, 1):
        rows = [(row, index) for row in table.rows if (index := _index(text, row, at)) is not None]
        headers = _headers(text, [row for row, _ in rows])
        names = list(_names(text, [row for row, _ in rows[:headers]]))
        for count, (row, index) in enumerate(rows, 1):
            if count <= headers:
                found[index] = TableRow(number, count, True)
            else:
                found[index] = _item(text, number, count - headers, row, names)
        _mark_groups(text, found, number)
    return found


def _mark_groups(text: str, found: dict[int, TableRow], table: int) -> None:
    """Rows numbered 一、 above rows numbered 1 are headings: what they say lies in the cell behind the number."""
    own = [index for index, row in found.items() if row.table == table and row.family]
    families = [found[index].family for index in own]
    if len(set(families)) < 2 or families[0] is None or families.count(families[0]) == len(families):
        return
    for index in own:
        row = found[index]
        cell = next((f for f in row.fields if not _SERIAL.fullmatch(f.name) and text[f.start : f.end].strip()), None)
        if row.family == families[0] and cell is not None:
            found[index] = replace(row, group=Span(cell.start, cell.end))


def _line(text: str, row: Row) -> Span | None:
    """The line of a row with two different cells or more that are not empty."""
    spans = {(c.start, c.end) for c in row.cells if text[c.start : c.end].strip()}
    if len(spans) < 2:
        return None
    start = text.rfind("\n", 0, max(a for a, _ in spans)) + 1
    end = text.find("\n", start)
    return Span(start, end if end >= 0 else len(text))


def _index(text: str, row: Row, at: dict[int, int]) -> int | None:
    span = _line(text, row)
    if span is None:
        return None
    start = span.start
    while start < span.end and start not in at:
        start += 1
    return at.get(start)


def _headers(text: str, rows: list[Row]) -> int:
    """How many rows at the top name the columns: those that the format marks, else those that read so."""
    if len(rows) < 2:
        return 0
    marked = 0
    while marked < len(rows) - 1 and rows[marked].header:
        marked += 1
    if marked:
        return marked
    for count, row in enumerate(rows[:_HEADER_ROWS]):
        if count + 1 < len(rows) and _reads_as_header(text, row):
            return count + 1 + (count + 2 < len(rows) and _second_header(text, row, rows[count + 1]))
    return 0


def _cells(text: str, row: Row) -> list[str]:
    return [re.sub(r"\s+", "", text[c.start : c.end]) for c in row.cells]


def _reads_as_header(text: str, row: Row) -> bool:
    cells = _cells(text, row)
    filled = [cell for cell in cells if cell]
    short = all(len(cell) <= _MAX_NAME and not re.search(r"[。；：:]|^[\d.%]+$", cell) for cell in filled)
    named = sum(bool(_NAMED.search(cell)) for cell in filled)
    return short and len(filled) >= max(2, len(cells) - 1) and named >= min(2, len(filled))


def _second_header(text: str, row: Row, below: Row) -> bool:
    """Whether a header goes on in the next row: cells that span both rows, and names below one that spans columns."""
    upper, lower = _cells(text, row), _cells(text, below)
    spanning = sum(a == b != "" for a, b in zip(upper, lower, strict=False))
    return spanning > 0 and all(len(cell) <= _MAX_NAME for cell in lower)


def _names(text: str, headers: list[Row]) -> Iterator[str]:
    width = max((len(row.cells) for row in headers), default=0)
    for column in range(width):
        parts = [cells[column] for row in headers if column < len(cells := _cells(text, row)) and cells[column]]
        yield "/".join(dict.fromkeys(parts))


def _item(text: str, table: int, count: int, row: Row, names: list[str]) -> TableRow:
    fields = tuple(
        Field(name, cell.start, cell.end) for name, cell in zip(names, row.cells, strict=False) if cell.end > cell.start
    )
    printed = next((text[f.start : f.end].strip() for f in fields if _SERIAL.fullmatch(f.name)), None)
    value, family = 0, None
    if printed:
        number = read_number(printed)
        value = number.value if number else to_int(printed)
        family = number.family if number else "arabic" if printed.isdecimal() else "han"
    return TableRow(table, count, False, fields, value, printed if value else None, family if value else None)
