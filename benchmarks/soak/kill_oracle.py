"""What the kill loop compares a store with: the notices that it must hold, and a fresh store that holds the same."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np

from assistant.answer import shards
from assistant.answer.view import view_of
from assistant.library.originals import Originals
from assistant.library.records import Records
from benchmarks.soak.kill_child import LARGE, Act, text_of
from corpus.reading import ReadFile
from corpus.types import Notice
from index import backup, growth, verify
from index.errors import BadBackup, StoreError
from index.store import LocalStore
from index.types import Mode

QUERIES = ("电动自行车专项检查", "第2次开展校园食堂活动", "加油站")
_MODES: tuple[Mode, ...] = ("lexical", "dense", "hybrid")
_SLOW = 5.0  # seconds
_REBUILT = 4  # one large store in so many is compared after it has been built anew, too
Found = dict[tuple[str, str], list[tuple[str, float]]]


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found. ``held``: versions by serial; None where the store could not be read."""

    faults: list[str]
    mixed: int
    opened_s: float
    held: dict[int, int] | None


class Oracle:
    """Examines stores.

    :param folder: for fresh stores
    :param known: all notices that there can be, by serial and version
    """

    def __init__(self, folder: Path, known: Mapping[tuple[int, int], Notice]) -> None:
        self._folder = folder
        self._known = known
        self._serials = {notice.notice_id: serial for (serial, _), notice in known.items()}
        self._fresh: dict[tuple[tuple[int, int], ...], tuple[Found, str]] = {}
        self._looked = 0

    def examine(self, folder: Path, large: bool, where: str) -> Examined:
        """What is left of a store after a kill."""
        begun = time.perf_counter()
        store = LocalStore(folder / "store")
        try:
            store.open()
            found = _found(store)
            took = time.perf_counter() - begun
            held = self._held(store)
            mixed = self._differences(store, found, held, large)
            digest = view_of(store).digest
            faults = [f"degraded: {store.degraded}"] if store.degraded else []
        except (StoreError, OSError, KeyError, ValueError, RuntimeError) as error:
            return Examined([f"{where}: cannot be read: {error!r}"], 0, time.perf_counter() - begun, None)
        finally:
            store.close()
        if digest != self._of(held, large)[1]:
            mixed.append("answers are of another state")
        faults += [*verify.faults(store.folder), *shards.faults(store.folder)]
        if took > _SLOW:
            faults.append(f"opened in {took:.1f} s")
        return Examined([f"{where}: {what}" for what in [*faults, *mixed]], len(mixed), took, held)

    def _held(self, store: LocalStore) -> dict[int, int]:
        """Versions by serial. :raises ValueError: a notice is none of those that were put"""
        held = {}
        for notice_id in store.cards():
            serial, notice = self._serials[notice_id], store.notice(notice_id)
            versions = [v for (s, v), known in self._known.items() if s == serial and known == notice]
            if not versions:
                raise ValueError(f"{notice_id} is no notice that was put")
            held[serial] = versions[0]
        return held

    def _differences(self, store: LocalStore, found: Found, held: dict[int, int], large: bool) -> list[str]:
        """Where a store differs from a fresh one with the same notices."""
        wanted = {p.passage_id: p.text for s, v in held.items() for p in self._known[s, v].passages}
        faults = []
        if {s.passage.passage_id: s.passage.text for s in store.passages()} != wanted:
            faults.append("passages are not those of its notices")
        fresh, _ = self._of(held, large)
        modes = ("dense",) if large else _MODES  # of a large store BM25 counts what is gone until it is built anew
        faults += [
            f"{key} finds something else" for key in fresh if key[1] in modes and not _alike(found[key], fresh[key])
        ]
        if large:
            faults += self._rebuilt(store, fresh)
        return faults

    def _rebuilt(self, store: LocalStore, fresh: Found) -> list[str]:
        self._looked += 1
        if self._looked % _REBUILT:
            return []
        copy = shutil.copytree(store.folder, self._folder.with_name("copy"))
        again = LocalStore(copy)
        try:
            with patch.object(growth, "LARGE", LARGE):
                again.rebuild()
            found = _found(again)
        finally:
            again.close()
            shutil.rmtree(copy)
        return [f"{key} finds something else when built anew" for key in fresh if not _alike(found[key], fresh[key])]

    def _of(self, held: dict[int, int], large: bool) -> tuple[Found, str]:
        """What a fresh store with some notices finds, and the digest of its state."""
        key = (*sorted(held.items()), (int(large), -1))
        if key not in self._fresh:
            store = LocalStore(self._folder)
            with patch.object(growth, "LARGE", LARGE if large else growth.LARGE):
                store.create()
                store.index([ReadFile(f"{s}.txt", (self._known[s, v],)) for s, v in sorted(held.items())])
            self._fresh[key] = (_found(store), view_of(store).digest)
            store.close()
            shutil.rmtree(self._folder)
        return self._fresh[key]

    def beside(self, folder: Path, act: Act, acked: bool, large: bool) -> str | None:
        """What is wrong with what an act made beside the store."""
        kind, what = act
        if kind == "upload":
            digest = hashlib.sha256(text_of(what, 0).encode()).hexdigest()
            path = Originals(folder / "store" / "uploads").path(digest)
            if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                return "the upload is not what came"
            records = Records(folder / "store")
            try:
                there = path.exists() and any(f.file.digest == digest for job in records.jobs() for f in job.files)
            finally:
                records.close()
            return "the upload is gone" if acked and not there else None
        if kind == "backup":
            path = folder / "backups" / what
            if not path.exists():
                return "the backup is gone" if acked else None
            try:
                backup.check(path)
            except BadBackup as error:
                return str(error)
            return None
        if kind in ("create", "restore"):
            return _made(folder / (what if kind == "create" else what[1]), kind, acked)
        return None


def _made(folder: Path, kind: str, acked: bool) -> str | None:
    """What is wrong with a store that was made or restored: it is there whole, or the act can be repeated."""
    store = LocalStore(folder)
    try:
        if store.exists:
            store.open()
            if not _found(store) or (acked and not store.cards()):
                return "it holds nothing"
            return next(verify.faults(folder), None)
        if acked:
            return "it is gone"
        if kind == "create":
            store.create()  # what the killed process has left is not in the way
        elif folder.exists() and any(folder.iterdir()):
            return "half a store is left"
        return None
    finally:
        store.close()


def _found(store: LocalStore) -> Found:
    return {
        (query, mode): [(hit.stored.passage.passage_id, hit.score) for hit in store.search(query, 10, mode).hits]
        for query in QUERIES
        for mode in _MODES
    }


def _alike(mine: list[tuple[str, float]], others: list[tuple[str, float]]) -> bool:
    """Whether both have the same scores and the same ids above the last place, where any of those that tie may stand."""
    if len(mine) != len(others):
        return False
    if not mine:
        return True
    if not np.allclose([s for _, s in mine], [s for _, s in others], atol=2e-6):
        return False
    least = mine[-1][1] + 1e-5
    return {i for i, s in mine if s > least} == {i for i, s in others if s > least}
