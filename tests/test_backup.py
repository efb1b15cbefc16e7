"""A store as one file, and back; whether a store or a backup is sound."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path

import pytest

from assistant.feedback import FeedbackLog
from assistant.service import Assistant
from assistant.types import Question
from corpus.reading import find_files, read_files
from index import backup, lock
from index.errors import BadBackup, StoreBusy, StoreMissing
from index.store import LocalStore
from index.verify import faults

NOTICES = Path(__file__).parents[1] / "corpus" / "notices"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stores") / "store"
    store = LocalStore(folder)
    store.index(list(read_files(find_files([NOTICES]))))
    FeedbackLog(store).add("谁负责电梯", "good")
    store.close()
    return folder


@pytest.fixture
def store(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "store"))


def answers(folder: Path) -> list[object]:
    assistant = Assistant.open(folder)
    questions = ("哪些单位负责电动自行车相关活动", "总结材料什么时候报送", "2023年质量月主题是什么")
    answered = [assistant.ask(Question(text)) for text in questions]
    hits = assistant.search("食品安全", 20).hits
    assistant.store.close()
    return [(a.text, a.citations, a.table) for a in answered] + [(h.stored, h.score) for h in hits]


def test_a_restored_store_answers_as_the_one_it_was_made_from(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "backups" / "monday.tar.gz"
    made = backup.backup(store, file)
    assert made.notices == 10
    assert file.stat().st_mode & 0o077 == 0
    assert not any(name.startswith(("derived-", "answers")) for name in made.parts)
    restored = tmp_path / "restored"
    assert backup.restore(file, restored) == backup.check(file) == made
    assert answers(restored) == answers(store)
    assert list(faults(restored)) == []
    assert [entry.question for entry in FeedbackLog(LocalStore(restored)).entries()] == ["谁负责电梯"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["backups", "restored", "store"]
    assert [p.name for p in file.parent.iterdir()] == [file.name]


def test_a_backup_is_one_state_while_a_writer_is_at_work(store: Path, tmp_path: Path) -> None:
    extra = [file for file in read_files(find_files([NOTICES])) if "binhai" in file.source]
    stop = threading.Event()

    def write() -> None:
        writer = LocalStore(store)
        while not stop.is_set():
            for notice in extra[0].notices:
                writer.remove(notice.notice_id)
            writer.index(extra)
            time.sleep(0.1)  # long enough for the backup to have the lock in between

    thread = threading.Thread(target=write)
    thread.start()
    try:
        made = [backup.backup(store, tmp_path / f"{n}.tar.gz") for n in range(3)]
    finally:
        stop.set()
        thread.join()
    for n, one in enumerate(made):
        backup.restore(tmp_path / f"{n}.tar.gz", tmp_path / f"restored-{n}")
        assert list(faults(tmp_path / f"restored-{n}")) == []
        assert len(LocalStore(tmp_path / f"restored-{n}").cards()) == one.notices


def test_a_writer_that_does_not_end_is_named(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_TRIES", 2)
    with lock.writing(store), pytest.raises(StoreBusy, match=rf"process {os.getpid()} on .* since 20"):
        backup.backup(store, tmp_path / "a.tar.gz")
    assert [p.name for p in tmp_path.iterdir()] == ["store"]


def test_nothing_is_overwritten(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.tar.gz"
    backup.backup(store, file)
    before = file.read_bytes()
    with pytest.raises(BadBackup, match="there already"):
        backup.backup(store, file)
    with pytest.raises(BadBackup, match="inside the store"):
        backup.backup(store, store / "a.tar.gz")
    with pytest.raises(BadBackup, match="not empty"):
        backup.restore(file, store)
    with pytest.raises(StoreMissing):
        backup.backup(tmp_path / "none", tmp_path / "b.tar.gz")
    assert file.read_bytes() == before


def test_a_damaged_backup_makes_no_store(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.tar.gz"
    backup.backup(store, file)
    whole = file.read_bytes()
    step = max(1, len(whole) // 40)
    for at in range(0, len(whole), step):
        flipped = bytes([whole[at] ^ 0x41])
        for damaged in (whole[:at], whole[:at] + flipped + whole[at + 1 :]):
            file.write_bytes(damaged)
            try:
                backup.restore(file, tmp_path / "restored")
            except BadBackup:
                assert not (tmp_path / "restored").exists()
            else:  # a byte that says nothing, such as the time in gzip's head
                assert list(faults(tmp_path / "restored")) == []
                shutil.rmtree(tmp_path / "restored")


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "a/../../evil", "a\\..\\evil"])
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    content = b"x"
    parts = {name: [1, "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"]}
    head = json.dumps({"version": 1, "made": "", "sequence": 1, "notices": 1, "parts": parts}).encode()
    raw = io.BytesIO()
    with gzip.GzipFile(fileobj=raw, mode="wb") as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for part, data in (("backup.json", head), (name, content)):
            info = tarfile.TarInfo(part)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / "a.tar.gz"
    file.write_bytes(raw.getvalue())
    with pytest.raises(BadBackup, match="leads out"):
        backup.restore(file, tmp_path / "in" / "restored")
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["a.tar.gz"]


def test_verify_names_what_is_wrong(store: Path) -> None:
    assert list(faults(store)) == []
    derived = next(store.glob("derived-*"))
    vectors = derived / "vectors.faiss"
    vectors.write_bytes(vectors.read_bytes()[:-1] + b"\x00")
    assert any("derived" in fault for fault in faults(store))
    with sqlite3.connect(store / "catalog.sqlite") as db:
        db.execute("UPDATE passages SET start = start + 1 WHERE row = 5")
    db.close()
    assert any("is not where it should be" in fault for fault in faults(store))
    (store / "catalog.sqlite").write_bytes(b"SQLite format 3\x00" + b"\xff" * 4096)
    assert any("restore a backup" in fault for fault in faults(store))


def test_the_commands(store: Path, tmp_path: Path) -> None:
    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "assistant.cli", *args], capture_output=True, text=True, timeout=120
        )

    file, restored = tmp_path / "a.tar.gz", tmp_path / "restored"
    assert json.loads(run("backup", str(file), "--store", str(store), "--json").stdout)["notices"] == 10
    assert json.loads(run("verify", str(file), "--json").stdout)["sound"]
    assert run("restore", str(file), "--store", str(restored)).returncode == 0
    assert run("verify", str(restored)).returncode == 0
    again = run("restore", str(file), "--store", str(restored))
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    file.write_bytes(file.read_bytes()[:-100])
    assert run("verify", str(file)).returncode == 1
