"""Word documents: paragraphs with their printed numbers, tables, text boxes, notes and what is embedded.

Running heads and feet are left out: they repeat on every page and are no words of the notice.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from lxml import etree

from corpus.errors import UnreadableFile
from corpus.readers.docx_numbering import Numbering
from corpus.readers.html_tables import write_table
from corpus.readers.html_writer import Cell, Writer
from corpus.readers.types import Extract, Table
from corpus.types import Finding

_GONE = {
    qn(name) for name in ("w:del", "w:moveFrom", "w:instrText", "w:delText", "w:rPr", "w:pPr", "w:tcPr", "w:fldData")
}
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_TINY = 4  # half points
_WHITE = frozenset({"FFFFFF", "FEFEFE", "FDFDFD"})
_BREAKS = {qn("w:br"), qn("w:cr")}
_SIGNS = {qn("w:tab"): "\u3000", qn("w:noBreakHyphen"): "-", qn("w:softHyphen"): ""}
_BOX = qn("w:txbxContent")
Element = Any


@dataclass
class _Reading:
    """One document on its way from elements to text."""

    numbering: Numbering
    writer: Writer = field(default_factory=Writer)
    tables: list[Table] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def blocks(self, parent: Element) -> None:
        """Paragraphs and tables in their order; content controls and insertions are looked into."""
        for child in parent:
            if child.tag == qn("w:p"):
                self.paragraph(child)
            elif child.tag == qn("w:tbl"):
                self.table(child)
            elif child.tag not in _GONE and child.tag != _FALLBACK and isinstance(child.tag, str):
                self.blocks(child)

    def paragraph(self, paragraph: Element) -> None:
        """One paragraph on its line, behind its number; then the text boxes that are anchored in it."""
        boxes: list[Element] = []
        self.writer.number(self.numbering.label(paragraph))
        self._inline(paragraph, boxes)
        self.writer.item_end()
        self.writer.line_break()
        for box in boxes:
            self.blocks(box)

    def _inline(self, parent: Element, boxes: list[Element]) -> None:
        for child in parent:
            if child.tag in _GONE or child.tag == _FALLBACK or not isinstance(child.tag, str):
                continue
            if child.tag == _BOX:
                boxes.append(child)
            elif child.tag == qn("w:t"):
                self.writer.write(child.text or "")
            elif child.tag in _BREAKS:
                self.writer.line_break()
            elif child.tag in _SIGNS:
                self.writer.write(_SIGNS[child.tag])
            elif child.tag == qn("w:sym"):
                self.writer.write(_symbol(child))
            elif child.tag == qn("w:r") and _hidden(child):
                self._hide(child)
            else:
                self._inline(child, boxes)

    def _hide(self, run: Element) -> None:
        words = "".join(t.text or "" for t in run.iter(qn("w:t"))).strip()
        if words:
            at = self.writer.position
            message = f"文件里有隐藏文字：“{words[:40]}” (hidden text, left out)"
            self.findings.append(Finding("hidden_text", message, max(0, at - 1), max(1, at)))

    def table(self, table: Element) -> None:
        """A table as lines; one of a single cell only lays out, so its paragraphs are written as they are."""
        rows = [list(_cells(row)) for row in _rows(table)]
        if all(len(row) <= 1 for row in rows):
            for row in rows:
                for cell in row:
                    self.blocks(cell)
            return
        self.writer.line_break()
        self.tables.append(write_table(self.writer, self._grid(table, rows)))

    def _grid(self, table: Element, rows: list[list[Element]]) -> list[list[Cell]]:
        grid: list[list[Cell]] = []
        above: dict[int, Cell] = {}  # column: the cell that goes on downwards
        for element, row in zip(_rows(table), rows, strict=True):
            out, column = [], _skipped(element)
            head = element.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
            for cell in row:
                columns, merge = _span(cell)
                if merge == "continue" and column in above:
                    above[column].rows += 1
                else:
                    made = Cell(self._cell_text(cell), columns, 1, head)
                    out.append(made)
                    above.pop(column, None)
                    if merge == "restart":
                        above[column] = made
                column += columns
            grid.append(out)
        return grid

    def _cell_text(self, cell: Element) -> str:
        """The words of a cell on one line, those of tables within it included."""
        inner = _Reading(self.numbering, Writer(cell=True))
        for paragraph in cell.iter(qn("w:p")):
            if not _in_box(paragraph, cell):  # the paragraph that a box is anchored in writes it
                inner.paragraph(paragraph)
        self.findings += inner.findings
        return inner.writer.text().strip()


def read(data: bytes) -> Extract:
    """A document that :func:`corpus.readers.office.check_container` has let pass.

    :raises UnreadableFile: it is damaged
    """
    try:
        document = docx.Document(io.BytesIO(data))
        reading = _Reading(Numbering(_part(document, "numbering"), _part(document, "styles")))
        reading.blocks(document.element.body)
        _notes(document, reading)
        _embedded(document, reading)
    except UnreadableFile:
        raise
    except (KeyError, ValueError, TypeError, AttributeError, etree.LxmlError, OSError, RecursionError) as error:
        raise UnreadableFile(
            f"a damaged Word document ({type(error).__name__}: {str(error)[:80]}); save it again with Word or WPS"
        ) from error
    except PackageNotFoundError as error:
        raise UnreadableFile("a damaged Word document; save it again with Word or WPS") from error
    text = reading.writer.text()
    length = max(1, len(text))
    findings = tuple(Finding(f.code, f.message, min(f.start, length - 1), min(f.end, length)) for f in reading.findings)
    if not text.strip():
        raise UnreadableFile("the document holds no text (only pictures?); index a PDF of it, or its text")
    return Extract(text, tuple(reading.writer.furniture), tuple(reading.tables), (), findings)


def _part(document: Any, kind: str) -> Element | None:
    """The root element of the part of a kind (numbering, styles, footnotes …), None where there is none."""
    for relation in document.part.rels.values():
        if not relation.is_external and relation.reltype.endswith(f"/{kind}"):
            return parse_xml(relation.target_part.blob)
    return None


def _notes(document: Any, reading: _Reading) -> None:
    """Footnotes and endnotes, below the text."""
    for kind in ("footnotes", "endnotes"):
        notes = _part(document, kind)
        for note in notes if notes is not None else ():
            if note.get(qn("w:type")) in (None, "normal"):
                reading.blocks(note)


def _embedded(document: Any, reading: _Reading) -> None:
    """What is embedded: a document's text below the text, the rest named by a finding."""
    for relation in document.part.rels.values():
        if relation.is_external or not relation.reltype.endswith(("/package", "/oleObject")):
            continue
        name = PurePosixPath(str(relation.target_part.partname)).name
        at = reading.writer.position
        message = f"文件里嵌有附件“{name}”，需另存后索引 (an embedded file; save it and index it as well)"
        reading.findings.append(Finding("embedded_file", message, max(0, at - 1), max(1, at)))


