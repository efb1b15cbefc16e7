"""The writer's lock of a store: held for one write, gone with the process that holds it."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import StoreBusy

_TRIES = 200
_PAUSE = 0.05  # seconds


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the lock of the store in ``folder``.

    :raises StoreBusy: another writer has held it for ten seconds
    """
    with (folder / "lock").open("w") as file:
        for _ in range(_TRIES):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(_PAUSE)
        else:
            raise StoreBusy(f"another process is writing to {folder}; try again when it is done")
        yield


def is_held(folder: Path) -> bool:
    """Whether somebody is writing to the store now, in this process or another."""
    try:
        with (folder / "lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:  # nobody has written yet
        return False
    return False
