"""Who does what, and how it changed: units × topics × years, counted over the items of a store.

Topics are worked out once a state, from all of its notices (:mod:`assistant.topics`), so that they stay the same under every filter.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from assistant.answer.columns import Mask, Positions
from assistant.answer.items import collective
from assistant.answer.view import Entry, View
from assistant.topics import Topic, corpus_topics, passages_on
from corpus.types import Unit
from corpus.units import resolve
from index.filters import required_terms
from index.fold import fold_aligned
from index.types import Filters

RowKind = Literal["unit", "family", "place"]
ROW_KINDS: tuple[RowKind, ...] = get_args(RowKind)
MAX_ROWS, MAX_TOPICS, MAX_YEARS = 30, 20, 12
MAX_ITEMS = 50  # of a cell


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Items by row (unit, family of units, or place), topic and year.

    ``counts``: int32 [rows, topics, years], a passage counted once in each of its cells. ``per_topic``: int32 [topics, years],
    each passage once, and ``acting``: int32 [topics, years], how many rows there are, over all rows and not only the shown ones.
    ``years`` ascend; None stands last for notices without a year. ``more_rows``: how many rows are not shown.
    """

    by: RowKind
    rows: tuple[str, ...]
    topics: tuple[str, ...]
    years: tuple[int | None, ...]
    counts: NDArray[np.int32]
    per_topic: NDArray[np.int32]
    acting: NDArray[np.int32]
    more_rows: int
    passages: int
    notices: int


@dataclass(eq=False)
class _Known:
    """What is worked out once a state."""

    acts: Mask
    topics: tuple[Topic, ...]
    rows: Mapping[RowKind, Mapping[str, Positions]]
    years: tuple[int | None, ...]
    year_of: NDArray[np.intp]  # of each passage, the place of its year in ``years``


_known: WeakKeyDictionary[View, _Known] = WeakKeyDictionary()
_lock = threading.Lock()


def explore(view: View, by: RowKind = "unit", filters: Filters | None = None) -> Matrix:
    """The matrix of the items that the filters admit: the rows and years with most items."""
    known = _known_of(view)
    scope = admitted(view, filters or Filters()) & known.acts
    on = np.array([topic.mask & scope for topic in known.topics], np.bool_).reshape(len(known.topics), len(scope))
    any_topic: Mask = np.asarray(on.any(axis=0), np.bool_)
    ranked = []
    for name, positions in known.rows[by].items():
        own = positions[scope[positions]]
        if len(own):
            ranked.append((-int(any_topic[own].sum()), -len(own), name, own))
    ranked.sort(key=lambda row: row[:3])
    everything = _years(on, np.flatnonzero(scope), known)
    held = np.flatnonzero(np.bincount(known.year_of[scope], minlength=len(known.years)))[-MAX_YEARS:]
    acting = np.zeros_like(everything)
    counts = np.zeros((min(len(ranked), MAX_ROWS), *everything.shape), np.int32)
    for row, (*_, own) in enumerate(ranked):
        cells = _years(on, own, known)
        acting += cells > 0
        if row < MAX_ROWS:
            counts[row] = cells
    return Matrix(
        by=by,
        rows=tuple(name for _, _, name, _ in ranked[:MAX_ROWS]),
        topics=tuple(topic.word for topic in known.topics),
        years=tuple(known.years[i] for i in held.tolist()),
        counts=counts[:, :, held],
        per_topic=everything[:, held],
        acting=acting[:, held],
        more_rows=max(0, len(ranked) - MAX_ROWS),
        passages=int(scope.sum()),
        notices=len(np.unique(view.columns.notice[scope])),
    )


def items(view: View, by: RowKind, row: str, topic: str, filters: Filters | None = None) -> list[Entry]:
    """The items of a cell, newest notice first, within a notice as printed.

    :param row: a unit's canonical name, a family or a place, as in :attr:`Matrix.rows`; empty for all
    :param topic: any word; empty for all
    """
    known = _known_of(view)
    mask = admitted(view, filters or Filters()) & known.acts
    if row:
        mask &= view.columns.at([known.rows[by].get(row, np.zeros(0, np.intp))])
    if topic:
        mask &= passages_on(view, fold_aligned(topic))
    found = [view.entries[i] for i in np.flatnonzero(mask).tolist()]
    return sorted(
        found, key=lambda e: (-(e.stored.notice.year or 0), e.stored.notice.notice_id, e.stored.passage.start)
    )


def admitted(view: View, filters: Filters) -> Mask:
    """The passages that filters admit, bool [passages of the view]."""
    mask = view.columns.everywhere()
    for terms in required_terms(filters):
        mask &= view.columns.carrying(terms)
    return mask


def _known_of(view: View) -> _Known:
    with _lock:
        if view not in _known:
            _known[view] = _work_out(view)
        return _known[view]


def _work_out(view: View) -> _Known:
    columns = view.columns
    printed = [notice.year for notice in columns.notices]
    years: list[int | None] = [*sorted({year for year in printed if year is not None}), *([None] * (None in printed))]
    numbers = {year: i for i, year in enumerate(years)}
    year_of = (
        np.array([numbers[year] for year in printed], np.intp)[columns.notice] if printed else np.zeros(0, np.intp)
    )
    every = {name: np.unique(at) for name, at in columns.by_canonical.items()}
    acts = columns.body & columns.at(every.values())
    resolved = {name: resolve(name) for name in every}
    units = {name: at for name, at in every.items() if not _many(resolved[name].core or name)}
    rows: dict[RowKind, Mapping[str, Positions]] = {
        "unit": units,
        "family": _merged((resolved[name].family or name, at) for name, at in units.items()),
        "place": {place: np.unique(positions) for place, positions in columns.by_unit_place.items()},
    }
    return _Known(acts, corpus_topics(view, acts, MAX_TOPICS), rows, tuple(years), year_of)


def _many(name: str) -> bool:
    """Whether a name, without its place, stands for many units (各部门)."""
    return collective(Unit(name, name, "unknown", None, "responsible", 0, 0))


def _merged(units: Iterable[tuple[str, Positions]]) -> dict[str, Positions]:
    """The passages of units put together, by what they have in common (a kind of unit: 市场监管)."""
    found: dict[str, list[Positions]] = {}
    for name, positions in units:
        found.setdefault(name, []).append(positions)
    return {name: np.unique(np.concatenate(some)) for name, some in found.items()}


def _years(on: NDArray[np.bool_], positions: Positions, known: _Known) -> NDArray[np.int32]:
    """How many of some passages are on each topic in each year, [topics, years]."""
    counts = np.zeros((len(on), len(known.years)), np.int32)
    topics, columns = np.nonzero(on[:, positions])
    np.add.at(counts, (topics, known.year_of[positions[columns]]), 1)
    return counts
