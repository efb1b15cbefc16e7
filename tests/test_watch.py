"""A store kept in step with a folder: `notices serve --watch` with a real server and real files, and each rule by itself."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from assistant.answer.view import view_of
from assistant.cli import app, main
from assistant.service import Assistant
from assistant.types import Question
from assistant.web.app import create_app
from assistant.web.server import Server
from corpus.reading import read_paths
from index import lock, watch
from index.errors import StoreBusy
from index.folder import gone, look
from index.ledger import Ledger
from index.store import LocalStore
from index.watch import FolderWatch
from tests.served import Command

PATIENCE = 60.0  # seconds, on a busy machine
LOOK = 1.0  # seconds between two looks of the served watch

PLAN = """关于开展{what}检查的通知

测质〔2023〕{number}号

各有关单位：

一、检查内容
1、开展{what}检查。（责任单位：区应急局）
2、开展夜间{what}抽查。（责任单位：区公安局）

2023年5月6日
"""


def write(folder: Path, name: str, what: str, number: int) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PLAN.format(what=what, number=number), encoding="utf-8")
    return path


class Served(Command):
    """`notices serve --watch`, which looks more often than every five seconds."""

    def __init__(self, store: Path, folder: Path) -> None:
        super().__init__(
            store, "--watch", folder, "--no-page", before=f"from index import watch; watch.LOOK_AGAIN = {LOOK}"
        )

    def sources(self) -> list[str]:
        return sorted(notice["source"] for notice in self.get("/v1/notices")["notices"])

    def finds(self, words: str) -> int:
        return int(self.get(f"/v1/search?q={quote(words)}&mode=lexical&k=1")["total"])

    def until_it_holds(self, *sources: str) -> None:
        self.until(lambda: self.sources() == sorted(sources), f"the store holds {', '.join(sources)}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "notices"
    made.mkdir()
    return made


@pytest.fixture
def serve(tmp_path: Path, folder: Path) -> Iterator[Callable[[], Served]]:
    running: list[Served] = []

    def start() -> Served:
        running.append(Served(tmp_path / "store", folder))
        return running[-1]

    yield start
    for served in running:
        if served.process.poll() is None:
            served.stop(signal.SIGKILL)


# -- the server --------------------------------------------------------------------------------------------------------


def test_what_changes_in_the_folder_changes_in_the_answers(serve: Callable[[], Served], folder: Path) -> None:
    served = serve()  # neither a store nor a file is there
    assert served.sources() == []
    write(folder, "电梯.txt", "电梯", 1)
    write(folder, "2023年/锅炉.txt", "锅炉", 2)
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 20)
    (folder / "~$电梯.docx").write_bytes(b"\x05 Zhang")  # Word's lock file
    (folder / "电梯.txt.part").write_bytes(b"half a not")
    served.until_it_holds("2023年/锅炉.txt", "电梯.txt")
    served.until(lambda: len(served.lines("failed")) == 1, "the bad file is listed")
    (line,) = served.lines("failed")
    assert re.search(r"failed: bad\.pdf: \S", line)
    state = served.get("/v1/folder")
    assert (state["watched"], state["available"], state["files"]) == (True, True, 3)
    assert [line.endswith(f"{failed['source']}: {failed['reason']}") for failed in state["failed"]] == [True]
    assert served.finds("锅炉检查") > 0

    write(folder, "电梯.txt", "游泳池", 1)  # another text in its place
    (folder / "2023年" / "锅炉.txt").unlink()
    served.until(lambda: served.finds("游泳池") > 0, "the new text is found")
    served.until_it_holds("电梯.txt")
    assert served.finds("锅炉") == 0
    labels = ("added", "changed", "removed")
    served.until(lambda: [len(served.lines(label)) for label in labels] == [2, 1, 1], "each is said once")

    (folder / "电梯.txt").rename(folder / "泳池.txt")
    seen = set()
    deadline = time.monotonic() + PATIENCE
    while served.sources() != ["泳池.txt"]:
        assert time.monotonic() < deadline
        seen.add(served.finds("游泳池") > 0)
        time.sleep(0.02)
    assert seen == {True}  # a renamed file's notice is never away

    served.stop()
    assert served.process.returncode in (0, -signal.SIGTERM)


def test_a_file_is_read_when_it_has_settled(serve: Callable[[], Served], folder: Path) -> None:
    served = serve()
    text = PLAN.format(what="电梯", number=1)
    seen = set()
    with (folder / "slow.txt").open("w", encoding="utf-8") as file:
        for start in range(0, len(text), 12):
            file.write(text[start : start + 12])
            file.flush()
            seen.add(len(served.sources()))
            time.sleep(0.3)
    assert seen == {0}
    served.until_it_holds("slow.txt")
    (notice,) = served.get("/v1/notices")["notices"]
    assert served.get(f"/v1/notices/{notice['notice_id']}")["text"] == text


def test_while_the_folder_is_away_nothing_is_removed(serve: Callable[[], Served], folder: Path, tmp_path: Path) -> None:
    write(folder, "a.txt", "电梯", 1)
    write(folder, "b.txt", "锅炉", 2)
    served = serve()
    served.until_it_holds("a.txt", "b.txt")
    away = folder.rename(tmp_path / "away")
    served.until(lambda: "not there" in served.said(), "the folder is missed")
    folder.mkdir()  # what an unmounted drive leaves behind
    served.until(lambda: "cannot be seen" in served.said(), "the files are missed")
    time.sleep(watch.SETTLED + LOOK)
    assert served.sources() == ["a.txt", "b.txt"]
    assert served.lines("removed") == []
    assert served.get("/v1/folder")["files"] == 2

    folder.rmdir()
    (away / "b.txt").unlink()
    write(away, "c.txt", "起重机", 3)
    away.rename(folder)
    served.until_it_holds("a.txt", "c.txt")


@pytest.mark.slow
def test_answers_go_on_during_updates(serve: Callable[[], Served], folder: Path) -> None:
    """Questions during updates are answered, each from the state before or the state after."""
    for n in range(20):
        write(folder, f"{n}.txt", "电梯", n + 1)
    served = serve()
    served.until_it_holds(*os.listdir(folder))
    covered: list[list[int]] = [[], [], []]  # notices that each reader's answers are over
    failures: list[object] = []
    stop = threading.Event()

    def read(counts: list[int]) -> None:
        body = json.dumps({"question": "哪些单位负责电梯检查"}).encode()
        while not stop.is_set():
            request = urllib.request.Request(served.base + "/v1/ask", body, {"Content-Type": "application/json"})
            try:
                with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                    answer = json.load(response)
            except OSError as error:
                failures.append(error)
                return
            counts.append(answer["coverage"]["notices"])
            if answer["abstained"] or len(answer["table"]["rows"]) != 2 * counts[-1]:
                failures.append(answer)

    readers = [threading.Thread(target=read, args=(counts,)) for counts in covered]
    for reader in readers:
        reader.start()
    for more in (35, 50):
        for n in range(len(os.listdir(folder)), more):
            write(folder, f"{n}.txt", "电梯", n + 1)
        served.until_it_holds(*os.listdir(folder))
    for counts in covered:
        served.until(lambda counts=counts: 50 in counts, "every reader has seen the last state")
    stop.set()
    for reader in readers:
        reader.join()
    assert failures == []
    for counts in covered:
        assert counts == sorted(counts)
        assert {20, 50} <= set(counts)


@pytest.mark.slow
def test_kill_during_an_update(serve: Callable[[], Served], folder: Path, tmp_path: Path) -> None:
    """Whenever it is killed: what was answered before is answered after, and the store comes to what the folder holds."""
    chance = random.Random(4)
    write(folder, "keep.txt", "电梯", 1)
    served = serve()
    served.until_it_holds("keep.txt")
    for round_ in range(3):
        sequence = served.get("/readyz")["sequence"]
        for n in range(15):
            write(folder, f"{round_}-{n}.txt", "锅炉", 100 * (round_ + 1) + n)
        if round_:
            (folder / f"{round_ - 1}-0.txt").unlink()
        # from before the files have settled to after they are stored
        time.sleep(watch.SETTLED + chance.uniform(0.0, 1.2))
        served.stop(signal.SIGKILL)
        (folder / f"{round_}-14.txt").unlink()  # while nobody looks
        served = serve()
        assert served.get("/readyz")["sequence"] >= sequence
        assert served.finds("电梯") > 0
        served.until_it_holds(*os.listdir(folder))
    served.stop(signal.SIGKILL)
    assert not list((tmp_path / "store").glob("building-*"))
    fresh = LocalStore(tmp_path / "fresh")
    fresh.index(read_paths([folder]))
    followed = LocalStore(tmp_path / "store")
    assert {i: c.title for i, c in followed.cards().items()} == {i: c.title for i, c in fresh.cards().items()}
    found = followed.search("锅炉抽查", 20)
    assert [(h.stored.passage.passage_id, h.score) for h in found.hits] == [
        (h.stored.passage.passage_id, h.score) for h in fresh.search("锅炉抽查", 20).hits
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--watch", "{0}/notices"], "--watch needs --store"),
        (["--watch", "{0}/notices/a.txt", "--store", "{0}/store"], "is a file"),
        (["--watch", "{0}/notices", "--store", "{0}/notices/store"], "lie in one another"),
        (["--watch", "{0}/missing", "--store", "{0}/store"], "no such folder"),
    ],
)
def test_what_cannot_be_watched(
    arguments: list[str], message: str, folder: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    write(folder, "a.txt", "电梯", 1)
    monkeypatch.setattr(sys, "argv", ["notices", "serve", *(a.format(tmp_path) for a in arguments)])
    monkeypatch.setattr(Server, "run", lambda *_, **__: pytest.fail("it serves"))
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert message in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "store").exists()
    assert sorted(os.listdir(folder)) == ["a.txt"]


def test_without_a_folder_none_is_reported(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.create()
    with TestClient(create_app(Assistant(store), page=False)) as client:
        assert client.get("/v1/folder").json() == {"watched": False}


# -- the rules ---------------------------------------------------------------------------------------------------------


class Follower:
    """A watch that looks when it is told to, over files that have settled as soon as they are seen."""

    def __init__(self, store: Path, folder: Path) -> None:
        self.assistant = Assistant(LocalStore(store))
        self.assistant.store.create()
        self.lines: list[str] = []
        self._watch = FolderWatch(self.assistant.store, folder, self.assistant.update, self.lines.append)

    def look(self) -> list[str]:
        """Look; the lines that were said."""
        self.lines.clear()
        self._watch.step()
        return list(self.lines)

    def sources(self) -> list[str]:
        return sorted(card.source for card in self.assistant.store.cards().values())

    def failures(self) -> tuple[tuple[str, str], ...]:
        return self._watch.status().failed


@pytest.fixture
def follow(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Follower]:
    monkeypatch.setattr(watch, "SETTLED", 0.0)
    return lambda: Follower(tmp_path / "store", folder)


def test_what_did_not_come_from_the_folder_is_never_removed(
    follow: Callable[[], Follower], folder: Path, tmp_path: Path
) -> None:
    follower = follow()
    archive = write(tmp_path / "archive", "old.txt", "锅炉", 9)
    follower.assistant.update(read_paths([archive]))
    write(folder, "a.txt", "电梯", 1)
    follower.look()
    (folder / "a.txt").unlink()
    follower.look()
    assert follower.sources() == ["old.txt"]


def test_a_restart_reads_only_what_has_changed_meanwhile(follow: Callable[[], Follower], folder: Path) -> None:
    for n, what in enumerate(("电梯", "锅炉", "起重机"), 1):
        write(folder, f"{n}.txt", what, n)
    first = follow()
    assert len(first.look()) == 3
    assert first.look() == []
    assert follow().look() == []
    (folder / "1.txt").unlink()
    write(folder, "2.txt", "游泳池", 2)
    again = follow()
    assert [line.split("（")[0] for line in again.look()] == ["更新 changed: 2.txt", "移除 removed: 1.txt"]
    assert again.sources() == ["2.txt", "3.txt"]


def test_what_index_has_read_is_known(
    follow: Callable[[], Follower], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, "a.txt", "电梯", 1)
    write(folder, "b.txt", "锅炉", 2)
    with pytest.raises(SystemExit) as exit_:
        app(["index", str(folder), "--store", str(tmp_path / "store")])
    assert exit_.value.code in (0, None)
    (folder / "b.txt").unlink()
    follower = follow()
    assert follower.look() == ["移除 removed: b.txt"]
    assert follower.sources() == ["a.txt"]


def test_a_touched_file_changes_nothing(follow: Callable[[], Follower], folder: Path) -> None:
    path = write(folder, "a.txt", "电梯", 1)
    follower = follow()
    follower.look()
    sequence = follower.assistant.store.sequence
    path.touch()
    assert follower.look() == []
    assert follower.assistant.store.sequence == sequence


def test_a_notice_stays_while_another_file_holds_it(follow: Callable[[], Follower], folder: Path) -> None:
    write(folder, "a.txt", "电梯", 1)
    shutil.copy(folder / "a.txt", folder / "b.txt")
    follower = follow()
    follower.look()
    (holder,) = follower.sources()
    other = {"a.txt": "b.txt", "b.txt": "a.txt"}[holder]
    (folder / holder).unlink()
    follower.look()
    assert follower.sources() == [other]
    write(folder, other, "锅炉", 2)
    write(folder, holder, "电梯", 1)
    follower.look()
    assert follower.sources() == ["a.txt", "b.txt"]


def test_a_bad_file_keeps_what_it_gave_and_is_tried_again(follow: Callable[[], Follower], folder: Path) -> None:
    path = write(folder, "a.txt", "电梯", 1)
    write(folder, "b.txt", "锅炉", 2)
    follower = follow()
    follower.look()
    path.write_bytes(b"\x00\x01\x02" * 400)
    write(folder, "b.txt", "起重机", 2)
    failed, changed = follower.look()
    assert failed.startswith("未读入 failed: a.txt: ")
    assert changed.startswith("更新 changed: b.txt")
    assert [source for source, _ in follower.failures()] == ["a.txt"]
    assert follower.sources() == ["a.txt", "b.txt"]
    assert follower.look() == []  # not again and again
    assert len(follow().look()) == 1  # but once by the next process
    path.write_text(PLAN.format(what="游泳池", number=1), encoding="utf-8")
    follower.look()
    assert follower.failures() == ()
    path.write_bytes(b"\x00\x01\x02" * 400)
    follower.look()
    path.unlink()
    follower.look()
    assert follower.sources() == ["b.txt"]


def test_many_files_come_in_changes_that_grow(
    follow: Callable[[], Follower], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_BATCH", 3)
    for n in range(10):
        write(folder, f"{n}.txt", "电梯", n + 1)
    follower = follow()
    sizes = []
    while follower.look():
        sizes.append(len(follower.sources()))
    assert sizes == [3, 6, 10]


def test_file_names_do_not_break_the_log(follow: Callable[[], Follower], folder: Path) -> None:
    write(folder, "a\n2023-01-01 removed: x\x1b[31m.txt", "电梯", 1)
    follower = follow()
    (line,) = follower.look()
    assert line.isprintable()


@pytest.mark.parametrize(
    ("name", "source"), [("电梯.txt".encode("gb18030"), "电梯.txt"), (b"\xff\xff.txt", "\ufffd\ufffd.txt")]
)
def test_files_whose_names_are_in_another_encoding(
    follow: Callable[[], Follower], folder: Path, name: bytes, source: str
) -> None:
    path = Path(os.fsdecode(os.fsencode(folder) + b"/" + name))
    path.write_text(PLAN.format(what="电梯", number=1), encoding="utf-8")
    write(folder, "a.txt", "锅炉", 2)
    follower = follow()
    follower.look()
    assert follower.sources() == ["a.txt", source]
    path.unlink()
    follower.look()
    assert follower.sources() == ["a.txt"]


def test_another_writer_is_waited_for(
    follow: Callable[[], Follower], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, "a.txt", "电梯", 1)
    follower = follow()
    monkeypatch.setattr(lock, "_TRIES", 2)
    with lock.writing(follower.assistant.store.folder), pytest.raises(StoreBusy):
        follower.look()
    assert follower.sources() == []
    follower.look()
    assert follower.sources() == ["a.txt"]


class Unreported(FolderWatch):
    """A watch of a drive that reports no changes."""

    def _reports(self) -> Iterator[object]:
        yield from self._pauses()


def test_a_drive_that_reports_nothing_is_followed_and_trouble_passes(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "SETTLED", 0.2)
    monkeypatch.setattr(watch, "LOOK_AGAIN", 0.4)
    monkeypatch.setattr(watch, "_AFTER_ERROR", 0.2)
    monkeypatch.setattr(lock, "_TRIES", 2)
    assistant = Assistant(LocalStore(tmp_path / "store"))
    assistant.store.create()
    lines: list[str] = []
    follower = Unreported(assistant.store, folder, assistant.update, lines.append)

    def until(holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, lines
            time.sleep(0.05)

    with follower.running():
        write(folder, "a.txt", "电梯", 1)
        until(lambda: len(assistant.store.cards()) == 1)
        with lock.writing(assistant.store.folder):
            (folder / "a.txt").unlink()
            until(lambda: any("another process is writing" in line for line in lines))
            time.sleep(1)
            assert len(assistant.store.cards()) == 1
        until(lambda: assistant.store.cards() == {})
    assert [line.split("（")[0] for line in lines if "trying again" not in line] == [
        "新增 added: a.txt", "移除 removed: a.txt",
    ]  # fmt: skip
    assert sum("trying again" in line for line in lines) == 1  # said once, tried often
    assert not any(thread.name == "folder watch" for thread in threading.enumerate())


def test_a_removed_file_and_one_that_cannot_be_seen(folder: Path, tmp_path: Path) -> None:
    """Gone is only what was removed from the very file system that held it."""
    write(folder, "a.txt", "电梯", 1)
    write(folder, "drive/b.txt", "锅炉", 2)
    seen = look(folder)
    here = seen.root[0]

    def ledger(drive: int, root: tuple[int, int] = seen.root) -> Ledger:
        known = Ledger(tmp_path, folder, root)
        known.begin({"a.txt": seen.stamps["a.txt"], "drive/b.txt": seen.stamps["drive/b.txt"]})
        known.entries["drive/b.txt"] = type(known.entries["a.txt"])(None, drive)
        return known

    (folder / "drive" / "b.txt").unlink()
    assert gone(ledger(here), look(folder)) == {"drive/b.txt"}
    assert gone(ledger(here + 1), look(folder)) == set()  # a drive of its own, not mounted: its folder is empty
    (folder / "drive").rmdir()
    assert gone(ledger(here), look(folder)) == {"drive/b.txt"}
    (folder / "a.txt").unlink()
    assert gone(ledger(here), look(folder)) == {"a.txt", "drive/b.txt"}  # everything removed, the folder is the same
    assert gone(ledger(here, (here, seen.root[1] + 1)), look(folder)) == set()  # another folder stands in its place


@pytest.mark.parametrize("damage", ["", "[]", '{"x": 1}', "{", '{"FOLDER": {"root": null, "files": {"a.txt": 3}}}'])
def test_a_damaged_ledger_removes_nothing(follow: Callable[[], Follower], folder: Path, damage: str) -> None:
    write(folder, "a.txt", "电梯", 1)
    write(folder, "b.txt", "锅炉", 2)
    follower = follow()
    follower.look()
    (folder / "b.txt").unlink()
    ledger = follower.assistant.store.folder / "folders.json"
    ledger.write_text(damage.replace("FOLDER", str(folder)), encoding="utf-8")
    after = follow()
    after.look()
    assert after.sources() == ["a.txt", "b.txt"]


def test_a_view_made_ready_is_the_one_that_would_be_read(folder: Path, tmp_path: Path) -> None:
    """What is taken over from the view before makes no difference; a question after the change finds its view read."""
    for n, what in enumerate(("电梯", "锅炉", "起重机"), 1):
        write(folder, f"{n}.txt", what, n)
    assistant = Assistant(LocalStore(tmp_path / "store"))
    assistant.update(read_paths([folder]))
    assistant.ask(Question("哪些单位负责锅炉检查"))
    first = view_of(assistant.store)
    write(folder, "2.txt", "游泳池", 2)
    write(folder, "0.txt", "压力管道", 9)  # rows move
    assistant.update(read_paths([folder]), prune=True)
    view, fresh = view_of(assistant.store), view_of(LocalStore(tmp_path / "store"))
    for made, read in ((view.entries, fresh.entries), (view.facts, fresh.facts)):
        assert list(made) == list(read)
    assert dict(view.cards) == dict(fresh.cards)
    assert "vocabulary" in vars(view)
    assert view is not first
    assert assistant.ask(Question("哪些单位负责锅炉检查")).abstained
    assert not assistant.ask(Question("哪些单位负责游泳池检查")).abstained
