"""What of a text a query is about: its words where they stand, and the sentence that says most of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corpus.structure.split import sentences
from corpus.types import Span
from index.analysis import segmenter
from index.english import Lookup
from index.fold import fold_aligned
from index.query import parse_query
from index.quotes import quoted_spans
from index.types import Correction

LEAST_WEIGHT = 0.5  # of an alternative, below which a match says too little to be shown
LONGEST = 120  # code points of a snippet
_CLAUSE = re.compile(r"[，；、,;：:]\s*")
_LONG_HAN = re.compile(
    r"[\u4e00-\u9fff]{3,}"
)  # a word that long is itself also inside a longer one: 市场监管 in 市场监管局
_LINE = re.compile(r"[^\n]+")
_JOINED = frozenset("\u200d\ufe0e\ufe0f\u20e3")  # they belong to the character before them


@dataclass(frozen=True, slots=True)
class Highlights:
    """``spans``: where words of the query stand, in order, apart from each other; ``snippet``: the best sentence.

    Offsets are code points into the text, half open.
    """

    spans: tuple[Span, ...]
    snippet: Span


@dataclass(frozen=True, slots=True)
class _Match:
    start: int
    end: int
    group: int
    worth: float


class Highlighter:
    """The words of one query, ready to be found in texts: as typed, as mended, their synonyms and translations."""

    def __init__(self, query: str, corrections: Iterable[Correction] = (), lookup: Lookup | None = None) -> None:
        """:param lookup: the user's own dictionary"""
        self._quoted = [fold_aligned(query[a:b].strip()) for a, b in quoted_spans(query)]
        for correction in corrections:
            query = query.replace(correction.typed, correction.meant)
        self._terms: dict[str, tuple[int, float]] = {}
        for place, group in enumerate(parse_query(query, lookup).groups):
            for term, weight in group.alternatives:
                worth = weight * len(term) ** 0.5  # a longer word says more
                if weight >= LEAST_WEIGHT and worth > self._terms.get(term, (0, 0.0))[1]:
                    self._terms[term] = (place, worth)
        inside = sorted(filter(_LONG_HAN.fullmatch, self._terms), key=len, reverse=True)
        self._inside = re.compile("|".join(inside)) if inside else None

    def find(self, text: str) -> Highlights:
        """The matches in a text and its snippet; the beginning where nothing matches."""
        matches = self._matches(text)
        return Highlights(tuple(_merged(text, matches)), _snippet(text, matches))

    def _matches(self, text: str) -> list[_Match]:
        folded = fold_aligned(text)
        stand = segmenter().tokenize(folded, mode="search")
        if self._inside is not None:
            stand += [(match.group(), *match.span()) for match in self._inside.finditer(folded)]
        found = [_Match(start, end, *self._terms[word]) for word, start, end in stand if word in self._terms]
        for place, phrase in enumerate(self._quoted):
            at = folded.find(phrase) if phrase else -1
            while at >= 0:
                found.append(_Match(at, at + len(phrase), -1 - place, len(phrase)))
                at = folded.find(phrase, at + len(phrase))
        return sorted(found, key=lambda m: (m.start, m.end))


def _merged(text: str, matches: list[_Match]) -> Iterator[Span]:
    """Matches that touch or overlap as one; none ends inside a character that is written with several code points."""
    start = end = -1
    for match in matches:
        if match.start > end:
            if end > start:
                yield Span(start, end)
            start, end = match.start, -1
        end = max(end, _whole(text, match.end))
    if end > start:
        yield Span(start, end)


def _whole(text: str, end: int) -> int:
    while end < len(text) and (unicodedata.combining(text[end]) or text[end] in _JOINED):
        end += 2 if text[end] == "\u200d" else 1
    return min(end, len(text))


def _snippet(text: str, matches: list[_Match]) -> Span:
    """The sentence, and what follows it as far as there is room; of a long one the clauses that say most."""
    stretches = [
        Span(line.start() + a, line.start() + b) for line in _LINE.finditer(text) for a, b in sentences(line.group())
    ]
    if not stretches:
        return Span(0, min(len(text), LONGEST))
    best = max(range(len(stretches)), key=lambda i: (_worth(stretches[i], matches), -i))
    start, end = stretches[best].start, stretches[best].end
    if end - start > LONGEST:
        return _window(text, stretches[best], matches)
    for following in stretches[best + 1 :]:
        if following.end - start > LONGEST:
            break
        end = following.end
    return Span(start, end)


def _window(text: str, stretch: Span, matches: list[_Match]) -> Span:
    starts = [stretch.start, *(m.end() for m in _CLAUSE.finditer(text, stretch.start, stretch.end))]
    windows = [Span(at, min(at + LONGEST, stretch.end)) for at in starts if at < stretch.end]
    best = max(range(len(windows)), key=lambda i: (_worth(windows[i], matches), -i))
    return windows[best]


def _worth(span: Span, matches: list[_Match]) -> float:
    """The worth of what a stretch matches, each group once."""
    inside: dict[int, float] = {}
    for match in matches:
        if span.start <= match.start and match.end <= span.end:
            inside[match.group] = max(inside.get(match.group, 0.0), match.worth)
    return sum(inside.values())
