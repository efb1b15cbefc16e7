"""Files and names that outlast a power cut; folders that are worked in until they are moved into place."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LITTLE = 1 << 20  # bytes that are no room for anything
_LEFT = 60.0  # seconds after which a folder that nobody has locked was left behind, not just made


def sync_folder(folder: Path) -> None:
    """Have the names in a folder outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def writing_to(path: Path) -> Iterator[None]:
    """What a library raises while it writes, as the system's own error: tantivy, FAISS and NumPy say it in words of theirs."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        raise _told(str(error), path) from error


@contextmanager
def told(path: Path) -> Iterator[None]:
    """The same for errors of the system that say no number: NumPy writes less than it was asked to."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            raise
        raise _told(str(error), path) from error


def _told(said: str, path: Path) -> OSError:
    numbers = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
    number = next((n for n in numbers if os.strerror(n) in said), errno.EIO)
    with suppress(OSError):
        disk = os.statvfs(path if path.is_dir() else path.parent)
        if number == errno.EIO and (disk.f_bavail * disk.f_frsize < _LITTLE or (disk.f_files and not disk.f_favail)):
            number = errno.ENOSPC
    return OSError(number, os.strerror(number), str(path))


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
                with _locked(left, needed=True):
                    shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=parent) as temporary, _locked(Path(temporary)):
        yield Path(temporary)


@contextmanager
def _locked(folder: Path, needed: bool = False) -> Iterator[None]:
    """Hold a folder's lock. :raises BlockingIOError: somebody else does"""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if needed or isinstance(error, BlockingIOError):
                raise  # else: NFS locks no folders, and what is left behind there stays
        yield
    finally:
        os.close(descriptor)
