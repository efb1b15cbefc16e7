"""What random damage must leave as it was: the tree of headings and items of each notice.

A notice's text is shared out among the nodes of its tree: headings with what stands below them, items, and the rest (head
and foot, text above the first heading). The structure of a damaged notice is right when it has the same notices, in each
the same nodes in the same order, with the same canonical numbers (``2.3.9``, whatever is printed), under the same
parents, each with the same words, printed numbers aside. Two things are left to the second, stricter measure:
the end of a heading that runs into its text, which may lie a little late (``LONGER``), and units.

``exact`` compares the words of each heading, those of each passage under its headings, and the units of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from corpus.structure.numbering import read_number
from corpus.types import Notice, Passage, Section

LONGER = 12  # code points by which a heading may run on into its text
BODY = ("item", "paragraph", "preamble")

Exact = tuple[object, ...]


@dataclass
class Node:
    """A heading, an item, or (``number`` empty) what belongs to neither."""

    number: str
    parents: tuple[str, ...]
    heading: str | None = None
    item: bool = False
    words: list[str] = field(default_factory=list)

    def is_like(self, other: Node) -> bool:
        """Whether ``other``, of a damaged notice, is this node."""
        same = (self.number, self.parents, self.item) == (other.number, other.parents, other.item)
        return same and _runs_on(self.heading, other.heading) and "".join(self.words) == "".join(other.words)


def _runs_on(heading: str | None, damaged: str | None) -> bool:
    if heading is None or damaged is None:
        return heading == damaged
    return damaged.startswith(heading) and len(damaged) <= len(heading) + LONGER


def structure(notices: Sequence[Notice]) -> list[list[Node]]:
    """The nodes of each notice, in order; what belongs to none comes first."""
    return [_nodes(notice) for notice in notices]


def is_right(before: list[list[Node]], after: list[list[Node]]) -> bool:
    """Whether the structure ``after`` some damage is the one from ``before``."""
    return len(before) == len(after) and all(
        len(a) == len(b) and all(x.is_like(y) for x, y in zip(a, b, strict=True))
        for a, b in zip(before, after, strict=True)
    )


def _nodes(notice: Notice) -> list[Node]:
    rest = Node("", ())
    nodes, by_number, by_start = [rest], dict[str, Node](), dict[int, Node]()
    sections = sorted(_with_parents(notice.sections, ()), key=lambda entry: entry[0].start)
    for passage in sorted(notice.passages, key=lambda passage: passage.start):
        while sections and sections[0][0].start <= passage.start:
            _open(*sections.pop(0), nodes, by_number, by_start)
        inside = passage.headings and by_start.get(passage.headings[-1].start)
        if passage.kind == "item" and passage.number:
            own = by_number.get(passage.number)
            run_in = own is not None and own is by_start.get(passage.start)
            node = own if own and run_in else Node(passage.number, _above(passage, by_start))
            if not run_in:
                nodes.append(node)
                by_number[passage.number] = node
            node.item, node.words = True, [_squeeze(_unnumbered(passage))]
            continue
        node = by_number.get(passage.number, rest) if passage.number else inside or rest
        node = node if passage.kind in BODY else inside or rest
        node.words.append(_squeeze(passage.text))
    for entry in sections:
        _open(*entry, nodes, by_number, by_start)
    return nodes


def _open(
    section: Section, parents: tuple[str, ...], nodes: list[Node], by_number: dict[str, Node], by_start: dict[int, Node]
) -> None:
    heading = _squeeze(section.heading)
    node = Node(section.number or f"s{len(nodes)}", parents, heading, words=[heading])
    nodes.append(node)
    by_start[section.start] = by_number[node.number] = node


def _with_parents(sections: Sequence[Section], parents: tuple[str, ...]) -> Iterator[tuple[Section, tuple[str, ...]]]:
    for section in sections:
        yield section, parents
        yield from _with_parents(section.children, (*parents, section.number or "s"))


def _above(passage: Passage, by_start: dict[int, Node]) -> tuple[str, ...]:
    return tuple(by_start[span.start].number for span in passage.headings if span.start in by_start)


def exact(notices: Sequence[Notice]) -> Exact:
    """The words of all headings; the words of all passages with the headings above them and their units."""
    return tuple((_headings(notice), *_passages(notice)) for notice in notices)


def _headings(notice: Notice) -> tuple[str, ...]:
    return tuple(_squeeze(section.heading) for section, _ in _with_parents(notice.sections, ()))


def _passages(notice: Notice) -> Iterator[Exact]:
    """Unnumbered paragraphs under one heading count as one: nothing in print but the line break tells them apart."""
    body = [p for p in notice.passages if p.kind in BODY]
    for (item, path), group in groupby(body, key=lambda p: (p.kind == "item" and p.passage_id, _path(p))):
        own = list(group)
        units = frozenset((u.canonical, u.role) for p in own for u in p.units)
        if path or item or units:  # what stands above the first heading is head
            yield "".join(_squeeze(_unnumbered(p)) for p in own), path, units


def _path(passage: Passage) -> tuple[str, ...]:
    return tuple(map(_squeeze, passage.section_path))


def _unnumbered(passage: Passage) -> str:
    number = read_number(passage.text) if passage.printed_number else None
    return passage.text[number.width :] if number else passage.text


def _squeeze(text: str) -> str:
    return "".join(text.split())
