"""From the printed lines and tables of all pages to one :class:`Extract`: paragraphs, furniture, tables, page starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from corpus.readers.pdf_furniture import furniture
from corpus.readers.pdf_lines import PrintedLine, with_margins
from corpus.readers.pdf_paragraphs import Habit, continues, habit, join
from corpus.readers.pdf_tables import Grid, is_continuation, merge_rows
from corpus.readers.types import Extract, Row, Table
from corpus.types import Finding, Span

_RECOGNISED_TOLERANCE = 0.4  # sizes of letters vary with what a line holds when they are measured on an image


@dataclass(slots=True)
class Sheet:
    """What was read of one page. ``asides`` are visible but no part of the notice, ``hidden`` is not visible.

    ``confidence``: mean in percent where the text was recognised; ``layer``: by whoever made the file.
    """

    width: float
    height: float
    lines: list[PrintedLine] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    asides: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    confidence: float | None = None
    layer: bool = False
    failure: str | None = None  # why the page gives no text


def extract(sheets: Sequence[Sheet]) -> Extract:
    """Put the pages of a document together."""
    for width in {sheet.width for sheet in sheets}:
        same = [sheet for sheet in sheets if sheet.width == width]
        mended = iter(with_margins([line for sheet in same for line in sheet.lines], width))
        for sheet in same:
            sheet.lines = [next(mended) for _ in sheet.lines]
    recognised = any(sheet.confidence is not None for sheet in sheets)
    edges = furniture([sheet.lines for sheet in sheets], [sheet.height for sheet in sheets], recognised)
    body = [
        line for page, sheet in enumerate(sheets) for n, line in enumerate(sheet.lines) if (page, n) not in edges
    ]  # fmt: skip
    flow = _Flow(habit(body))
    for page, sheet in enumerate(sheets):
        flow.tolerance = 0.15 if sheet.confidence is None else _RECOGNISED_TOLERANCE
        flow.begin_page()
        grids = list(sheet.grids)
        for n, line in enumerate(sheet.lines):
            if (page, n) in edges:
                flow.aside(line.text)
                continue
            while grids and grids[0].bottom <= line.middle:
                flow.grid(grids.pop(0))
            flow.line(replace(line, page=page))
        for grid in grids:
            flow.grid(grid)
        for text in sheet.asides:
            flow.aside(text)
    return flow.finish(sheets)


class _Flow:
    """Text as it grows. A paragraph or a row that goes over a page break is not cut by what stands at the page's edge:
    such lines wait until it has ended."""

    def __init__(self, habit: Habit) -> None:
        self.tolerance = 0.0
        self._habit = habit
        self._parts: list[str] = []
        self._length = 0
        self._paragraph = ""
        self._last: PrintedLine | None = None
        self._first = True  # the open paragraph has one printed line so far
        self._rows: list[tuple[str | None, ...]] = []
        self._grid: Grid | None = None
        self._waiting: list[str] = []
        self._furniture: list[Span] = []
        self._tables: list[Table] = []
        self._pages: list[int] = []
        self._fresh = False  # nothing of the current page's body stands in the text yet

    def begin_page(self) -> None:
        if self._fresh:
            self._pages.append(self._here())
        self._fresh = True

    def line(self, line: PrintedLine) -> None:
        last = self._last
        if last and self._paragraph and continues(last, line, self._first, self._habit, self.tolerance):
            self._paragraph = join(self._paragraph, line.text)
            self._turn(self._here() - len(line.text))
            self._first = False
        else:
            self._close()
            self._turn(self._length)
            self._paragraph, self._first = line.text, True
        self._last = line

    def grid(self, grid: Grid) -> None:
        rows = list(grid.rows)
        if self._grid and is_continuation(self._grid, grid) and not self._paragraph:
            if rows and rows[0] == self._rows[0]:  # the header row, printed again
                self._waiting.append(" ".join(filter(None, rows.pop(0))))
            merged = merge_rows(self._rows[-1], rows[0]) if rows else None
            if merged:
                self._rows[-1] = merged
                rows.pop(0)
            self._turn(self._here())
        else:
            self._close()
            self._turn(self._length)
        self._grid, self._last = grid, None
        self._rows += rows

    def aside(self, text: str) -> None:
        self._waiting.append(text)

    def _here(self) -> int:
        return self._length + len(self._paragraph) + sum(len(_row_text(row)) + 1 for row in self._rows)

    def _turn(self, offset: int) -> None:
        if self._fresh:
            self._pages.append(offset)
            self._fresh = False

    def _close(self) -> None:
        """End the open paragraph or table; then comes what waited for it."""
        if self._paragraph:
            self._write(self._paragraph)
        if self._rows:
            self._table()
        self._paragraph, self._rows, self._grid = "", [], None
        for text in self._waiting:
            self._furniture.append(self._write(text))
        self._waiting = []

    def _table(self) -> None:
        rows = []
        for number, cells in enumerate(self._rows):
            start, spans = self._length, []
            for cell in cells:
                spans.append(Span(start, start + len(cell or "")))
                start = spans[-1].end + 1
            self._write(_row_text(cells))
            rows.append(Row(tuple(spans), header=number == 0 and all(cells)))
        self._tables.append(Table(tuple(rows)))

    def _write(self, line: str) -> Span:
        span = Span(self._length, self._length + len(line))
        self._parts.append(line + "\n")
        self._length += len(line) + 1
        return span

    def finish(self, sheets: Sequence[Sheet]) -> Extract:
        self.begin_page()  # a last page without a body
        self._close()
        end = self._length
        findings: list[Finding] = []
        for page, sheet in enumerate(sheets, 1):
            spans = [self._write(text) for text in sheet.hidden]
            if spans:
                self._furniture += spans
                message = f"第{page}页有看不见的文字，不作为正文 (text that the page does not show; not searched)"
                findings.append(Finding("hidden_text", message, spans[0].start, spans[-1].end))
        text = "".join(self._parts)
        pages = (0, *self._pages[1:])  # furniture may come first
        findings += _page_findings(sheets, pages, end, text)
        findings += _unreadable(text)
        order = sorted(findings, key=lambda finding: (finding.start, finding.code))
        return Extract(
            text, tuple(sorted(self._furniture, key=lambda s: s.start)), tuple(self._tables), pages, tuple(order)
        )


def _row_text(cells: Sequence[str | None]) -> str:
    return "\t".join(cell or "" for cell in cells)


def _page_findings(sheets: Sequence[Sheet], pages: Sequence[int], end: int, text: str) -> list[Finding]:
    found = []
    for page, sheet in enumerate(sheets, 1):
        start = min(pages[page - 1], max(0, len(text) - 2))
        stop = max(start + 1, pages[page] if page < len(pages) else end)
        if sheet.failure:
            stop = min(stop, start + 12)
            found.append(Finding("page_unread", f"第{page}页没有读出：{sheet.failure}", start, stop))
        elif sheet.layer:
            message = f"第{page}页是扫描图像，文字层由他人识别，可能有错，请对照原件 (recognised text, may hold errors)"
            found.append(Finding("recognised_text", message, start, stop))
        elif sheet.confidence is not None:
            message = (
                f"第{page}页文字由图像识别得到，平均置信度{sheet.confidence:.0f}%，可能有错，请对照原件 "
                f"(recognised text, mean confidence {sheet.confidence:.0f} %, may hold errors)"
            )
            found.append(Finding("recognised_text", message, start, stop))
    return found


def _unreadable(text: str) -> list[Finding]:
    count = text.count("\ufffd")
    if not count:
        return []
    start = text.index("\ufffd")
    end = start
    while text[end : end + 1] == "\ufffd":
        end += 1
    message = (
        f"{count}个字符的字体没有文字对照表，无法读出（以\ufffd代替）；请用原文件重新导出 "
        f"({count} characters of a font without a Unicode table; export the file again)"
    )
    return [Finding("unreadable_glyphs", message, start, end)]
