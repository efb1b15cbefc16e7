"""What a question is about, and whether a passage is about it.

A topic is a conjunction of groups; a group is a disjunction of terms; a term matches by itself, by a synonym, or by all
of its parts. A passage's coverage is the idf-weighted share of the groups that one of its segments matches.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.answer.view import Entry, Segment, View
from index.analysis import segmenter
from index.synonyms import broader, expand

PASSAGE_SHARE = 0.95  # of a match in one sentence, where a topic is covered only by the passage as a whole
PARTS_SHARE = 0.85  # of a literal match, where a compound's parts all stand in the segment
HEADING_SHARE = 0.95
TITLE_SHARE = 0.9
GENERIC_DF = 0.5  # a word in more than this share of all passages tells nothing


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase of the question, folded; ``variants`` mean the same or lie within its meaning."""

    text: str
    variants: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...] = ()
    exact: bool = False

    def match(self, text: str) -> float:
        """How well a folded text matches: 1 literally or by a variant, less by the parts, 0 not at all."""
        if any(variant in text for variant in self.variants):
            return 1.0
        if not self.parts:
            return 0.0
        found = sum(any(variant in text for variant in part) for part in self.parts)
        return PARTS_SHARE * (found / len(self.parts)) ** 2


@dataclass(frozen=True, slots=True)
class Group:
    """Alternatives of which one suffices."""

    terms: tuple[Term, ...]

    def match(self, text: str) -> float:
        """The best match of the alternatives."""
        return max((term.match(text) for term in self.terms), default=0.0)


@dataclass(frozen=True, slots=True)
class Topic:
    """What a question is about."""

    groups: tuple[Group, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words as asked, for people and for the search."""
        return tuple(dict.fromkeys(term.text for group in self.groups for term in group.terms))


@dataclass(frozen=True, slots=True)
class Match:
    """How a passage covers a topic, 0…1, and the segments that do, best first."""

    entry: Entry
    coverage: float
    segments: tuple[Segment, ...]


def make_term(text: str, exact: bool = False) -> Term:
    """A term with its synonyms, and for a compound its parts with theirs."""
    if exact:
        return Term(text, (text,), (), True)
    pieces = _pieces(text)
    parts = tuple((piece, *expand(piece)) for piece in pieces) if len(pieces) > 1 else ()
    return Term(text, (text, *expand(text)), parts)


def _pieces(text: str) -> list[str]:
    """The shorter words that a compound consists of, left to right, when they cover all of it."""
    words = {w for w in segmenter().cut_for_search(text, hmm=False) if 2 <= len(w) < len(text)}
    pieces, rest = [], text
    while rest:
        word = max((w for w in words if rest.startswith(w)), key=len, default=None)
        if word is None:
            return []
        pieces.append(word)
        rest = rest[len(word) :]
    return pieces


class Matcher:
    """Matches one topic against the passages of a view."""

    def __init__(self, view: View, topic: Topic) -> None:
        self._groups = [(group, weight) for group in topic.groups if (weight := self._weight(view, group)) > 0]
        self._sum = sum(weight for _, weight in self._groups)

    @property
    def empty(self) -> bool:
        """Whether the topic says nothing that could be matched."""
        return not self._groups

    def _weight(self, view: View, group: Group) -> float:
        words = [variant for term in group.terms for variant in term.variants]
        frequency = max((view.document_frequency(word) for word in words), default=0)
        if frequency > GENERIC_DF * max(4, len(view.entries)):
            return 0.0
        return view.idf(frequency)

    def match(self, entry: Entry) -> Match:
        """The coverage of a passage."""
        if not self._groups:
            return Match(entry, 1.0, ())
        outside = [
            max(HEADING_SHARE * group.match(entry.around), TITLE_SHARE * group.match(entry.title))
            for group, _ in self._groups
        ]
        if not any(group.match(entry.folded) for group, _ in self._groups):
            return Match(entry, self._coverage(outside), ())
        scored = []
        lead = entry.segments[0] if entry.segments else None
        for segment in entry.segments:
            inside = [group.match(segment.folded) for group, _ in self._groups]
            if not any(inside):
                continue
            if lead is not None and segment is not lead and not entry.lists:
                inside = [
                    max(a, b) for a, b in zip(inside, (g.match(lead.folded) for g, _ in self._groups), strict=True)
                ]
            best = [max(a, b) for a, b in zip(inside, outside, strict=True)]
            scored.append((self._coverage(best), segment))
        if not scored:
            return Match(entry, self._coverage(outside), ())
        top = max(score for score, _ in scored)
        whole = 0.0
        if not entry.lists:
            both = [max(g.match(entry.folded), o) for (g, _), o in zip(self._groups, outside, strict=True)]
            whole = PASSAGE_SHARE * self._coverage(both)
        if whole > top:
            return Match(entry, whole, tuple(segment for _, segment in scored))
        chosen = [segment for score, segment in scored if score >= top - 1e-9]
        return Match(entry, top, tuple(sorted(_innermost(chosen), key=lambda s: s.start)))

    def _coverage(self, matches: list[float]) -> float:
        return sum(m * weight for m, (_, weight) in zip(matches, self._groups, strict=True)) / self._sum


def _innermost(segments: list[Segment]) -> list[Segment]:
    """Segments that hold no other of the segments."""
    return [s for s in segments if not any(o is not s and s.start <= o.start and o.end <= s.end for o in segments)]


def widened(view: View, term: Term) -> Term:
    """The term itself, or its broader terms where nothing in the view speaks of it (化肥 → 农资)."""
    if term.exact or any(view.document_frequency(variant) for variant in term.variants):
        return term
    return Term(term.text, (*term.variants, *broader(term.text)), term.parts)
