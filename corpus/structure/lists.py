"""Which list each number belongs to: the cheapest reading of a document's numbers as lists within lists.

A number goes on with an open list, opens one, or goes on with a list that was closed (items numbered through under
several headings). What does not fit costs: a member that is missing, a value or a family that was altered, a list that
starts again, a heading that lost its number. A beam search finds the reading that costs least in all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from corpus.structure.numbering import COGNATE, FAMILIES, Family

MAX_GAP = 2  # members that may be missing in one place
_WIDTH = 48  # readings that are kept
_BEHIND = 6.0  # how much more than the cheapest one a kept reading may cost
_NARROW, _LITTLE_BEHIND = 3, 2.0  # the same in documents of thousands of numbers
_MISSING = 1.1  # a member
_ALTERED = 1.5  # a value
_ALTERED_FIRST = 3.0  # the value of a list's first member
_JUMP = 2.4  # a value far ahead of or behind the list, taken as printed
RESTART = 1.5  # 1 in an open list
_RUNS_ON = 0.2  # a list goes on that was closed by a heading
_FIRST_MISSING = 1.7  # a list's first member
_OPENS_LATE = 3.4  # a list begins with a member far from 1
_COGNATE = 1.0  # 1、 for 一、
_OTHER = 1.8  # any other family
_INVERTED = 1.5  # a list below one that usually lies below it
_STEPS_OUT = 0.3  # a list of an outer family opens with no member of it in front
_TYPE = 0.7  # a sentence among headings, or a heading among sentences
_ALONE = 0.8  # a list of one member
_ALIKE = 0.3  # another family, whose headings look like this one
_EPSILON = 0.25  # what a reading without any damage may cost a number
_LISTS = frozenset(("han", "han_paren", "arabic", "arabic_paren"))


@dataclass(frozen=True, slots=True)
class Entry:
    """A numbered line, or (``family`` None) one that may have lost its number.

    ``restart``: what it costs that an open list starts again here.
    ``lost``: what it costs to take it for the next member of a family, whatever number it prints.
    ``alike``: families whose headings this line resembles, so that it may well be one of them.
    """

    family: Family | None
    value: int
    heading: bool
    restart: float = RESTART
    lost: Mapping[Family, float] = field(default_factory=dict)
    alike: frozenset[Family] = frozenset()


@dataclass(frozen=True, slots=True)
class Place:
    """What an entry is read as; ``missing`` counts the members that lack in front of it."""

    family: Family
    value: int
    missing: int


_State = tuple[tuple[int, ...], tuple[int, ...]]  # families of the open lists; the last value of each family
_ID = {family: number for number, family in enumerate(FAMILIES)}


@dataclass(slots=True)
class _Reading:
    cost: float
    state: _State
    place: Place | None
    before: _Reading | None


class Reader:
    """Reads entries of one document.

    :param order: the document's families from outermost to innermost
    :param headings: whether the members of a family are mostly headings; a family without an answer is left out
    """

    def __init__(self, order: Sequence[Family], headings: Mapping[Family, bool]) -> None:
        ranked = [*order, *(family for family in FAMILIES if family not in order)]
        self.rank = [ranked.index(family) for family in FAMILIES]
        self.headings = headings

    def plain(self, entries: Sequence[Entry]) -> list[Place | None] | None:
        """The reading of a document without damage; None where there may be some."""
        state: _State = ((), (0,) * len(FAMILIES))
        places: list[Place | None] = []
        for entry in entries:
            if entry.family is None:
                if min(entry.lost.values(), default=1.0) < 0:
                    return None
                places.append(None)
                continue
            cost, state, place = min(self._placed(state, entry.family, entry.value, entry, 0.0), key=_cost)
            if cost > _EPSILON or place.missing:
                return None
            places.append(place)
        return places

    def search(self, entries: Sequence[Entry], wide: bool = True) -> tuple[float, list[Place | None]]:
        """What the cheapest reading costs, and a place for each entry; None for a line that has lost no number.

        :param wide: keep many readings, which takes milliseconds a number
        """
        width, behind = (_WIDTH, _BEHIND) if wide else (_NARROW, _LITTLE_BEHIND)
        beam = [_Reading(0.0, ((), (0,) * len(FAMILIES)), None, None)]
        for entry in entries:
            best: dict[_State, _Reading] = {}
            bound = math.inf
            for reading in beam:
                for cost, state, place in self._steps(reading.state, entry):
                    cost += reading.cost
                    if cost > bound + behind:
                        continue
                    bound = min(bound, cost)
                    known = best.get(state)
                    if known is None or cost < known.cost:
                        best[state] = _Reading(cost, state, place, reading)
            beam = sorted(best.values(), key=lambda r: r.cost)[:width]
            beam = [reading for reading in beam if reading.cost <= bound + behind]
        places: list[Place | None] = []
        at: _Reading | None = beam[0]
        while at is not None and at.before is not None:
            places.append(at.place)
            at = at.before
        return beam[0].cost, places[::-1]

    def _steps(self, state: _State, entry: Entry) -> Iterator[tuple[float, _State, Place | None]]:
        for family, cost in entry.lost.items():
            yield from self._placed(state, family, None, entry, cost)
        if entry.family is None:
            yield 0.0, state, None
            return
        yield from self._placed(state, entry.family, entry.value, entry, self._type(entry.family, entry))
        if entry.family not in _LISTS:
            return
        cognate = COGNATE.get(entry.family)
        others = {FAMILIES[i] for i in state[0] if FAMILIES[i] in _LISTS} | ({cognate} if cognate else set())
        for other in others - {entry.family}:
            cost = _ALIKE if other in entry.alike else _COGNATE if other == cognate else _OTHER
            yield from self._placed(state, other, entry.value, entry, cost + self._type(other, entry))

    def _type(self, family: Family, entry: Entry) -> float:
        return _TYPE if self.headings.get(family, entry.heading) != entry.heading else 0.0

    def _alone(self, ended: tuple[int, ...], last: tuple[int, ...]) -> float:
        """What lists cost that end with their first member."""
        return sum(_ALONE for own in ended if last[own] == 1 and FAMILIES[own] in _LISTS)

    def _placed(
        self, state: _State, family: Family, value: int | None, entry: Entry, cost: float
    ) -> Iterator[tuple[float, _State, Place]]:
        """Ways to read an entry as a member of a family; ``value`` None where no number counts."""
        stack, last = state
        own = _ID[family]
        if own in stack:
            depth = stack.index(own) + 1
            cost += self._alone(stack[depth:], last)
            stack = stack[:depth]
            for extra, read, missing in _going_on(last[own], value, entry.restart):
                yield cost + extra, _next(stack, last, own, read), Place(family, read, missing)
            return
        rank = self.rank
        inner = [n for n, other in enumerate(stack) if rank[other] > rank[own]]
        ways = [(0.0, (*stack, own))]
        if inner:
            ended = self._alone(stack[inner[0] :], last)
            ways = [(_STEPS_OUT + ended, (*stack[: inner[0]], own)), (_INVERTED, (*stack, own))]
        for extra, opened in ways:
            if entry.family is not None and value is None:
                extra += _ALTERED  # the first member of a list has no neighbour to tell by
            for more, read in _opening(last[own], value):
                yield cost + extra + more, _next(opened, last, own, read), Place(family, read, 0)


def _cost(step: tuple[float, _State, Place]) -> float:
    return step[0]


def _going_on(last: int, value: int | None, restart: float) -> Iterator[tuple[float, int, int]]:
    """Costs, values and missing members with which a list goes on behind its member ``last``."""
    if value is None or value == last + 1:
        yield 0.0, last + 1, 0
        return
    yield _ALTERED, last + 1, 0
    if last + 1 < value <= last + 1 + MAX_GAP:
        yield _MISSING * (value - last - 1), value, value - last - 1
    else:
        yield restart if value == 1 else _JUMP, value, 0


def _opening(last: int, value: int | None) -> Iterator[tuple[float, int]]:
    """Costs and values with which a list opens; ``last`` is where the family's list before it ended."""
    if value in (None, 1):
        yield 0.0, 1
    elif value == last + 1 and last:
        yield _RUNS_ON, value
    else:
        assert value is not None
        yield (_FIRST_MISSING * (value - 1) if value <= 1 + MAX_GAP else _OPENS_LATE), value
        yield _ALTERED_FIRST, 1
    if last and value != last + 1:
        yield (_RUNS_ON if value is None else _ALTERED_FIRST + _RUNS_ON), last + 1


def _next(stack: tuple[int, ...], last: tuple[int, ...], own: int, value: int) -> _State:
    return stack, (*last[:own], value, *last[own + 1 :])
