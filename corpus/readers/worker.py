"""Reading files in worker processes that can be killed: none takes for ever, none takes all memory, none takes us along.

A worker is a fresh Python that imports the reader once and then reads file after file. Starting one takes a few tenths
of a second, so files that are read faster than that, and cannot do harm, are read in this process: see ``at_once``.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar, get_type_hints

from corpus.readers.worker_wire import ALIVE, ERROR, MEMORY, RESULT, BadFrame, Frames, decode

Result = TypeVar("Result")

SECONDS = 20.0  # without a sign of life; more for large files
SECONDS_PER_MB = 4.0
STEPS = 30  # times that a reader may ask for the time limit again, page by page
_START_SECONDS = 60.0  # for a worker to start on a busy machine
MEMORY_LIMIT = 2 << 30  # bytes of address space
_STAGES = (b"parsing",)  # what a reader may call what it does; a worker that was taken over may say anything
_AHEAD = 8  # files a worker that may be finished before the one that is waited for


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost: seconds (for an empty file), bytes of address space, worker processes at a time."""

    seconds: float = SECONDS
    memory: int = MEMORY_LIMIT
    workers: int = 0  # 0: as many as there are cores for this process


@dataclass(slots=True)
class _Worker:
    """A worker process and the file that it reads (its position), if any."""

    process: subprocess.Popen[bytes]
    frames: Frames = field(default_factory=Frames)
    ready: bool = False  # it has said that it is there; until then its start has time of its own
    position: int | None = None
    limit: float = 0.0
    deadline: float = 0.0
    last: float = 0.0  # no sign of life moves the deadline beyond this


def read_in_workers(
    files: Sequence[tuple[Path, str]],
    read_one: Callable[[Path, str], Result],
    failed: Callable[[str, str], Result],
    *,
    at_once: Callable[[Path], bool] = lambda path: False,
    limits: Limits | None = None,
    progress: Callable[[int, str], None] = lambda position, stage: None,
) -> Iterator[Result]:
    """Read files in parallel; results come in the order of ``files``, each as soon as it and those before it are there.

    :param files: path and source of each
    :param read_one: a function at the top of a module, with a dataclass as its annotated result
    :param failed: makes the result of a file (by source) that could not be read, with the reason
    :param at_once: whether a file is read in this process: it must be small and of a kind that is safe to read
    :param progress: told the position of a file and what is done with it now: ``reading``, ``parsing``
    """
    at_once = functools.cache(at_once)
    pool = _Pool(files, read_one, failed, limits or Limits(), progress)
    try:
        for position, (path, source) in enumerate(files):
            if at_once(path):
                pool.skip(position)
                progress(position, "reading")
                try:
                    result = read_one(path, source)
                except Exception as error:
                    result = failed(source, _mistake(f"{type(error).__name__}: {error}"))
                yield result
            else:
                yield pool.result(position, at_once)
    finally:
        pool.close()


