"""What a question is about, and whether a passage is about it.

A topic is a conjunction of groups; a group is a disjunction of terms; a term is a word or a phrase, which matches by
itself, by a synonym, or by its words. A passage's coverage is the idf-weighted share of the groups that it matches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.answer.shard import Entry, Segment
from assistant.answer.view import View
from index.analysis import segmenter
from index.synonyms import broader, equivalents, expand

PASSAGE_SHARE = 0.95  # of a match in one sentence, where a topic is covered only by the passage as a whole
PHRASE_SHARE = 0.9  # of a literal match, where a phrase's words stand apart
HALF = 0.6  # of a phrase's weight: less says nothing of it
HEADING_SHARE = 0.95
TITLE_SHARE = 0.9
SETTLED = 0.8  # a group that the title matches so well is settled by it
GENERIC_DF = 0.5  # a word in more than this share of all passages tells nothing
QUOTED_WEIGHT = 3.0  # what the user put in quotation marks decides
_HEADS = frozenset("费证表号率额价款税奖书卡码")
SIMILAR = 0.7  # share of a quoted phrase's character pairs, where it stands nowhere literally


@dataclass(frozen=True, slots=True)
class Word:
    """A word (folded) with what means the same or lies within its meaning, and its weight (idf)."""

    variants: tuple[str, ...]
    weight: float

    def match(self, text: str) -> bool:
        """Whether the word or a variant stands in a folded text."""
        return any(variant in text for variant in self.variants)


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase of the question: ``whole`` literally or by a variant, else by its ``words``."""

    text: str
    whole: Word
    words: tuple[Word, ...] = ()
    pairs: frozenset[str] = frozenset()  # of a quoted phrase that stands nowhere as typed

    @property
    def weight(self) -> float:
        """Weight of the term: that of the whole where it occurs, else of its rarest word."""
        return min([self.whole.weight, max((w.weight for w in self.words), default=self.whole.weight)])

    def match(self, text: str) -> float:
        """How well a folded text matches, 0…1."""
        if self.whole.match(text):
            return 1.0
        if self.pairs:
            bare = re.sub(r"\W+", "", text)
            share = sum(pair in bare for pair in self.pairs) / len(self.pairs)
            return share if share >= SIMILAR else 0.0
        if not self.words:
            return 0.0
        share = sum(word.weight for word in self.words if word.match(text)) / sum(word.weight for word in self.words)
        return PHRASE_SHARE * share if share >= HALF else 0.0


@dataclass(frozen=True, slots=True)
class Group:
    """Alternatives of which one suffices."""

    terms: tuple[Term, ...]
    factor: float = 1.0
    unknown: bool = False  # an English word that stands nowhere and that nothing translates
    each: bool = False  # every alternative is asked for by itself
    absent: bool = False  # a Chinese word that stands nowhere, nor what it means, nor its parts

    @property
    def weight(self) -> float:
        """Weight of the commonest alternative."""
        return self.factor * min(term.weight for term in self.terms)

    def match(self, text: str) -> float:
        """The best match of the alternatives."""
        return max(term.match(text) for term in self.terms)


