"""Server-sent events over a real socket: they end cleanly, also where the reader has gone in the middle."""

from __future__ import annotations

import http.client
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from corpus.reading import read_paths
from index.store import LocalStore
from tests.served import Served

LONG = "哪些单位负责宣传"
READERS = 12
UNITS = 900  # in the notice below: an answer far larger than what the kernel takes off the server's hands


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with an answer of some hundred kilobytes."""
    folder = tmp_path_factory.mktemp("events")
    items = "\n".join(f"{i}、开展第{i}场宣传活动。{'详见安排，' * 60}请按时参加。（市公安局）" for i in range(1, UNITS))
    (folder / "long.txt").write_text(
        f"关于开展宣传活动的通知\n测〔2023〕1号\n各单位：\n一、活动内容\n{items}\n", encoding="utf-8"
    )
    LocalStore(folder / "store").index(read_paths([folder / "long.txt"]))
    return folder / "store"


@pytest.fixture
def served(store: Path) -> Iterator[Served]:
    server = Served(store)
    yield server
    if server.process.poll() is None:
        server.stop()


def begun(served: Served, path: str, body: dict[str, Any]) -> socket.socket:
    """A connection on which an answer has begun to come, and of which nothing more will be read."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", served.port))
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    connection.sendall(head.encode() + content)
    received = b""
    while b"data: " not in received:
        received += connection.recv(1024)
    assert b" 200 " in received.split(b"\r\n", 1)[0]
    return connection


def open_files(served: Served) -> int:
    return len(os.listdir(f"/proc/{served.process.pid}/fd"))


def test_an_answer_of_the_size_that_the_tests_below_need(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
    connection.request("POST", "/v1/ask", json.dumps({"question": LONG}), headers)
    response = connection.getresponse()
    stream = response.read().decode()
    assert len(stream) > 300_000
    assert stream.endswith("\n\n")
    assert stream.count("event: done\n") == 1
    assert stream.rstrip().rsplit("\n\n", 1)[1].startswith("event: done\n")
    connection.request("GET", "/healthz")  # the connection is as good as new
    assert connection.getresponse().status == 200
    connection.close()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/ask", {"question": LONG}),
        ("/v1/chat/completions", {"model": "notices", "stream": True, "messages": [{"role": "user", "content": LONG}]}),
    ],
)
@pytest.mark.parametrize("rude", [False, True], ids=["closed", "reset"])
def test_a_reader_who_goes_ends_the_work(served: Served, path: str, body: dict[str, Any], rude: bool) -> None:
    before = open_files(served)
    with ExitStack() as held:
        connections = [held.enter_context(begun(served, path, body)) for _ in range(READERS)]
        assert open_files(served) >= before + READERS
        for connection in connections:
            if rude:  # a packet that says so instead of an end in good order
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    deadline = time.monotonic() + 20
    while open_files(served) >= before + READERS // 2:  # a few files are opened by the first question and stay
        assert time.monotonic() < deadline, "connections are still open"
        time.sleep(0.05)
    told = time.monotonic()
    errors = served.stop()
    assert time.monotonic() - told < 4  # nothing is still at work that the end would wait for
    assert "Traceback" not in errors
    assert "never awaited" not in errors
