"""What is asked of every passage of a view at once, as arrays; and selections of its passages that are not copied."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from assistant.answer.grams import Grams
from index.filters import notice_terms, unit_terms
from index.fold import fold, fold_aligned
from index.types import NoticeCard

if TYPE_CHECKING:
    from assistant.answer.view import Entry

Mask = NDArray[np.bool_]
Positions = NDArray[np.intp]
_K = TypeVar("_K", bound=Hashable)
_OPENING = 16  # code points by which passages are found that begin with a name


class Columns:
    """The passages of one state of a store by their positions; ``notice`` numbers the notices as they first come."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        numbers: dict[str, int] = {}
        firsts: list[Entry] = []
        notice = []
        for entry in entries:
            notice_id = entry.stored.notice.notice_id
            if notice_id not in numbers:
                numbers[notice_id] = len(numbers)
                firsts.append(entry)
            notice.append(numbers[notice_id])
        self.notice: NDArray[np.int32] = np.array(notice, np.int32)
        self.notices: list[NoticeCard] = [entry.stored.notice for entry in firsts]
        self._numbers, self._firsts = numbers, firsts

    def complete(self) -> None:
        """Work out what the first question would wait for."""
        for part in ("body", "folded", "around", "titles", "abouts", "position", "by_heading", "by_unit_name"):
            getattr(self, part)
        for part in ("by_canonical", "by_unit_place", "namings", "_by_notice", "_notice_terms", "_openings"):
            getattr(self, part)

    @cached_property
    def body(self) -> Mask:
        """Which passages belong to the body."""
        return np.fromiter((entry.body for entry in self.entries), np.bool_, len(self.entries))

    @cached_property
    def folded(self) -> Grams:
        """The passages' folded texts."""
        return Grams([entry.folded for entry in self.entries])

    @cached_property
    def around(self) -> Grams:
        """The headings above each passage."""
        return Grams([entry.around for entry in self.entries])

    @cached_property
    def titles(self) -> Grams:
        """The title of each notice."""
        return Grams([entry.title for entry in self._firsts])

    @cached_property
    def abouts(self) -> Grams:
        """What describes each notice."""
        return Grams([entry.about for entry in self._firsts])

    def everywhere(self) -> Mask:
        """A mask of all passages, to be written to."""
        return np.ones(len(self.entries), np.bool_)

    def at(self, positions: Iterable[Positions]) -> Mask:
        """The mask of some passages."""
        out = np.zeros(len(self.entries), np.bool_)
        for some in positions:
            out[some] = True
        return out

    def of_notices(self, admits: Callable[[NoticeCard], bool]) -> Mask:
        """The passages of the notices that are admitted."""
        mask: Mask = np.fromiter(map(admits, self.notices), np.bool_, len(self.notices))[self.notice]
        return mask

    def notice_positions(self, notice_id: str) -> Positions:
        """The passages of one notice."""
        number = self._numbers.get(notice_id)
        none: Positions = np.zeros(0, np.intp)
        return none if number is None else self._by_notice[number]

    @cached_property
    def _by_notice(self) -> list[Positions]:
        order = np.argsort(self.notice, kind="stable")
        return np.split(order, np.cumsum(np.bincount(self.notice, minlength=len(self.notices)))[:-1])

    @cached_property
    def position(self) -> dict[str, int]:
        """Where each passage is, by its id."""
        return {entry.stored.passage.passage_id: i for i, entry in enumerate(self.entries)}

    @cached_property
    def by_heading(self) -> dict[str, Positions]:
        """The passages below each heading (folded)."""
        plain = _positions((i, h) for i, e in enumerate(self.entries) for h in e.stored.passage.section_path)
        return _merged((fold(heading), positions) for heading, positions in plain.items())

    def carrying(self, terms: Collection[str]) -> Mask:
        """The passages that carry one of some filter terms."""
        notices = np.fromiter((not held.isdisjoint(terms) for held in self._notice_terms), np.bool_)
        mask: Mask = notices[self.notice] if len(notices) else np.zeros(0, np.bool_)
        for term in terms:
            if term in self._by_unit_term:
                mask[self._by_unit_term[term]] = True
        return mask

    @cached_property
    def _notice_terms(self) -> list[frozenset[str]]:
        return [frozenset(notice_terms(notice)) for notice in self.notices]

    @cached_property
    def _by_unit_term(self) -> dict[str, Positions]:
        """The passages that name units, by the filter terms of these."""
        plain = _positions(
            (i, (unit.name, unit.canonical)) for i, e in enumerate(self.entries) for unit in e.stored.passage.units
        )
        return _merged((term, found) for names, found in plain.items() for term in unit_terms(*names))

    @cached_property
    def by_unit_name(self) -> dict[str, Positions]:
        """The passages with a unit, by its name as printed (folded)."""
        plain = _positions((i, unit.name) for i, e in enumerate(self.entries) for unit in e.stored.units)
        return _merged((fold_aligned(name), positions) for name, positions in plain.items())

    @cached_property
    def by_canonical(self) -> dict[str, Positions]:
        """The passages with a unit, by its canonical name."""
        return _positions((i, unit.canonical) for i, e in enumerate(self.entries) for unit in e.stored.units)

    @cached_property
    def by_unit_place(self) -> dict[str, Positions]:
        """The passages with a unit of a place, by the place's full name."""
        return _positions((i, unit.place) for i, e in enumerate(self.entries) for unit in e.stored.units if unit.place)

    @cached_property
    def namings(self) -> frozenset[tuple[str | None, str | None]]:
        """Of what region and by what issuer a unit's name can be read: those of the notices, and the units' places."""
        found = {(notice.region, notice.issuer) for notice in self.notices}
        for entry in self.entries:
            found |= {(unit.place, entry.stored.notice.issuer) for unit in entry.stored.units if unit.place}
        return frozenset(found)

    def opening_with(self, name: str) -> Positions:
        """The passages that begin with a name (by its first characters; more than begin with all of it)."""
        heads, positions = self._openings
        head = name[:_OPENING]
        low = bisect_left(heads, head)
        high = bisect_left(heads, head + "\U0010ffff")
        return positions[low:high]

    @cached_property
    def _openings(self) -> tuple[list[str], Positions]:
        order = sorted(range(len(self.entries)), key=lambda i: self.entries[i].opening)
        return [self.entries[i].opening[:_OPENING] for i in order], np.array(order, np.intp)