class _Pool(Generic[Result]):
    """Workers, the files that they have been given, and the results that have come."""

    def __init__(
        self, files: Sequence[tuple[Path, str]], read_one: Callable[[Path, str], Result],
        failed: Callable[[str, str], Result], limits: Limits, progress: Callable[[int, str], None],
    ) -> None:  # fmt: skip
        self._files = files
        self._progress = progress
        self._read_one = read_one
        self._expected = get_type_hints(read_one)["return"]
        self._failed = failed
        self._limits = limits
        self._most = limits.workers or _cores()
        self._workers: list[_Worker] = []
        self._ready: dict[int, Result] = {}
        self._next = 0  # the first file that nobody has been given
        self._again: list[int] = []  # files whose worker was ended by somebody else
        self._retried: set[int] = set()
        self._selector = selectors.DefaultSelector()
        self._folder = ""

    def skip(self, position: int) -> None:
        """A file is read elsewhere."""
        self._next = max(self._next, position + 1)

    def result(self, position: int, at_once: Callable[[Path], bool]) -> Result:
        """The result of a file; waits for it."""
        while position not in self._ready:
            self._hand_out(position, at_once)
            self._wait()
        return self._ready.pop(position)

    def _hand_out(self, position: int, at_once: Callable[[Path], bool]) -> None:
        while True:
            idle = next((worker for worker in self._workers if worker.position is None), None)
            if idle is None and len(self._workers) >= self._most:
                return
            task = self._task(position, at_once)
            if task is None:
                return
            try:
                self._give(idle or self._start(), task)
            except OSError as error:
                self._ready[task] = self._failed(
                    self._files[task][1],
                    f"无法启动读取进程（{error.strerror}）；请稍后重试 (no process could be started; try again)",
                )

    def _task(self, position: int, at_once: Callable[[Path], bool]) -> int | None:
        """The next file to hand out, not too far ahead of the one that is waited for."""
        if self._again:
            return self._again.pop()
        while self._next < min(len(self._files), position + _AHEAD * self._most):
            self._next += 1
            if self._next - 1 >= position and not at_once(self._files[self._next - 1][0]):
                return self._next - 1
        return None

    def _start(self) -> _Worker:
        self._folder = self._folder or tempfile.mkdtemp(prefix="notices-")
        command = [
            sys.executable, "-P", "-m", "corpus.readers.worker_main", str(os.getpid()), str(self._limits.memory),
            self._read_one.__module__, self._read_one.__qualname__,
        ]  # fmt: skip
        paths = os.pathsep.join(os.path.abspath(path) for path in sys.path)
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
            env={**os.environ, "PYTHONPATH": paths, "TMPDIR": self._folder},
            start_new_session=True,  # so that what it starts (LibreOffice, Tesseract) can be killed with it
        )  # fmt: skip
        worker = _Worker(process)
        assert process.stdout
        self._selector.register(process.stdout, selectors.EVENT_READ, worker)
        self._workers.append(worker)
        return worker

    def _give(self, worker: _Worker, position: int) -> None:
        path, source = self._files[position]
        try:
            size = path.stat().st_size
        except OSError:  # the reader will say so
            size = 0
        worker.position = position
        self._progress(position, "reading")
        worker.limit = self._limits.seconds + SECONDS_PER_MB * size / 1e6
        start = time.monotonic() + (0.0 if worker.ready else _START_SECONDS)
        worker.deadline = start + worker.limit
        worker.last = start + STEPS * worker.limit
        assert worker.process.stdin
        with contextlib.suppress(BrokenPipeError):  # it has died meanwhile, which the end of its output will tell
            worker.process.stdin.write(json.dumps([os.fspath(path), source]).encode("ascii") + b"\n")

    def _wait(self) -> None:
        """Until something happens: an answer, a sign of life, a death, a time limit."""
        busy = [worker.deadline for worker in self._workers if worker.position is not None]
        if not busy:
            return
        for key, _ in self._selector.select(max(0.0, min(busy) - time.monotonic())):
            worker: _Worker = key.data
            data = os.read(key.fd, 1 << 20)
            if not data:
                self._died(worker)
                continue
            worker.ready = True
            worker.deadline = min(worker.last, time.monotonic() + worker.limit)
            try:
                for kind, payload in worker.frames.feed(data):
                    self._answered(worker, kind, payload)
            except BadFrame:
                self._end(
                    worker,
                    "读取程序的回答无法理解；请另存文件后重试 (the reader's answer makes no sense; save the file anew)",
                )
        for worker in [w for w in self._workers if w.position is not None and w.deadline <= time.monotonic()]:
            seconds = round(worker.limit)
            self._end(
                worker,
                f"读取超过{seconds}秒，已中止；请另存文件后重试 (reading took longer than {seconds} s and was stopped; "
                "save the file anew and index that)",
            )

    def _answered(self, worker: _Worker, kind: bytes, payload: bytes) -> None:
        if worker.position is None:
            raise BadFrame("an answer that nobody asked for")
        if kind == RESULT:
            self._ready[worker.position] = decode(payload, self._expected)
            worker.position = None
        elif kind == ALIVE and payload in _STAGES:
            self._progress(worker.position, payload.decode())
        elif kind == ERROR:
            self._end(worker, _mistake(payload.decode("utf-8", "replace")))
        elif kind == MEMORY:
            gib = self._limits.memory / 2**30
            self._end(
                worker,
                f"读取所需内存超过{gib:.1f} GB，已中止；请拆分文件 (reading needs more than {gib:.1f} GB of memory; "
                "split the file and index the parts)",
            )

    def _died(self, worker: _Worker) -> None:
        """A worker's output has ended: a library crashed, or the worker was ended from outside."""
        position, code = worker.position, worker.process.wait()
        if position is not None and code == -signal.SIGTERM and position not in self._retried:
            self._retried.add(position)
            self._again.append(position)
            worker.position = None
        name = signal.Signals(-code).name if code < 0 else f"exit {code}"
        self._end(
            worker,
            f"读取程序崩溃（{name}）；文件可能已损坏，请另存后重试 (the reader crashed, {name}: the file may be damaged; "
            "save it anew and index that)",
        )

    def _end(self, worker: _Worker, reason: str) -> None:
        """Kill a worker with all that it has started; its file, if any, has failed."""
        if worker.position is not None:
            self._ready[worker.position] = self._failed(self._files[worker.position][1], reason)
            worker.position = None
        process = worker.process
        assert process.stdout
        assert process.stdin
        self._selector.unregister(process.stdout)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        self._workers.remove(worker)

    def close(self) -> None:
        """End all workers and remove what they left on disk."""
        for worker in list(self._workers):
            worker.position = None
            self._end(worker, "")
        self._selector.close()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _mistake(error: Any) -> str:
    return f"读取时出错（{error}）；请另存为 docx 或 txt 后重试 (reading failed; save it as docx or txt and index that)"
