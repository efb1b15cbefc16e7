"""A store kept in step with a folder: what is new, changed or gone there is so in the store a moment later."""

from __future__ import annotations

import re
import threading
import time
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import CorpusError, MissingPath
from corpus.reading import ReadFile, read_files
from index.errors import StoreError
from index.folder import Look, gone, look
from index.ledger import Ledger, Stamp
from index.types import IndexReport, Retriever

SETTLED = 1.0  # seconds that a file must stay as it is before it is read, or stay away before it counts as removed
LOOK_AGAIN = 5.0  # seconds from one look to the next where nothing is reported: network drives report no changes
_LOOKING_SHARE = 20  # of the time, one part at most goes into looking
_BATCH = 100  # files a change; more once the folder is larger, since every change builds the indexes anew
_AFTER_ERROR = 5.0  # seconds

Update = Callable[[Iterable[ReadFile], Collection[str]], IndexReport]


@dataclass(frozen=True, slots=True)
class Status:
    """Whether the folder is there, how many files of it are known, how many wait to be read, and which could not be.

    ``failed``: (source, reason).
    """

    available: bool
    files: int
    waiting: int
    failed: tuple[tuple[str, str], ...]


class FolderWatch:
    """Keeps ``store`` in step with ``folder``; every change is told to ``say`` in one line.

    Only what came from the folder is ever removed; while the folder is not there, nothing is.

    :param update: brings files into the store, and removes the notices of sources whose files are gone
    """

    def __init__(self, store: Retriever, folder: Path, update: Update, say: Callable[[str], None]) -> None:
        self.folder = folder.absolute()
        self._store = store
        self._update = update
        self._say = say
        self._stop = threading.Event()
        self._ledger: Ledger | None = None
        self._retry: set[str] = set()  # files that failed in an earlier process; perhaps they can be read now
        self._waiting: dict[str, tuple[Stamp | None, float]] = {}  # what has changed, and since when it is as it is
        self._away = False
        self._kept = 0
        self._next_look = 0.0
        self._rested = 0.0  # before that it does not look again, whatever is reported
        self._last_trouble = ""

    @contextmanager
    def running(self) -> Iterator[None]:
        """Watch in a thread of its own; a change that is under way at the end is left to the store to mend."""
        thread = threading.Thread(target=self._run, name="folder watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join(timeout=5)

    def status(self) -> Status:
        """How far the store is in step with the folder; may be asked from any thread."""
        entries = dict(self._ledger.entries) if self._ledger else {}
        failed = tuple((source, entry.failure) for source, entry in sorted(entries.items()) if entry.failure)
        return Status(self._ledger is not None and not self._away, len(entries), len(self._waiting), failed)

    # -- the loop ------------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        for _ in self._ticks():
            try:
                self.step()
                self._last_trouble = ""
            except (StoreError, CorpusError, OSError) as error:
                self._trouble(str(error))
            except Exception:  # a mistake of ours: the server goes on, and so does the watch
                self._trouble(traceback.format_exc())

    def _trouble(self, reason: str) -> None:
        if reason != self._last_trouble:
            self._say(f"文件夹同步暂停，稍后重试 could not follow {self.folder}, trying again: {reason}")
        self._last_trouble = reason
        self._stop.wait(_AFTER_ERROR)

    def _ticks(self) -> Iterator[None]:
        """One for each look that is due: after a report of a change, while files settle, and from time to time."""
        while not self._stop.is_set():
            yield
            root, due = _identity(self.folder), False
            for changes in self._reports() if root else self._pauses():
                due = due or bool(changes or self._waiting)
                moment = time.monotonic()
                if moment >= self._next_look or (due and moment >= self._rested):
                    due = False
                    yield
                if _identity(self.folder) != root:  # reports come from the folder that was there before
                    break

    def _reports(self) -> Iterator[object]:
        """What the operating system reports of the folder; an empty report every half second."""
        from watchfiles import watch

        try:
            yield from watch(
                self.folder, watch_filter=None, stop_event=self._stop, debounce=400, raise_interrupt=False,
                rust_timeout=int(SETTLED * 500), yield_on_timeout=True, ignore_permission_denied=True,
            )  # fmt: skip
        except (OSError, RuntimeError) as error:  # more folders than the system watches, or a drive that cannot be
            if _identity(self.folder):
                self._say(f"无变化通知，改为定时查看 no reports of changes, looking from time to time: {error}")
            yield from self._pauses()

    def _pauses(self) -> Iterator[object]:
        while not self._stop.wait(SETTLED / 2):
            yield None

    # -- one look ------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Look once; what has settled is brought into the store."""
        started = time.monotonic()
        ledger = self._opened_ledger()
        try:
            now = look(self.folder)
        except MissingPath:
            self._missing()
            return
        finally:
            took = time.monotonic() - started
            self._next_look = time.monotonic() + max(LOOK_AGAIN, _LOOKING_SHARE * took)
            self._rested = time.monotonic() + took
        if self._away:
            self._say(f"文件夹已恢复 the folder is back: {self.folder}")
            self._away = False
        removed = gone(ledger, now)
        self._tell_kept(len(ledger.entries.keys() - now.stamps.keys() - removed))
        self._wait_for(self._changes(ledger, now, removed), started)
        settled = [source for source, (_, since) in self._waiting.items() if started - since >= SETTLED]
        if settled:
            self._take(ledger, now, settled)

    def _opened_ledger(self) -> Ledger:
        if self._ledger is None:
            self._ledger = Ledger.load(self._store.folder, self.folder)
            self._retry = {source for source, entry in self._ledger.entries.items() if entry.failure}
        return self._ledger

    def _missing(self) -> None:
        self._waiting = {}
        if not self._away:
            self._say(f"文件夹不可用，未移除任何通知 the folder is not there, nothing is removed: {self.folder}")
        self._away = True

    def _tell_kept(self, kept: int) -> None:
        """Say once that files are missing whose notices are kept."""
        if kept and kept != self._kept:
            self._say(
                f"{kept}个文件看不到，其通知保留 {kept} files cannot be seen, their notices are kept; if they were removed: "
                f"`notices index {self.folder} --store {self._store.location} --prune`"
            )
        self._kept = kept

    def _changes(self, ledger: Ledger, now: Look, removed: set[str]) -> dict[str, Stamp | None]:
        """What differs from the ledger: the stamps of files to read, None for files that are gone."""
        changed: dict[str, Stamp | None] = {
            source: stamp
            for source, stamp in now.stamps.items()
            if source in self._retry or source not in ledger.entries or ledger.entries[source].stamp != stamp
        }
        return {**changed, **dict.fromkeys(removed)}

    def _wait_for(self, changes: dict[str, Stamp | None], moment: float) -> None:
        before = self._waiting
        self._waiting = {
            source: before[source] if source in before and before[source][0] == stamp else (stamp, moment)
            for source, stamp in changes.items()
        }

    def _take(self, ledger: Ledger, now: Look, settled: list[str]) -> None:
        """Bring what has settled into the store; the notices of a file that is gone stay where another holds them."""
        removed = [source for source in settled if source not in now.stamps]
        news = sorted(source for source in settled if source in now.stamps)[: max(_BATCH, len(ledger.entries))]
        others = ledger.sharing([*removed, *news]) & now.stamps.keys()
        stamps = {source: now.stamps[source] for source in sorted({*news, *others})}
        known = set(ledger.entries)
        ledger.root = now.root
        ledger.begin(stamps)
        read = [
            file
            for file in read_files([(now.paths[source], source) for source in stamps])
            if not file.failure or now.paths[file.source].is_file()  # else it has gone meanwhile: the next look tells
        ]
        report = self._update(read, removed)
        ledger.finish(read, stamps, removed)
        self._retry -= set(news)
        for source in (*news, *removed):
            self._waiting.pop(source, None)
        for line in _lines(read, report, removed, known):
            self._say(line)


def _lines(read: Iterable[ReadFile], report: IndexReport, removed: Iterable[str], known: set[str]) -> Iterator[str]:
    """One line a change."""
    for file in read:
        name = _printable(file.source)
        if file.failure:
            yield f"未读入 failed: {name}: {file.failure}"
        elif file.source in report.stored:
            count = f"{len(file.notices)}份通知 notices"
            yield f"更新 changed: {name}（{count}）" if file.source in known else f"新增 added: {name}（{count}）"
    yield from map(_printable, report.notes)
    for source in removed:
        yield f"移除 removed: {_printable(source)}"


def _printable(name: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", "?", name)


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
