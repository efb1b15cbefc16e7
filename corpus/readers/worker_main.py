"""The worker's side: reads the files that it is told to, until its input ends. Started by ``corpus.readers.worker``."""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from corpus.readers.worker_alive import listen
from corpus.readers.worker_wire import ALIVE, ERROR, MEMORY, RESULT, encode, frame

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_MAX_FILE = 1 << 30  # bytes that one temporary file may take


def main(parent: int, memory: int, module: str, function: str) -> None:
    """Work until the input ends.

    :param parent: process id of who started this; the worker does not outlive it
    :param memory: address space in bytes that this process, and each that it starts, may take
    :param module: where ``function`` (path, source) → dataclass is found
    """
    _die_with(parent)
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_FSIZE, _MAX_FILE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library prints is no answer
    os.environ.pop("PYTHONPATH", None)  # for this process alone: LibreOffice holds a Python of its own
    read_one = getattr(importlib.import_module(module), function)

    def send(kind: bytes, payload: bytes = b"") -> None:
        answers.write(frame(kind, payload))
        answers.flush()

    listen(lambda stage: send(ALIVE, stage.encode()))
    send(ALIVE)  # started
    for request in sys.stdin.buffer:
        path, source = json.loads(request)
        send(*_answer(read_one, Path(path), source))


def _answer(read_one: Callable[[Path, str], Any], path: Path, source: str) -> tuple[bytes, bytes]:
    try:
        return RESULT, encode(read_one(path, source))
    except MemoryError:
        return MEMORY, b""
    except Exception as error:  # a reader's own mistake is a reason, too; the other files go on
        return ERROR, f"{type(error).__name__}: {error}"[:300].encode("utf-8", "replace")


def _limit(which: int, most: int) -> None:
    """Set a limit, or the lower one that this process was started under, which it may not raise."""
    inherited = resource.getrlimit(which)[1]
    most = most if inherited == resource.RLIM_INFINITY else min(most, inherited)
    resource.setrlimit(which, (most, most))


def _die_with(parent: int) -> None:
    """End when the parent ends, even where that is killed and this hangs in a library.

    The signal is SIGTERM, so that the pool can tell it from its own SIGKILL: Linux also sends it when only the parent's
    *thread* ends that started this process.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))
    if os.getppid() != parent:  # it ended before it could be watched
        os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
