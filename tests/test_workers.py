"""`serve --workers`: one service over several processes; responses kept by the state of the store and by who asks."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from assistant.access.current import acting
from assistant.access.types import Principal, Scope
from assistant.answer.pipeline import answer_question
from assistant.service import Assistant
from assistant.types import Question
from assistant.web.response_cache import Kept, ResponseCache
from corpus.reading import read_paths
from index.store import LocalStore
from tests.notices import DIGEST

START = 60  # seconds


class Served:
    """`notices serve --workers 2` over the digest edition."""

    def __init__(self, store: Path, *options: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "assistant.cli", "serve", "--store", str(store), "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, "--workers", "2", "--no-page", *options], stderr=subprocess.PIPE, text=True
        )
        deadline = time.monotonic() + START
        while self.status("/readyz") != 200 or self.status("/login") != 200:
            assert self.process.poll() is None, self.process.stderr and self.process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(30)
        assert self.process.stderr is not None
        self.process.stderr.close()

    def get(self, path: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None) -> Any:
        """What an address answers, by a connection of its own."""
        data = None if body is None else json.dumps(body).encode()
        more = {"Content-Type": "application/json"} if body is not None else {}
        request = Request(f"http://127.0.0.1:{self.port}{path}", data, {**more, **(headers or {})})
        with urlopen(request, timeout=60) as response:
            text = response.read().decode()
            return json.loads(text) if "json" in response.headers["Content-Type"] else text

    def status(self, path: str, **more: Any) -> int:
        """The status of a response; 0 where nobody answers."""
        try:
            self.get(path, **more)
        except HTTPError as error:
            return error.code
        except OSError:
            return 0
        return 200

    def workers(self) -> list[int]:
        """The workers' process ids."""
        own = self.process.pid
        return sorted(map(int, Path(f"/proc/{own}/task/{own}/children").read_text(encoding="ascii").split()))

    def answering(self) -> set[str]:
        """The processes that answer, as their figures say."""
        lines = (line for _ in range(24) for line in self.get("/metrics").splitlines())
        return {line for line in lines if line.startswith("notices_process{")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = LocalStore(tmp_path_factory.mktemp("workers") / "store")
    store.index(read_paths([DIGEST]))
    store.close()
    return store.folder


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    """For all that leaves it serving."""
    server = Served(folder)
    yield server
    server.close()


@pytest.fixture
def ending(folder: Path) -> Iterator[Served]:
    """For what ends it."""
    server = Served(folder)
    yield server
    server.close()


def test_both_answer_as_one_process_does(served: Served, folder: Path) -> None:
    assert len(served.workers()) == 2
    assert len(served.answering()) == 2
    question = "2024年滨海新区哪些单位负责电动自行车"
    said = answer_question(LocalStore(folder), Question(question)).text
    assert {served.get("/v1/ask", {"question": question})["answer"] for _ in range(12)} == {said}
    assert {len(served.get("/v1/search?q=%E8%B4%A8%E9%87%8F%E6%9C%88")["hits"]) for _ in range(6)} == {10}


def test_what_one_worker_has_is_reached_by_all(served: Served) -> None:
    """Feedback, sign-in and streams pass through whichever worker takes the connection; errors stay problem documents."""
    for _ in range(8):
        assert served.status("/login") == 200
        assert served.status("/v1/nonsense") == 404
        body = {"question": "甲", "verdict": "good", "citations": []}
        assert served.get("/v1/feedback", body)["verdict"] == "good"
    events = served.get("/v1/ask", {"question": "质量月主题是什么"}, {"Accept": "text/event-stream"})
    assert "event: done" in events
    with pytest.raises(HTTPError) as error:
        served.get("/v1/feedback", {"verdict": "?"})
    assert json.load(error.value)["code"]


def test_a_client_cannot_say_that_it_was_passed_on(served: Served) -> None:
    """The header between workers means nothing without their secret."""
    assert served.status("/login", headers={"x-notices-from": "guessed 10.0.0.1"}) == 200


def test_a_worker_that_ends_is_started_anew(served: Served) -> None:
    before = served.workers()
    for victim in before:
        os.kill(victim, signal.SIGKILL)
        deadline = time.monotonic() + START
        while victim in served.workers() or len(served.workers()) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    deadline = time.monotonic() + START
    while len(served.answering()) < 2 or served.status("/login") != 200:
        assert time.monotonic() < deadline
    assert not set(before) & set(served.workers())


def test_all_end_with_the_supervisor(ending: Served) -> None:
    workers = ending.workers()
    ending.process.kill()
    ending.process.wait(10)
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < deadline, "a worker outlives its supervisor"
        time.sleep(0.05)


def test_told_to_stop_they_finish_what_they_answer(ending: Served) -> None:
    workers = ending.workers()
    running = subprocess.Popen(
        [
            sys.executable, "-c",
            "import sys, json\nfrom urllib.request import Request, urlopen\n"
            "body = json.dumps({'question': '哪些单位负责质量工作'}).encode()\n"
            f"request = Request('http://127.0.0.1:{ending.port}/v1/ask', body, {{'Content-Type': 'application/json'}})\n"
            "print('asked', flush=True)\nprint(json.load(urlopen(request, timeout=60))['kind'])",
        ],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert running.stdout is not None
    running.stdout.readline()
    time.sleep(0.3)
    ending.process.terminate()
    assert running.stdout.read().strip() == "units"
    running.stdout.close()
    assert running.wait(30) == 0
    assert ending.process.wait(30) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def test_what_cannot_be_served_is_said_once_and_ends(folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "assistant.cli", "serve", "--workers", "2", "--port", "0"]
    ended = subprocess.run([*command, "--store", str(tmp_path / "none")], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert "notices: no store" in ended.stderr
    limited = subprocess.run(
        [*command, "--store", str(folder), "--rate-limit", "5"], capture_output=True, text=True, timeout=60
    )
    assert (limited.returncode, limited.stderr.count("\n")) == (2, 1)


# -- the cache of responses --------------------------------------------------------------------------------------------


def test_a_response_is_kept_until_the_store_changes_or_somebody_else_asks(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    files = list(read_paths([DIGEST]))
    store.index(files)
    assistant = Assistant(store)
    cache = ResponseCache(assistant)
    question = Question("哪些单位负责电动自行车")
    key = cache.key("ask", question)
    assert cache.get(key) is None
    cache.put(key, Kept(b"answer"))
    assert cache.get(cache.key("ask", question)) == Kept(b"answer")
    assert cache.get(cache.key("search", question)) is None
    assert cache.get(cache.key("ask", Question("哪些单位负责电动自行车", lang="en"))) is None
    public = Principal("anybody", "reader", Scope(frozenset({"主动公开"})))
    with acting(public):
        assert cache.get(cache.key("ask", question)) is None
    store.remove(files[0].notices[0].notice_id)
    assert cache.get(cache.key("ask", question)) is None
    assert ResponseCache(assistant, on=False).key("ask", question) is None


def test_what_is_kept_stays_within_its_bounds(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.create()
    cache = ResponseCache(Assistant(store), most=1000)
    keys = [cache.key("ask", number) for number in range(30)]
    for key in keys:
        cache.put(key, Kept(b"x" * 100))
    assert [cache.get(key) is not None for key in keys] == [False] * 20 + [True] * 10
    cache.put(keys[0], Kept(b"x" * 200))
    assert cache.get(keys[0]) is None, "one response may not drive out all others"
