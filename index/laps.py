"""Where the time of a search goes."""

from __future__ import annotations

from time import perf_counter


class Laps:
    """A stopwatch with named laps: ``ms`` holds the milliseconds of each stage, in the order they were run."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}
        self._started = self._last = perf_counter()

    def lap(self, stage: str) -> None:
        """End the present stage and name it."""
        now = perf_counter()
        self.ms[stage] = (now - self._last) * 1000
        self._last = now

    @property
    def total_ms(self) -> float:
        """Milliseconds since the stopwatch was made."""
        return (perf_counter() - self._started) * 1000
