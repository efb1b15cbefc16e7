"""Clients that leave, or never get to the point: nothing goes on for them, nothing is held by them."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from assistant.answer.model.settings import model_settings
from assistant.leaving import Asker
from assistant.sample import sample_store
from assistant.service import Assistant
from assistant.web import impatient, middleware
from assistant.web.app import create_app
from assistant.web.server import Server
from assistant.web.settings import WebSettings

QUESTION = {"question": "转供电的宣传怎么做"}  # a look-up, which the model is asked to word


class SlowModel:
    """A model that takes a request and never answers; it notes when its clients go away."""

    def __init__(self) -> None:
        self.asked, self.gone = threading.Semaphore(0), threading.Semaphore(0)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/v1"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._hold, args=(connection,), daemon=True).start()

    def _hold(self, connection: socket.socket) -> None:
        with connection:
            told = False
            while connection.recv(65_536):
                if not told:
                    told = True
                    self.asked.release()
        self.gone.release()

    def close(self) -> None:
        self._listening.close()


@contextmanager
def served(app: FastAPI) -> Iterator[int]:
    """The port of an application that the service's own server serves."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Server(app)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(20)
    assert not thread.is_alive()


@pytest.fixture(scope="module")
def model() -> Iterator[SlowModel]:
    slow = SlowModel()
    yield slow
    slow.close()


@pytest.fixture(scope="module")
def worded(model: SlowModel) -> Iterator[int]:
    """A service whose answers a model words that never answers; it would be waited for a minute."""
    settings = model_settings(model.url, "slow", {"NOTICES_LLM_TIMEOUT": "60"})
    app = create_app(Assistant.open(sample_store(), llm=settings), page=False, settings=WebSettings(at_once=2))
    with served(app) as port:
        yield port


@pytest.fixture(scope="module")
def plain() -> Iterator[int]:
    with served(create_app(Assistant.open(sample_store()), page=False)) as port:
        yield port


def request(address: str, body: object, accept: str = "application/json") -> bytes:
    """A POST as bytes."""
    content = json.dumps(body).encode()
    lines = (
        f"POST {address} HTTP/1.1",
        "Host: x",
        f"Accept: {accept}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
    )
    return "\r\n".join((*lines, "", "")).encode() + content


CHAT = {"model": "notices", "messages": [{"role": "user", "content": QUESTION["question"]}]}


@pytest.mark.parametrize(
    "sent",
    [
        request("/v1/ask", QUESTION),
        request("/v1/ask", QUESTION, "text/event-stream"),
        request("/v1/chat/completions", {**CHAT, "stream": True}),
        request("/v1/ask/export?format=md", QUESTION),
    ],
    ids=["answer", "events", "chat", "export"],
)
def test_the_model_is_not_kept_waiting_for_whoever_has_left(worded: int, model: SlowModel, sent: bytes) -> None:
    for _ in range(3):  # more than may be under way at once; all in all more failures than a model is forgiven
        with socket.create_connection(("127.0.0.1", worded)) as leaving:
            leaving.sendall(sent)
            assert model.asked.acquire(timeout=20), "the model is asked"
        assert model.gone.acquire(timeout=5), "the connection to the model is closed"
    assert httpx.get(f"http://127.0.0.1:{worded}/v1/search?q=转供电").status_code == 200


def test_an_asker_who_has_left_is_told_of_nothing_twice() -> None:
    who, told = Asker(), []
    with who.until_left(lambda: told.append("first")):
        who.leave()
        who.leave()
    with who.until_left(lambda: told.append("late")):
        pass
    assert (told, who.left) == (["first", "late"], True)
    other: list[str] = []
    who = Asker()
    with who.until_left(lambda: other.append("over")):
        pass
    who.leave()
    assert other == []


