"""Markdown: marks are rendered away, HTML inside is read as HTML; numbers stay as they are printed."""

from __future__ import annotations

import re

from corpus.readers.html import convert
from corpus.readers.text import decode
from corpus.readers.types import Extract

_FRONT_MATTER = re.compile(r"\A\ufeff?\s*---[ \t]*\n.*?\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_BULLET = re.compile(r"^([ \t]*(?:>[ \t]*)*)[-*+][ \t]+(?=\S)(?![-*+ \t]*$)", re.MULTILINE)


def read_markdown(data: bytes) -> Extract:
    """A Markdown text as a browser would show it. Front matter is no part of it.

    :raises UnreadableFile: the file is no text or shows none
    """
    from markdown_it import MarkdownIt

    # Lists stay text, so that 1. and 1) keep the form they are printed in; blanks at the start of a line are an indent
    # (首行缩进), not code; each line stays a line.
    markdown = MarkdownIt("commonmark", {"html": True, "breaks": True}).enable("table").disable(["list", "code"])
    source = _FRONT_MATTER.sub("", decode(data))
    return convert(markdown.render(_BULLET.sub(r"\1", source)), whole_page=False)