@dataclass(frozen=True, slots=True)
class Topic:
    """What a question is about."""

    groups: tuple[Group, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words as asked, for people and for the search."""
        return tuple(dict.fromkeys(term.text for group in self.groups for term in group.terms))

    @property
    def near(self) -> tuple[Term, ...]:
        """Quoted phrases that no notice holds as typed, so that what is like them counts."""
        return tuple(term for group in self.groups for term in group.terms if term.pairs)


@dataclass(frozen=True, slots=True)
class Match:
    """How a passage covers a topic, 0…1, and the segments that do, in order."""

    entry: Entry
    coverage: float
    segments: tuple[Segment, ...]


def make_word(view: View, text: str, narrow: bool = True) -> Word:
    """A word with its variants (equivalents only, unless ``narrow``); broader terms where nothing speaks of it."""
    variants = (text, *(expand(text) if narrow else equivalents(text)))
    frequency = max(view.document_frequency(variant) for variant in variants)
    if not frequency:
        variants = (*variants, *broader(text), *view.long_forms(text))
        frequency = max(view.document_frequency(variant) for variant in variants)
    return Word(variants, view.idf(frequency) if frequency <= GENERIC_DF * max(4, view.columns.passages) else 0.0)


def make_term(view: View, words: list[str], narrow: bool = True) -> Term:
    """A term of one word or several; a compound that does not occur is taken apart."""
    text = "".join(words)
    whole = make_word(view, text, narrow)
    pieces = words if len(words) > 1 else _pieces(text)
    if len(pieces) < 2 and view.document_frequency(text):
        pieces = []  # 开放日 is not about 开放
    parts = tuple(word for piece in pieces if (word := make_word(view, piece, narrow)).weight > 0)
    return Term(text, whole, parts)


def quoted_term(view: View, phrase: str) -> Term:
    """A phrase in quotation marks: as it stands, or nearly so where nothing holds it as typed."""
    whole = Word((phrase,), view.idf(view.document_frequency(phrase)))
    if view.document_frequency(phrase):
        return Term(phrase, whole)
    bare = re.sub(r"\W+", "", phrase)
    if len(bare) >= 4 and (alike := view.but_for_one(bare)):
        return Term(phrase, Word((phrase, *alike), view.idf(1)), (), _pairs(bare))
    if len(bare) >= 5:
        return Term(phrase, whole, (), _pairs(bare))
    return Term(phrase, whole)


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(len(text) - 1))


def _pieces(text: str) -> list[str]:
    """The shorter words that a compound consists of, left to right; one character may be left over (地毯厂 → 地毯).

    Not a last one that makes another thing of it (报名费 is not about 报名).
    """
    if text[-1] in _HEADS and not segmenter().has_word(text[-2:]):
        return []
    words = {w for w in segmenter().cut_for_search(text, hmm=False) if 2 <= len(w) < len(text)}
    pieces, position, left = [], 0, 0
    while position < len(text):
        word = max((w for w in words if text.startswith(w, position)), key=len, default=None)
        if word is None:
            left += 1
            position += 1
        else:
            pieces.append(word)
            position += len(word)
    return pieces if left <= 1 else []


class Matcher:
    """Matches one topic against the passages of a view.

    What the notice's title says already (象州县“路长制”方案里…) names the notice and is not asked of its passages,
    unless there is nothing else to ask.

    :param relaxed: nor is what the notice's issuer, region or opening says, or an English word that nothing translates
    """

    def __init__(self, topic: Topic, relaxed: bool = False) -> None:
        self._groups = [(group, group.weight) for group in topic.groups if group.weight > 0]
        self._relaxed = relaxed
        self._asked: dict[str, tuple[list[tuple[Group, float]], list[float]]] = {}  # by notice

    @property
    def groups(self) -> list[tuple[Group, float]]:
        """The groups that weigh something, with their weights."""
        return self._groups

    @property
    def relaxed(self) -> bool:
        """Whether what describes a notice is not asked of its passages."""
        return self._relaxed

    @property
    def empty(self) -> bool:
        """Whether the topic says nothing that could be matched."""
        return not self._groups

    def asks(self, entry: Entry) -> bool:
        """Whether anything is asked of a passage beyond what describes its notice."""
        self.match(entry)
        groups, titled = self._asked[entry.stored.notice.notice_id]
        return any(share < SETTLED for share in titled) and bool(groups)

    def match(self, entry: Entry) -> Match:
        """The coverage of a passage: by its best sentence with the first one, or by the passage as a whole."""
        notice = entry.stored.notice.notice_id
        if notice not in self._asked:
            self._asked[notice] = self._asked_of(entry)
        return _match(entry, *self._asked[notice])

    def _asked_of(self, entry: Entry) -> tuple[list[tuple[Group, float]], list[float]]:
        """The groups that are asked of the passages of a notice, and how well its title matches each."""
        titled = [TITLE_SHARE * group.match(entry.title) for group, _ in self._groups]
        left = [
            pair
            for pair, share in zip(self._groups, titled, strict=True)
            if share < SETTLED and not (self._relaxed and _describes(pair[0], entry))
        ]
        if (left or self._relaxed) and len(left) < len(self._groups):
            return left, [0.0] * len(left)
        return self._groups, titled


def _describes(group: Group, entry: Entry) -> bool:
    """Whether a group only describes a passage's notice, or says nothing. What stands in quotation marks decides."""
    return group.unknown or (group.factor < QUOTED_WEIGHT and group.match(entry.about) == 1.0)


def _match(entry: Entry, groups: list[tuple[Group, float]], titled: list[float]) -> Match:
    if not groups:
        return Match(entry, 1.0, ())
    outside = [max(HEADING_SHARE * g.match(entry.around), t) for (g, _), t in zip(groups, titled, strict=True)]
    whole = [group.match(entry.folded) for group, _ in groups]
    if not any(whole):
        return Match(entry, _coverage(groups, outside), ())
    lead = [0.0] * len(outside)
    if entry.segments and not entry.lists:
        lead = [group.match(entry.segments[0].folded) for group, _ in groups]
    scored = []
    for segment in entry.segments:
        inside = [group.match(segment.folded) for group, _ in groups]
        if any(inside):
            scored.append((_coverage(groups, [max(t) for t in zip(inside, lead, outside, strict=True)]), segment))
    best = max((score for score, _ in scored), default=0.0)
    spread = 0.0 if entry.lists else _coverage(groups, [max(t) for t in zip(whole, outside, strict=True)])
    if PASSAGE_SHARE * spread > best:
        return Match(entry, PASSAGE_SHARE * spread, tuple(segment for _, segment in scored))
    chosen = [segment for score, segment in scored if score >= best - 1e-9]
    return Match(entry, best, tuple(sorted(_innermost(chosen), key=lambda s: s.start)))


def _coverage(groups: list[tuple[Group, float]], matches: list[float]) -> float:
    return sum(m * weight for m, (_, weight) in zip(matches, groups, strict=True)) / sum(w for _, w in groups)


def _innermost(segments: list[Segment]) -> list[Segment]:
    """Segments that hold no other of the segments."""
    return [s for s in segments if not any(o is not s and s.start <= o.start and o.end <= s.end for o in segments)]
