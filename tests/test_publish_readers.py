"""One writer, eight readers in threads and one in a process, over a hundred publishes (checklist 39): every response is of
one state, none fails, and none is older than what had been acknowledged when it was asked for."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from assistant.service import Assistant
from assistant.types import Question
from corpus.parse import parse
from corpus.reading import ReadFile
from index import derived, growth
from index.store import LocalStore
from index.types import Mode
from tests.quick_disk import quick_disk

PUBLISHES = 100
MODES: tuple[Mode, ...] = ("lexical", "dense", "hybrid")
ROOT = Path(__file__).parents[1]
GENERATION = re.compile(r"第(\d+)批")
TEXT = """滨河市质量工作办公室文件
滨质办〔2024〕{serial}号
关于开展第{generation}批电梯安全活动的通知
各有关单位：
1、开展第{generation}批电梯安全宣传活动。（市市场监管委）
2、组织第{generation}批电梯安全专项检查。（市公安局）
2024年3月5日
"""


def published(generation: int) -> list[ReadFile]:
    """Three notices that all say of which generation they are."""
    texts = [(f"{serial}.txt", TEXT.format(serial=serial, generation=generation)) for serial in (1, 2, 3)]
    return [ReadFile(name, tuple(parse(text, name))) for name, text in texts]


@dataclass
class Seen:
    """What readers saw."""

    responses: int = 0
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, generations: set[int], acknowledged: int, asked: str) -> None:
        """One response: the generations that its words are of, and what had been published before it was asked for."""
        with self.lock:
            self.responses += 1
            if len(generations) != 1 or min(generations) < acknowledged:
                self.faults.append(f"{asked}: {sorted(generations)}, {acknowledged} was acknowledged")


def read(store: LocalStore, number: int) -> set[int]:
    """The generations that one response is of: a search, or every third time an answer."""
    if number % 3 == 2:
        answer = Assistant(store).ask(Question("哪些单位负责电梯安全活动"))
        return {int(g) for citation in answer.citations for g in GENERATION.findall(citation.quote)}
    hits = store.search("电梯安全活动", 20, MODES[number % 2]).hits
    return {int(g) for hit in hits for g in GENERATION.findall(hit.stored.passage.text + hit.stored.notice.title)}


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="publish-", dir=quick_disk()) as name:
        yield Path(name) / "store"


@pytest.mark.parametrize("limit", [growth.LARGE, 20], ids=["small", "large"])
def test_a_hundred_publishes_under_nine_readers(folder: Path, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "LARGE", limit)
    writer, shared, seen = LocalStore(folder), LocalStore(folder), Seen()
    writer.index(published(0))
    acknowledged, stop = [0], threading.Event()

    def reading(first: int) -> None:
        number = first
        while not stop.is_set():
            number, before = number + 1, acknowledged[0]
            try:
                seen.add(read(shared, number), before, f"thread {first}, request {number}")
            except Exception as error:
                with seen.lock:
                    seen.faults.append(f"thread {first}: {error!r}")
            time.sleep(0.2)

    command = [sys.executable, "-c", "from tests.test_publish_readers import *; other()", str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    threads = [threading.Thread(target=reading, args=(first,)) for first in range(8)]
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for thread in threads:
            thread.start()
        for generation in range(1, PUBLISHES // (1 if limit != 20 else 8) + 1):
            writer.index(published(generation))
            acknowledged[0] = generation
    finally:
        stop.set()
        said, _ = process.communicate(timeout=60)
        for thread in threads:
            thread.join(60)
    other = json.loads(said)
    assert seen.faults + other["faults"] == []
    assert seen.responses > 20
    assert other["responses"] > 3
    assert {
        int(g) for hit in shared.search("电梯安全", 20).hits for g in GENERATION.findall(hit.stored.passage.text)
    } == {acknowledged[0]}
    shared.close()
    writer.close()
    shutil.rmtree(folder)


def other() -> None:
    """A reader in a process of its own; it ends with its standard input."""
    store, ended, faults, number, last = LocalStore(Path(sys.argv[1])), threading.Event(), [], 0, 0
    read(store, 2)
    print("ready", flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    while not ended.is_set():
        number += 1
        try:
            generations = read(store, number)
            if len(generations) != 1 or min(generations) < last:
                faults.append(f"request {number}: {sorted(generations)} after {last}")
            last = max(generations, default=last)
        except Exception as error:
            faults.append(repr(error))
        time.sleep(0.1)
    print(json.dumps({"responses": number, "faults": faults}))


def test_the_last_acknowledged_state_is_not_missed_while_the_next_is_put_in_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that slept through a change asks between the commit of the next one and its rename."""
    writer, reader = LocalStore(folder), LocalStore(folder)
    writer.index(published(0))
    assert read(reader, 0) == {0}
    writer.index(published(1))
    committed, place = threading.Event(), derived.place

    def slowly(store: Path, prepared: Path, sequence: int) -> None:
        committed.set()
        time.sleep(0.3)
        place(store, prepared, sequence)

    monkeypatch.setattr(derived, "place", slowly)
    changing = threading.Thread(target=writer.index, args=(published(2),))
    changing.start()
    assert committed.wait(10)
    assert read(reader, 0) <= {1, 2}
    changing.join()
    assert read(reader, 0) == {2}
    reader.close()
    writer.close()
