"""From logical lines to the section tree and the stretches of text that become passages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType

from corpus.structure.header import ATTACHMENT_LABEL
from corpus.structure.lines import Line
from corpus.structure.numbering import Family, read_number
from corpus.structure.repair import Mark, family_order, heading_like, leads_in
from corpus.structure.sentence_headings import sentence_headings
from corpus.structure.tables import TableRow
from corpus.types import PassageKind, Section, Span

_NO_SPAN = Span(0, 0)
_CLAUSE = re.compile(r"[^。，,；;：:！？\n]+(?=。|[：:](?=.))")  # what a run-in heading is: 三、加强监管。各区要…
_GLUED = re.compile(
    r"[^。，,；;：:！？\n]+"
)  # what is left of a chapter's heading where the text behind it is glued on


@dataclass(frozen=True, slots=True)
class Draft:
    """A passage before its units are known. ``local_id`` is unique within the notice."""

    local_id: str
    kind: PassageKind
    section_path: tuple[str, ...]
    headings: tuple[Span, ...]
    number: str | None
    printed_number: str | None
    start: int
    end: int
    row: TableRow | None = None


@dataclass(slots=True)
class _Node:
    """A numbered line or subhead that is still open. Without a ``heading`` it only counts: an item with no items below."""

    family: Family | None
    path: str
    printed: str | None
    heading: str | None = None
    span: Span = _NO_SPAN
    paragraphs: int = 0
    table: int = 0  # of a row that is the heading of the rows below it
    children: list[_Node] = field(default_factory=list)


@dataclass(slots=True)
class _Builder:
    lines: list[Line]
    kinds: dict[int, PassageKind]
    marks: dict[int, Mark]
    subheads: frozenset[int]
    order: list[Family]
    following: dict[int, Mark]  # the mark behind each mark
    last_mark: int  # index of the last mark
    rows: Mapping[int, TableRow]
    sentences: frozenset[int]  # numbered lines that are headings though they end with a full stop
    roots: list[_Node] = field(default_factory=list)
    stack: list[_Node] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    taken: dict[str, int] = field(default_factory=dict)
    part: str = ""  # prefix of the paths in an attachment: "a1."
    bodies: int = 0  # drafts that are items, paragraphs or preambles
    bare: int = 0  # … those of them that are paragraphs or preambles without a number

    def run(self) -> None:
        for index in range(len(self.lines)):
            kind = self.kinds.get(index)
            if index in self.rows and kind != "metadata":
                self._row(index, self.rows[index])
                continue
            if self.stack and self.stack[-1].table:
                self.stack.pop()  # the table has ended
            if kind is not None:
                self._header_line(index, kind)
            elif index in self.marks:
                self._numbered(index, self.marks[index])
            elif index in self.subheads:
                self.stack.clear()
                line = self.lines[index]
                self._open(_Node(None, f"s{len(self.roots) + 1}", None), line.text, Span(line.start, line.end))
            else:
                self._paragraph(index)

    def _header_line(self, index: int, kind: PassageKind) -> None:
        if self._opens_attachment(index):
            self.stack.clear()
            self.part = f"a{len([r for r in self.roots if r.path.startswith('a')]) + 1}."
            line = self.lines[index]
            self._open(_Node(None, self.part.rstrip("."), line.text), line.text, Span(line.start, line.end))
            return
        if kind == "title" and index - 1 in self.kinds and self.kinds[index - 1] == "title" and self.drafts:
            last = self.drafts[-1]
            self.drafts[-1] = Draft(
                last.local_id, kind, last.section_path, last.headings, None, None, last.start, self.lines[index].end
            )
            return
        if kind == "title" and self.bodies:
            attached = bool(self.stack) and self.stack[0].path + "." == self.part
            del self.stack[1 if attached else 0 :]  # what is printed behind a letter begins anew
        self._emit(kind, self.part + kind, index, None, None)

    def _opens_attachment(self, index: int) -> bool:
        """Whether a line 附件2 stands above an attachment; above a list of attachments it does not."""
        if not ATTACHMENT_LABEL.fullmatch(self.lines[index].text):
            return False
        listed = self.kinds.get(index + 1) == "attachments" and read_number(self.lines[index + 1].text)
        return not listed and any(d.kind in ("item", "paragraph") for d in self.drafts)

    def _numbered(self, index: int, mark: Mark) -> None:
        self._pop(mark.family)
        parent = self.stack[-1].path + "." if self.stack and not self.stack[-1].path.startswith("s") else self.part
        node = _Node(mark.family, f"{parent}{mark.value}", mark.number.printed if mark.number else None)
        line, width = self.lines[index], mark.number.width if mark.number else 0
        parental = self._has_items_below(index, mark)
        if index in self.sentences:
            self._open(node, line.text[width:].rstrip("。."), Span(line.start, line.end))
            return
        body = line.text[width:]
        if heading_like(body) and not self._leads_in(mark, body) and (parental or self._is_body(index + 1)):
            self._open(node, body, Span(line.start, line.end))
            return
        self._emit("item", node.path, index, node.path, node.printed)
        run_in = _GLUED if mark.family in ("chapter", "part") else _CLAUSE
        clause = run_in.match(line.text, width) if parental else None
        if clause and not leads_in(line.text[width : clause.end() + 1]):
            self._open(node, clause.group(), Span(line.start, line.start + clause.end()))
            node.paragraphs = 1
        else:
            self.stack.append(node)

    def _leads_in(self, mark: Mark, body: str) -> bool:
        """Whether a line goes on in the list below it: in an article (第五条 有下列情形之一的：) any line with a colon does."""
        article = mark.family == "article" or any(node.family == "article" for node in self.stack)
        return leads_in(body) or (article and body.rstrip().endswith(("：", ":")))

    def _has_items_below(self, index: int, mark: Mark) -> bool:
        below = self.following.get(index)
        return below is not None and self.order.index(below.family) > self.order.index(mark.family)

    def _is_body(self, index: int) -> bool:
        return index < len(self.lines) and not any(index in known for known in (self.kinds, self.marks, self.subheads))

    def _open(self, node: _Node, heading: str, span: Span) -> None:
        node.heading, node.span = heading, span
        parents = [n for n in self.stack if n.heading is not None]
        (parents[-1].children if parents else self.roots).append(node)
        self.stack.append(node)

    def _row(self, index: int, row: TableRow) -> None:
        """A table row under the heading above it: an item where the table has a header row, else a paragraph."""
        if row.header:
            self._emit("table_header", f"{self.part}t{row.table}", index, None, None)
            return
        if self.stack and self.stack[-1].table and (row.group or self.stack[-1].table != row.table):
            self.stack.pop()
        node = self.stack[-1] if self.stack else None
        above = f"{node.path}." if node and not node.path.startswith("s") else self.part
        number = f"{above}{row.value}" if row.value else None
        local = number or f"{self.part}t{row.table}.r{row.row}"
        self._emit("item" if row.fields else "paragraph", local, index, number, row.printed, row)
        if row.group and number:
            span, line = row.group, self.lines[index]
            heading = line.text[span.start - line.start : span.end - line.start]
            self._open(_Node(None, number, row.printed, table=row.table), heading, span)

    def _pop(self, family: Family) -> None:
        depth = self.order.index(family)
        while self.stack:
            top = self.stack[-1].family
            if top is None or self.order.index(top) < depth:
                return
            self.stack.pop()

    def _paragraph(self, index: int) -> None:
        if not self.stack:
            kind: PassageKind = "paragraph" if self.roots or not self.marks else "preamble"
            self._emit(kind, f"{self.part}p{self.bare + 1}", index, None, None)
            return
        node = self.stack[-1]
        node.paragraphs += 1
        first = node.paragraphs == 1 and node.heading is not None
        local = node.path if first else f"{node.path}/p{node.paragraphs}"
        self._emit("paragraph", local, index, _number(node), node.printed)

    def _emit(
        self, kind: PassageKind, local_id: str, index: int, number: str | None, printed: str | None,
        row: TableRow | None = None,
    ) -> None:  # fmt: skip
        self.taken[local_id] = self.taken.get(local_id, 0) + 1
        if self.taken[local_id] > 1:
            local_id = f"{local_id}-{self.taken[local_id]}"
        inside = kind in ("item", "paragraph") or (kind == "contact" and index < self.last_mark)
        above = [n for n in self.stack if n.heading is not None] if inside else []
        if kind in ("item", "paragraph", "preamble"):
            self.bodies += 1
            self.bare += kind != "item" and number is None
        self.drafts.append(
            Draft(
                local_id,
                kind,
                tuple(n.heading or "" for n in above),
                tuple(n.span for n in above),
                number,
                printed,
                self.lines[index].start,
                self.lines[index].end,
                row,
            )  # fmt: skip
        )


def build(
    lines: list[Line],
    kinds: dict[int, PassageKind],
    marks: list[Mark],
    subheads: frozenset[int] = frozenset(),
    rows: Mapping[int, TableRow] = MappingProxyType({}),
) -> tuple[tuple[Section, ...], list[Draft]]:
    """The section tree and the passages of a notice, in order.

    :param subheads: indexes of unnumbered lines that are headings (press pages)
    :param rows: the lines that are table rows, by index
    """
    following = {a.index: b for a, b in pairwise(marks)}
    builder = _Builder(
        lines,
        kinds,
        {m.index: m for m in marks},
        subheads,
        family_order(marks),
        following,
        marks[-1].index if marks else -1,
        rows,
        sentence_headings(lines, kinds, marks, rows),
    )
    builder.run()
    return tuple(_freeze(node, 1) for node in builder.roots), builder.drafts


def _freeze(node: _Node, level: int) -> Section:
    children = tuple(_freeze(child, level + 1) for child in node.children)
    return Section(node.heading or "", _number(node), node.printed, level, node.span.start, node.span.end, children)


def _number(node: _Node) -> str | None:
    """The canonical number; subheads without one have none."""
    return None if node.path.startswith("s") else node.path
