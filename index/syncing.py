"""Files and names that outlast a power cut; folders that are worked in until they are moved into place."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LEFT = 60.0  # seconds after which a folder that nobody has locked was left behind, not just made


def sync_folder(folder: Path) -> None:
    """Have the names in a folder outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Have all that lies in a folder outlast a power cut."""
    for path in folder.rglob("*"):
        if path.is_file() or path.is_dir():
            sync_folder(path)
    sync_folder(folder)


@contextmanager
def aside(prefix: str, parent: Path) -> Iterator[Path]:
    """A temporary folder in ``parent``, locked while it is in use. Those that killed processes have left are removed."""
    for left in parent.glob(f"{prefix}????????"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _LEFT:
                with _locked(left):
                    shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=parent) as temporary, _locked(Path(temporary)):
        yield Path(temporary)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder's lock. :raises BlockingIOError: somebody else does"""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
