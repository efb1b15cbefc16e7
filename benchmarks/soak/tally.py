"""What a soak counts, from many threads."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

_SHOWN = 40  # faults that are kept word for word


@dataclass
class Tally:
    """Counts by name, and the first faults of each kind. Safe to use from several threads."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    latencies: dict[str, list[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, name: str, number: int = 1) -> None:
        """Count something."""
        with self._lock:
            self.counts[name] += number

    def fault(self, name: str, what: str) -> None:
        """Count something that must not be, and keep what it was."""
        with self._lock:
            self.counts[name] += 1
            if len(self.faults) < _SHOWN:
                self.faults.append(f"{name}: {what[:400]}")

    def took(self, name: str, seconds: float) -> None:
        """Note how long something took."""
        with self._lock:
            self.latencies.setdefault(name, []).append(seconds)

    def percentile(self, name: str, share: float) -> float:
        """Milliseconds below which a share of what was noted lies; NaN where nothing was."""
        with self._lock:
            ordered = sorted(self.latencies.get(name, ()))
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else float("nan")
