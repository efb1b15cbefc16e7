"""What a store holds, counted once for each of its states: for readiness, filters and coverage."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from assistant.answer.view import view_of
from assistant.service import Assistant
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
    """The contents of an assistant's store as who asks may see it, counted anew only when the store has changed."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._known: WeakKeyDictionary[Retriever, Contents] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def current(self) -> Contents:
        """What the store holds now; raises the store's errors where it cannot be opened."""
        store = self._assistant.store
        sequence = store.sequence
        with self._lock:
            known = self._known.get(store)
            if known is None or known.sequence != sequence:
                known = self._known[store] = _count(store, sequence)
            return known


def _count(store: Retriever, sequence: int) -> Contents:
    view = view_of(store)
    units = {name: count for name, count in view.unit_counts().items() if count}
    return Contents(
        sequence=sequence,
        notices=len(view.cards),
        passages=view.columns.passages,
        years=view.years[::-1],
        regions=view.regions,
        units=tuple(sorted(units, key=lambda name: (-units[name], name))),
        issuers=view.issuers,
    )
