"""The library's own records, beside the store: originals, jobs, changes. One SQLite file; several processes may use it."""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.library.errors import QueueFull, UnknownJob
from assistant.library.types import Change, Incoming, Job, JobFile, Kind, Original, Stage

MOST_WAITING = 64  # jobs
MOST_WAITING_BYTES = 2 << 30
KEPT_JOBS = 200
KEPT_CHANGES = 1000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS originals (
    source TEXT PRIMARY KEY, digest TEXT NOT NULL, size INTEGER NOT NULL, removed TEXT NOT NULL DEFAULT '[]') STRICT;
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, state TEXT NOT NULL,
    created TEXT NOT NULL, finished TEXT, tries INTEGER NOT NULL, "replace" INTEGER NOT NULL, report TEXT, error TEXT) STRICT;
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, number);
CREATE TABLE IF NOT EXISTS files (
    job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE, position INTEGER NOT NULL, name TEXT NOT NULL,
    size INTEGER NOT NULL, digest TEXT, path TEXT, stage TEXT NOT NULL, source TEXT NOT NULL, reason TEXT,
    notices TEXT NOT NULL DEFAULT '[]', PRIMARY KEY (job, position)) STRICT;
CREATE TABLE IF NOT EXISTS changes (
    number INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, kind TEXT NOT NULL, sequence INTEGER NOT NULL,
    notices TEXT NOT NULL) STRICT;
