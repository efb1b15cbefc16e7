"""Stores of older formats brought up to this program's: on a copy that takes the store's place whole.

The store as it was is kept beside it. Killed at any moment, the store is the old one or the new one; begun again, the
migration clears away what it left, or ends what it had begun.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from index import analysis, lock, manifest, snapshot
from index.catalog import Catalog
from index.errors import BadLocation, StoreMismatch, StoreMissing, StoreReadOnly
from index.store import FORMAT, LocalStore
from index.syncing import sync_folder, sync_tree

_EXCHANGE = 2  # RENAME_EXCHANGE, https://man7.org/linux/man-pages/man2/rename.2.html
_HERE = -100  # AT_FDCWD
_CANNOT = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)  # a kernel or a file system without it


@dataclass(frozen=True, slots=True)
class Migration:
    """What a migration did.

    ``before``, ``after``: formats. ``rebuilt``: the derived indexes were built anew. ``kept``: where the store as it was
    lies; None where its catalog needed no change.
    """

    before: int
    after: int
    notices: int
    rebuilt: bool
    kept: Path | None


def _pages(db: sqlite3.Connection) -> None:
    """Format 2: where the pages of a notice begin. Older notices have none until their files are read again."""
    db.execute("ALTER TABLE notices ADD COLUMN pages TEXT NOT NULL DEFAULT '[]'")


_STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {1: _pages}  # from a format to the next one


def migrate(store: Path) -> Migration:
    """Bring a store up to this program's format, analysis and encoder; nothing is done to one that is.

    :raises StoreMissing: there is none
    :raises StoreMismatch: a newer program wrote it, or it cannot be read
    :raises StoreBusy: another process is writing to it
    :raises StoreReadOnly: there is no right to write beside it
    :raises BadLocation: the folder cannot be renamed, since a disk is mounted there
    """
    store = store.resolve()
    aside = store.with_name(f"{store.name}.migrating")
    _end_what_was_begun(store, aside)
    before = format_of(store)
    if before == FORMAT:
        return _up_to_date(store)
    if os.path.ismount(store):
        raise BadLocation(
            f"{store} is where a disk is mounted, so that no other folder can take its place; copy it into a folder on that "
            f"disk, e.g. {store / 'store'}, and migrate that one"
        )
    with lock.writing(store):
        try:
            aside.mkdir(mode=0o700)
        except PermissionError as error:
            raise StoreReadOnly(
                f"{store.parent} cannot be written to ({error.strerror}); nothing was changed. Run it as the user that the folder belongs to"
            ) from error
        try:
            _copy(store, aside)
            notices = _bring_up(aside)
            _compare(store, aside)
            sync_tree(aside)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        kept = _kept_at(store, before)
        _swap(store, aside, kept)
    return Migration(before, FORMAT, notices, True, kept)


def format_of(store: Path) -> int:
    """The format of a store that this program can read or migrate.

    :raises StoreMissing: there is none
    :raises StoreMismatch: it is newer, or its manifest cannot be read
    """
    path = manifest.path_in(store)
    if not path.is_file():
        raise StoreMissing(f"no store in {store}; `notices index PATH… --store {store}` makes one")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["format"]
    except (OSError, ValueError, KeyError, TypeError):
        found = None
    if found != FORMAT and found not in _STEPS:
        manifest.refuse_format(str(store), found, FORMAT)
    return int(found)


def bring_up(store: Path) -> None:
    """Change a store that nobody else uses, in place. :raises StoreMismatch: it is newer, or cannot be read"""
    if format_of(store) != FORMAT:
        _convert(store)


def _up_to_date(store: Path) -> Migration:
    """A store of this format: its derived indexes are built anew where another analysis or encoder built them."""
    opened = LocalStore(store)
    try:
        rebuilt = False
        try:
            opened.check_manifest()
        except StoreMismatch:
            opened.rebuild()
            rebuilt = True
        return Migration(FORMAT, FORMAT, len(opened.cards()), rebuilt, None)
    finally:
        opened.close()


def _copy(store: Path, aside: Path) -> None:
    """All that cannot be derived again, with its owner and rights."""
    snapshot.copy(store, aside, nullcontext())  # the lock is held
    for path in (aside, *aside.rglob("*")):
        original = (store / path.relative_to(aside)).stat()
        with suppress(PermissionError):
            os.chown(path, original.st_uid, original.st_gid)
        path.chmod(original.st_mode & 0o7777)


def _convert(store: Path) -> None:
    """Every step from its format to this one in a single transaction, then the manifest."""
    with closing(sqlite3.connect(store / "catalog.sqlite", isolation_level=None)) as db:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("BEGIN IMMEDIATE")
            for number in range(format_of(store), FORMAT):
                _STEPS[number](db)
            db.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            raise StoreMismatch(f"the catalog of {store} cannot be read ({error}); restore a backup") from error
    manifest.write(store, manifest.Manifest.of(FORMAT, analysis.fingerprint(), LocalStore(store).encoder))


def _bring_up(aside: Path) -> int:
    """Convert the copy and build what derives from it; the number of its notices, each of which has been read."""
    _convert(aside)
    opened = LocalStore(aside)
    try:
        opened.open()
        ids = list(opened.cards())
        for notice_id in ids:
            opened.notice(notice_id)
        return len(ids)
    except (ValueError, KeyError, TypeError) as error:
        raise StoreMismatch(f"a notice cannot be read ({error!r}); nothing was changed, restore a backup") from error
    finally:
        opened.close()


def _compare(store: Path, aside: Path) -> None:
    """Both hold the same notices under the same ids from the same files."""
    with closing(Catalog(store / "catalog.sqlite")) as old, closing(Catalog(aside / "catalog.sqlite")) as new:
        if old.identities() != new.identities() or old.count() != new.count() or old.sequence != new.sequence:
            raise StoreMismatch(
                f"the copy of {store} does not hold what it holds; nothing was changed, verify the store"
            )


def _kept_at(store: Path, before: int) -> Path:
    """A free name for the store as it was."""
    name = f"{store.name}.format-{before}"
    taken = {path.name for path in store.parent.iterdir()}
    number = 2
    while name in taken:
        name, number = f"{store.name}.format-{before}-{number}", number + 1
    return store.with_name(name)


def _swap(store: Path, aside: Path, kept: Path) -> None:
    """The copy in the store's place, the store as it was under its new name."""
    if _exchange(store, aside):
        os.rename(aside, kept)
    else:
        os.rename(store, kept)  # who comes in between finds no store; the next migration ends this one
        os.rename(aside, store)
    sync_folder(store.parent)


def _exchange(one: Path, other: Path) -> bool:
    """Two folders exchange their names at once; False where the system cannot do that."""
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:  # no Linux, or a C library older than 2018
        return False
    if call(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(one))


def _end_what_was_begun(store: Path, aside: Path) -> None:
    """Where a migration was killed: take its copy as the store if it was about to, else put it away."""
    if not aside.is_dir():
        return
    if not store.exists() and _format_or_none(aside) == FORMAT:
        os.rename(aside, store)
    elif _format_or_none(store) == FORMAT:
        os.rename(aside, _kept_at(store, format_of(aside)))  # the exchange was done: this is the old one
    elif store.exists():
        with lock.writing(store):  # another migration may be at work
            shutil.rmtree(aside, ignore_errors=True)
    sync_folder(store.parent)


def _format_or_none(store: Path) -> int | None:
    try:
        return format_of(store)
    except (StoreMissing, StoreMismatch):
        return None
