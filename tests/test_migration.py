"""Stores of every older format, as the old program wrote them: refused with one line, migrated whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from assistant.cli import main
from assistant.library.records import Records
from assistant.service import Assistant
from assistant.types import Question
from corpus.reading import read_paths
from index import manifest, migration
from index.backup import backup, restore
from index.errors import BadBackup, BadLocation, StoreBusy, StoreMismatch, StoreMissing
from index.lock import writing
from index.migration import Migration, migrate
from index.store import FORMAT, LocalStore
from index.verify import faults
from tests.conftest import ROOT

STORES = ROOT / "tests" / "fixtures" / "stores"
NOTICE = "2022-10-4e99b89e"
SOURCE = {1: "003_2022_tianjin_notice.txt", 2: "2022年通知.txt"}
FILE = ROOT / "corpus" / "notices" / SOURCE[1]
OLD = range(1, FORMAT)


def a_store(tmp_path: Path, number: int) -> Path:
    """A copy of a stored fixture, with what lies beside a catalog in use."""
    store = tmp_path / "store"
    shutil.copytree(STORES / f"format-{number}", store)
    (store / "keys.sqlite").write_bytes((STORES / "format-2" / "library.sqlite").read_bytes())
    (store / "keys.sqlite").chmod(0o600)
    (store / "folders.json").write_text('{"/srv": {"root": null, "files": {}}}', encoding="utf-8")
    return store


def contents(store: Path) -> dict[str, bytes]:
    """What lies in a folder, but for the files by which SQLite and writers keep apart."""
    passing = (".sqlite-shm", ".sqlite-wal", "lock")
    return {
        path.relative_to(store).as_posix(): path.read_bytes()
        for path in sorted(store.rglob("*"))
        if path.is_file() and not path.name.endswith(passing)
    }


Notices = Callable[..., tuple[int, str, str]]


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Notices:
    """Exit code, stdout and stderr of `notices …`."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["notices", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            main()
        captured = capsys.readouterr()
        return int(exit_.value.code or 0), captured.out, captured.err

    return call


def holds_the_notice(store: Path, source: str) -> None:
    """The store is sound and answers from the notice that the old program put there."""
    held = LocalStore(store)
    (card,) = held.cards().values()
    assert (card.notice_id, card.source, card.issued_on, card.year) == (NOTICE, source, "2022-08-25", 2022)
    assert held.notice(NOTICE).text == FILE.read_text(encoding="utf-8")
    assert len(held.passages()) == 25
    assert held.search("质量月").hits[0].stored.notice.notice_id == NOTICE
    assert Assistant(held).ask(Question("活动主题是什么")).citations
    held.close()
    assert list(faults(store)) == []


def test_there_is_a_store_of_every_format() -> None:
    assert {path.name for path in STORES.glob("format-*")} == {f"format-{number}" for number in range(1, FORMAT + 1)}
    assert set(migration._STEPS) == set(OLD)
    for folder in STORES.glob("format-*"):
        assert json.loads((folder / "manifest.json").read_text())["format"] == int(folder.name.rpartition("-")[2])


@pytest.mark.parametrize("number", OLD)
def test_an_old_store_says_what_to_do_and_is_not_touched(number: int, tmp_path: Path, notices: Notices) -> None:
    store = a_store(tmp_path, number)
    before = contents(store)
    for arguments in (["search", "质量月"], ["index", FILE], ["rebuild"], ["list", "--json"]):
        code, out, err = notices(*arguments, "--store", store)
        assert (code, out) == (2, ""), err
        assert len(err.splitlines()) == 1
        assert f"notices migrate --store {store}" in err
        assert contents(store) == before


