"""A store on a disk whose N-th change fails, for every N; runs with `faulty_disk.c` preloaded (see `faults.py`).

Reads JSON lines (:class:`Trial`), prints one for each N of each.
"""

from __future__ import annotations

import ctypes
import errno
import json
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from assistant.answer.view import view_of
from benchmarks.soak.kill_child import LARGE, notices
from corpus.reading import ReadFile
from index import backup, growth, verify
from index.errors import StoreError
from index.store import LocalStore

_ALL = 1 << 40
_LARGE = growth.LARGE
_QUERY = "电动自行车专项检查"
_EXPECTED = (OSError, sqlite3.OperationalError, StoreError)  # the command line makes one clear line of each
Held = dict[str, str]


@dataclass(frozen=True, slots=True)
class Trial:
    """One act on one kind of store with one kind of fault.

    ``act``: put, remove, rebuild, ask, backup. ``error``: the name of an errno. ``short``: the first write that fails is
    half done. ``lasting``: the disk goes on failing. ``first``, ``stride``: which N are tried.
    """

    folder: str
    act: str
    large: bool
    error: str
    short: bool
    lasting: bool
    first: int
    stride: int


class _Disk:
    """The functions of ``faulty_disk.c`` in this process."""

    def __init__(self) -> None:
        library = ctypes.CDLL(None)
        self._arm, self._disarm = library.faulty_arm, library.faulty_disarm
        self._arm.argtypes = [ctypes.c_char_p, ctypes.c_long, ctypes.c_long, ctypes.c_int, ctypes.c_int]
        self._disarm.restype = ctypes.c_long

    def fail(self, folder: Path, nth: int, trial: Trial) -> None:
        """From now on."""
        calls = _ALL if trial.lasting else 2 if trial.short else 1
        self._arm(str(folder).encode(), nth, calls, getattr(errno, trial.error), trial.short)

    def mended(self) -> int:
        """The disk is well again; how many changes there have been."""
        return int(self._disarm())


def run(trial: Trial) -> Iterator[dict[str, object]]:
    """Try every N until the act succeeds without any failure."""
    growth.LARGE = LARGE if trial.large else _LARGE
    known, disk = notices(), _Disk()
    base, folder = Path(trial.folder) / "base", Path(trial.folder) / "disk"
    serials = range(10 if trial.large else 4)
    with closing(LocalStore(base)) as store:
        store.index([ReadFile(f"{s}.txt", (known[s, 0],)) for s in serials])
        view_of(store)
    files = [ReadFile(f"{s}.txt", (known[s, 1],)) for s in (1, 11)]
    acts: dict[str, Callable[[LocalStore], object]] = {
        "put": lambda store: store.index(files),
        "remove": lambda store: store.remove(known[2, 0].notice_id),
        "rebuild": lambda store: store.rebuild(),
        "ask": lambda store: (store.index(files), view_of(store).complete()),
        "backup": lambda store: backup.backup(store.folder, store.folder.parent / "backup.gz"),
    }
    act, nth = acts[trial.act], trial.first
    with closing(LocalStore(base)) as store:
        before, after = _held(store), dict(_held(store))
    if trial.act in ("put", "ask"):
        after |= {known[s, 1].notice_id: known[s, 1].text for s in (1, 11)}
    if trial.act == "remove":
        del after[known[2, 0].notice_id]
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        shutil.copytree(base, folder / "store")
        faults, failure, calls = _one(folder, act, trial, disk, nth, before, after)
        yield {"n": nth, "faults": faults, "failure": failure, "reached": calls >= nth}
        if calls < nth:
            return
        nth += trial.stride


def _one(
    folder: Path, act: Callable[[LocalStore], object], trial: Trial, disk: _Disk, nth: int, before: Held, after: Held
) -> tuple[list[str], str | None, int]:
    faults: list[str] = []
    store, reader = LocalStore(folder / "store"), LocalStore(folder / "store")
    store.open()
    hits = len(reader.search(_QUERY).hits)
    disk.fail(folder, nth, trial)
    failure = None
    try:
        act(store)
    except _EXPECTED as error:
        failure = f"{type(error).__name__}: {error}"
        if "\n" in failure or len(failure) < 15:
            faults.append(f"no clear line: {failure!r}")
    except Exception as error:
        faults.append(f"raised {error!r}")
    try:  # on the disk as it is
        if not hits or abs(len(reader.search(_QUERY).hits) - hits) > 3 or _held(reader) not in (before, after):
            faults.append("readers see something else")
        with closing(LocalStore(folder / "store")) as late:
            late.open()
    except _EXPECTED as error:
        if reader._state is None or failure is None:
            faults.append(f"readers are cut off: {error!r}")
    calls = disk.mended()
    store.close()
    reader.close()
    left = LocalStore(folder / "store")
    held = _held(left)
    if held not in ((after,) if failure is None else (before, after)):
        faults.append(f"holds neither the state before nor after ({len(held)} notices)")
    left.close()
    again = LocalStore(folder / "store")
    if (trial.act == "remove" and held == before) or trial.act not in ("remove", "backup"):
        act(again)
    if trial.act != "backup" and _held(again) != after:
        faults.append("the next change does not do what it should")
    found = [(h.stored.passage.passage_id, h.score) for h in again.search(_QUERY).hits]
    again.rebuild()
    if not trial.large and found != [(h.stored.passage.passage_id, h.score) for h in again.search(_QUERY).hits]:
        faults.append("finds something else than after a rebuild")
    again.close()
    if trial.act == "backup" and (folder / "backup.gz").exists():
        backup.check(folder / "backup.gz")
    faults += verify.faults(folder / "store")
    leftovers = [
        p.name for p in (folder / "store").iterdir() if p.name.startswith("building-") or p.suffix == ".making"
    ]
    return faults + [f"left behind: {name}" for name in leftovers], failure, calls


def _held(store: LocalStore) -> Held:
    return {notice_id: store.notice(notice_id).text for notice_id in store.cards()}


if __name__ == "__main__":
    for number, line in enumerate(sys.stdin):
        for result in run(Trial(**json.loads(line))):
            print(json.dumps({"trial": number, **result}, ensure_ascii=False), flush=True)
