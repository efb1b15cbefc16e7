"""Where the notice lies on a saved page, and which tables hold data: told by how text and links are spread."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from corpus.readers.html_style import BLOCK, UNSEEN, is_furniture, is_hidden

_MIN_TEXT = 100  # characters of an element that may be the body
_MIN_SHARE = 0.9  # of its parent's text: what is left outside is a line or two
_KNOWN_SHARE = 0.5  # enough where class or id say that this is the text
# Names that content systems of Chinese offices give to the element that holds the text (TRS, UCAP, JCMS, VSB, 大汉 …).
_KNOWN = re.compile(
    r"(?i)(?:zoom|contentzoom|ucap-?content|trs_u?editor|custom_unionstyle|articlebody|(?:article|news|xxgk|pages?|text|"
    r"detail|main|info)[-_]?(?:content|con|text|body|txt|nr)|content[-_]?(?:text|main|body|txt|area)|vsb_content\w*|"
    r"ivs_content|bodylabel|zhengwen|wznr|zw|nr|view|article|printcontent)"
)
_LONG_CELL = 500  # characters; a cell that holds most of its table's text, this much or more, is a column of a page
_ROWS_AND_CELLS = frozenset(("tr", "td", "th"))


@dataclass(frozen=True, slots=True)
class Body:
    """What a first pass over the tree tells: the body's element, if one stands out, and the tables that hold data."""

    element: etree._Element | None
    data_tables: frozenset[etree._Element]


@dataclass(slots=True)
class _Table:
    multi: int = 0  # rows with two filled cells or more
    filled: int = 0  # filled cells of the row that is open
    rows: int = 0
    longest: int = 0
    total: int = 0
    nested: bool = False
    spanning: bool = False  # a cell stands in several rows


@dataclass(slots=True)
class _Survey:
    own: dict[etree._Element, int] = field(default_factory=dict)  # text outside links
    data: set[etree._Element] = field(default_factory=set)
    open: list[list[int]] = field(default_factory=lambda: [[0, 0]])  # text and link text of the open elements
    tables: list[_Table] = field(default_factory=list)

    def walk(self, root: etree._Element) -> None:
        walker = etree.iterwalk(root, events=("start", "end"))
        for event, element in walker:
            tag = element.tag
            if event == "start":
                if tag in UNSEEN or is_hidden(element) or (tag != "table" and is_furniture(element, tag)):
                    walker.skip_subtree()
                    self.open.append([0, 0])
                    continue
                self.open.append([len((element.text or "").strip()), 0])
                if tag == "table":
                    self.tables.append(_Table())
                elif tag == "tr" and self.tables:
                    self.tables[-1].filled = 0
                elif self.tables and (element.get("rowspan") or "1") not in ("0", "1"):
                    self.tables[-1].spanning = True
            else:
                self._end(element, tag)

    def _end(self, element: etree._Element, tag: str) -> None:
        text, link = self.open.pop()
        if tag == "a":
            link = text
        if text - link >= _MIN_TEXT:
            self.own[element] = text - link
        if tag == "table" and self.tables:
            self._table(element, self.tables.pop())
        elif tag in _ROWS_AND_CELLS and self.tables:
            self._row_or_cell(self.tables[-1], tag, text)
        above = self.open[-1]
        above[0] += text + len((element.tail or "").strip())
        above[1] += link

    def _row_or_cell(self, table: _Table, tag: str, text: int) -> None:
        if tag == "tr":
            table.rows += 1
            table.multi += table.filled > (0 if table.spanning else 1)
        elif text:
            table.filled += 1
            table.total += text
            table.longest = max(table.longest, text)

    def _table(self, element: etree._Element, table: _Table) -> None:
        frame = table.longest > _LONG_CELL and table.longest > 0.6 * table.total
        if table.multi > 1 and not frame and not table.nested and element.get("role") not in ("presentation", "none"):
            self.data.add(element)
            if self.tables:
                self.tables[-1].nested = True
        elif self.tables:
            self.tables[-1].nested |= table.nested


def survey(root: etree._Element, page: bool) -> Body:
    """One pass over the tree.

    :param page: whether it is a whole page, with things around the notice; else all of it is the body
    """
    found = _Survey()
    found.walk(root)
    return Body(_body(root, found) if page else None, frozenset(found.data))


def _body(root: etree._Element, found: _Survey) -> etree._Element | None:
    node = root
    while True:
        inner = max(node, key=lambda child: found.own.get(child, 0), default=None)
        if inner is None or found.own.get(inner, 0) < _MIN_SHARE * found.own.get(node, 1):
            break
        if inner in found.data or not _holds_blocks(inner):
            break
        node = inner
    known = [
        element
        for element in node.iter("div", "td", "section", "article", "main", "ucmscontent")
        if found.own.get(element, 0) >= _KNOWN_SHARE * found.own.get(node, 1) and _is_known(element)
    ]
    body = known[-1] if known else node
    return body if found.own.get(body) and body is not root else None


def _holds_blocks(element: etree._Element) -> bool:
    return any(isinstance(child.tag, str) and child.tag in BLOCK for child in element)


def _is_known(element: etree._Element) -> bool:
    names = f"{element.get('class') or ''} {element.get('id') or ''}".split()
    return any(_KNOWN.fullmatch(name) for name in names)