@pytest.mark.parametrize("number", OLD)
def test_migrating_keeps_everything(number: int, tmp_path: Path, notices: Notices) -> None:
    store = a_store(tmp_path, number)
    before = contents(store)
    code, out, err = notices("migrate", "--store", store, "--json")
    assert (code, err) == (0, "")
    kept = tmp_path / f"store.format-{number}"
    assert json.loads(out) == {
        "store": str(store), "before": number, "after": FORMAT, "notices": 1, "rebuilt": True, "kept": str(kept),
    }  # fmt: skip
    holds_the_notice(store, SOURCE[1])
    assert contents(kept) == before
    after = contents(store)
    assert [after[name] for name in ("folders.json",)] == [before[name] for name in ("folders.json",)]
    assert (store / "keys.sqlite").stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(store / "keys.sqlite")) as db:
        assert db.execute("SELECT COUNT(*) FROM originals").fetchone() == (1,)
    assert sorted(os.listdir(tmp_path)) == ["store", f"store.format-{number}"]
    held = LocalStore(store)
    report = held.index(read_paths([FILE]))  # the same file again: its text and its id are known
    assert (report.indexed + report.unchanged, report.removed, len(held.cards())) == (1, 0, 1)
    held.close()
    assert migrate(store) == Migration(FORMAT, FORMAT, 1, False, None)


def test_the_present_format_of_an_older_program_is_rebuilt_and_keeps_its_uploads(tmp_path: Path) -> None:
    store = a_store(tmp_path, FORMAT)
    path = manifest.path_in(store)
    path.write_text(json.dumps({**json.loads(path.read_text()), "analysis": "another"}), encoding="utf-8")
    with pytest.raises(StoreMismatch, match="notices rebuild"):
        LocalStore(store).open()
    uploads = {path.name: path.read_bytes() for path in (store / "uploads").iterdir()}
    library = (store / "library.sqlite").read_bytes()
    assert migrate(store) == Migration(FORMAT, FORMAT, 1, True, None)
    holds_the_notice(store, SOURCE[2])
    assert {path.name: path.read_bytes() for path in (store / "uploads").iterdir()} == uploads
    assert (store / "library.sqlite").read_bytes() == library
    records = Records(store)
    (original,) = records.originals().values()
    assert (original.source, original.digest) == (SOURCE[2], next(iter(uploads)))
    (job,) = records.jobs()
    assert (job.state, job.created) == ("done", "2026-11-21T16:22:42+00:00")
    assert records.changes(10)[0].time.startswith("2026-11-21T16:22:4")
    records.close()


def test_what_lies_in_the_write_ahead_log_only_is_taken_along(tmp_path: Path) -> None:
    """As a killed server leaves a store: its last change is in no page of the catalog yet."""
    store = a_store(tmp_path, 1)
    program = (
        "import os, sqlite3, sys\n"
        "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "db.execute('PRAGMA synchronous = FULL')\n"
        "db.execute(\"UPDATE notices SET source = 'later.txt'\")\n"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, store / "catalog.sqlite"], check=False, timeout=60)
    assert (store / "catalog.sqlite-wal").stat().st_size > 0
    migrate(store)
    assert [card.source for card in LocalStore(store).cards().values()] == ["later.txt"]


@pytest.mark.parametrize(
    ("found", "said"), [(99, "newer program"), (0, "cannot be read"), ("2", "cannot be read"), (None, "cannot be read")]
)
def test_newer_and_unreadable_stores_are_refused_and_left_alone(found: object, said: str, tmp_path: Path) -> None:
    store = a_store(tmp_path, 1)
    path = manifest.path_in(store)
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": found}), encoding="utf-8")
    before = contents(store)
    for act in (migrate, lambda store: LocalStore(store).open()):
        with pytest.raises(StoreMismatch) as refused:
            act(store)
        assert said in str(refused.value)
        assert "\n" not in str(refused.value)
    assert contents(store) == before
    assert sorted(os.listdir(tmp_path)) == ["store"]


