"""A pause for a server that does not answer, so that each request need not find out for itself."""

from __future__ import annotations

import threading
import time

FAILURES = 3  # calls one after another that nobody answered
PAUSE = 5.0  # seconds for which none is made then; after them one call tries whether the server is back


class Breaker:
    """Counts unanswered calls of one connection. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures, self._until = 0, 0.0

    def left(self) -> float:
        """Seconds for which no call is to be made; 0 where one may, and who is told so when a pause ends is the one who tries."""
        with self._lock:
            if self._failures < FAILURES:
                return 0.0
            left = self._until - time.monotonic()
            if left > 0:
                return left
            self._until = time.monotonic() + PAUSE
            return 0.0

    def answered(self) -> None:
        """The server has said something, be it no."""
        with self._lock:
            self._failures = 0

    def unanswered(self) -> None:
        """It has not."""
        with self._lock:
            self._failures += 1
            if self._failures >= FAILURES:
                self._until = time.monotonic() + PAUSE
