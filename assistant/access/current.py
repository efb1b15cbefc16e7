"""Who asks, for the code that answers: kept with the request's context, which threads of the pool inherit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from assistant.access.types import Principal

_current: ContextVar[Principal | None] = ContextVar("principal", default=None)


def current() -> Principal | None:
    """Who asks; None where nobody has said, which must be taken for the public."""
    return _current.get()


@contextmanager
def acting(principal: Principal) -> Iterator[None]:
    """Do what follows for ``principal``."""
    token = _current.set(principal)
    try:
        yield
    finally:
        _current.reset(token)
