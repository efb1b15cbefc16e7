"""Split a paragraph that lists many units' doings, one sentence each, into its sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_SENTENCE = re.compile(r".*?(?:[。！？]+[”’」』）)》]*|$)", re.DOTALL)
_MIN_SENTENCES = 4


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Spans of the sentences of ``text``, blanks around them left out."""
    for match in _SENTENCE.finditer(text):
        start, end = match.span()
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if end > start:
            yield start, end


def pieces(text: str, leads: Callable[[str], bool]) -> list[tuple[int, int]]:
    """Spans of the passages that a paragraph gives: itself, or its sentences where units take turns.

    :param leads: whether a sentence begins with a unit that acts in it
    """
    spans = list(sentences(text))
    if sum(leads(text[a:b]) for a, b in spans) < max(_MIN_SENTENCES, len(spans) // 2):
        return [(0, len(text))]
    return spans
