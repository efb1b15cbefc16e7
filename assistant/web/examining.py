"""A served store compared with its checksums, in the background: some time after the start, and once a day.

What a disk changes while files are open, opening never sees (:mod:`index.examining`). Damaged derived indexes are built
anew while answers go on; of what only a backup can mend, ``/readyz``, ``/metrics`` and the log tell.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from assistant.access.current import acting
from assistant.access.guard import OWNER
from assistant.service import Assistant
from index.errors import StoreBusy, StoreError

FIRST = 60.0  # seconds after the start: the first questions come first
EVERY = 86_400.0
AGAIN = 300.0  # seconds, where it could not be done now
_log = logging.getLogger("notices.store")


@contextmanager
def examining(assistant: Assistant, first: float = FIRST) -> Iterator[None]:
    """While the server runs. A store that is no folder of this machine looks after itself."""
    ended = threading.Event()
    thread = threading.Thread(target=_go_on, args=(assistant, ended, first), name="examining", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(1)  # what it is reading is read on for nobody: the process need not wait


def _go_on(assistant: Assistant, ended: threading.Event, wait: float) -> None:
    while not ended.wait(wait):
        wait = EVERY if _examined(assistant) else AGAIN


def _examined(assistant: Assistant) -> bool:
    from assistant.answer import shards
    from index.examining import examine
    from index.store import LocalStore

    with acting(OWNER):
        store = assistant.store
    if not isinstance(store, LocalStore):
        return True
    try:
        examine(store)
        shards.examine(store)
    except StoreBusy:
        return False
    except (StoreError, OSError) as error:
        _log.error("the store could not be examined: %s; it is tried again", error)
        return False
    return True
