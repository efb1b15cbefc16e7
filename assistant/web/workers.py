"""`serve --workers N`: several processes over one store, so that as many questions are worked out at once.

One supervisor, which holds no store, starts them and starts anew whichever ends. The first worker is the whole service. The
others answer what only reads; all else that reaches them (page, uploads, sign-in, `/mcp`, metrics) they pass on to the first
(:mod:`assistant.web.forwarding`). Each has a listening socket of its own on the one address (``SO_REUSEPORT``): the kernel
shares connections out among them, and those that wait for a worker that has ended are taken by the one started in its place.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from assistant.errors import BadRequest
from assistant.options import message

_PR_SET_PDEATHSIG = 1
_PATIENCE = 10  # seconds that workers have to end, their answers' grace included
_SOON, _OFTEN = 5.0, 3  # a worker that ends so soon so often will not do better


@dataclass(frozen=True, slots=True)
class Inner:
    """Where the first worker listens for the others, and the secret by which it knows them."""

    sockets: tuple[socket.socket, ...]
    address: tuple[str, int]
    secret: str


@dataclass(frozen=True, slots=True)
class Part:
    """What one worker is given: its place among them (0: the whole service), its socket, the way to the first one."""

    number: int
    listening: socket.socket
    inner: Inner


def supervise(host: str, port: int, workers: int, work: Callable[[Part], None]) -> None:
    """Run ``work`` in several processes until told to stop; in a worker this returns when its work does.

    :param work: serves; what it raises before it has served ends the worker, and with exit code 2 the whole service
    :raises BadRequest: nothing can listen on the address
    """
    sockets = _listening(host, port, workers)
    within = socket.create_server(("127.0.0.1", 0))
    inner = Inner((within,), within.getsockname()[:2], secrets.token_hex(16))
    parts = [Part(number, listening, inner) for number, listening in enumerate(sockets)]
    part = _Supervisor().run(parts)
    if part is not None:
        work(part)


class _Supervisor:
    """The process that starts the workers. It has one thread and holds nothing, so that it can be forked at any time."""

    def __init__(self) -> None:
        self._own = os.getpid()
        self._running: dict[int, tuple[Part, float]] = {}
        self._soon: dict[int, int] = {}  # how often each worker has ended soon
        self._stopping = False

    def run(self, parts: list[Part]) -> Part | None:
        """Start all and keep them running. In a worker: its part, at once. In the supervisor: None, when all have ended."""
        for known in (signal.SIGTERM, signal.SIGINT):
            signal.signal(known, self._stop)
        signal.signal(signal.SIGALRM, self._kill)
        for part in parts:
            if self._start(part):
                return part
        while self._running:
            ended, status = os.wait()
            if ended not in self._running:
                continue
            part, started = self._running.pop(ended)
            code = os.waitstatus_to_exitcode(status)
            if not self._stopping and self._again(part, code, time.monotonic() - started):
                return part
        return None

    def _again(self, part: Part, code: int, lasted: float) -> bool:
        """Start another worker in the place of one that has ended; whether this is the new one."""
        soon = lasted < _SOON
        self._soon[part.number] = self._soon.get(part.number, 0) + 1 if soon else 0
        if (soon and code == 2) or self._soon[part.number] >= _OFTEN:
            self._stop()
            while self._running:
                self._running.pop(os.wait()[0], None)
            sys.exit(2 if code == 2 else 1)
        message(f"工作进程结束，重新启动 worker {part.number} ended ({code}); another is started in its place")
        return self._start(part)

    def _start(self, part: Part) -> bool:
        """Start a worker; whether this is it."""
        pid = os.fork()
        if pid:
            self._running[pid] = part, time.monotonic()
            return False
        for known in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
            signal.signal(known, signal.SIG_DFL)
        _end_with(self._own)
        return True

    def _stop(self, *_: object) -> None:
        """Have all workers finish what they are answering and end."""
        self._stopping = True
        for pid in self._running:
            os.kill(pid, signal.SIGTERM)
        signal.alarm(_PATIENCE)

    def _kill(self, *_: object) -> None:
        for pid in self._running:
            os.kill(pid, signal.SIGKILL)


def _listening(host: str, port: int, workers: int) -> list[socket.socket]:
    """A socket for each worker, all on one address."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found: list[socket.socket] = []
        for _ in range(workers):
            one = socket.socket(family, kind, protocol)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            one.bind(found[0].getsockname() if found else address)
            one.listen(2048)
            found.append(one)
    except OSError as error:
        raise BadRequest(f"cannot listen on {host}:{port} ({error.strerror}); choose another with --port") from error
    return found


def _end_with(parent: int) -> None:
    """Have the kernel end this process when the supervisor ends, however that happens (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it has ended meanwhile
        sys.exit(0)
