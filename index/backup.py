"""A store as one file, and back: what cannot be derived again, with a checksum of each part.

The file is a gzipped tar (any tar reads it): ``backup.json`` first, then the parts. Derived indexes are left out; they
are built anew when the store is restored.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from index import lock, manifest, migration, snapshot
from index.encoder import digest
from index.errors import BadBackup, StoreMismatch, StoreMissing
from index.failpoints import failpoint
from index.snapshot import files, name_in
from index.store import LocalStore
from index.syncing import aside, sync_folder, sync_tree

VERSION = 1
_CONTENTS = "backup.json"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds. ``parts``: (bytes, SHA-256) of each file by its name."""

    version: int
    made: str
    sequence: int
    notices: int
    parts: dict[str, tuple[int, str]]


def backup(store: Path, target: Path) -> Backup:
    """Write a store to one file, whole or not at all. Questions are answered meanwhile; writers wait for a moment only.

    :raises StoreMissing: there is no store
    :raises BadBackup: the file is there already, or lies inside the store
    """
    if not manifest.path_in(store).is_file():
        raise StoreMissing(f"no store in {store}; `notices index PATH… --store {store}` makes one")
    if target.exists():
        raise BadBackup(f"{target} is there already; name another file (文件已存在)")
    if store.resolve() in target.resolve().parents:
        raise BadBackup(f"{target} lies inside the store; name a file elsewhere, best on another disk")
    target.parent.mkdir(parents=True, exist_ok=True)
    with aside("backup-", target.parent) as temporary:
        folder = temporary / "parts"
        folder.mkdir()
        snapshot.copy(store, folder, lock.writing(store))
        failpoint("backup.snapshot")
        parts = {name_in(folder, path): (path.stat().st_size, digest(path)) for path in files(folder)}
        with closing(sqlite3.connect(folder / "catalog.sqlite")) as db:
            (sequence,) = db.execute("SELECT value FROM meta WHERE key = 'sequence'").fetchone()
            (notices,) = db.execute("SELECT COUNT(*) FROM notices").fetchone()
        made = datetime.now(UTC).isoformat(timespec="seconds")
        contents = Backup(VERSION, made, int(sequence), int(notices), parts)
        partial = temporary / "whole"
        with partial.open("wb") as raw:
            os.fchmod(raw.fileno(), 0o600)  # it holds all that the store holds
            with gzip.GzipFile("", "wb", 6, raw) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
                _add(tar, _CONTENTS, json.dumps(asdict(contents), ensure_ascii=False, indent=1).encode())
                for name in sorted(parts):
                    tar.add(folder / name, name, recursive=False)
            raw.flush()
            os.fsync(raw.fileno())
        failpoint("backup.packed")
        os.replace(partial, target)
        failpoint("backup.placed")
        sync_folder(target.parent)
    return contents


def restore(source: Path, store: Path) -> Backup:
    """Make a store from a backup: checked whole first, built aside, put in place at the end.

    :raises BadBackup: the file is damaged, is no backup, or the folder is not empty
    """
    if store.exists() and (not store.is_dir() or any(store.iterdir())):
        raise BadBackup(f"{store} is not empty; restore into a new folder, then use that one (目录不为空)")
    store.parent.mkdir(parents=True, exist_ok=True)
    with aside("restore-", store.parent) as temporary:
        folder = temporary / "store"
        folder.mkdir()
        contents = _unpack(source, folder)
        failpoint("restore.unpacked")
        opened = LocalStore(folder)
        try:
            migration.bring_up(folder)  # an older program's
            opened.open()  # builds the derived indexes
        except (StoreMismatch, StoreMissing) as error:
            raise BadBackup(f"{source} holds a store that this program cannot open: {error}") from error
        finally:
            opened.close()
        failpoint("restore.opened")
        sync_tree(folder)
        os.replace(folder, store)  # an empty folder gives way to it
        failpoint("restore.placed")
        sync_folder(store.parent)
    return contents


def check(source: Path) -> Backup:
    """Read a backup whole and compare every part with its checksum. :raises BadBackup: something differs"""
    return _unpack(source, None)


def _unpack(source: Path, folder: Path | None) -> Backup:
    """Check the parts, and write them where a folder is given."""
    try:
        with tarfile.open(source, "r|gz") as tar:
            contents: Backup | None = None
            seen: set[str] = set()
            for member in tar:
                file = tar.extractfile(member)
                if not member.isfile() or file is None:
                    raise BadBackup(f"{source}: {member.name!r} is no plain file; this is no backup of a store")
                if contents is None:
                    contents = _contents(file, member.name)
                    continue
                wanted = contents.parts.get(member.name)
                if wanted is None or member.name in seen:
                    raise BadBackup(f"{source} holds {member.name!r}, which its contents do not name")
                seen.add(member.name)
                if _copy(file, None if folder is None else folder / _safe(member.name), wanted[0]) != wanted:
                    raise BadBackup(f"{source}: {member.name} is damaged; use another backup (备份已损坏)")
    except (tarfile.TarError, EOFError, OSError, gzip.BadGzipFile) as error:
        raise BadBackup(
            f"{source} cannot be read as a backup ({error}); name a file that `notices backup` wrote"
        ) from error
    missing = sorted(set(contents.parts) - seen) if contents else [_CONTENTS]
    if missing or contents is None:
        raise BadBackup(f"{source} lacks {missing[0]}; it was cut off, use another backup (备份不完整)")
    return contents


def _contents(file: IO[bytes], name: str) -> Backup:
    try:
        value: dict[str, Any] = json.loads(file.read(64 << 20)) if name == _CONTENTS else {}
        parts = {str(part): (int(size), str(checksum)) for part, (size, checksum) in value["parts"].items()}
        found = Backup(int(value["version"]), value["made"], int(value["sequence"]), int(value["notices"]), parts)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadBackup("this is no backup of a store; name a file that `notices backup` wrote") from error
    if found.version != VERSION:
        raise BadBackup(
            f"this backup is of version {found.version}, this program reads {VERSION}; use the program that wrote it"
        )
    return found


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\x00" in name or "\\" in name:
        raise BadBackup(f"{name!r} leads out of the store; this is no backup of a store")
    return path


def _copy(file: IO[bytes], target: Path | None, limit: int) -> tuple[int, str]:
    """Size and checksum of what was read, up to one byte more than is expected."""
    checksum, size = hashlib.sha256(), 0
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") if target is not None else open(os.devnull, "wb") as out:
        while chunk := file.read(min(_CHUNK, limit + 1 - size)):
            checksum.update(chunk)
            size += len(chunk)
            out.write(chunk)
    return size, checksum.hexdigest()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        info = tarfile.TarInfo(name)
        info.size = len(content)
        tar.addfile(info, file)
