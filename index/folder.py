"""A folder as it is now: its files with what tells that they have changed, and whether what is missing is really gone."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import MissingPath
from corpus.reading import ReadFile, find_files
from index.ledger import Ledger, Stamp

_UNFINISHED = re.compile(r"~$|\.(?:tmp|part|partial|crdownload|swp)$", re.IGNORECASE)  # files that programs write aside


@dataclass(frozen=True, slots=True)
class Look:
    """What lies in a folder; ``root``: device and inode of the folder itself."""

    root: tuple[int, int]
    paths: Mapping[str, Path]
    stamps: Mapping[str, Stamp]


def look(folder: Path) -> Look:
    """The files of ``folder``, by source.

    :raises MissingPath: it is not there, or cannot be listed
    """
    try:
        own = os.stat(folder)
        paths, stamps = {}, {}
        with os.scandir(folder):  # a folder that may not be listed looks empty to `find_files`
            pass
        for path, source in find_files([folder]):
            if not _UNFINISHED.search(source):
                found = _stat(path)
                if found is not None:
                    paths[source] = path
                    stamps[source] = Stamp(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_dev)
    except OSError as error:
        raise MissingPath(f"{folder} cannot be read ({error.strerror}); is its drive connected?") from error
    return Look((own.st_dev, own.st_ino), paths, stamps)


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:  # gone since it was listed
        return None


def enter(store: Path, folder: Path, seen: Look, read: Iterable[ReadFile], pruned: bool) -> None:
    """Enter into a store's ledger what was read of a folder, for whoever watches it later.

    :param seen: the folder before it was read
    :param pruned: the notices of all other files were removed
    """
    ledger = Ledger.load(store, folder)
    ledger.root = seen.root
    files = [file for file in read if file.source in seen.stamps]
    others = ledger.entries.keys() - {file.source for file in files} if pruned else set()
    ledger.finish(files, seen.stamps, others)


def gone(ledger: Ledger, now: Look) -> set[str]:
    """Files of the ledger that were removed from the folder; not those that merely cannot be seen.

    An unmounted drive leaves an empty folder behind, on another file system. So what is missing counts as removed only
    where the folder is the one that held it: the same one, or one that still holds other files of that file system.
    """
    missing = ledger.entries.keys() - now.stamps.keys()
    present = {ledger.entries[source].device for source in ledger.entries.keys() & now.stamps.keys()}
    if not missing or not (present or ledger.root == now.root):
        return set()
    return {source for source in missing if _removed(ledger, source, present)}


def _removed(ledger: Ledger, source: str, present: Collection[int]) -> bool:
    path = ledger.folder / source
    try:
        if stat.S_ISREG(os.stat(path).st_mode):
            return False  # there, though its folder could not be listed
        place = path
    except (FileNotFoundError, NotADirectoryError):
        place = path.parent
    except OSError:
        return False
    while not place.is_dir():
        place = place.parent
    device = ledger.entries[source].device
    return device in present or place.stat().st_dev == device
