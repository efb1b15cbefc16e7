"""Which file of a folder gave which notices of a store: by it one tells what has changed and what has vanished.

It lies beside the catalog (``folders.json``) and may lag behind it: a file that it does not know is read again, which
changes nothing where the catalog has its notices. What it does not know was not in the folder, and is never removed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from corpus.reading import ReadFile


@dataclass(frozen=True, slots=True)
class Stamp:
    """By what one sees that a file has changed: bytes, and nanoseconds of the changes of its content and its status.

    ``device``: the file system that it lies on; its number may differ after a restart.
    """

    size: int
    modified: int
    changed: int
    device: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a file gave when it was last read (ids of notices). ``stamp`` is None from before reading until stored."""

    stamp: Stamp | None
    device: int
    notices: tuple[str, ...] = ()
    failure: str | None = None


@dataclass(slots=True)
class Ledger:
    """The files of one folder, by source (the path in the folder); ``root``: device and inode of the folder itself."""

    store: Path
    folder: Path
    root: tuple[int, int] | None = None
    entries: dict[str, Entry] = field(default_factory=dict)

    @classmethod
    def load(cls, store: Path, folder: Path) -> Ledger:
        """What is known of ``folder``; nothing where the ledger is not there or is damaged."""
        ledger = cls(store, folder.absolute())
        known = _read(store).get(str(ledger.folder))
        if known is not None:
            try:
                ledger.entries = {source: _entry(value) for source, value in known["files"].items()}
                ledger.root = tuple(known["root"]) if known["root"] else None
            except (KeyError, TypeError, AttributeError):
                ledger.entries, ledger.root = {}, None
        return ledger

    def begin(self, stamps: Mapping[str, Stamp]) -> None:
        """Note durably which files are about to be read: whatever happens, the store may hold something of them."""
        for source, stamp in stamps.items():
            known = self.entries.get(source, Entry(None, stamp.device))
            self.entries[source] = replace(known, stamp=None, device=stamp.device)
        self._save()

    def finish(self, read: Iterable[ReadFile], stamps: Mapping[str, Stamp], gone: Iterable[str]) -> None:
        """Note durably what has been stored, and what has been removed."""
        for file in read:
            stamp, given = stamps[file.source], tuple(notice.notice_id for notice in file.notices)
            if file.failure and file.source in self.entries:  # the store keeps what it gave before
                given = self.entries[file.source].notices
            self.entries[file.source] = Entry(stamp, stamp.device, given, file.failure)
        for source in gone:
            self.entries.pop(source, None)
        self._save()

    def sharing(self, sources: Iterable[str]) -> set[str]:
        """The other files that gave a notice which one of ``sources`` gave, too."""
        asked = set(sources)
        ids = {notice_id for source in asked & self.entries.keys() for notice_id in self.entries[source].notices}
        return {source for source, entry in self.entries.items() if not ids.isdisjoint(entry.notices)} - asked

    def _save(self) -> None:
        files = {source: asdict(entry) for source, entry in sorted(self.entries.items())}
        folders = {**_read(self.store), str(self.folder): {"root": self.root, "files": files}}
        temporary = _path(self.store).with_suffix(".json.tmp")
        with temporary.open("w", encoding="ascii") as file:
            json.dump(folders, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, _path(self.store))


def _path(store: Path) -> Path:
    return store / "folders.json"


def _read(store: Path) -> dict[str, Any]:
    """The whole ledger, by folder."""
    try:
        known = json.loads(_path(store).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _entry(value: dict[str, Any]) -> Entry:
    stamp = Stamp(**value["stamp"]) if value["stamp"] else None
    return Entry(stamp, int(value["device"]), tuple(value["notices"]), value["failure"])
