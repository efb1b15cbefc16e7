"""Writes text as a browser shows it: white space collapsed, blocks on lines of their own, spans as they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from corpus.readers.types import Row
from corpus.types import Span

_SPACES = re.compile(r"[ \t\r\n\f]+")
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60“”‘’…—]")


@dataclass(slots=True)
class Cell:
    """A table cell as it was read; ``column`` is filled in when the grid is laid out."""

    text: str
    columns: int = 1
    rows: int = 1
    header: bool = False


@dataclass(slots=True)
class Writer:
    """A text that grows line by line. Offsets are stable: nothing that was written is taken back.

    ``cell``: line breaks become blanks, since a table row is one line.
    """

    cell: bool = False
    pieces: list[str] = field(default_factory=list)
    furniture: list[Span] = field(default_factory=list)
    position: int = 0
    _line_start: int = 0
    _pending: str = ""  # white space that is written only if text follows on the same line
    _last: str = ""
    _glued: int = -1  # position behind a list number, whose text may stand in a block of its own

    def write(self, text: str, furniture: bool = False, verbatim: bool = False) -> None:
        """Text of one node; ``verbatim`` keeps its line breaks and blanks (``<pre>``)."""
        if verbatim and not self.cell:
            for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")):
                if number:
                    self.line_break()
                self._put(line, furniture)
            return
        position = 0
        for gap in _SPACES.finditer(text):
            self._put(text[position : gap.start()], furniture)
            space = "\n" if "\n" in gap.group() or "\r" in gap.group() else " "
            self._pending = " " if " " in (space, self._pending) else space
            position = gap.end()
        self._put(text[position:], furniture)

    def line_break(self) -> None:
        """What follows stands on a new line."""
        self._pending = ""
        if self.position in (self._line_start, self._glued):
            return
        if self.cell:
            self._pending = " "
        else:
            self._append("\n")
            self._line_start = self.position

    def number(self, label: str) -> None:
        """The number of a list item, in front of whatever the item holds."""
        if label:
            self.write(label)
            self._append(" " if label.endswith(" ") else "")
            self._pending = ""
            self._glued = self.position

    def item_end(self) -> None:
        """A list item ends, whether there was text in it or not."""
        self._glued = -1

    def text(self) -> str:
        """All that was written."""
        return "".join(self.pieces)

    def line(self) -> Span:
        """The line that is being written."""
        return Span(self._line_start, self.position)

    def row(self, cells: list[Cell | Span | None], header: bool, furniture: bool = False) -> Row:
        """A line of cells joined by tabs: new ones are written, spans refer to a cell that is, None repeats its left one."""
        self.line_break()
        spans: list[Span] = []
        first = True
        start = self.position
        for cell in cells:
            if cell is None and spans:
                spans.append(spans[-1])
            elif isinstance(cell, Span):
                spans.append(cell)
            else:
                text = cell.text if cell else ""
                if not first:
                    self._append("\t")
                first = False
                spans.append(Span(self.position, self.position + len(text)))
                self._append(text)
        if furniture:
            self.furniture.append(Span(start, self.position))
        self.line_break()
        return Row(tuple(spans), header)

    def _put(self, text: str, furniture: bool) -> None:
        if not text:
            return
        if self._pending and self.position > self._line_start:
            # CSS Text 3, 4.1.3: a line break in the source between two wide characters shows nothing.
            joins = self._pending == "\n" and _WIDE.match(self._last) and _WIDE.match(text)
            if not joins:
                self._append(" ")
        self._pending = ""
        if furniture:
            last = self.furniture[-1] if self.furniture else None
            if last and last.end >= self.position - 1 and last.end >= self._line_start:
                self.furniture[-1] = Span(last.start, self.position + len(text))
            else:
                self.furniture.append(Span(self.position, self.position + len(text)))
        self._append(text)
        self._last = text[-1]

    def _append(self, text: str) -> None:
        self.pieces.append(text)
        self.position += len(text)
