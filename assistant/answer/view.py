"""The store as the composer sees it: every passage of one state in memory, folded for matching."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from assistant.answer.columns import Columns, Selection
from assistant.answer.grams import Grams
from corpus.places import places_in
from corpus.structure.split import sentences
from corpus.types import Fact
from index import english
from index.dictionary import Dictionary
from index.english import Key
from index.fold import fold, fold_aligned
from index.types import NoticeCard, Retriever, Stored
from index.vocabulary import Vocabulary

_BODY = ("item", "paragraph", "preamble")
_HEAD = ("title", "banner", "signature")
_DESCRIPTION = 400  # code points of head and first paragraphs
_LEAD = (5, 25)  # code points of an item's own title
_STOP = re.compile(r"[。:：;；,，\n]")
_SHORT = 4  # characters of a short name, at most
_BETWEEN = 2  # characters of the name between two of a short one
_MASK = "\x00"  # stands for a unit's name: a topic is not matched inside 区文化和旅游局
_OPENING = 64  # code points of a passage that may be a unit's name
_BLANK = re.compile(r"\s+")
_LIST_LENGTH = 6  # a sentence with so many 、 lists activities; its parts are matched apart


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a passage that is matched as one; offsets into the notice."""

    start: int
    end: int
    folded: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage with what matching needs. ``folded`` has the length of the passage's text."""

    stored: Stored
    folded: str
    around: str
    title: str
    opening: str  # how the passage begins behind its number, folded; units are not masked here
    about: str  # what describes the notice: title, issuer, region, and how its body begins
    segments: tuple[Segment, ...]
    lists: bool  # the passage is one long list of activities: its parts have little to do with one another

    @property
    def lead(self) -> str:
        """The item's own title: what stands before its first stop, where that is short; else the heading above it."""
        text = self.folded.removeprefix(fold_aligned(self.stored.passage.printed_number or ""))
        lead = _STOP.split(text.strip(" 、.．"), maxsplit=1)[0].strip()
        if self.stored.passage.kind == "item" and _LEAD[0] <= len(lead) <= _LEAD[1]:
            return lead
        path = self.stored.passage.section_path
        return fold_aligned(path[-1]).strip() if path else ""

    @property
    def body(self) -> bool:
        """Whether the passage belongs to the body (not to head or foot)."""
        return self.stored.passage.kind in _BODY


@dataclass(eq=False)
class View:
    """One state of a store, read into memory once and shared by all questions."""

    cards: dict[str, NoticeCard]
    entries: list[Entry]
    facts: list[Fact]
    vocabulary: Vocabulary
    dictionary: Dictionary
    _df: dict[str, int] = field(default_factory=dict)

    def complete(self) -> None:
        """Work out what the first question would wait for."""
        for part in ("unit_names", "places", "headings", "spellings", "_bodies_by_text"):
            getattr(self, part)
        self.columns.complete()

    def holds(self, forms: Collection[str]) -> bool:
        """Whether a notice holds one of the given strings: in a passage, a heading or a title, as it is typed there."""
        return any(len(self.spellings.holding(_BLANK.sub("", form).lower())) for form in forms)

    @cached_property
    def spellings(self) -> Grams:
        """All there is to read, lower case and without blanks: a line may end inside a word."""
        stored = [entry.stored for entry in self.entries]
        texts = ("\n".join((s.notice.title, *s.passage.section_path, s.passage.text)) for s in stored)
        return Grams([_BLANK.sub("", text).lower() for text in texts])

    @cached_property
    def everything(self) -> Selection:
        """All passages."""
        return Selection(self.columns, self.columns.everywhere())

    @cached_property
    def bodies(self) -> Selection:
        """The passages of the notices' bodies."""
        return Selection(self.columns, self.columns.body)

    @cached_property
    def columns(self) -> Columns:
        """What is asked of all passages at once."""
        return Columns(self.entries)

    def long_forms(self, word: str) -> tuple[str, ...]:
        """Names of which a word may be short: 农校 of 农业学校. Its characters begin or end the name's, in order."""
        if not 2 <= len(word) <= _SHORT or not all("\u4e00" <= character <= "\u9fff" for character in word):
            return ()
        pattern = re.compile(f"[\u4e00-\u9fff]{{0,{_BETWEEN}}}".join(word))
        found = (match.group() for name in self._names for match in pattern.finditer(name))
        return tuple(dict.fromkeys(long for long in found if len(long) == 2 * len(word)))

    @cached_property
    def _names(self) -> frozenset[str]:
        """What the notices, their issuers and their units are called, folded."""
        cards = self.cards.values()
        names = {card.title for card in cards} | {card.issuer for card in cards if card.issuer} | self.unit_names
        return frozenset(map(fold_aligned, names))

    def but_for_one(self, phrase: str) -> tuple[str, ...]:
        """What passages hold that differs from a phrase in one character."""
        forms = "|".join(f"{re.escape(phrase[:i])}\\w{re.escape(phrase[i + 1 :])}" for i in range(len(phrase)))
        pattern = re.compile(forms)
        found = (match.group() for entry in self.entries for match in pattern.finditer(entry.folded))
        return tuple(dict.fromkeys(found))

    def knows(self, word: str) -> bool:
        """Whether an English word can be translated."""
        return english.knows(word) or bool(self.dictionary.lookup([english.key_of(word)]))

    def own_terms(self, keys: Collection[Key]) -> Mapping[Key, tuple[str, ...]]:
        """What the user's dictionary says of English phrases that the glossary lacks, in words that the notices hold.

        An answer must be complete and hold nothing else: where the glossary has a phrase, more words would widen it.
        """
        found = {
            key: tuple(word for word in chinese if self.document_frequency(fold(word)))
            for key, chinese in self.dictionary.lookup(keys).items()
            if not english.in_glossary(key)
        }
        return {key: chinese for key, chinese in found.items() if chinese}

    @cached_property
    def unit_names(self) -> frozenset[str]:
        """Every unit name as printed."""
        return frozenset(unit.name for entry in self.entries for unit in entry.stored.units)

    @cached_property
    def places(self) -> frozenset[str]:
        """Full names of the places that the notices speak of: regions, unit places, places named in texts."""
        known = {card.region for card in self.cards.values() if card.region}
        for entry in self.entries:
            known |= {unit.place for unit in entry.stored.units if unit.place}
            text = entry.stored.passage.text
            known |= {p.path for a, b, found in places_in(text) for p in found if p.name == text[a:b]}
        return frozenset(known)

    def document_frequency(self, word: str) -> int:
        """In how many body passages ``word`` (folded) stands."""
        if word not in self._df:
            self._df[word] = int(self._bodies_by_text[self.columns.folded.holding(word)].sum())
        return self._df[word]

    def idf(self, frequency: int) -> float:
        """Inverse document frequency, as in BM25's Robertson form, never negative."""
        return math.log(1 + (max(1, self._bodies) - frequency + 0.5) / (frequency + 0.5))

    @cached_property
    def _bodies(self) -> int:
        return int(self.columns.body.sum())

    @cached_property
    def _bodies_by_text(self) -> NDArray[np.intp]:
        """How many body passages have each distinct text."""
        folded = self.columns.folded
        return np.bincount(folded.of[self.columns.body], minlength=len(folded.texts))

    @cached_property
    def headings(self) -> frozenset[str]:
        """Every heading, folded."""
        return frozenset(self.columns.by_heading)