"""
_OPEN = "state IN ('queued', 'running')"


class Records:
    """Originals, jobs and changes of one store. The file is made by the first write; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "library.sqlite"
        self._db: sqlite3.Connection | None = None
        self._lock = threading.RLock()

    @property
    def exists(self) -> bool:
        """Whether anything has been recorded."""
        return self._path.is_file()

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            if self._db is not None:
                self._db.close()
            self._db = None

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = sqlite3.connect(self._path, timeout=10, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.executescript(_SCHEMA)
        return self._db

    @contextmanager
    def _writing(self, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """One transaction. ``durable``: it is on disk when this ends; progress need not be."""
        with self._lock:
            db = self._opened()
            db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What a query gives; nothing where nothing has been recorded."""
        with self._lock:
            if self._db is None and not self.exists:
                return []
            try:
                return self._opened().execute(query, values).fetchall()
            except sqlite3.OperationalError:
                return self._rows_as_they_lie(query, values)

    def _rows_as_they_lie(self, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The same on a disk that cannot be written, where nobody else writes either."""
        db = sqlite3.connect(f"file:{self._path}?mode=ro&immutable=1", uri=True)
        try:
            return db.execute(query, values).fetchall()
        finally:
            db.close()

    # -- originals -----------------------------------------------------------------------------------------------------

    def originals(self) -> dict[str, Original]:
        """All originals by their source."""
        rows = self._rows("SELECT source, digest, size, removed FROM originals ORDER BY source")
        return {row[0]: Original(row[0], row[1], row[2], tuple(json.loads(row[3]))) for row in rows}

    def original(self, source: str) -> Original | None:
        """The original of a source."""
        rows = self._rows("SELECT source, digest, size, removed FROM originals WHERE source = ?", (source,))
        return Original(rows[0][0], rows[0][1], rows[0][2], tuple(json.loads(rows[0][3]))) if rows else None

    def keep_originals(self, originals: Iterable[Original]) -> None:
        """Remember originals, each in place of the one of its source."""
        values = [(o.source, o.digest, o.size, json.dumps(o.removed)) for o in originals]
        with self._writing() as db:
            db.executemany("INSERT OR REPLACE INTO originals VALUES (?, ?, ?, ?)", values)

    def forget_originals(self, sources: Iterable[str]) -> None:
        """Forget originals."""
        with self._writing() as db:
            db.executemany("DELETE FROM originals WHERE source = ?", [(source,) for source in sources])

    def used(self) -> set[str]:
        """Digests of all files that an original or an open job refers to."""
        waiting = f"SELECT digest FROM files JOIN jobs ON number = job WHERE digest IS NOT NULL AND {_OPEN}"
        return {row[0] for row in self._rows(f"SELECT digest FROM originals UNION {waiting}")}

    # -- jobs ----------------------------------------------------------------------------------------------------------

    def add_job(self, kind: Kind, files: Sequence[Incoming], replace: bool = False) -> str:
        """Queue a job; it survives whatever happens to this process. Returns its id.

        :raises QueueFull: too much waits already
        """
        job_id = uuid.uuid4().hex
        with self._writing() as db:
            waiting = db.execute(f"SELECT COUNT(*) FROM jobs WHERE {_OPEN}").fetchone()[0]
            size = db.execute(f"SELECT TOTAL(size) FROM files JOIN jobs ON number = job WHERE {_OPEN}").fetchone()[0]
            if waiting >= MOST_WAITING or size + sum(file.size for file in files) > MOST_WAITING_BYTES:
                raise QueueFull(
                    f"已有{waiting}项任务等待，请稍后再试 ({waiting} jobs are waiting; send this again when they are done)"
                )
            number = db.execute(
                'INSERT INTO jobs (job_id, kind, state, created, tries, "replace") VALUES (?, ?, ?, ?, 0, ?)',
                (job_id, kind, "queued", now(), int(replace)),
            ).lastrowid
            db.executemany(
                "INSERT INTO files (job, position, name, size, digest, path, stage, source, reason)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        number,
                        position,
                        f.name,
                        f.size,
                        f.digest,
                        f.path,
                        "failed" if f.failure else "received",
                        f.name,
                        f.failure,
                    )
                    for position, f in enumerate(files)
                ],
            )
            db.execute(
                f"DELETE FROM jobs WHERE NOT {_OPEN} AND number <= (SELECT MAX(number) FROM jobs) - ?", (KEPT_JOBS,)
            )
        return job_id

    def job(self, job_id: str) -> Job:
        """A job as it stands. :raises UnknownJob: there is none of that id"""
        with self._lock:
            jobs = self._jobs("WHERE job_id = ?", (job_id,))
        if not jobs:
            raise UnknownJob(f"没有任务 {job_id[:64]!r} (no such job); /v1/jobs lists the last ones")
        return jobs[0]

    def jobs(self, most: int = 50) -> list[Job]:
        """The last jobs, newest first."""
        return self._jobs("ORDER BY number DESC LIMIT ?", (most,))

    def next_job(self) -> Job | None:
        """The job that comes next: one that was interrupted, or the first that waits."""
        jobs = self._jobs(f"WHERE {_OPEN} ORDER BY number LIMIT 1")
        return jobs[0] if jobs else None

    def _jobs(self, which: str, values: Sequence[Any] = ()) -> list[Job]:
        columns = 'number, job_id, kind, state, created, finished, tries, "replace", report, error'
        found = []
        for number, *row in self._rows(f"SELECT {columns} FROM jobs {which}", values):
            job_id, kind, state, created, finished, tries, replace, report, error = row
            ahead = self._rows(f"SELECT COUNT(*) FROM jobs WHERE {_OPEN} AND number < ?", (number,))[0][0]
            files = tuple(self._files(number))
            shape = json.loads(report) if report else None
            ended = state in ("done", "failed")
            found.append(
                Job(
                    job_id,
                    kind,
                    state,
                    created,
                    finished,
                    tries,
                    bool(replace),
                    files,
                    shape,
                    error,
                    0 if ended else ahead,
                )
            )
        return found

    def _files(self, number: int) -> Iterator[JobFile]:
        columns = "name, size, digest, path, stage, source, reason, notices"
        for row in self._rows(f"SELECT {columns} FROM files WHERE job = ? ORDER BY position", (number,)):
            name, size, digest, path, stage, source, reason, notices = row
            yield JobFile(Incoming(name, size, digest, path), stage, source, reason, tuple(json.loads(notices)))

    def begin(self, job_id: str) -> None:
        """A job is being worked on; what it had reached before counts no more."""
        with self._writing() as db:
            db.execute("UPDATE jobs SET state = 'running', tries = tries + 1 WHERE job_id = ?", (job_id,))
            db.execute(
                "UPDATE files SET stage = 'received' WHERE stage <> 'failed' AND job = (SELECT number FROM jobs WHERE job_id = ?)",
                (job_id,),
            )

    def progress(
        self, job_id: str, positions: Iterable[int], stage: Stage, *,
        source: str | None = None, reason: str | None = None, notices: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """Note how far files of a job are."""
        values = [
            (stage, source, reason, json.dumps(list(notices)), job_id, position) for position in positions
        ]  # fmt: skip
        with self._writing(durable=False) as db:
            db.executemany(
                "UPDATE files SET stage = ?, source = COALESCE(?, source), reason = ?, notices = ?"
                " WHERE job = (SELECT number FROM jobs WHERE job_id = ?) AND position = ?",
                values,
            )

    def finish(self, job_id: str, report: dict[str, Any] | None, error: str | None = None) -> None:
        """A job has ended, well or not."""
        shape = json.dumps(report, ensure_ascii=False) if report is not None else None
        with self._writing() as db:
            db.execute(
                "UPDATE jobs SET state = ?, finished = ?, report = ?, error = ? WHERE job_id = ?",
                ("failed" if error else "done", now(), shape, error, job_id),
            )

    # -- changes -------------------------------------------------------------------------------------------------------

    def add_change(self, kind: str, sequence: int, notices: Sequence[dict[str, Any]]) -> None:
        """Note what a change of the store did."""
        with self._writing() as db:
            db.execute(
                "INSERT INTO changes (time, kind, sequence, notices) VALUES (?, ?, ?, ?)",
                (now(), kind, sequence, json.dumps(list(notices), ensure_ascii=False)),
            )
            db.execute("DELETE FROM changes WHERE number <= (SELECT MAX(number) FROM changes) - ?", (KEPT_CHANGES,))

    def changes(self, most: int, before: int | None = None) -> list[Change]:
        """The last changes, newest first.

        :param before: only those with a smaller number
        """
        rows = self._rows(
            "SELECT number, time, kind, sequence, notices FROM changes WHERE number < ? ORDER BY number DESC LIMIT ?",
            (before if before is not None else 1 << 62, most),
        )
        return [
            Change(number, time, kind, sequence, tuple(json.loads(notices)))
            for number, time, kind, sequence, notices in rows
        ]


def now() -> str:
    """The time, ISO, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
