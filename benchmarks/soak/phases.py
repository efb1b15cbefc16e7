"""The phases of a soak: a working day, a crowd, restarts. Each leaves its figures in a tally."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.soak.calls import Caller
from benchmarks.soak.reading import ASKED, TOPICS, UNITS, Reader
from benchmarks.soak.rude import drip, leave
from benchmarks.soak.service import Memory, Service
from benchmarks.soak.tally import Tally
from benchmarks.soak.writing import Editor, revoke_keys
from tests.keyed_service import KeyedStore

READERS = 8
SLOW = 30  # connections that send a byte a second
AT_ONCE = 16  # requests under way that the service lets in, in all phases
PAUSE = 0.02  # seconds that a reader thinks on average
_SPARE = 5  # descriptors that may come and go


@dataclass(frozen=True)
class Soak:
    """What is soaked, and who keeps count."""

    held: KeyedStore
    service: Service
    tally: Tally
    editor: Editor
    seed: int


class _Crowd:
    """Threads that run until they are told to end."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self._threads: list[threading.Thread] = []

    def add(self, work: Callable[[threading.Event], None]) -> None:
        """One more."""
        thread = threading.Thread(target=work, args=(self.ended,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def end(self) -> None:
        """Tell all, and wait for them."""
        self.ended.set()
        for thread in self._threads:
            thread.join(90)


def _readers(soak: Soak, crowd: _Crowd, count: int, pause: float = PAUSE) -> list[Caller]:
    callers = []
    for number in range(count):
        role = ("public", "reader")[number % 2]
        key = soak.held.keys.get(role, "")
        reader = Reader(soak.service.port, soak.tally, soak.seed * 1000 + number, role, key, pause)
        callers.append(reader.caller)
        crowd.add(reader.run)
    return callers


def warm_up(seconds: float) -> float:
    """Seconds of a working day before memory is looked at: threads and their arenas come as they are needed."""
    return max(min(seconds / 3, 180.0), min(seconds / 2, 20.0))


def working_day(soak: Soak, seconds: float, disconnects: int, every: float = 5.0) -> tuple[float, int]:
    """Readers, an editor, keys revoked, slow clients, and many who leave; returns MiB a minute and descriptors too many."""
    port, tally = soak.service.port, soak.tally
    before = soak.service.descriptors
    memory = Memory(soak.service, every)
    crowd = _Crowd()
    _readers(soak, crowd, READERS)
    crowd.add(soak.editor.run)
    crowd.add(lambda ended: revoke_keys(port, tally, soak.held, ended))
    crowd.add(lambda ended: drip(port, tally, SLOW, ended))
    crowd.add(lambda ended: leave(port, tally, disconnects, soak.seed, seconds / disconnects / 2, ended))
    time.sleep(seconds)
    crowd.end()
    memory.end()
    # Each thread of the pool keeps a connection to the keys and one to the store's catalog, and they come as they are needed.
    threads = soak.service.threads
    left = soak.service.settled(before + 3 * threads)
    soak.editor.caller.forgiving = False
    soak.editor.check_all()
    return memory.slope(warm_up(seconds)), max(0, left - before - 3 * threads)


def disconnects_alone(soak: Soak, times: int) -> int:
    """Streams that are left, again and again, on a warm service; returns the descriptors that stay open."""
    for _ in range(2):
        leave(soak.service.port, soak.tally, min(times, 50), soak.seed, 0.0, threading.Event())
    time.sleep(1)
    before = soak.service.descriptors
    leave(soak.service.port, soak.tally, times, soak.seed + 1, 0.0, threading.Event())
    return max(0, soak.service.settled(before + _SPARE) - before - _SPARE)


def crowd(soak: Soak, seconds: float) -> None:
    """First as many as are let in, then three times as many, who ask again at once: the rest is told to come later."""
    for name, callers in (("held", AT_ONCE), ("three times", 3 * AT_ONCE)):
        many = _Crowd()
        for number in range(callers):
            many.add(lambda ended, number=number, name=name: _press(soak, number, name, ended))  # type: ignore[misc]
        time.sleep(seconds / 2)
        many.end()
        soak.tally.add(f"{name} ms", int(seconds / 2 * 1000))


def _press(soak: Soak, number: int, name: str, ended: threading.Event) -> None:
    caller = Caller(soak.service.port, soak.tally, soak.held.keys["reader"])
    count = number
    while not ended.is_set():
        count += 7
        question = ASKED[count % len(ASKED)].format(topic=TOPICS[count % len(TOPICS)], unit=UNITS[count % len(UNITS)])
        started = time.perf_counter()
        reply = caller.call("POST", "/v1/ask", {"question": f"{question}（{number}之{count}）"}, (200, 429))
        if reply.status == 200:
            soak.tally.took(f"{name} admitted", time.perf_counter() - started)
        elif reply.status == 429:
            soak.tally.add(f"{name} turned away")
            ended.wait(0.05)  # no client that is turned away comes back at once, but none waits as long as it is told
    caller.close()


def restarts(soak: Soak, times: int, seconds: float) -> None:
    """Told to end while readers ask and the editor writes; what was acknowledged is there afterwards."""
    for _ in range(times):
        many = _Crowd()
        for caller in _readers(soak, many, READERS):
            caller.forgiving = True
        soak.editor.caller.forgiving = True
        many.add(soak.editor.run)
        time.sleep(seconds / 2)
        took = soak.service.stop()
        soak.tally.took("drain", took)
        soak.tally.add("restarts")
        many.end()
        if took > 10:
            soak.tally.fault("failures", f"it took {took:.1f} s to end")
        soak.service.restart()
        soak.editor.caller.forgiving = False
        soak.editor.check_all()