def _entry(stored: Stored, about: str) -> Entry:
    passage = stored.passage
    plain = fold_aligned(passage.text)
    opening = plain.removeprefix(fold_aligned(passage.printed_number or "")).lstrip(" 、.．")[:_OPENING]
    chars = list(plain)
    for unit in passage.units:
        if passage.start <= unit.start and unit.end <= passage.end:
            a, b = unit.start - passage.start, unit.end - passage.start
            chars[a:b] = _MASK * (b - a)
    folded = "".join(chars)
    around = fold_aligned(
        "\n".join(heading for heading in passage.section_path if not _is_unit_heading(stored, heading))
    )
    segments = tuple(
        Segment(passage.start + a, passage.start + b, folded[a:b])
        for start, end in sentences(passage.text)
        for a, b in _split_list(folded, start, end)
    )
    long_lists = sum(folded.count("、", a, b) >= _LIST_LENGTH for a, b in sentences(passage.text))
    lists = passage.kind != "item" and 0 < long_lists >= sum(1 for _ in sentences(passage.text)) / 2
    return Entry(stored, folded, around, fold_aligned(stored.notice.title), opening, about, segments, lists)


def _about(held: list[Stored]) -> dict[str, str]:
    """What describes each notice, folded."""
    parts: dict[str, list[str]] = {}
    for stored in held:
        notice, passage = stored.notice, stored.passage
        described = parts.setdefault(notice.notice_id, [notice.title, notice.issuer or "", notice.region or ""])
        first = passage.kind in ("preamble", "paragraph") and not passage.section_path
        if passage.kind in _HEAD or (first and sum(map(len, described)) < _DESCRIPTION):
            described.append(passage.text)
    return {notice_id: fold_aligned("\n".join(described)) for notice_id, described in parts.items()}


def _is_unit_heading(stored: Stored, heading: str) -> bool:
    return any(unit.name in heading for unit in stored.units)


def _split_list(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Overlapping pairs of the parts of a long list, or the sentence whole."""
    if text.count("、", start, end) < _LIST_LENGTH:
        return [(start, end)]
    parts = [m.span() for m in re.finditer(r"[^、，,；;]+", text[start:end])]
    spans = [(start + a, start + b) for a, b in parts]
    return spans + [(a[0], b[1]) for a, b in pairwise(spans)]


_views: WeakKeyDictionary[Retriever, dict[int, View]] = WeakKeyDictionary()  # by sequence number of the state
_lock = threading.Lock()


def view_of(store: Retriever) -> View:
    """The view of the store's present state."""
    with _lock:
        sequence = store.sequence
        views = _views.setdefault(store, {})
        if sequence not in views:
            views[sequence] = _read(store)
        for older in [known for known in views if known < sequence]:
            del views[older]
        return views[sequence]


def prepare(store: Retriever, fresh: Retriever) -> None:
    """Read the state that ``fresh`` is open on, so that questions to ``store`` find it read once it comes to that state."""
    with _lock:
        before = [view for _, view in sorted(_views.get(store, {}).items())][-1:]
    sequence, view = fresh.sequence, _read(fresh, before[0] if before else None)
    view.complete()
    with _lock:
        _views.setdefault(store, {})[sequence] = view


def _read(store: Retriever, before: View | None = None) -> View:
    """The view of a store's state; entries of passages that are as they were before are taken from there."""
    known = {entry.stored.passage.passage_id: entry for entry in before.entries} if before else {}
    held = list(store.passages())
    about = _about(held)
    entries = []
    for stored in held:
        old, description = known.get(stored.passage.passage_id), about[stored.notice.notice_id]
        same = old and old.stored.passage == stored.passage and old.stored.notice == stored.notice
        entries.append(replace(old, stored=stored, about=description) if old and same else _entry(stored, description))
    return View(dict(store.cards()), entries, store.facts(), store.vocabulary(), store.dictionary)