class Selection(Sequence["Entry"]):
    """Some passages of a view in their order."""

    def __init__(self, columns: Columns, mask: Mask) -> None:
        self.columns, self.mask = columns, mask

    @cached_property
    def positions(self) -> Positions:
        """Where the passages are in the view."""
        return np.flatnonzero(self.mask)

    def __len__(self) -> int:
        return len(self.positions)

    def __iter__(self) -> Iterator[Entry]:
        entries = self.columns.entries
        return (entries[i] for i in self.positions.tolist())

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        entries = self.columns.entries
        if isinstance(index, slice):
            return [entries[i] for i in self.positions[index].tolist()]
        return entries[int(self.positions[index])]

    def where(self, mask: Mask) -> Selection:
        """Those of the passages that a mask has, too."""
        return Selection(self.columns, self.mask & mask)

    def of(self, notice_id: str) -> list[Entry]:
        """Those of one notice."""
        own = self.columns.notice_positions(notice_id)
        return [self.columns.entries[i] for i in own[self.mask[own]].tolist()]

    def get(self, passage_id: str) -> Entry | None:
        """The passage of an id, None where it is not selected."""
        at = self.columns.position.get(passage_id)
        return self.columns.entries[at] if at is not None and self.mask[at] else None

    @cached_property
    def notices(self) -> tuple[NoticeCard, ...]:
        """The notices of the passages, as they first come."""
        numbers = self.columns.notice[self.positions]
        first = np.full(len(self.columns.notices), -1, np.intp)
        first[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)  # of several values the last one stays
        held = np.flatnonzero(first >= 0)
        return tuple(self.columns.notices[i] for i in held[np.argsort(first[held], kind="stable")].tolist())


def _positions(pairs: Iterable[tuple[int, _K]]) -> dict[_K, Positions]:
    found: dict[_K, list[int]] = {}
    for position, key in pairs:
        found.setdefault(key, []).append(position)
    return {key: np.array(positions, np.intp) for key, positions in found.items()}


def _merged(pairs: Iterable[tuple[str, Positions]]) -> dict[str, Positions]:
    """The positions of keys that have become the same, put together in order."""
    found: dict[str, list[Positions]] = {}
    for key, positions in pairs:
        found.setdefault(key, []).append(positions)
    return {key: some[0] if len(some) == 1 else np.unique(np.concatenate(some)) for key, some in found.items()}