def _rows(table: Element) -> list[Element]:
    return [row for row in _unwrapped(table) if row.tag == qn("w:tr")]


def _cells(row: Element) -> Iterator[Element]:
    return (cell for cell in _unwrapped(row) if cell.tag == qn("w:tc"))


def _unwrapped(parent: Element) -> Iterator[Element]:
    """Children, those of content controls and insertions in their place."""
    for child in parent:
        if child.tag in (qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:customXml")):
            yield from _unwrapped(child)
        elif child.tag not in _GONE:
            yield child


def _span(cell: Element) -> tuple[int, str | None]:
    """How many columns a cell covers, and whether it begins or continues one that goes down."""
    properties = cell.find(qn("w:tcPr"))
    if properties is None:
        return 1, None
    columns, merge = properties.find(qn("w:gridSpan")), properties.find(qn("w:vMerge"))
    width = int(columns.get(qn("w:val"), "1")) if columns is not None else 1
    return max(1, min(width, 64)), merge.get(qn("w:val"), "continue") if merge is not None else None


def _skipped(row: Element) -> int:
    before = row.find(f"{qn('w:trPr')}/{qn('w:gridBefore')}")
    return int(before.get(qn("w:val"), "0")) if before is not None else 0


def _in_box(paragraph: Element, cell: Element) -> bool:
    return any(parent.tag == _BOX for parent in paragraph.iterancestors(_BOX, cell.tag) if parent.tag == _BOX)


def _hidden(run: Element) -> bool:
    """Whether nobody sees a run: marked as hidden, hardly a point high, or white where nothing lies behind it."""
    properties = run.find(qn("w:rPr"))
    if properties is None:
        return False
    vanish, size, colour = (properties.find(qn(tag)) for tag in ("w:vanish", "w:sz", "w:color"))
    if vanish is not None and vanish.get(qn("w:val"), "1") not in ("0", "false"):
        return True
    if size is not None and (points := size.get(qn("w:val"), "")).isdecimal() and int(points) <= _TINY:
        return True
    white = colour is not None and colour.get(qn("w:val"), "").upper() in _WHITE
    return white and not _on_ground(run, properties)


def _on_ground(run: Element, properties: Element) -> bool:
    """Whether something may lie behind a run: shading of its own or its paragraph's, a table, a box, a coloured page."""
    own = [properties, *(p.find(qn("w:pPr")) for p in run.iterancestors(qn("w:p")))]
    if any(p is not None and p.find(qn(tag)) is not None for p in own for tag in ("w:shd", "w:highlight", "w:pStyle")):
        return True
    if any(ancestor.tag in (qn("w:tbl"), _BOX) for ancestor in run.iterancestors()):
        return True
    return run.getroottree().getroot().find(qn("w:background")) is not None


def _symbol(element: Element) -> str:
    """A character of a symbol font: those of Wingdings lie in the private area and stand for bullets and boxes."""
    code = int(element.get(qn("w:char"), "0"), 16)
    return "" if 0xE000 <= code <= 0xF8FF or not code else chr(code)
