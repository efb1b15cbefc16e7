"""How many questions may wait for the model at a time, and a pause for one that does not answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from assistant.answer.model.client import ModelFailed

SLOTS = 4  # questions that wait for the model at once; the others get their extract without waiting
FAILURES = 3  # one after another, until the model is left alone
PAUSE = 30.0  # seconds for which it is


class Availability:
    """Keeps a slow or dead model from slowing the rest. Safe to use from several threads."""

    def __init__(self, slots: int = SLOTS, failures: int = FAILURES, pause: float = PAUSE) -> None:
        self._slots = threading.BoundedSemaphore(slots)
        self._lock = threading.Lock()
        self._limit, self._pause = failures, pause
        self._failures, self._until = 0, 0.0

    @contextmanager
    def asking(self) -> Iterator[None]:
        """One question to the model.

        :raises ModelFailed: too many wait for it, or it is left alone for a while; what was raised inside, counted
        """
        with self._lock:
            if time.monotonic() < self._until:
                raise ModelFailed("paused")
        if not self._slots.acquire(blocking=False):
            raise ModelFailed("busy")
        try:
            yield
        except ModelFailed as failure:
            if failure.problem != "left":  # that says nothing of the model
                self._count(failed=True)
            raise
        else:
            self._count(failed=False)
        finally:
            self._slots.release()

    def _count(self, failed: bool) -> None:
        with self._lock:
            self._failures = self._failures + 1 if failed else 0
            if self._failures >= self._limit:
                self._failures, self._until = 0, time.monotonic() + self._pause