def test_a_damaged_or_missing_store_changes_nothing(tmp_path: Path, notices: Notices) -> None:
    with pytest.raises(StoreMissing, match="notices index"):
        migrate(tmp_path / "none")
    store = a_store(tmp_path, 1)
    (store / "catalog.sqlite").write_bytes(b"SQLite format 3\x00" + b"\xff" * 4096)
    before = contents(store)
    code, _, err = notices("migrate", "--store", store)
    assert (code, len(err.splitlines())) == (2, 1), err
    assert contents(store) == before
    assert sorted(os.listdir(tmp_path)) == ["store"]


def test_while_another_process_writes_nothing_is_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = a_store(tmp_path, 1)
    monkeypatch.setattr("index.lock._TRIES", 2)
    with writing(store), pytest.raises(StoreBusy, match="process"):
        migrate(store)
    assert sorted(os.listdir(tmp_path)) == ["store"]


def test_a_mounted_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = a_store(tmp_path, 1)
    monkeypatch.setattr("os.path.ismount", lambda path: Path(path) == store)
    with pytest.raises(BadLocation, match="mounted"):
        migrate(store)


# A process that has imported everything forks one that is killed at each step, and says after which steps it was.
KILLED = """
import os, shutil, sys
from pathlib import Path
from index import migration, snapshot
from index.migration import migrate
folder, fixture, exchange = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "exchange"
STEPS = ["copy", "_convert", "_bring_up", "_exchange", "rename"] if exchange else ["rename", "rename 2"]

def killing(owner, name, times=1):
    real, count = getattr(owner, name), [0]
    def call(*arguments, **named):
        result = real(*arguments, **named)
        count[0] += 1
        if count[0] == times:
            os.kill(os.getpid(), 9)
        return result
    setattr(owner, name, call)

for number, step in enumerate(STEPS):
    parent = folder / str(number)
    shutil.copytree(fixture, parent / "store")
    child = os.fork()
    if not child:
        if not exchange:
            migration._exchange = lambda one, other: False
        name, _, times = step.partition(" ")
        killing({"copy": snapshot, "rename": os}.get(name, migration), name, int(times or 1))
        migrate(parent / "store")
        os._exit(0)
    print(step, os.waitpid(child, 0)[1], sep="\\t")
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", ["exchange", "rename"])
def test_killed_at_every_step(how: str, tmp_path: Path) -> None:
    """The store is the old one or the new one, and the next migration comes to the same end."""
    fixture = STORES / "format-1"
    wanted = contents(fixture)
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(fixture), how]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    steps = [line.split("\t") for line in done.stdout.splitlines()]
    wanted_steps = (
        ["copy", "_convert", "_bring_up", "_exchange", "rename"] if how == "exchange" else ["rename", "rename 2"]
    )
    assert steps == [[step, "9"] for step in wanted_steps]  # each was killed
    for number, (step, _) in enumerate(steps):
        store = tmp_path / str(number) / "store"
        if store.exists() and migration.format_of(store) == 1:
            assert contents(store) == wanted, step
        elif store.exists():
            holds_the_notice(store, SOURCE[1])
        else:
            assert (how, step) == ("rename", "rename")  # between both renames; both stores are there, whole
        migrate(store)
        assert sorted(os.listdir(store.parent)) == ["store", "store.format-1"], step
        assert contents(store.with_name("store.format-1")) == wanted
    holds_the_notice(store, SOURCE[1])


def test_a_backup_of_an_older_format_is_restored(tmp_path: Path) -> None:
    store = a_store(tmp_path, 1)
    backup(store, tmp_path / "old.tar.gz")
    restore(tmp_path / "old.tar.gz", tmp_path / "restored")
    holds_the_notice(tmp_path / "restored", SOURCE[1])
    path = manifest.path_in(store)
    path.write_text(path.read_text().replace('"format": 1', '"format": 99'), encoding="utf-8")
    backup(store, tmp_path / "newer.tar.gz")
    with pytest.raises(BadBackup, match="newer program"):
        restore(tmp_path / "newer.tar.gz", tmp_path / "never")
    assert not (tmp_path / "never").exists()
