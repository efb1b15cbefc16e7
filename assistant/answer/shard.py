"""Notices as answering sees them, opened from arrays: nothing is read before a question touches it."""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from assistant.answer.grams import Grams
from assistant.answer.packed import Arrays
from assistant.answer.shard_writer import FACTS, KINDS, LAYOUT, OPENING, SOUND, Contents, ShardWriter, opening_of
from assistant.answer.strings import Numbers, Strings, Table
from corpus.structure.split import sentences
from corpus.types import Fact, FactKind, Passage, PassageKind, Span, Unit
from index.fold import fold_aligned
from index.types import NoticeCard, Stored
from index.vocabulary import Vocabulary

BODY: tuple[PassageKind, ...] = ("item", "paragraph", "preamble")
_LEAD = (5, 25)  # code points of an item's own title
_STOP = re.compile(r"[。:：;；,，\n]")
_LIST_LENGTH = 6  # a sentence with so many 、 lists activities; its parts are matched apart
_CARD = tuple(field.name for field in fields(NoticeCard))
_KEPT = 20_000  # passages read last that stay in memory


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
    facts: tuple[Fact, ...]
    folded: str
    around: str
    title: str
    about: str  # what describes the notice: title, issuer, region, and how its body begins
    segments: tuple[Segment, ...]
    lists: bool  # the passage is one long list of activities: its parts have little to do with one another

    @property
    def opening(self) -> str:
        """How the passage begins behind its number, folded; units are not masked here."""
        return opening_of(self.stored.passage)

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
        return self.stored.passage.kind in BODY


