"""Which list each number belongs to: the cheapest reading of a document's numbers as lists within lists.

A number goes on with an open list, opens one, or goes on with a list that was closed (items numbered through under
several headings). What does not fit costs: a member that is missing, a value or a family that was altered, a list that
starts again, a heading that lost its number. A beam search finds the reading that costs least in all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from corpus.structure.numbering import COGNATE, FAMILIES, Family

MAX_GAP = 2  # members that may be missing in one place
_WIDTH = 40  # readings that are kept
_BEHIND = 4.5  # how much more than the cheapest one a kept reading may cost
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
_LISTS: tuple[Family, ...] = ("han", "han_paren", "arabic", "arabic_paren")


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
_Option = tuple[int, int | None, float]  # a family, a value (None where no number counts), what it costs
_Step = tuple[float, tuple[int, ...], int, int]  # what it costs, open lists, value, missing members
_ID = {family: number for number, family in enumerate(FAMILIES)}
_IN_LISTS = frozenset(_ID[family] for family in _LISTS)


# A reading of the entries up to one: what it costs, where it ends, how it reads this one (family, value, missing members;
# None for a line that lost no number), and the reading of those before. Plain tuples: a search makes hundreds a number.
_Reading = tuple[float, _State, tuple[int, int, int] | None, Any]


class Reader:
    """Reads entries of one document.

    :param order: the document's families from outermost to innermost
    :param headings: whether the members of a family are mostly headings; a family without an answer is left out
    """

    def __init__(self, order: Sequence[Family], headings: Mapping[Family, bool]) -> None:
        ranked = [*order, *(family for family in FAMILIES if family not in order)]
        self.rank = [ranked.index(family) for family in FAMILIES]
        self.headings = headings
        self._known: dict[tuple[Family | None, int, bool] | None, tuple[list[_Option], list[_Option]]] = {}

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
            own = _ID[entry.family]
            cost, stack, value, missing = min(self._placed(state, own, entry.value, entry, 0.0), key=_cost)
            if cost > _EPSILON or missing:
                return None
            state = _next(stack, state[1], own, value)
            places.append(Place(entry.family, value, missing))
        return places

    def search(self, entries: Sequence[Entry], wide: bool = True) -> tuple[float, list[Place | None]]:
        """What the cheapest reading costs, and a place for each entry; None for a line that has lost no number.

        :param wide: keep many readings, which takes most of a millisecond a number
        """
        width, behind = (_WIDTH, _BEHIND) if wide else (_NARROW, _LITTLE_BEHIND)
        beam: list[_Reading] = [(0.0, ((), (0,) * len(FAMILIES)), None, None)]
        for entry in entries:
            readings, bound = self._read_on(beam, entry, behind)
            beam = sorted(readings, key=itemgetter(0))[:width]
            while beam[-1][0] > bound:
                beam.pop()
        return beam[0][0], _places(beam[0])

    def _read_on(self, beam: list[_Reading], entry: Entry, behind: float) -> tuple[Iterable[_Reading], float]:
        """The readings that go on with an entry, the cheapest for each state, and what a kept one may cost."""
        best: dict[_State, _Reading] = {}
        bound = math.inf
        options, others = self._options(entry)
        for reading in beam:
            before, at, _, _ = reading
            stack, last = at
            open_too = [option for option in others if option[0] in stack] if others else ()
            for own, value, least in [*options, *open_too] if open_too else options:
                if least + before > bound:  # nor would any step be kept: each costs as much or more
                    continue
                for cost, opened, read, missing in self._placed(at, own, value, entry, least):
                    cost += before
                    if cost > bound:
                        continue
                    if cost + behind < bound:
                        bound = cost + behind
                    state = (opened, (*last[:own], read, *last[own + 1 :]))
                    known = best.get(state)
                    if known is None or cost < known[0]:
                        best[state] = (cost, state, (own, read, missing), reading)
            if entry.family is None and before <= bound:
                bound = min(bound, before + behind)
                known = best.get(at)
                if known is None or before < known[0]:
                    best[at] = (before, at, None, reading)
        return best.values(), bound

    def _options(self, entry: Entry) -> tuple[list[_Option], list[_Option]]:
        """What an entry may be read as in any case, and what else where a list of that family is open."""
        key = None if entry.lost or entry.alike else (entry.family, entry.value, entry.heading)
        if key in self._known:
            return self._known[key]
        options: list[_Option] = [(_ID[family], None, cost) for family, cost in entry.lost.items()]
        if entry.family is None:
            return options, []
        options.append((_ID[entry.family], entry.value, self._type(entry.family, entry)))
        if entry.family not in _LISTS:
            return options, []
        cognate = COGNATE.get(entry.family)
        others: list[_Option] = []
        for other in _LISTS:
            if other != entry.family:
                cost = _ALIKE if other in entry.alike else _COGNATE if other == cognate else _OTHER
                option = (_ID[other], entry.value, cost + self._type(other, entry))
                (options if other == cognate else others).append(option)
        if key:
            self._known[key] = options, others
        return options, others

    def _type(self, family: Family, entry: Entry) -> float:
        return _TYPE if self.headings.get(family, entry.heading) != entry.heading else 0.0

    def _placed(self, state: _State, own: int, value: int | None, entry: Entry, cost: float) -> list[_Step]:
        """Ways to read an entry as a member of a family; ``value`` None where no number counts."""
        stack, last = state
        if own in stack:
            depth = stack.index(own) + 1
            if depth < len(stack):
                cost += _alone(stack[depth:], last)
                stack = stack[:depth]
            following = last[own] + 1
            if value is None or value == following:
                return [(cost, stack, following, 0)]
            altered = (cost + _ALTERED, stack, following, 0)
            if following < value <= last[own] + 1 + MAX_GAP:
                return [altered, (cost + _MISSING * (value - following), stack, value, value - following)]
            return [altered, (cost + (entry.restart if value == 1 else _JUMP), stack, value, 0)]
        rank = self.rank
        above = rank[own]
        inner = next((n for n, other in enumerate(stack) if rank[other] > above), None)
        if inner is None:
            ways = [(0.0, (*stack, own))]
        else:
            ended = _alone(stack[inner:], last)
            ways = [(_STEPS_OUT + ended, (*stack[:inner], own)), (_INVERTED, (*stack, own))]
        # the first member of a list has no neighbour to tell by
        extra = _ALTERED if entry.family is not None and value is None else 0.0
        opening = _opening(last[own], value)
        return [(cost + (way + extra) + more, opened, read, 0) for way, opened in ways for more, read in opening]


def _places(reading: _Reading) -> list[Place | None]:
    """How a reading reads each entry."""
    places: list[Place | None] = []
    while reading[3] is not None:
        read = reading[2]
        places.append(Place(FAMILIES[read[0]], read[1], read[2]) if read else None)
        reading = reading[3]
    return places[::-1]


def _cost(step: _Step) -> float:
    return step[0]


def _alone(ended: tuple[int, ...], last: tuple[int, ...]) -> float:
    """What lists cost that end with their first member."""
    cost = 0.0
    for own in ended:
        if last[own] == 1 and own in _IN_LISTS:
            cost += _ALONE
    return cost


def _opening(last: int, value: int | None) -> list[tuple[float, int]]:
    """Costs and values with which a list opens; ``last`` is where the family's list before it ended."""
    if value is None or value == 1:
        found = [(0.0, 1)]
    elif value == last + 1 and last:
        found = [(_RUNS_ON, value)]
    else:
        late = _FIRST_MISSING * (value - 1) if value <= 1 + MAX_GAP else _OPENS_LATE
        found = [(late, value), (_ALTERED_FIRST, 1)]
    if last and value != last + 1:
        found.append(((_RUNS_ON if value is None else _ALTERED_FIRST + _RUNS_ON), last + 1))
    return found


def _next(stack: tuple[int, ...], last: tuple[int, ...], own: int, value: int) -> _State:
    return stack, (*last[:own], value, *last[own + 1 :])
