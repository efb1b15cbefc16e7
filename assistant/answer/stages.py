"""Where the time of an answer goes: stages that do not overlap, noted by whoever runs them, in this context only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal

Stage = Literal["understanding", "searching", "composing", "wording"]


@dataclass(slots=True)
class Clock:
    """Milliseconds of each stage so far; what is nested in a stage counts for itself alone."""

    stage: Stage
    ms: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=perf_counter)

    def turn(self, stage: Stage) -> Stage:
        """End the present stage and begin another; returns the one that ended."""
        now, ended = perf_counter(), self.stage
        self.ms[ended] = self.ms.get(ended, 0.0) + (now - self._since) * 1000
        self.stage, self._since = stage, now
        return ended

    def read(self) -> dict[str, float]:
        """All stages until now, rounded to microseconds, in the order in which they began."""
        self.turn(self.stage)
        return {stage: round(ms, 3) for stage, ms in self.ms.items()}


_clock: ContextVar[Clock | None] = ContextVar("stages", default=None)


@contextmanager
def timed() -> Iterator[Clock]:
    """Inside, stages are noted; one inside another has the same clock, which begins with the understanding."""
    running = _clock.get()
    if running is not None:
        yield running
        return
    clock = Clock("understanding")
    token = _clock.set(clock)
    try:
        yield clock
    finally:
        _clock.reset(token)


@contextmanager
def stage(name: Stage) -> Iterator[None]:
    """Inside, time counts for ``name``; nothing is noted where nobody looks at the clock."""
    clock = _clock.get()
    if clock is None:
        yield
        return
    before = clock.turn(name)
    try:
        yield
    finally:
        clock.turn(before)
