"""What a store remembers of damage that nothing here can mend, until `notices rebuild` says that somebody has seen to it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from index.catalog import Catalog
from index.errors import StoreDamaged

_NAME = "damage.log"
_MOST = 64 << 10  # bytes
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
