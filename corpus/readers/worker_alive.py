"""How a reader that takes long tells the process that waits for it that it has not stopped."""

from __future__ import annotations

from collections.abc import Callable

_listeners: list[Callable[[str], None]] = []


def still_working(stage: str = "") -> None:
    """Called by readers between steps that take seconds; gives the next step the whole time limit again.

    :param stage: what comes now, for people who watch
    """
    for listener in _listeners:
        listener(stage)


def listen(listener: Callable[[str], None]) -> None:
    """Call ``listener`` with the stage whenever a reader reports."""
    _listeners.append(listener)
