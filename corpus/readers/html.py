"""HTML: content systems' fragments, saved pages, templates. One pass over the tree writes the text that a browser shows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from lxml import etree

from corpus.errors import UnreadableFile
from corpus.readers.html_body import Body, survey
from corpus.readers.html_lists import OrderedList
from corpus.readers.html_source import characters, tree
from corpus.readers.html_style import UNSEEN, is_block, is_furniture, is_hidden, is_title
from corpus.readers.html_tables import write_table
from corpus.readers.html_writer import Cell, Writer
from corpus.readers.types import Extract, Table
from corpus.types import Finding, Span

_WHOLE_PAGE = re.compile(r"<(?:html|head|body|title|script|link|jsp:include)\b", re.IGNORECASE)
_SHOWN = 40  # code points of hidden text that a finding shows
_TITLE_METAS = ("articletitle", "og:title", "dc.title")
# Lines beside the body that belong to the notice: what a content system says of it, its attachments, date and number.
_BELONGS = re.compile(
    r"(?:索\s*引\s*号|文\s*号|发文(?:字号|机关|机构|单位|日期)|发布(?:日期|时间|机构|单位)|成文日期|主题分类|公文时效|有\s*效\s*性|"
    r"信息来源|来\s*源|公开(?:方式|属性|形式)|标\s*题|附\s*件)\s*(?:[\d一二三四五六七八九十]{0,2}\s*[:：]|\t|\s*$)|"
    r"[（(]?此件|(?:19|20)\d\d年\d{1,2}月\d{1,2}日$|[\u4e00-\u9fff]{2,16}[〔\[]\d{4}[〕\]]\d{1,5}号$"
)
_PROSE = re.compile(r"[^。]{20,}。")


@dataclass(slots=True)
class _Frame:
    """An open element: what it changed, to be undone when it ends."""

    tag: str
    block: bool = False
    furniture: bool = False
    title: bool = False
    skipped: bool = False
    link: bool = False
    numbers: OrderedList | None = None
    table: list[list[Cell]] | None = None
    spans: tuple[int, int] = (1, 1)


@dataclass(slots=True)
class _Page:
    body: Body
    titles: frozenset[str]
    writer: Writer = field(default_factory=Writer)
    frames: list[_Frame] = field(default_factory=list)
    outer: list[Writer] = field(default_factory=list)  # writers of the texts around the cells that are open
    tables: list[Table] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    furniture: int = 0
    titled: int = 0
    verbatim: int = 0
    outside: bool = False  # beside the body of a whole page
    outer_lines: list[tuple[Span, bool]] = field(default_factory=list)  # lines beside the body; whether titles

    def walk(self, root: etree._Element) -> None:
        self.outside = self.body.element is not None
        walker = etree.iterwalk(root, events=("start", "end"))
        for event, element in walker:
            if event == "end":
                self._end(element)
            elif self._unseen(element):
                walker.skip_subtree()
                self.frames.append(_Frame(element.tag, skipped=True))
            else:
                self._start(element)
        self._line_break()

    def _unseen(self, element: etree._Element) -> bool:
        if element.tag in UNSEEN:
            return True
        if not is_hidden(element):
            return False
        if not self.outside and not self.furniture:
            hidden = re.sub(r"\s+", " ", "".join(element.itertext(with_tail=False))).strip()
            if hidden:
                shown = hidden[:_SHOWN] + ("…" if len(hidden) > _SHOWN else "")
                message = f"网页中有不显示的文字，未读入：“{shown}” (hidden text, left out)"
                at = (self.outer[0] if self.outer else self.writer).position
                self.findings.append(Finding("hidden_text", message, at, at))
        return True

    def _start(self, element: etree._Element) -> None:
        tag = element.tag
        if element is self.body.element:
            self._line_break()
            self.outside = False
        frame = _Frame(tag, is_block(element, tag), is_furniture(element, tag), is_title(element, tag))
        if frame.block or tag == "br":
            self._line_break()
        self.furniture += frame.furniture
        self.titled += frame.title
        if tag in ("pre", "listing", "xmp", "plaintext"):
            self.verbatim += 1
        elif tag == "ol":
            frame.numbers = OrderedList(element)
        elif tag == "table" and element in self.body.data_tables:
            frame.table = []
        elif tag == "li" and self.frames and self.frames[-1].numbers:
            self.writer.number(self.frames[-1].numbers.label(element))
        elif tag in ("td", "th", "tr") and (table := self._open_table()) is not None:
            if tag == "tr":
                table.append([])
            elif self._is_cell():
                frame.spans = (_span(element.get("colspan"), 64), _span(element.get("rowspan"), 5000))
                self.outer.append(self.writer)
                self.writer = Writer(cell=True)
                frame.table = table
        self.frames.append(frame)
        if element.text:
            self._write(element.text)

    def _open_table(self) -> list[list[Cell]] | None:
        """The data table whose row or cell begins here; none inside a cell, where a table is text."""
        for frame in reversed(self.frames):
            if frame.tag in ("td", "th") and frame.table is not None:
                return None
            if frame.tag == "table":
                return frame.table
        return None

    def _is_cell(self) -> bool:
        return bool(self.frames) and self.frames[-1].tag == "tr"

    def _end(self, element: etree._Element) -> None:
        frame = self.frames.pop()
        if not frame.skipped:
            self._close(frame)
            if element is self.body.element:
                self._line_break()
                self.outside = True
        if element.tail:
            self._write(element.tail)

    def _close(self, frame: _Frame) -> None:
        if frame.tag in ("td", "th") and frame.table is not None:
            text = self.writer.text().strip()
            self.writer = self.outer.pop()
            if not frame.table:
                frame.table.append([])
            frame.table[-1].append(Cell(text, *frame.spans, header=frame.tag == "th" or self._in_head()))
        elif frame.tag == "table" and frame.table is not None:
            self._line_break()
            first = self.writer.position
            table = write_table(self.writer, frame.table, bool(self.furniture))
            self.tables.append(table)
            if self.outside:
                self._note_table(first)
        if frame.tag == "li":
            self.writer.item_end()
        if frame.block:
            self._line_break()
        self.furniture -= frame.furniture
        self.titled -= frame.title
        self.verbatim -= frame.tag in ("pre", "listing", "xmp", "plaintext")

    def _in_head(self) -> bool:
        return any(frame.tag == "thead" for frame in self.frames[-2:])

    def _write(self, text: str) -> None:
        if text:
            self.writer.write(text, bool(self.furniture), bool(self.verbatim))

    def _line_break(self) -> None:
        if self.outside and not self.outer:
            line = self.writer.line()
            if line.end > line.start:
                self.outer_lines.append((line, bool(self.titled)))
        self.writer.line_break()

    def _note_table(self, first: int) -> None:
        """A table beside the body is of one piece: what a content system says of the notice, or none of it."""
        lines = list(re.finditer(r"[^\n]+", self.writer.text()[first:]))
        if not any(_BELONGS.match(line.group()) for line in lines):
            self.outer_lines += [(Span(first + line.start(), first + line.end()), False) for line in lines]

    def extract(self) -> Extract:
        text = self.writer.text().rstrip("\n")
        aside = [line for line, titled in self.outer_lines if not self._belongs(text[line.start : line.end], titled)]
        end = len(text)
        findings = [replace(f, start=min(f.start, max(end - 1, 0)), end=min(f.start + 1, end)) for f in self.findings]
        spans = _merge([*self.writer.furniture, *aside])
        own = [t for t in self.tables if t.rows and not any(_inside(t.rows[0].cells[-1], s) for s in spans)]
        return Extract(text, tuple(spans), tuple(own), (), tuple(findings))

    def _belongs(self, line: str, titled: bool) -> bool:
        if _BELONGS.match(line.strip()) or _PROSE.search(line):
            return True
        plain = re.sub(r"\s+", "", line)
        return len(plain) >= 6 and (titled or any(plain in title or title in plain for title in self.titles))


def read_html(data: bytes) -> Extract:
    """A page or a fragment of one. Navigation and the like become furniture; text that is not shown is left out.

    :raises UnreadableFile: no text, no known character set, or nested too deep
    """
    source = characters(data)
    return convert(source, whole_page=bool(_WHOLE_PAGE.search(source)))


def convert(source: str, whole_page: bool) -> Extract:
    """The text of HTML that is decoded already."""
    root = tree(source)
    page = None
    if root is not None:
        page = _Page(survey(root, whole_page), _titles(root))
        page.walk(root)
    if page is None or not page.writer.text().strip():
        raise UnreadableFile("the page shows no text (scripts, pictures or templates only); save the text it shows")
    return page.extract()


def _titles(root: etree._Element) -> frozenset[str]:
    """What the page's head calls the document. Used to tell which printed line is the title, never as text."""
    found = [element.text or "" for element in root.iter("title")]
    for meta in root.iter("meta"):
        if (meta.get("name") or meta.get("property") or "").lower() in _TITLE_METAS:
            found.append(meta.get("content") or "")
    plain = (re.sub(r"\s+", "", title) for title in found)
    return frozenset(title for title in plain if len(title) >= 6)


def _span(text: str | None, limit: int) -> int:
    """A colspan or rowspan: at least 1, at most ``limit``; 1 where it is no number."""
    return max(1, min(int(text), limit)) if text and text.strip().isdecimal() and len(text) < 8 else 1


def _merge(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(span.end, merged[-1].end))
        else:
            merged.append(span)
    return merged


def _inside(cell: Span, span: Span) -> bool:
    return span.start <= cell.start and cell.end <= span.end
