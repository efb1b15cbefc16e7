"""What of a store cannot be derived again, copied as one state of everything."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path, PurePosixPath

from index.errors import StoreDamaged

_LEFT_OUT = ("derived-", "answers", "building-")  # derived from the rest, or under way
_SUFFIXES_LEFT_OUT = ("-wal", "-shm", "-journal", ".tmp")


def copy(store: Path, folder: Path, alone: AbstractContextManager[object]) -> None:
    """Copy a store without its derived indexes.

    :param alone: the writer's lock; held until SQLite's snapshots stand and all other files are copied
    :raises StoreDamaged: a file of SQLite's cannot be read as one
    """
    open_: list[tuple[sqlite3.Connection, Path]] = []
    try:
        with alone:
            for path in files(store):
                name = PurePosixPath(name_in(store, path))
                if name.parts[0].startswith(_LEFT_OUT) or name.name.endswith(_SUFFIXES_LEFT_OUT) or str(name) == "lock":
                    continue
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                if path.suffix == ".sqlite":
                    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10, isolation_level=None)
                    open_.append((db, target))
                    db.execute("BEGIN")
                    db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()  # now the snapshot stands
                else:
                    shutil.copyfile(path, target)
        for db, target in open_:
            with closing(sqlite3.connect(target)) as copied:
                db.backup(copied)
    except sqlite3.OperationalError:  # no room, no right, a disk that fails
        raise
    except sqlite3.DatabaseError as error:
        raise StoreDamaged(
            f"{open_[-1][1].name} of {store} cannot be read ({error}); restore an earlier backup (请恢复备份)"
        ) from error
    finally:
        for db, _ in open_:
            db.close()


def files(folder: Path) -> Iterator[Path]:
    """All plain files of a folder, in order of their names."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def name_in(folder: Path, path: Path) -> str:
    """A file's path inside a folder."""
    return path.relative_to(folder).as_posix()
