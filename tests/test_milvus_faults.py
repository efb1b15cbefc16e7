"""A Milvus server that is dead, slow, or half there: one clear error or a marked answer, never an empty one."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from assistant import cli
from assistant.service import Assistant
from assistant.types import Question
from assistant.web.app import create_app
from corpus.parse import parse
from corpus.reading import ReadFile
from eval.bench.generator import generate
from index.errors import StoreMismatch, StoreMissing
from index.milvus.connection import Connection, Refused, Row
from index.milvus.location import parse_location
from index.milvus.packing import record
from index.milvus.schema import current, records_of
from index.opening import open_store
from index.types import Mode
from tests.milvus_server import Proxy, Server, free_port, ids, running

DIGEST = Path(__file__).parent.parent / "corpus" / "notices"
FILES = [ReadFile(made.name, tuple(parse(made.text, made.name))) for made in generate(80)]
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("milvus")) as started:
        yield started


@pytest.fixture(scope="module")
def where(server: Server) -> str:
    """The location of a store with a few notices."""
    store = server.store()
    store.index(FILES)
    return store.location


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Exit code, stdout and stderr of ``notices …``."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["notices", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        captured = capsys.readouterr()
        return int(exit_.value.code or 0), captured.out, captured.err

    return call


def test_the_commands(server: Server, command: Command, tmp_path: Path) -> None:
    store = server.location()
    code, out, _ = command("index", DIGEST, "--store", store, "--json")
    assert code == 0
    assert json.loads(out)["indexed"] > 5
    code, out, _ = command("search", "电动自行车", "--store", store, "-k", 3, "--json")
    assert code == 0
    found = json.loads(out)
    assert len(found["hits"]) == 3
    assert "degraded" not in found
    code, out, _ = command("ask", "哪些单位负责电动自行车相关活动", "--store", store, "--json")
    assert code == 0
    assert json.loads(out)["citations"]
    code, out, _ = command("list", "--store", store, "--json")
    notice_id = json.loads(out)["notices"][0]["notice_id"]
    assert command("show", notice_id, "--store", store, "--json")[0] == 0
    assert command("copy", "--to", tmp_path / "back", "--store", store)[0] == 0
    assert command("remove", notice_id, "--store", store)[0] == 0
    code, out, err = command("show", notice_id, "--store", store)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert command("show", notice_id, "--store", tmp_path / "back", "--json")[0] == 0
    assert command("copy", "--to", store, "--store", tmp_path / "back")[0] == 0
    assert command("show", notice_id, "--store", store, "--json")[0] == 0
    assert command("rebuild", "--store", store)[0] == 0


def test_a_dead_server_is_one_line_and_exit_code_2(command: Command) -> None:
    store = f"milvus+http://127.0.0.1:{free_port()}/notices?timeout=1"
    for arguments in (("search", "电动自行车"), ("ask", "哪些单位"), ("list",), ("index", DIGEST), ("remove", "x")):
        started = time.monotonic()
        code, out, err = command(*arguments, "--store", store)
        assert (code, out) == (2, "")
        assert err.count("\n") == 1, err
        assert "does not answer within" in err
        assert "Traceback" not in err
        assert time.monotonic() - started < 15


def test_a_store_that_is_not_there(server: Server) -> None:
    store = server.store()
    assert not store.exists
    with pytest.raises(StoreMissing, match="notices copy --to"):
        store.open()


def test_a_slow_server_is_waited_for(server: Server, where: str) -> None:
    """And given up where it takes longer than a call may: tests/test_checklist_backends.py."""
    if server.external:
        pytest.skip("the proxy stands before the server of the tests")
    proxy = Proxy(server.port)
    try:
        slow = where.replace(f":{server.port}/", f":{proxy.port}/").replace("timeout=60", "timeout=20")
        store, direct = open_store(slow), open_store(where)
        store.open()
        proxy.delay = 0.2
        assert ids(store.search("电动自行车", 5)) == ids(direct.search("电动自行车", 5))
        store.close()
    finally:
        proxy.close()


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """The server does not search one field: the request fails as it does where a query node is lost."""
    search = Connection.search

    def break_field(field: str) -> None:
        def fails(
            self: Connection,
            collection: str,
            asked: str,
            vector: object,
            limit: int,
            condition: str,
            fields: Sequence[str],
        ) -> list[Row]:
            if asked == field:
                raise Refused(f"{self.location.text}: Milvus refuses: channel not available")
            return search(self, collection, asked, vector, limit, condition, fields)

        monkeypatch.setattr(Connection, "search", fails)

    return break_field


@pytest.mark.parametrize(("field", "leg", "left"), [("sparse", "lexical", "dense"), ("dense", "dense", "lexical")])
def test_one_leg_down_is_said(
    where: str, broken: Callable[[str], None], command: Command, field: str, leg: Mode, left: Mode
) -> None:
    store = open_store(where)
    alone = store.search("电动自行车", 5, left)
    broken(field)
    found = store.search("电动自行车", 5)
    assert found.degraded == (leg,)
    assert ids(found) == ids(alone)
    code, out, _ = command("search", "电动自行车", "--store", where, "--json")
    assert code == 0
    assert json.loads(out)["degraded"] is True
    assert json.loads(out)["missing"] == [leg]
    answer = Assistant(store).ask(Question("月球基地的检查由谁负责"))
    assert any(leg in warning for warning in answer.warnings)
    with pytest.raises(Refused):
        store.search("电动自行车", 5, leg)


def test_an_answer_without_a_search_bears_no_warning(where: str, broken: Callable[[str], None]) -> None:
    store = open_store(where)
    store.open()
    broken("sparse")
    assert not any("lexical" in w for w in Assistant(store).ask(Question("有几份通知")).warnings)


def test_another_version_analysis_or_a_damaged_record(server: Server) -> None:
    store = server.store()
    store.index(FILES[:1])
    connection = Connection(parse_location(store.location))
    records = records_of(current(connection) or "")
    (row,) = connection.query(records, 'pk == "state"', ["pk", "kind", "key", "version", "body"])
    body = json.loads(row["body"])
    for key, value, what in (("analysis", "x", "notices rebuild"), ("format", 9, "format 9")):
        changed = {**body, "token": key, "manifest": {**body["manifest"], key: value}}
        connection.upsert(records, [record("state", "state", "", key, json.dumps(changed))])
        with pytest.raises(StoreMismatch, match=what):
            open_store(store.location).open()
    connection.upsert(records, [record("state", "state", "", "t", json.dumps({**body, "token": "t"}))])
    (head,) = connection.query(records, 'kind == "head"', ["pk", "kind", "key", "version", "body"])
    connection.upsert(records, [record(head["pk"], "head", head["key"], head["version"], "damaged")])
    with pytest.raises(StoreMismatch, match="cannot be read"):
        open_store(store.location).open()


def test_a_server_that_goes_away_under_http(server: Server, where: str) -> None:
    if server.external:
        pytest.skip("a cluster is not killed")
    store = open_store(where.replace("timeout=60", "timeout=2"))
    client = TestClient(create_app(Assistant(store), page=False), raise_server_exceptions=False)
    assert client.get("/v1/search", params={"q": "电动自行车"}).json()["hits"]
    assert client.get("/readyz").status_code == 200
    server.kill()
    try:
        for response in (
            client.get("/v1/search", params={"q": "电动自行车"}), client.post("/v1/ask", json={"question": "有几份通知"}),
            client.get("/v1/notices"), client.get("/readyz"),
        ):  # fmt: skip
            assert response.status_code == 503
            assert response.headers["content-type"] == "application/problem+json"
            assert response.json()["code"] == "store_unreachable"
            assert "Traceback" not in response.text
        assert client.get("/healthz").status_code == 200
    finally:
        server.start()
    until = time.monotonic() + 60
    while (
        answer := client.get("/v1/search", params={"q": "电动自行车"})
    ).status_code == 503 and time.monotonic() < until:
        time.sleep(0.5)
    assert answer.json()["hits"]
