"""Case 35 of the checklist: a Milvus server or a language model that is down, slow, cut off, mad, or half there.

A budget of time, a pause after some failures, the other leg where one is left, and never an empty “no result”.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import pytest
from fastapi.testclient import TestClient

from assistant.answer.model.availability import FAILURES as MODEL_FAILURES
from assistant.answer.model.settings import model_settings
from assistant.service import Assistant
from assistant.types import Question
from assistant.web.app import create_app
from corpus.parse import parse
from corpus.reading import ReadFile
from eval.bench.generator import generate
from index.errors import StoreError, StoreUnreachable
from index.milvus import breaker
from index.milvus.breaker import FAILURES
from index.milvus.connection import Connection, Refused, Row
from index.opening import open_store
from index.types import Retriever
from tests.milvus_server import Proxy, Server, free_port, ids, running

QUERY = "电动自行车"
FILES = [ReadFile(made.name, tuple(parse(made.text, made.name))) for made in generate(80)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if os.environ.get("MILVUS_URI"):
        pytest.skip("a cluster is not put behind a proxy")
    with running(tmp_path_factory.mktemp("milvus")) as started:
        yield started


@pytest.fixture(scope="module")
def whole(server: Server) -> Retriever:
    """The store as it is, without a proxy before it."""
    store = server.store()
    store.index(FILES)
    assert store.search(QUERY, 5).hits
    return store


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    made = Proxy(server.port)
    yield made
    made.close()


def behind(proxy: Proxy, server: Server, whole: Retriever) -> Retriever:
    """The store through the proxy, with a second for each call."""
    place = whole.location.replace(f":{server.port}/", f":{proxy.port}/").replace("timeout=60", "timeout=1")
    return open_store(place)


def back(store: Retriever, wanted: Sequence[str]) -> None:
    """It comes to itself and finds what there is."""
    until = time.monotonic() + 60
    while True:
        try:
            assert list(ids(store.search(QUERY, 5))) == list(wanted)
            return
        except StoreUnreachable:
            assert time.monotonic() < until
            time.sleep(0.2)


def test_case_35_down_or_slow(server: Server, whole: Retriever, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds late: each call ends in its second; after some, none is made for a while; then all is as before."""
    monkeypatch.setattr(breaker, "PAUSE", 2.0)
    wanted, store = ids(whole.search(QUERY, 5)), behind(proxy, server, whole)
    assert ids(store.search(QUERY, 5)) == wanted
    with TestClient(create_app(Assistant(store), page=False), raise_server_exceptions=False) as client:
        assert client.get("/v1/search", params={"q": QUERY}).json()["hits"]
        proxy.delay = 10.0
        took = []
        for _ in range(FAILURES + 3):
            start = time.monotonic()
            response = client.get("/v1/search", params={"q": QUERY + "检查"})
            took.append(time.monotonic() - start)
            assert response.status_code == 503
            assert response.json()["code"] == "store_unreachable"
            assert int(response.headers["retry-after"]) >= 1
            assert "hits" not in response.json()
        assert max(took) < 5
        assert max(took[FAILURES:]) < 0.5, "the breaker is open"
        assert client.post("/v1/ask", json={"question": "哪些单位负责电动自行车"}).status_code == 503
        assert client.get("/healthz").status_code == 200
        proxy.delay = 0.0
        back(store, wanted)
        assert client.get("/v1/search", params={"q": QUERY}).json()["hits"]
    for call in (lambda s: s.search(QUERY), lambda s: s.cards(), lambda s: s.passages()):
        start = time.monotonic()
        with pytest.raises(StoreUnreachable):
            call(open_store(f"milvus+http://127.0.0.1:{free_port()}/none?timeout=1"))
        assert time.monotonic() - start < 10


