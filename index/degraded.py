"""Legs that did not answer: noted where a search misses one, told by whoever answers from searches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from index.types import Mode

_missing: ContextVar[set[Mode] | None] = ContextVar("missing", default=None)


@contextmanager
def noting() -> Iterator[set[Mode]]:
    """What goes on inside notes here which legs did not answer."""
    found: set[Mode] = set()
    token = _missing.set(found)
    try:
        yield found
    finally:
        _missing.reset(token)


def note(leg: Mode) -> None:
    """A leg did not answer."""
    found = _missing.get()
    if found is not None:
        found.add(leg)
