"""The writer's lock of a store: held for one write, gone with the process that holds it."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from index.errors import StoreBusy, StoreReadOnly

_TRIES = 200
_PAUSE = 0.05  # seconds


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the lock of the store in ``folder``.

    :raises StoreBusy: another writer has held it for ten seconds
    :raises StoreReadOnly: the folder cannot be written to
    """
    with _opened(folder) as file:
        if not _taken(folder, file):
            raise StoreBusy(f"another process is writing to {folder}{_holder(file)}; try again when it is done")
        # Who holds it, for those who wait; a copy on a full disk may lack it.
        with suppress(OSError):
            file.truncate(0)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            file.write(json.dumps({"process": os.getpid(), "host": socket.gethostname(), "since": now}))
            file.flush()
        yield


def _taken(folder: Path, file: IO[str]) -> bool:
    """Take the lock; whoever waits for it holds the folder's own meanwhile, so that nobody overtakes."""
    turn = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        tries = 0
        for wanted in (turn, file.fileno()):
            while True:
                try:
                    fcntl.flock(wanted, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if tries == _TRIES:
                        return False
                    tries += 1
                    time.sleep(_PAUSE)
                except OSError:
                    if wanted != turn:
                        raise
                    break  # NFS locks no folders: whoever comes first there is first
        return True
    finally:
        os.close(turn)


def _opened(folder: Path) -> IO[str]:
    try:
        return (folder / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise StoreReadOnly(
                f"{folder} cannot be written to ({error.strerror}); nothing was changed. Mend its permissions, or copy the store "
                "to a disk that can be written (存储只读)"
            ) from error
        raise


def _holder(file: IO[str]) -> str:
    """`` (process 4711 on host since …)``, as far as the file says."""
    try:
        file.seek(0)
        held = json.loads(file.read(1000))
        return f" (process {int(held['process'])} on {str(held['host'])[:80]} since {str(held['since'])[:40]})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


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
