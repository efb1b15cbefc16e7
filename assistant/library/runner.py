"""What works through the library's jobs: one at a time, whichever process has them, and again after a crash."""

from __future__ import annotations

import fcntl
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant import as_json
from assistant.access.current import acting
from assistant.access.guard import OWNER
from assistant.library.library import Library
from assistant.library.names import source_for
from assistant.library.types import Incoming, Job, Original
from corpus.errors import CorpusError
from corpus.ids import edition_of
from index.errors import StoreBusy, StoreError

if TYPE_CHECKING:
    from corpus.reading import ReadFile

_BATCH = 100  # files that are brought into the store by one change
_TRIES = 2  # times that a job is begun: what ends the process twice would end it for ever
_LOOK_AGAIN = 5.0  # seconds between looks for jobs that a process which has ended left behind
_BUSY = 2.0  # seconds until another writer of the store is asked for again
_PATIENCE = 900.0  # seconds that a job waits for it
_GRACE = 5.0  # seconds that a job has to stop at its next step
_log = logging.getLogger(__name__)


class Stopped(Exception):
    """The process ends; the job goes on when it starts again."""


class Runner:
    """A thread that works through the jobs of a library."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._work = threading.Event()
        self._stop = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Work, from what an earlier process has left on; what is under way at the end, the next process begins again."""
        self._stop.clear()
        self._work.set()
        thread = threading.Thread(target=self._run, name="library", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._work.set()
            thread.join(_GRACE)
            self._library.records.close()

    def wake(self) -> None:
        """There is a new job."""
        self._work.set()

    # -- the loop ------------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        with acting(OWNER):
            while not self._stop.is_set():
                self._work.wait(_LOOK_AGAIN)
                self._work.clear()
                try:
                    self._work_through()
                except Stopped:
                    return
                except Exception:
                    _log.exception("the library's jobs cannot be worked on; trying again")
                    self._stop.wait(_BUSY)

    def _work_through(self) -> None:
        """Run jobs until none is left; where another process is at it, leave them to that one."""
        records = self._library.records
        while records.exists and records.next_job() is not None and not self._stop.is_set():
            with _alone(self._library.originals.folder) as alone:
                job = records.next_job() if alone else None
                if job is not None:
                    self._library.originals.tidy(records.used())
                    self._do(job)
                    self._library.discard_unused(job)
            if not alone:
                self._stop.wait(0.2)

    def _do(self, job: Job) -> None:
        records = self._library.records
        if job.tries >= _TRIES:
            records.finish(
                job.job_id,
                None,
                "服务两次在处理中中断；请逐个上传 (the server ended twice while it read this; upload the files one by one)",
            )
            return
        records.begin(job.job_id)
        started = time.perf_counter()
        try:
            report = self._bring_in(job)
        except (StoreError, CorpusError) as error:
            records.finish(job.job_id, None, str(error))
        except OSError as error:
            records.finish(
                job.job_id,
                None,
                f"存储无法写入（{error.strerror}）(the store cannot be written: {error.strerror}); free space or mend its permissions",
            )
        except Stopped:
            raise
        except Exception:
            _log.exception("job %s failed", job.job_id)
            records.finish(job.job_id, None, "内部错误，详见日志 (internal error; the log has more)")
        else:
            records.finish(job.job_id, {**report, "took_ms": (time.perf_counter() - started) * 1000})

    # -- one job -------------------------------------------------------------------------------------------------------

    def _bring_in(self, job: Job) -> dict[str, Any]:
        """Read the files of a job and bring them into the store; the report of all of it."""
        from corpus.reading import ReadFile, read_files

        library, records = self._library, self._library.records
        refused = [ReadFile(f.file.name, (), f.reason) for f in job.files if f.stage == "failed"]
        waiting = [(position, f.file) for position, f in enumerate(job.files) if f.stage != "failed"]
        batch: list[tuple[int, Incoming, ReadFile]] = []
        total: dict[str, Any] = {}
        whole = [(library.path_of(file), file.name) for _, file in waiting]

        def progress(index: int, stage: str) -> None:
            records.progress(job.job_id, [waiting[index][0]], "parsing" if stage == "parsing" else "reading")

        for (position, file), read in zip(waiting, read_files(whole, progress), strict=True):
            if self._stop.is_set():
                raise Stopped
            if read.failure:
                records.progress(job.job_id, [position], "failed", reason=read.failure)
                refused.append(replace(read, source=file.name))
            else:
                records.progress(job.job_id, [position], "indexing")
                batch.append((position, file, read))
            if len(batch) >= _BATCH:
                total = _sum(total, self._store(job, batch, []))
                batch = []
        return _sum(total, self._store(job, batch, refused))

    def _store(self, job: Job, batch: list[tuple[int, Incoming, ReadFile]], refused: list[ReadFile]) -> dict[str, Any]:
        """Bring what was read into the store, and remember the originals."""
        named = list(self._named(job, batch))
        report = as_json.report(self._update(job, [*(read for _, _, read in named), *refused]))
        removed = {original.source: original.removed for original in self._library.records.originals().values()}
        originals = [
            Original(read.source, file.digest, file.size, removed.get(read.source, ()) if job.kind == "reread" else ())
            for _, file, read in named
            if file.digest
        ]
        if originals:
            self._library.keep(originals)
        cards = self._library.assistant.store.cards()
        for position, file, read in named:
            held = [key for key, card in cards.items() if card.source == read.source]
            note = [f"{file.name} → {read.source}"] if file.name != read.source else []
            report["notes"] = [*note, *report["notes"]]
            self._library.records.progress(job.job_id, [position], "done", source=read.source, notices=held)
        return report

    def _named(self, job: Job, batch: list[tuple[int, Incoming, ReadFile]]) -> Iterator[tuple[int, Incoming, ReadFile]]:
        """What was read under the sources that it will be listed by, without the notices that were removed by hand."""
        held: dict[str, set[str]] = {}
        for notice_id, card in self._library.assistant.store.cards().items():
            held.setdefault(card.source, set()).add(notice_id)
        known = self._library.records.originals() if job.kind == "reread" else {}
        taken: set[str] = set()
        for position, file, read in batch:
            gone = {edition_of(key)[0] for key in known[file.name].removed} if file.name in known else set()
            notices = tuple(notice for notice in read.notices if notice.notice_id not in gone)
            source = file.name
            if job.kind == "upload" and not (job.replace and source not in taken):
                ids = [notice.notice_id for notice in notices]
                source = source_for(source, ids, lambda name: frozenset(held.get(name, ())))
            taken.add(source)
            held.setdefault(source, set()).update(notice.notice_id for notice in notices)
            yield (
                position,
                file,
                replace(read, source=source, notices=tuple(replace(n, source=source) for n in notices)),
            )

    def _update(self, job: Job, files: list[ReadFile]) -> Any:
        """Change the store; while another process writes to it, wait."""
        given_up = time.monotonic() + _PATIENCE
        while True:
            try:
                return self._library.update(job.kind, files)
            except StoreBusy:
                if time.monotonic() > given_up:
                    raise
                if self._stop.wait(_BUSY):
                    raise Stopped from None


def _sum(total: dict[str, Any], report: dict[str, Any]) -> dict[str, Any]:
    """Reports of two changes as one."""
    added = {key: total.get(key, 0) + report[key] for key in ("indexed", "unchanged", "removed")}
    lists = {key: [*total.get(key, []), *report[key]] for key in ("failed", "notes")}
    return {**report, **added, **lists}


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether no other process works through the jobs; it is kept out meanwhile."""
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
