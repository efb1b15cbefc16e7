"""The Python client against a served process, and the JSON types against what the server sends."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import ConfigDict, TypeAdapter
from typing_extensions import is_typeddict

from assistant import json_types
from assistant.client import ApiError, Client
from corpus.reading import read_paths
from index.store import LocalStore
from tests.notices import DIGEST
from tests.served import Served

ASKED = "哪些单位负责电动自行车相关活动"
NOTICE = """关于开展热气球安全检查的通知
测安〔2023〕7号
各区应急局：
一、由市应急局牵头检查热气球。
测试市应急局
2023年5月6日
主动公开
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("client") / "store"
    LocalStore(folder).index(read_paths([DIGEST]))
    server = Served(folder)
    yield server
    assert "Traceback" not in server.stop()


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[Client]:
    with Client(served.base) as opened:
        yield opened


def check(value: Any, shape: Any) -> None:
    """Raise where a JSON value has not exactly the shape of a TypedDict, within it as well."""
    for name in dir(json_types):
        kind = getattr(json_types, name)
        if is_typeddict(kind):
            kind.__pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[attr-defined]
    TypeAdapter(shape).validate_json(json.dumps(value), strict=True)


@pytest.mark.parametrize(
    "question",
    [ASKED, "火星基地由谁建设", "点动车", "2021年质量月的主题是什么", "2022年和2024年电动自行车的活动有什么不同"],
)
def test_ask(client: Client, question: str) -> None:
    answer = client.ask(question)
    check(answer, json_types.AnswerJson)
    assert answer["abstained"] == (not answer["citations"])


def test_what_is_passed_on(client: Client) -> None:
    follow_up = client.ask("那2022年呢", [ASKED], lang="en", region="天津市")
    assert follow_up["lang"] == "en"
    assert {item["from"] for item in follow_up["scope"]} >= {"filter"}
    assert client.ask("2024年滨海新区市场监管局", kind="tasks")["kind"] == "tasks"
    left_out = client.ask("报送截止时间呢", ["2022年质量月的活动主题是什么"], without=["year:2022"])
    assert "2022" not in [item["value"] for item in left_out["scope"]]


def test_a_stream_ends_with_the_whole(client: Client) -> None:
    *parts, (last, whole) = client.ask_stream(ASKED)
    assert last == "done"
    check(whole, json_types.AnswerJson)
    assert "".join(data["text"] for name, data in parts if name == "delta") == whole["answer"]
    assert [data for name, data in parts if name == "citation"] == whole["citations"]


def test_a_stream_may_be_left(client: Client) -> None:
    for _ in range(20):
        events = client.ask_stream(ASKED)
        assert next(events)[0] == "citation"
        events.close()  # type: ignore[attr-defined]
    assert client.ask(ASKED)["citations"]


def test_search_and_what_lies_behind(client: Client) -> None:
    found = client.search("电动自行车", 3, "lexical", year=2022)
    check(found, json_types.HitListJson)
    assert [hit["year"] for hit in found["hits"]] == [2022] * 3
    assert "explain" in client.search("电动自行车", explain=True)["hits"][0]
    passage = client.passage(found["hits"][0]["passage_id"])
    check(passage, json_types.PassageJson)
    notice = client.notice(passage["notice_id"])
    check(notice, json_types.NoticeJson)
    assert notice["text"][passage["start"] : passage["end"]] == passage["text"]
    assert client.link(passage).startswith("http://127.0.0.1:")


def test_notices_page_by_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = list(client.notices())
    check(listed, list[json_types.CardJson])
    assert len(listed) == 10
    assert {notice["year"] for notice in client.notices(year=2022)} == {2022}
    assert [notice["notice_id"] for notice in client.notices("质量强链")] == [
        n["notice_id"] for n in listed if "质量强链" in n["title"]
    ]


def test_suggestions_can_be_asked(client: Client) -> None:
    given = client.suggest("电动", 3)
    check(given, json_types.SuggestionsJson)
    assert given["suggestions"]
    assert not client.ask(given["suggestions"][0]["text"])["abstained"]


def test_upload_and_removal(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "热气球.txt"
    file.write_text(NOTICE, encoding="utf-8")
    report = client.upload(file, ("坏.docx", b"PK\x03\x04 broken"))
    check(report, json_types.ReportJson)
    assert report["indexed"] == 1
    assert [failure["source"] for failure in report["failed"]] == ["坏.docx"]
    answer = client.ask("谁检查热气球")
    assert "市应急局" in answer["answer"]
    client.remove(answer["citations"][0]["notice_id"])
    assert client.ask("谁检查热气球")["abstained"]


def test_verdicts(client: Client) -> None:
    answer = client.ask(ASKED)
    client.feedback(ASKED, "bad", answer["citations"][:2], reason="旧的", year=2022)
    client.feedback(ASKED, "good")


@pytest.mark.parametrize(
    ("call", "status", "code"),
    [
        (lambda c: c.ask(" "), 422, "bad_query"),
        (lambda c: c.ask("问", year="last"), 422, "bad_query"),
        (lambda c: c.ask("问", yaer=2022), 422, "invalid"),
        (lambda c: list(c.ask_stream(" ")), 422, "bad_query"),
        (lambda c: c.notice("none/../x"), 404, None),
        (lambda c: c.passage("none/1"), 404, "not_found"),
        (lambda c: c.remove("none"), 404, "unknown_notice"),
        (lambda c: c.feedback("问", "so-so"), 422, "invalid"),
    ],
)
def test_errors_carry_the_problem(client: Client, call: Any, status: int, code: str | None) -> None:
    with pytest.raises(ApiError) as raised:
        call(client)
    assert raised.value.status == status
    assert raised.value.problem["status"] == status
    assert code in (None, raised.value.code)
    assert str(raised.value) == raised.value.problem["detail"]


def test_no_server() -> None:
    with Client("http://127.0.0.1:9", timeout=5) as client, pytest.raises(ApiError, match="does it run") as raised:
        client.ask("问")
    assert raised.value.status == 0


class _Busy(http.server.BaseHTTPRequestHandler):
    """Answers as `replies` says, one after another."""

    replies: ClassVar[list[tuple[int, dict[str, str]]]] = []
    asked: ClassVar[int] = 0

    def do_GET(self) -> None:
        status, headers = self.replies[min(type(self).asked, len(self.replies) - 1)]
        type(self).asked += 1
        content = b'{"query": "", "suggestions": []}' if status == 200 else b"<html>busy</html>"
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def busy() -> Iterator[Any]:
    class Handler(_Busy):
        pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Handler, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("replies", "retries", "asked", "status"),
    [
        ([(503, {}), (429, {"Retry-After": "0"}), (200, {})], 3, 3, 200),
        ([(503, {"Retry-After": "0"})], 2, 3, 503),
        ([(429, {"Retry-After": "3600"}), (200, {})], 3, 1, 429),
        ([(503, {}), (200, {})], 0, 1, 503),
        ([(500, {}), (200, {})], 3, 1, 500),
    ],
)
def test_a_busy_server_is_asked_again(
    busy: Any, replies: list[tuple[int, dict[str, str]]], retries: int, asked: int, status: int
) -> None:
    handler, base = busy
    handler.replies = replies
    with Client(base, retries=retries) as client:
        if status == 200:
            assert client.suggest()["suggestions"] == []
        else:
            with pytest.raises(ApiError) as raised:
                client.suggest()
            assert raised.value.status == status
    assert handler.asked == asked