def answer_to(port: int, *parts: bytes, pause: float = 0.05) -> bytes:
    """What comes back for bytes sent one after the other, until the connection is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as slow:
        got = b""
        try:
            for part in parts:
                slow.sendall(part)
                if select.select([slow], [], [], pause)[0] and (more := slow.recv(65_536)):
                    got += more
                    if b"connection: close" in more:
                        break
            while more := slow.recv(65_536):
                got += more
        except (ConnectionResetError, BrokenPipeError):
            pass
        return got


def test_a_head_that_never_ends_is_cut_off(plain: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impatient, "HEAD_SECONDS", 0.4)
    letters = [bytes([letter]) for letter in b"GET /healthz HTTP/1.1\r\nX-Slow: " + b"a" * 20]
    assert answer_to(plain, *letters).startswith(b"HTTP/1.1 408 ")
    assert answer_to(plain) == b"", "a connection without a request is closed without a word"
    good = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    second = answer_to(plain, good, *(bytes([letter]) for letter in good[:-8]))
    assert second.count(b"HTTP/1.1 200 ") == 1, "and so is the second request of a connection"
    assert second.count(b"HTTP/1.1 408 ") == 1
    assert httpx.get(f"http://127.0.0.1:{plain}/healthz").status_code == 200


def test_a_head_without_bounds_is_refused(plain: int) -> None:
    line = b"X-Long: " + b"a" * 8000 + b"\r\n"
    got = answer_to(plain, b"GET /healthz HTTP/1.1\r\nHost: x\r\n", *[line] * 40, pause=0)
    assert got == b"" or got.startswith(b"HTTP/1.1 431 ")  # a client that goes on sending may only see the reset


def test_a_body_that_never_ends_is_cut_off(plain: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "_STALL_SECONDS", 0.3)
    whole = request("/v1/ask", QUESTION)
    got = answer_to(plain, whole[:-20])
    assert got.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in got
    monkeypatch.setattr(middleware, "_STALL_SECONDS", 30.0)
    monkeypatch.setattr(middleware, "_BODY_SECONDS", 0.5)
    one_by_one = answer_to(plain, whole[:-20], *(whole[n : n + 1] for n in range(-20, -1)))
    assert one_by_one.startswith(b"HTTP/1.1 408 "), "byte by byte is no way around it"
    form = b"POST /v1/notices HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 500\r\n\r\n--b\r\n"
    monkeypatch.setattr(middleware, "_STALL_SECONDS", 0.3)
    assert answer_to(plain, form).startswith(b"HTTP/1.1 408 ")


def test_bodies_that_do_not_come_take_no_place(plain: int) -> None:
    """More of them than may be under way at once; each has begun, none ends."""
    whole = request("/v1/ask", QUESTION)
    held = [socket.create_connection(("127.0.0.1", plain)) for _ in range(100)]
    try:
        for number, connection in enumerate(held):
            connection.sendall(whole[: -20 if number % 2 else whole.index(b"{")])
        time.sleep(0.3)
        with httpx.Client(base_url=f"http://127.0.0.1:{plain}", timeout=20) as client:
            assert [client.post("/v1/ask", json=QUESTION).status_code for _ in range(20)] == [200] * 20
        held[1].sendall(whole[-20:])
        assert held[1].recv(100).startswith(b"HTTP/1.1 200 "), "and one that comes after all is answered"
    finally:
        for connection in held:
            connection.close()


def test_who_does_not_fetch_what_was_asked_for_is_left(
    plain: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(impatient, "FETCH_SECONDS", 0.4)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", plain))
        slow.settimeout(10)
        wanted = b"GET /static/swagger/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n"
        slow.sendall(wanted * 8)  # more than fits into the buffers of both sides
        time.sleep(2)
        got = 0
        try:
            while more := slow.recv(1 << 20):
                got += len(more)
        except ConnectionResetError:
            pass
    whole = len(
        httpx.get(
            f"http://127.0.0.1:{plain}/static/swagger/swagger-ui-bundle.js", headers={"Accept-Encoding": "identity"}
        ).content
    )
    assert 0 < got < 8 * whole