@pytest.mark.slow
def test_case_35_cut_off_and_mad(
    server: Server, whole: Retriever, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connections reset after so many bytes of their answers, and answers of other bytes: an error, or what is true."""
    monkeypatch.setattr(breaker, "PAUSE", 0.2)
    wanted, said = list(ids(whole.search(QUERY, 5))), []
    for cut in (0, 300, 9_000, 40_000, -1):
        store = behind(proxy, server, whole)
        proxy.cut, proxy.garbage = (None, True) if cut < 0 else (cut, False)
        start = time.monotonic()
        try:
            found = store.search(QUERY, 5)
            assert found.hits
            assert found.degraded or list(ids(found)) == wanted, cut
        except StoreError as error:
            said.append(str(error))
        assert time.monotonic() - start < 15, cut
        proxy.cut, proxy.garbage = None, False
        back(store, wanted)
        store.close()
    assert len(said) >= 2
    assert not [line for line in said if "\n" in line or "Traceback" in line]


@pytest.mark.parametrize(("lost", "leg", "left"), [("sparse", "lexical", "dense"), ("dense", "dense", "lexical")])
def test_case_35_half_of_it_there(
    lost: str, leg: str, left: str, whole: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shards of one field are lost: the other leg answers, and everything says so; of both, there is an error."""
    alone = ids(whole.search(QUERY, 5, left))  # type: ignore[arg-type]
    search = Connection.search
    gone = {lost}

    def refuses(self: Connection, collection: str, field: str, *more: object) -> list[Row]:
        if field in gone:
            raise Refused(f"{self.location.text}: Milvus refuses: channel not available")
        return search(self, collection, field, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(Connection, "search", refuses)
    with TestClient(create_app(Assistant(whole), page=False), raise_server_exceptions=False) as client:
        found = client.get("/v1/search", params={"q": QUERY, "k": 5}).json()
        assert (found["degraded"], found["missing"]) == (True, [leg])
        assert [hit["passage_id"] for hit in found["hits"]] == list(alone)
        answer = client.post("/v1/ask", json={"question": "月球基地的检查由谁负责"}).json()
        assert any(leg in warning for warning in answer["warnings"]), "even where nothing is found"
        gone.update({"sparse", "dense"})
        response = client.get("/v1/search", params={"q": QUERY + "整治"})
        assert response.status_code >= 500
        assert "hits" not in response.json()
        assert response.headers["content-type"] == "application/problem+json"


# -- the language model ------------------------------------------------------------------------------------------------

Harm = Callable[[socket.socket], None]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n"


def _resets(connection: socket.socket) -> None:
    connection.sendall(HEAD + b'{"choices": [{"message": {"role": "assistant", "content": "')
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


HARMS: dict[str, Harm] = {
    "slow": lambda connection: time.sleep(10),
    "resets mid-response": _resets,
    "garbage": lambda connection: connection.sendall(bytes(range(256)) * 20),
    "garbage in HTTP": lambda connection: connection.sendall(HEAD + bytes(range(256)) * 20),
    "half": lambda connection: connection.sendall(HEAD + b'{"choices": [{"message"'),
}


@contextmanager
def harmful(harm: Harm) -> Iterator[tuple[str, list[float]]]:
    """A server that does harm to whoever connects; its URL, and when it was asked."""
    asked: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve(connection: socket.socket) -> None:
            with suppress(OSError), connection:
                connection.recv(1 << 16)
                harm(connection)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    asked.append(time.monotonic())
                    threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1", asked


@pytest.mark.parametrize("name", HARMS)
def test_case_35_a_model_that_does_harm(name: str, whole: Retriever) -> None:
    """The extract is given in time, and says why; after some failures the model is left alone."""
    question = Question("哪些单位负责电动自行车相关活动")
    extract = Assistant(whole).ask(question)
    assert extract.citations
    with harmful(HARMS[name]) as (url, asked):
        assistant = Assistant(whole, llm=model_settings(url, "m", {"NOTICES_LLM_TIMEOUT": "1"}))
        for _ in range(MODEL_FAILURES + 2):
            start = time.monotonic()
            answer = assistant.ask(question)
            assert time.monotonic() - start < 4
            assert (answer.wording, answer.text, answer.table) == ("extract", extract.text, extract.table)
            assert len(answer.warnings) > len(extract.warnings)
        assert MODEL_FAILURES <= len(asked) <= 2 * MODEL_FAILURES, "then it is left alone"
