"""How a reader that takes long tells the process that waits for it that it has not stopped."""

from __future__ import annotations

from collections.abc import Callable

_listeners: list[Callable[[], None]] = []


def still_working() -> None:
    """Called by readers between steps that take seconds; gives the next step the whole time limit again."""
    for listener in _listeners:
        listener()


def listen(listener: Callable[[], None]) -> None:
    """Call ``listener`` whenever a reader reports."""
    _listeners.append(listener)
