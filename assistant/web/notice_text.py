"""A notice's own text as HTML blocks: complete, in order, anchored by passage, a span marked.

The text content of the blocks, read one after the other, is ``notice.text`` itself, character for character.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from corpus.types import Notice, Section, Span

_LEVELS = 4  # headings below this level look alike


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the text with its element: a heading line, a passage, furniture, or what lies between."""

    start: int
    end: int
    tag: str | None = None
    kind: str = ""
    anchor: str | None = None


def blocks(notice: Notice) -> list[Block]:
    """The text cut into blocks that follow each other without gap or overlap."""
    marked = [
        *(Block(p.start, p.end, "p", p.kind, p.passage_id) for p in notice.passages),
        *_headings(notice.sections),
        *(Block(span.start, span.end, "p", "furniture") for span in notice.furniture),
    ]
    out: list[Block] = []
    at = 0
    for block in sorted(marked, key=lambda b: (b.start, -b.end)):
        start, end = max(block.start, at), min(block.end, len(notice.text))
        if start >= end:
            continue
        if at < start:
            out.append(_between(notice.text, at, start))
        out.append(Block(start, end, block.tag, block.kind, block.anchor))
        at = end
    if at < len(notice.text):
        out.append(_between(notice.text, at, len(notice.text)))
    return out


def render(notice: Notice, mark: Span | None, notes: Mapping[int, str] | None = None, cut: Sequence[Block] = ()) -> str:
    """The text as HTML; ``mark`` stands in ``<mark>`` elements that hold exactly ``text[start:end]``.

    :param notes: what stands beside the block that begins at an offset, as HTML; no words of the notice
    :param cut: its blocks, where they are known
    """
    first = True
    parts: list[str] = []
    for block in cut or blocks(notice):
        inner, marked = _inner(notice.text, block, mark, first)
        first = first and not marked
        if block.tag is None:
            parts.append(inner)
            continue
        anchor = f' id="{html.escape(block.anchor)}"' if block.anchor else ""
        element = f'<{block.tag}{anchor} class="{html.escape(block.kind)}">{inner}</{block.tag}>'
        note = notes.get(block.start) if notes else None
        parts.append(f'<div class="line">{element}<aside>{note}</aside></div>' if note else element)
    return "".join(parts)


def _inner(text: str, block: Block, mark: Span | None, first: bool) -> tuple[str, bool]:
    """The escaped text of a block, and whether some of it is marked; the first mark can be jumped to."""
    if mark is None or mark.end <= block.start or block.end <= mark.start:
        return _escape(text[block.start : block.end]), False
    start, end = max(block.start, mark.start), min(block.end, mark.end)
    anchor = ' id="mark"' if first else ""
    before, inside, after = text[block.start : start], text[start:end], text[end : block.end]
    return f"{_escape(before)}<mark{anchor}>{_escape(inside)}</mark>{_escape(after)}", True


def _escape(text: str) -> str:
    """Text for HTML. A carriage return would be read as a line feed, so it is written as a reference."""
    return html.escape(text).replace("\r", "&#13;")


def _headings(sections: Iterable[Section]) -> Iterator[Block]:
    for section in sections:
        level = min(max(section.level, 1), _LEVELS) + 1
        yield Block(section.start, section.end, f"h{level}", "heading")
        yield from _headings(section.children)


def _between(text: str, start: int, end: int) -> Block:
    """Blanks between blocks stay bare; anything else gets a paragraph, so that no word is lost."""
    return Block(start, end) if not text[start:end].strip() else Block(start, end, "p", "other")
