"""Disks that fail: every change ends well or in one clear line, searches go on, the next change works, `verify` is content.

A preloaded library lets the N-th change of a file fail (benchmarks/soak/faults.py tries every N; here are some), and real
small disks run out of room, of inodes and of the right to write.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

import pytest

from assistant.answer.view import view_of
from benchmarks.soak.faults import compiler, run_faults
from benchmarks.soak.kill_child import notices, text_of
from corpus.reading import ReadFile
from index import backup, lock
from index.errors import StoreBusy
from index.store import LocalStore
from index.verify import faults
from tests.quick_disk import quick_disk

KNOWN = notices()
ROOT = Path(__file__).parents[1]
QUERY = "电动自行车专项检查"


@pytest.mark.slow
@pytest.mark.skipif(compiler() is None, reason="needs a C compiler: apt-get install gcc libc6-dev")
def test_the_nth_change_of_a_file_fails() -> None:
    trials = [
        ("put", False, ("ENOSPC", True, True), 3, 61),
        ("put", True, ("EIO", False, False), 5, 67),
        ("remove", True, ("ENOSPC", False, True), 2, 71),
        ("rebuild", False, ("EIO", False, True), 4, 73),
        ("ask", False, ("EIO", True, False), 140, 53),
        ("backup", False, ("ENOSPC", False, True), 1, 23),
    ]
    report = run_faults(trials, quick_disk())
    assert report.faults == []
    assert report.tried > 10
    assert report.failed > report.tried / 2
    assert all(message.startswith(("OSError", "OperationalError")) for message in report.messages)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a small disk; its options may be changed by asking again."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", place]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"needs the right to mount a tmpfs (run as root): {done.stderr.strip()}")
        return place

    yield mount
    subprocess.run(["umount", "--lazy", place], capture_output=True, check=False)


def made(folder: Path) -> LocalStore:
    store = LocalStore(folder)
    store.index([ReadFile(f"{s}.txt", (KNOWN[s, 0],)) for s in range(4)])
    view_of(store)
    return store


def index_command(store: Path, source: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "assistant.cli", "index", str(source), "--store", str(store)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


def refused(change: Callable[[], object]) -> bool:
    """Whether there was no room for a change; any other error is none that is expected."""
    try:
        change()
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return True
    except sqlite3.OperationalError as error:
        if "full" not in str(error) and "unable to open" not in str(error):
            raise
        return True
    return False


def unharmed(store: Path, before: set[str]) -> None:
    """Whoever opens it now finds the state before, on the disk as it is."""
    with closing(LocalStore(store)) as late:
        assert set(late.cards()) == before
        assert late.search(QUERY).hits
        assert view_of(late).cards.keys() == before


def test_a_disk_without_room(disk: Callable[[str], Path], tmp_path: Path) -> None:
    """At every stage of it: from no room at all to nearly enough."""
    place = disk("size=4m")
    store = made(place / "store")
    before, fill, room = set(store.cards()), place / "fill", 0
    while True:
        fill.write_bytes(b"")
        fill.write_bytes(b"x" * max(0, shutil.disk_usage(place).free - room))
        if not refused(lambda: store.index([ReadFile("9.txt", (KNOWN[9, 0],))])):
            break
        assert store.search(QUERY).hits
        unharmed(store.folder, before)
        assert not list(store.folder.glob("building-*"))
        room += 48 << 10
    assert room > 100 << 10
    fill.unlink()
    assert len(store.cards()) == len(before) + 1
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "10.txt").write_text(text_of(10, 0), encoding="utf-8")
    fill.write_bytes(b"x" * (shutil.disk_usage(place).free - (64 << 10)))
    said = index_command(store.folder, tmp_path / "in")
    assert (said.returncode, said.stdout, len(said.stderr.splitlines())) == (2, "", 1), said.stderr
    assert "磁盘已满" in said.stderr or "free space" in said.stderr
    fill.unlink()
    assert index_command(store.folder, tmp_path / "in").returncode == 0
    assert len(store.cards()) == len(before) + 2
    store.close()
    assert list(faults(store.folder)) == []


def test_a_disk_without_inodes(disk: Callable[[str], Path], tmp_path: Path) -> None:
    place = disk("size=32m,nr_inodes=90")
    store = made(place / "store")
    before, taken, tried = set(store.cards()), [], 0
    (place / "taken").mkdir()
    while not refused(lambda: (place / "taken" / str(len(taken))).touch()):
        taken.append(len(taken))
    while True:
        if not refused(lambda: store.index([ReadFile("9.txt", (KNOWN[9, 0],))])):
            break
        tried += 1
        unharmed(store.folder, before)
        (place / "taken" / str(taken.pop())).unlink()
    assert tried > 5
    while not refused(lambda: (place / "taken" / f"again-{len(taken)}").touch()):
        taken.append(len(taken))
    assert refused(lambda: backup.backup(store.folder, place / "a.gz"))
    assert not list(place.glob("*.gz")) + list(place.glob("backup-*"))
    store.close()
    assert list(faults(store.folder)) == []


def test_a_disk_that_becomes_read_only(disk: Callable[[str], Path]) -> None:
    place = disk("size=32m")
    store = made(place / "store")
    before = set(store.cards())
    store.close()
    disk("remount,ro,size=32m")
    unharmed(store.folder, before)
    with closing(LocalStore(store.folder)) as late:
        with pytest.raises(Exception, match="cannot be written to"):
            late.index([ReadFile("9.txt", (KNOWN[9, 0],))])
        assert late.search(QUERY).hits
        with pytest.raises(OSError, match="Read-only"):
            backup.backup(store.folder, place / "a.gz")
    disk("remount,rw,size=32m")
    with closing(LocalStore(store.folder)) as late:
        late.index([ReadFile("9.txt", (KNOWN[9, 0],))])
        assert len(late.cards()) == len(before) + 1
    assert list(faults(store.folder)) == []
    assert os.access(store.folder, os.W_OK)


def test_what_is_acknowledged_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file and every name that a state needs has been synchronised when the call returns (SQLite's own by FULL)."""
    synced: set[int] = set()
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    (tmp_path / "parent").mkdir()
    folder = tmp_path / "parent" / "store"
    with closing(LocalStore(folder)) as store:
        store.index([ReadFile("1.txt", (KNOWN[1, 0],))])
        needed = [
            folder.parent,
            folder,
            folder / "manifest.json",
            *folder.glob("derived-*"),
            *folder.glob("derived-*/**/*"),
        ]
        assert [path for path in needed if path.suffix != ".lock" and path.stat().st_ino not in synced] == []
        synced.clear()
        store.remove(KNOWN[1, 0].notice_id)
        needed = [folder, *folder.glob("derived-*"), *folder.glob("derived-*/**/*")]
        assert [path for path in needed if path.suffix != ".lock" and path.stat().st_ino not in synced] == []
        synced.clear()
        backup.backup(folder, tmp_path / "parent" / "a.gz")
        assert {path.stat().st_ino for path in (tmp_path / "parent", tmp_path / "parent" / "a.gz")} <= synced
        synced.clear()
        backup.restore(tmp_path / "parent" / "a.gz", tmp_path / "parent" / "restored")
        restored = tmp_path / "parent" / "restored"
        needed = [restored.parent, restored, *(path for path in restored.rglob("*") if path.suffix != ".lock")]
        assert [path for path in needed if path.stat().st_ino not in synced] == []


def test_a_file_system_that_locks_no_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NFS: one writer at a time all the same."""
    real = fcntl.flock

    def flock(file: int | IO[str], operation: int) -> None:
        number = file if isinstance(file, int) else file.fileno()
        if stat.S_ISDIR(os.fstat(number).st_mode):
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        real(number, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    monkeypatch.setattr(lock, "_TRIES", 2)
    with closing(made(tmp_path / "store")) as store:
        with lock.writing(store.folder), pytest.raises(StoreBusy):
            store.remove(KNOWN[1, 0].notice_id)
        assert backup.backup(store.folder, tmp_path / "a.gz").notices == 4
