"""Who asks may leave before there is an answer: what would be done for nobody is given up.

Whoever serves knows that somebody has left (:mod:`assistant.web.leaving`); whatever takes long asks here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Asker:
    """Somebody who waits for an answer. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = False
        self._waiting: list[Callable[[], None]] = []

    @property
    def left(self) -> bool:
        """Whether nobody waits any more."""
        return self._left

    def leave(self) -> None:
        """Nobody waits any more: what is under way is given up."""
        with self._lock:
            self._left = True
            waiting, self._waiting = self._waiting, []
        for give_up in waiting:
            give_up()

    @contextmanager
    def until_left(self, give_up: Callable[[], None]) -> Iterator[None]:
        """Have ``give_up`` called, from whatever thread, if the asker leaves meanwhile, or has left."""
        with self._lock:
            left = self._left
            if not left:
                self._waiting.append(give_up)
        if left:
            give_up()
        try:
            yield
        finally:
            with self._lock:
                if give_up in self._waiting:
                    self._waiting.remove(give_up)


_current: ContextVar[Asker | None] = ContextVar("asker", default=None)


def asker() -> Asker:
    """Who waits for what is being done; where nobody has said, one who never leaves."""
    return _current.get() or Asker()


@contextmanager
def asking(who: Asker) -> Iterator[None]:
    """Do what follows for ``who``."""
    token = _current.set(who)
    try:
        yield
    finally:
        _current.reset(token)
