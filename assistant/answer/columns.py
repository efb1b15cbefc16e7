"""What is asked of every passage of a view at once, as arrays over its shards.

Positions number the passages of all shards, one shard behind the other, those included that no longer count: a mask that
comes from :meth:`Columns.everywhere` leaves them out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from assistant.answer.joined import JoinedGrams, JoinedTables
from assistant.answer.sequences import Entries, Notices, Places
from assistant.answer.shard import BODY, Entry
from assistant.answer.shard_writer import KINDS
from assistant.answer.shards import Held
from corpus.types import FactKind, PassageKind
from index.types import NoticeCard

Mask = NDArray[np.bool_]
Positions = NDArray[np.intp] | NDArray[np.int32]
_T = TypeVar("_T", bound=np.generic)
_FEW = 500  # notices that are sooner marked one by one
_PART = 8  # of all passages: below that share of them they are looked at one by one


class Columns:
    """The passages of one state of a store by their positions; ``notice`` numbers the notices as they first come."""

    def __init__(self, held: Sequence[Held]) -> None:
        self.shards = tuple(one.shard for one in held)
        self._ends = np.cumsum([0, *map(len, self.shards)])
        self._notice_ends = np.cumsum([0, *(shard.notices for shard in self.shards)])
        self.kind: NDArray[np.uint8] = _joined([shard.kind for shard in self.shards])
        self.notice: Positions = _joined(
            [
                s.notice_of + np.int32(n) if n else s.notice_of
                for s, n in zip(self.shards, self._notice_ends, strict=False)
            ]
        )
        self.years: NDArray[np.int32] = _joined([shard.years for shard in self.shards])
        """The year of each notice, 0 for none."""
        self._begins = np.append(
            _joined([s.begins[:-1] + n for s, n in zip(self.shards, self._ends, strict=False)]), self._ends[-1]
        )
        self._lengths: NDArray[np.int64] = np.diff(self._begins)
        self.alive: Mask | None = None
        """The notices that count; None for all."""
        if any(one.gone for one in held):
            self.alive = np.ones(len(self.years), np.bool_)
            for one, n in zip(held, self._notice_ends.tolist(), strict=False):
                self.alive[[n + one.shard.number_of(notice_id) for notice_id in sorted(one.gone)]] = False

    @cached_property
    def entries(self) -> Entries:
        """The passages by their positions."""
        return Entries(self)

    @cached_property
    def notices(self) -> Notices:
        """The notices by their numbers."""
        return Notices(self, np.arange(len(self.years)))

    def __len__(self) -> int:
        return int(self._ends[-1])

    def complete(self) -> None:
        """Work out what the first question would wait for."""
        for part in ("body", "folded", "around", "titles", "abouts"):
            getattr(self, part)

    def entry(self, position: int) -> Entry:
        """The passage at a position."""
        if len(self.shards) == 1:
            return self.shards[0].entry(position)
        at = int(np.searchsorted(self._ends, position, side="right")) - 1
        return self.shards[at].entry(position - int(self._ends[at]))

    def card(self, number: int) -> NoticeCard:
        """The notice of a number."""
        at = int(np.searchsorted(self._notice_ends, number, side="right")) - 1
        return self.shards[at].card(number - int(self._notice_ends[at]))

    def number_of(self, notice_id: str) -> int:
        """The number of a notice, -1 where there is none of that id."""
        for shard, first in zip(self.shards, self._notice_ends.tolist(), strict=False):
            number = shard.number_of(notice_id)
            if number >= 0 and (self.alive is None or self.alive[first + number]):
                return int(first + number)
        return -1

    @cached_property
    def passages(self) -> int:
        """How many passages count."""
        return len(self) if self.alive is None else int(np.count_nonzero(self.alive[self.notice]))

    @cached_property
    def body(self) -> Mask:
        """Which passages belong to the body (and count)."""
        mask = self.of_kinds(BODY)
        return mask if self.alive is None else mask & self.alive[self.notice]

    def of_kinds(self, kinds: Sequence[PassageKind]) -> Mask:
        """The passages of some kinds."""
        wanted = np.array([kind in kinds for kind in KINDS])
        mask: Mask = wanted[self.kind]
        return mask

    def stating(self, kinds: Sequence[FactKind]) -> Mask:
        """The passages that state facts of some kinds."""
        return _joined([shard.stating(kinds) for shard in self.shards])

    @cached_property
    def folded(self) -> JoinedGrams:
        """The passages' folded texts, units masked; numbered by positions."""
        return JoinedGrams([shard.grams("folded") for shard in self.shards])

    @cached_property
    def spelled(self) -> JoinedGrams:
        """The passages letter by letter, blanks left out; numbered by positions."""
        return JoinedGrams([shard.grams("spelled") for shard in self.shards])

    @cached_property
    def around(self) -> JoinedGrams:
        """The headings above each passage."""
        return JoinedGrams([shard.grams("around") for shard in self.shards])

    @cached_property
    def titles(self) -> JoinedGrams:
        """The title of each notice."""
        return JoinedGrams([shard.grams("titles") for shard in self.shards])

    @cached_property
    def spelled_titles(self) -> JoinedGrams:
        """The same letter by letter."""
        return JoinedGrams([shard.grams("spelled_titles") for shard in self.shards])

    @cached_property
    def abouts(self) -> JoinedGrams:
        """What describes each notice."""
        return JoinedGrams([shard.grams("abouts") for shard in self.shards])

    def everywhere(self) -> Mask:
        """A mask of all passages that count, to be written to."""
        return np.ones(len(self), np.bool_) if self.alive is None else self.alive[self.notice]

    def at(self, positions: Iterable[NDArray[np.integer]]) -> Mask:
        """The mask of some passages."""
        out = np.zeros(len(self), np.bool_)
        for some in positions:
            out[some] = True
        return out

    def of_numbers(self, numbers: Mask) -> Mask:
        """The passages of some notices, [number of notices]."""
        chosen = np.flatnonzero(numbers)
        if len(chosen) > _FEW:
            return np.repeat(numbers, self._lengths)
        mask = np.zeros(len(self), np.bool_)
        for begin, end in zip(self._begins[chosen].tolist(), self._begins[chosen + 1].tolist(), strict=True):
            mask[begin:end] = True
        return mask

    def of_notices(self, admits: Callable[[NoticeCard], bool]) -> Mask:
        """The passages of the notices that are admitted; every notice is looked at."""
        return self.of_numbers(np.fromiter(map(admits, self.notices), np.bool_, len(self.notices)))

    def in_regions(self, places: Collection[str], inner: bool = False) -> Mask:
        """The notices of some regions, [number of notices].

        :param inner: those of what lies in the regions, too
        """
        out = np.zeros(len(self.years), np.bool_)
        for shard, first in zip(self.shards, self._notice_ends.tolist(), strict=False):
            table = shard.table("region")
            for place in places:
                found = [table.at(i) for i in table.keys_.beginning(place)] if inner else [table.of(place)]
                for numbers in found:
                    out[first + numbers] = True
        return out

    def in_places(self, places: Collection[str]) -> list[Positions]:
        """The passages with a unit of one of some places, or of what lies in them."""
        found = []
        for shard, first in zip(self.shards, self._ends.tolist(), strict=False):
            table = shard.table("unit_place")
            found += [table.at(i) + np.int32(first) for place in places for i in table.keys_.beginning(place)]
        return found

    def notice_positions(self, notice_id: str) -> Positions:
        """The passages of one notice."""
        number = self.number_of(notice_id)
        if number < 0:
            return np.zeros(0, np.int32)
        return np.arange(self._begins[number], self._begins[number + 1], dtype=np.int32)

    def counts(self, mask: Mask) -> NDArray[np.int64]:
        """How many of the passages of a mask each notice has."""
        count = int(np.count_nonzero(mask))
        if count == len(mask):
            return self._lengths
        if count * _PART < len(mask):
            return np.bincount(self.notice[np.flatnonzero(mask)], minlength=len(self.years))
        counts: NDArray[np.int64] = np.zeros(len(self.years), np.int64)
        filled = self._lengths > 0
        counts[filled] = np.add.reduceat(mask.view(np.uint8), self._begins[:-1][filled], dtype=np.int64)
        return counts

    @cached_property
    def position(self) -> Places:
        """Where each passage is, by its id."""
        return Places(self)

    def find(self, passage_id: str) -> int:
        """Where a passage is, -1 where there is none of that id."""
        for shard, first in zip(self.shards, self._ends.tolist(), strict=False):
            row = shard.row_of(passage_id)
            if row >= 0 and (self.alive is None or self.alive[self.notice[first + row]]):
                return int(first + row)
        return -1

    @cached_property
    def by_heading(self) -> JoinedTables:
        """The passages below each heading (folded)."""
        return self._tables("heading")

    @cached_property
    def by_unit_name(self) -> JoinedTables:
        """The passages with a unit, by its name as printed (folded)."""
        return self._tables("unit_name")

    @cached_property
    def by_canonical(self) -> JoinedTables:
        """The passages with a unit, by its canonical name."""
        return self._tables("canonical")

    @cached_property
    def by_unit_place(self) -> JoinedTables:
        """The passages with a unit of a place, by the place's full name."""
        return self._tables("unit_place")

    def carrying(self, terms: Collection[str]) -> Mask:
        """The passages that carry one of some filter terms."""
        numbers = np.zeros(len(self.years), np.bool_)
        for term in terms:
            numbers[self._notice_terms.of(term)] = True
        mask = self.of_numbers(numbers)
        for term in terms:
            mask[self._unit_terms.of(term)] = True
        return mask

    @cached_property
    def _unit_terms(self) -> JoinedTables:
        return self._tables("unit_term")

    @cached_property
    def _notice_terms(self) -> JoinedTables:
        return JoinedTables([shard.table("notice_term") for shard in self.shards], self._notice_ends.tolist())

    @cached_property
    def namings(self) -> frozenset[tuple[str | None, str | None]]:
        """Of what region and by what issuer a unit's name can be read: those of the notices, and the units' places."""
        return frozenset(pair for shard in self.shards for pair in shard.namings)

    @cached_property
    def naming_regions(self) -> frozenset[tuple[str | None, None]]:
        """The regions alone, for names that no issuer makes another."""
        return frozenset((region, None) for region, _ in self.namings)

    def titled(self, title: str) -> list[NoticeCard]:
        """The notices of a title."""
        return self._cards_of("title", title)

    def numbered(self, number: str) -> list[NoticeCard]:
        """The notices of a document number, by its letters and digits alone."""
        return self._cards_of("number", number)

    def _cards_of(self, table: str, key: str) -> list[NoticeCard]:
        tables = JoinedTables([shard.table(table) for shard in self.shards], self._notice_ends.tolist())
        numbers = tables.of(key)
        return [self.card(i) for i in numbers.tolist() if self.alive is None or self.alive[i]]

    def opening_with(self, name: str) -> Positions:
        """The passages that begin with a name (by its first characters; more than begin with all of it)."""
        return _joined([s.opening_with(name) + np.int32(n) for s, n in zip(self.shards, self._ends, strict=False)])

    def _tables(self, name: str) -> JoinedTables:
        return JoinedTables([shard.table(name) for shard in self.shards], self._ends.tolist())


def _joined(arrays: Sequence[NDArray[_T]]) -> NDArray[_T]:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