class Shard:
    """Some notices whose passages stand one behind the other, in order of their ids.

    Rows number the passages, numbers the notices. Safe to use from several threads.
    """

    def __init__(self, arrays: Arrays) -> None:
        """:raises ValueError: the arrays are of another layout."""
        if int(arrays["layout"][0]) != LAYOUT:
            raise ValueError("a shard of another layout")
        self.arrays = arrays
        self.kind: NDArray[np.uint8] = arrays["kind"]
        self.facts: NDArray[np.uint16] = arrays["facts"]
        self.around_of: Numbers = arrays["around.of"]
        self.begins: NDArray[np.int64] = arrays["notice_begins"]
        self.years: NDArray[np.int32] = arrays["notice_year"]
        self.digests: NDArray[np.uint64] = arrays["notice_digests"]
        self._entries: OrderedDict[int, Entry] = OrderedDict()
        self._cards: dict[int, NoticeCard] = {}
        self._tables: dict[str, Table] = {}
        self._strings: dict[str, Strings] = {}
        self._grams: dict[str, Grams] = {}
        self._begins_so: dict[tuple[str, str], bool] = {}  # at most as many as there are pairs of syllables
        self._lock = Lock()

    @classmethod
    def over(cls, contents: Iterable[Contents], vocabulary: bool = False) -> Shard:
        """A shard in memory.

        :param vocabulary: as of :class:`ShardWriter`
        """
        writer = ShardWriter(vocabulary)
        for one in contents:
            writer.add(one)
        return cls(writer.arrays())

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def notices(self) -> int:
        """How many notices there are."""
        return len(self.begins) - 1

    def table(self, name: str) -> Table:
        """Rows (or, of ``notice_term`` and ``region``, numbers) by string."""
        if name not in self._tables:
            self._tables[name] = Table(self.arrays, name)
        return self._tables[name]

    def strings(self, name: str) -> Strings:
        """Strings: ``ids``, ``notice_ids`` (each with a slash behind it), ``names``, ``places``, ``namings``, ``called``."""
        if name not in self._strings:
            self._strings[name] = Strings(self.arrays, name)
        return self._strings[name]

    def grams(self, name: str) -> Grams:
        """What holds a string: passages (``folded``, ``spelled``), headings (``around``), notices (``titles``, ``abouts``)."""
        if name not in self._grams:
            self._grams[name] = Grams(self.arrays, name)
        return self._grams[name]

    @cached_property
    def notice_of(self) -> Numbers:
        """The number of each passage's notice."""
        return np.repeat(np.arange(self.notices, dtype=np.int32), np.diff(self.begins))

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words of the passages, of a shard for which they have been counted."""
        return Vocabulary(self.strings("vocabulary").raw(0))

    @cached_property
    def called(self) -> str:
        """What notices, issuers and units are called, folded, one a line."""
        return self.strings("called")[0]

    def opening_with(self, name: str) -> Numbers:
        """The passages that begin with a name (by its first characters; more than begin with all of it), in no order."""
        openings = self.strings("openings")
        found = openings.beginning(name[:OPENING])
        rows: Numbers = self.arrays["opening_rows"][found.start : found.stop]
        return rows

    def sounding(self, name: str, syllables: Sequence[str]) -> str | None:
        """The name that sounds so: of units and places (``sounds``), or of those in quotation marks (``quoted_sounds``)."""
        at = self.strings(name).find(SOUND.join(syllables))
        return self.strings(f"{name}.names")[at] if at >= 0 else None

    @cached_property
    def namings(self) -> frozenset[tuple[str | None, str | None]]:
        """Of what region and by what issuer a unit's name can be read: those of the notices, and the units' places."""
        return frozenset((place, issuer) for place, issuer in map(json.loads, self.strings("namings")))

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """What tells that a notice has changed, by its id."""
        ids, prints = self.strings("notice_ids"), self.strings("fingerprints")
        return {ids[i][:-1]: prints[i] for i in range(self.notices)}

    def sounds_begin(self, name: str, syllables: str) -> bool:
        """Whether a name's sound begins with some syllables (see :meth:`sounding`)."""
        known = self._begins_so.get((name, syllables))
        if known is None:
            known = self._begins_so[name, syllables] = len(self.strings(name).beginning(syllables)) > 0
        return known

    def number_of(self, notice_id: str) -> int:
        """The number of a notice, -1 where it is not here."""
        return self.strings("notice_ids").find(f"{notice_id}/")

    def row_of(self, passage_id: str) -> int:
        """The row of a passage, -1 where it is not here. Passages are sorted within their notices."""
        ids, number = self.strings("ids"), -1
        if ids.few:
            return ids.find(passage_id)
        for at, character in enumerate(passage_id):
            if character == "/":
                number = self.number_of(passage_id[:at])
                if number >= 0:
                    break
        if number < 0:
            return -1
        return ids.find(passage_id, int(self.begins[number]), int(self.begins[number + 1]))

    def card(self, number: int) -> NoticeCard:
        """What hits say about a notice."""
        known = self._cards.get(number)
        if known is None:
            values = dict(zip(_CARD, json.loads(self.strings("cards")[number]), strict=True))
            known = self._cards[number] = NoticeCard(**{**values, "pages": tuple(values["pages"])})
        return known

    def entry(self, row: int) -> Entry:
        """A passage."""
        with self._lock:
            known = self._entries.get(row)
            if known is not None:
                self._entries.move_to_end(row)
                return known
        entry = self._read(row)
        with self._lock:
            entry = self._entries.setdefault(row, entry)
            if len(self._entries) > _KEPT:
                self._entries.popitem(last=False)
        return entry

    def _read(self, row: int) -> Entry:
        path, headings, number, printed, start, end, text, units, stated = json.loads(self.strings("records").raw(row))
        passage_id = self.strings("ids")[row]
        notice = int(self.notice_of[row])
        passage = Passage(
            passage_id, KINDS[self.kind[row]], tuple(path), tuple(Span(a, b) for a, b in headings), number, printed,
            start, end, text, tuple(Unit(*unit) for unit in units),
        )  # fmt: skip
        folded = self.grams("folded").texts[row]
        bounds = list(sentences(text))
        parts = tuple(
            Segment(start + a, start + b, folded[a:b]) for first, last in bounds for a, b in _split(folded, first, last)
        )
        long_lists = sum(folded.count("、", a, b) >= _LIST_LENGTH for a, b in bounds)
        return Entry(
            Stored(row, passage, self.card(notice)),
            tuple(Fact(kind, value, quote, a, b, passage_id) for kind, value, quote, a, b in stated),
            folded,
            self.grams("around").texts[int(self.around_of[row])],
            self.grams("titles").texts[notice],
            self.grams("abouts").texts[notice],
            parts,
            passage.kind != "item" and 0 < long_lists >= len(bounds) / 2,
        )

    def stating(self, kinds: Sequence[FactKind]) -> NDArray[np.bool_]:
        """Which passages state facts of some kinds."""
        mask: NDArray[np.bool_] = (self.facts & np.uint16(sum(1 << FACTS.index(kind) for kind in kinds))) != 0
        return mask


def _split(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Overlapping pairs of the parts of a long list, or the sentence whole."""
    if text.count("、", start, end) < _LIST_LENGTH:
        return [(start, end)]
    parts = [m.span() for m in re.finditer(r"[^、，,；;]+", text[start:end])]
    spans = [(start + a, start + b) for a, b in parts]
    return spans + [(a[0], b[1]) for a, b in pairwise(spans)]
