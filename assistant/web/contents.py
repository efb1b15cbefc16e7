"""What a store holds, counted once for each of its states: for readiness, filters and coverage."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass

from index.types import Retriever


@dataclass(frozen=True, slots=True)
class Contents:
    """Counts, and the values that can be filtered by; units come most frequent first."""

    sequence: int
    notices: int
    passages: int
    years: tuple[int, ...]
    regions: tuple[str, ...]
    units: tuple[str, ...]
    issuers: tuple[str, ...]


class ContentsCache:
    """The contents of a store, counted anew only when the store has changed."""

    def __init__(self, store: Retriever) -> None:
        self._store = store
        self._known: Contents | None = None
        self._lock = threading.Lock()

    def current(self) -> Contents:
        """What the store holds now; raises the store's errors where it cannot be opened."""
        sequence = self._store.sequence
        with self._lock:
            if self._known is None or self._known.sequence != sequence:
                self._known = _count(self._store, sequence)
            return self._known


def _count(store: Retriever, sequence: int) -> Contents:
    cards = store.cards().values()
    passages = store.passages()
    units = Counter(unit.canonical for stored in passages for unit in stored.units)
    return Contents(
        sequence=sequence,
        notices=len(cards),
        passages=len(passages),
        years=tuple(sorted({card.year for card in cards if card.year is not None}, reverse=True)),
        regions=tuple(sorted({card.region for card in cards if card.region})),
        units=tuple(sorted(units, key=lambda name: (-units[name], name))),
        issuers=tuple(sorted({card.issuer for card in cards if card.issuer})),
    )
