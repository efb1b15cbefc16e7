"""What a store remembers of damage that nothing here can mend, until `notices rebuild` says that somebody has seen to it."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from index.catalog import Catalog
from index.errors import StoreDamaged

_NAME = "damage.log"
_MOST = 64 << 10  # bytes
_READ_WHOLE = 2 << 20  # bytes of a catalog that is compared with its checksums whenever it is opened: some 30 ms
_log = logging.getLogger(__name__)


def note(store: Path, what: str) -> None:
    """Say it loudly, and remember it where the store can be written."""
    if what == noted(store):
        return
    _log.error("%s: %s", store, what)
    with suppress(OSError), (store / _NAME).open("a", encoding="utf-8") as file:
        if file.tell() < _MOST:
            file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {what}\n")
            file.flush()
            os.fsync(file.fileno())


def noted(store: Path) -> str | None:
    """The last thing that was noted, None where there is nothing."""
    try:
        lines = (store / _NAME).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    return lines[-1].partition(" ")[2] if lines else None


def forget(store: Path) -> None:
    """Somebody has seen to it."""
    (store / _NAME).unlink(missing_ok=True)


def faults(catalog: Catalog) -> list[str]:
    """What is wrong with a catalog, each with what mends it."""
    broken = catalog.inconsistent()
    if broken:
        return [f"catalog.sqlite: {broken}; restore a backup with `notices restore` (请恢复备份)"]
    return [of_notice(notice_id) for notice_id in catalog.damaged()]


def of_notice(notice_id: str) -> str:
    """What is said of a notice whose words are not those that were stored."""
    return (
        f"the notice {notice_id} is not what was stored; index its file again (where that fails, `notices remove` it first) or "
        "restore a backup, then `notices rebuild` (内容已损坏，请重新索引或恢复备份)"
    )


@contextmanager
def unreadable(notice_id: str) -> Iterator[None]:
    """A notice cannot be read at all: nothing could be found beside it. :raises StoreDamaged: so it is"""
    try:
        yield
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise StoreDamaged(f"{of_notice(notice_id)}; it cannot be read ({error})") from error


def look_at(store: Path, catalog: Catalog) -> None:
    """Compare a small catalog that is opened with its checksums; a larger one is by `verify` and :mod:`index.examining`.

    :raises sqlite3.DatabaseError: SQLite cannot make sense of it
    :raises StoreDamaged: a notice cannot be read at all
    """
    if (store / "catalog.sqlite").stat().st_size > _READ_WHOLE:
        return
    broken = catalog.inconsistent()
    if broken:
        raise sqlite3.DatabaseError(broken)
    for notice_id in catalog.damaged():
        catalog.replace_damage()
        note(store, of_notice(notice_id))
        with unreadable(notice_id):
            catalog.notice(notice_id)


def look_for_losses(store: Path, sequence: int, derived: Sequence[int], committed: Callable[[], int | None]) -> None:
    """Derived indexes are put in place after a commit: those of a later state tell of changes that are not there.

    :param sequence: of the state that has been opened
    :param derived: the states that had derived indexes then, ascending
    :param committed: gives the number of the last state now
    """
    last = derived[-1] if derived else 0
    if last > sequence and last > (committed() or last):
        note(
            store,
            f"the catalog has lost the changes from {sequence + 1} to {last}; restore a backup or index the files again, "
            "then `notices rebuild` (目录库丢失了变更，请恢复备份或重新索引)",
        )
