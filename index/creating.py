"""Making a store where there is none. A process that ends meanwhile leaves nothing that is in the way of the next one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from index import lock, manifest
from index.catalog import Catalog
from index.errors import StoreDamaged, StoreMismatch
from index.failpoints import failpoint
from index.manifest import Manifest
from index.syncing import sync_folder

_CATALOG = "catalog.sqlite"
_BEGUN = {"lock", _CATALOG, *(f"{_CATALOG}-{end}" for end in ("wal", "shm", "journal")), "manifest.json.tmp"}


def create(folder: Path, stamp: Manifest) -> None:
    """Make an empty store; the manifest, which says that there is one, comes last. Nothing where one has come meanwhile.

    :raises StoreMismatch: the folder holds something else
    """
    if folder.exists() and any(path.name not in _BEGUN for path in folder.iterdir()):
        if manifest.path_in(folder).is_file():  # another process was faster
            return
        raise StoreMismatch(f"{folder} is not empty and holds no store; name another folder with --store")
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in made:
        sync_folder(path.parent)
    with lock.writing(folder):
        if manifest.path_in(folder).is_file():
            return
        _clear(folder)
        Catalog(folder / _CATALOG, create=True).close()
        failpoint("create.catalog")
        manifest.write(folder, stamp)
        failpoint("create.done")


def _clear(folder: Path) -> None:
    """Remove what a process has left that ended while it made a store; never a catalog that holds something."""
    path = folder / _CATALOG
    if path.exists() and path.stat().st_size:
        try:
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as db:
                tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
                if "meta" in tables and db.execute("SELECT value FROM meta WHERE key = 'sequence'").fetchone() != (
                    "0",
                ):
                    raise StoreDamaged(
                        f"{folder} holds a catalog but no manifest; restore its manifest.json, or index into a new folder"
                    )
        except sqlite3.DatabaseError as error:
            raise StoreDamaged(
                f"{folder} holds a catalog that cannot be read ({error}); restore a backup, or index into a new folder"
            ) from error
    for left in folder.glob(f"{_CATALOG}*"):
        left.unlink(missing_ok=True)
