"""The HTTP API over the sample corpus: the contract's shapes, filters, events, problem documents."""

import json
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant import as_json
from assistant.sample import sample_store
from assistant.service import Assistant
from assistant.types import Question
from assistant.web.app import create_app
from assistant.web.bodies import MAX_BODY
from index.errors import StoreBusy
from index.store import LocalStore
from index.types import Filters

ASKED = "哪些单位负责电动自行车相关活动"
REFUSED = "火星基地由谁建设"
HIT_KEYS = {
    "passage_id", "notice_id", "notice_title", "document_number", "year", "region", "section_path", "number",
    "text", "start", "end", "score", "units",
}  # fmt: skip
CITATION_KEYS = {
    "number", "passage_id", "notice_id", "notice_title", "document_number", "section_path", "quote", "start", "end",
    "page", "url",
}  # fmt: skip


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    return Assistant.open(sample_store())


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant, page=False), raise_server_exceptions=False) as client:
        yield client


def ask(client: TestClient, question: str, **more: Any) -> dict[str, Any]:
    response = client.post("/v1/ask", json={"question": question, **more})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def untimed(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key != "took_ms"}


# -- answers -----------------------------------------------------------------------------------------------------------


def test_ask_has_the_shape_of_the_contract(client: TestClient, assistant: Assistant) -> None:
    answer = ask(client, ASKED)
    assert set(answer) == {
        "question", "lang", "kind", "abstained", "reason", "answer", "citations", "table", "coverage", "related",
        "warnings", "corrections", "took_ms", "wording", "scope",
    }  # fmt: skip
    assert answer["question"] == ASKED
    assert (answer["lang"], answer["kind"], answer["abstained"]) == ("zh", "units", False)
    assert set(answer["coverage"]) == {"notices", "passages", "matched"}
    assert {"unit", "role", "activity", "notice", "year"} <= set(answer["table"]["columns"])
    for citation in answer["citations"]:
        assert set(citation) == CITATION_KEYS
        notice = assistant.store.notice(citation["notice_id"])
        assert citation["quote"] == notice.text[citation["start"] : citation["end"]]
    marks = {int(mark) for mark in re.findall(r"\[(\d+)\]", answer["answer"])}
    rows = {number for row in answer["table"]["rows"] for number in row["citations"]}
    assert marks | rows == {citation["number"] for citation in answer["citations"]}


def test_refusal_is_a_result(client: TestClient) -> None:
    answer = ask(client, REFUSED)
    assert answer["abstained"]
    assert answer["reason"]
    assert answer["citations"] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_ask_passes_history_filters_and_language_on(client: TestClient, assistant: Assistant, lang: Any) -> None:
    answer = ask(client, "那2022年呢", history=[ASKED], filters={"year": 2022, "region": "天津"}, lang=lang)
    asked = Question("那2022年呢", (ASKED,), Filters(year=2022, region="天津"), lang)
    assert untimed(answer) == untimed(as_json.answer(assistant.ask(asked)))
    assert answer["lang"] == lang
    assert {assistant.store.notice(c["notice_id"]).header.year for c in answer["citations"]} <= {2022}


def test_nulls_and_blank_filters_mean_no_limit(client: TestClient) -> None:
    limits = {"year": None, "region": "", "unit": None, "disclosure": []}
    assert untimed(ask(client, ASKED, filters=limits, lang=None)) == untimed(ask(client, ASKED))


def test_a_year_may_be_a_number_or_its_digits(client: TestClient) -> None:
    assert untimed(ask(client, ASKED, filters={"year": "2022"})) == untimed(ask(client, ASKED, filters={"year": 2022}))


@pytest.mark.parametrize("question", [ASKED, REFUSED])
def test_events_come_in_order_and_end_with_the_whole_answer(client: TestClient, question: str) -> None:
    response = client.post("/v1/ask", json={"question": question}, headers={"Accept": "text/event-stream"})
    assert response.headers["content-type"].startswith("text/event-stream")
    events = [read_event(block) for block in response.text.removesuffix("\n\n").split("\n\n")]
    whole = events[-1][1]
    order = [name for name, _ in groupby(name for name, _ in events)]
    assert order == [
        *(["citation"] if whole["citations"] else []), "delta", *(["table"] if whole["table"] else []), "done",
    ]  # fmt: skip
    assert [data for name, data in events if name == "citation"] == whole["citations"]
    assert "".join(data["text"] for name, data in events if name == "delta") == whole["answer"]
    assert [data for name, data in events if name == "table"] == ([whole["table"]] if whole["table"] else [])
    assert untimed(whole) == untimed(ask(client, question))


def read_event(block: str) -> tuple[str, dict[str, Any]]:
    name, data = block.split("\n")
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


# -- search, notices, passages -----------------------------------------------------------------------------------------


def test_search_has_the_shape_of_the_contract(client: TestClient) -> None:
    found = client.get("/v1/search", params={"q": "电动自行车"}).json()
    assert set(found) == {"query", "mode", "total", "took_ms", "corrections", "hits"}
    assert (found["query"], found["mode"], len(found["hits"])) == ("电动自行车", "hybrid", 10)
    assert all(set(hit) == HIT_KEYS for hit in found["hits"])
    scores = [hit["score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("mode", ["lexical", "dense", "hybrid"])
def test_search_by_mode_and_number(client: TestClient, assistant: Assistant, mode: Any) -> None:
    found = client.get("/v1/search", params={"q": "食品安全", "k": 3, "mode": mode}).json()
    expected = as_json.hit_list(assistant.search("食品安全", 3, mode))
    assert untimed(found) == untimed(expected)
    assert len(found["hits"]) == 3


def test_search_filters_are_kept(client: TestClient, assistant: Assistant) -> None:
    hit = client.get("/v1/search", params={"q": "质量", "k": 1, "unit": "市公安局"}).json()["hits"][0]
    issuer = next(card.issuer for card in assistant.store.cards().values() if card.issuer)
    notice_id = next(iter(assistant.store.cards()))
    cards = assistant.store.cards()
    assert "市公安局" in {name for unit in hit["units"] for name in (unit["name"], unit["canonical"])}
    for key, value, keep in [
        ("year", "2022", lambda h: h["year"] == 2022),
        ("region", "天津市滨海新区", lambda h: h["region"] == "天津市滨海新区"),
        ("issuer", issuer, lambda h: cards[h["notice_id"]].issuer == issuer),
        ("notice_id", notice_id, lambda h: h["notice_id"] == notice_id),
    ]:
        hits = client.get("/v1/search", params={"q": "质量", "k": 100, key: value}).json()["hits"]
        assert hits, key
        assert all(keep(hit) for hit in hits), key


def test_blank_search_filters_mean_no_limit(client: TestClient) -> None:
    form = client.get("/v1/search?q=质量&year=&region=&unit=&issuer=&notice_id=").json()
    assert untimed(form) == untimed(client.get("/v1/search?q=质量").json())


def test_notices_and_one_notice(client: TestClient, assistant: Assistant) -> None:
    listed = client.get("/v1/notices").json()["notices"]
    assert [notice["notice_id"] for notice in listed] == list(assistant.store.cards())
    for card in listed:
        notice = client.get(f"/v1/notices/{card['notice_id']}").json()
        assert {key: notice[key] for key in card} == card
        assert {"text", "sections", "passages", "facts", "furniture"} <= set(notice)
        assert all(notice["text"][p["start"] : p["end"]] == p["text"] for p in notice["passages"])


def test_every_passage_is_found_by_its_id(client: TestClient, assistant: Assistant) -> None:
    for stored in assistant.store.passages()[::10]:
        passage = client.get(f"/v1/passages/{stored.passage.passage_id}").json()
        assert set(passage) == (HIT_KEYS - {"score"}) | {"kind", "printed_number", "url"}
        assert passage["text"] == stored.passage.text
        assert passage["notice_title"] == stored.notice.title
        assert client.get(passage["url"]).status_code == 200


# -- errors ------------------------------------------------------------------------------------------------------------

BAD_BODIES: list[Any] = [
    {},
    [],
    "question",
    {"question": 7},
    {"question": None},
    {"question": " \n"},
    {"question": "问" * 2001},
    {"question": "half \ud800"},
    {"question": "问", "quesiton": "x"},
    {"question": "问", "history": "earlier"},
    {"question": "问", "history": None},
    {"question": "问", "history": ["x"] * 21},
    {"question": "问", "history": [1]},
    {"question": "问", "filters": {"yaer": 2022}},
    {"question": "问", "filters": {"year": True}},
    {"question": "问", "filters": {"year": 2022.5}},
    {"question": "问", "filters": {"year": "last"}},
    {"question": "问", "filters": {"year": 99999}},
    {"question": "问", "filters": {"unit": ["x"]}},
    {"question": "问", "filters": []},
    {"question": "问", "lang": "fr"},
    {"question": "问", "\udc00": 1},
]


def assert_problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail", "instance", "code"} <= set(body)
    assert body["status"] == status
    assert "Traceback" not in response.text
    return body


@pytest.mark.parametrize("body", BAD_BODIES, ids=lambda body: json.dumps(body)[:50])
def test_bad_bodies(client: TestClient, body: Any) -> None:
    headers = {"Content-Type": "application/json"}
    assert_problem(client.post("/v1/ask", content=json.dumps(body), headers=headers), 422)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe{", b"[" * 100_000, b'{"question": "a",}'])
def test_bodies_that_are_no_json(client: TestClient, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert_problem(client.post("/v1/ask", content=content, headers=headers), 422)


def test_a_form_is_no_json(client: TestClient) -> None:
    assert_problem(client.post("/v1/ask", data={"question": "问"}), 422)


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_large(client: TestClient, announced: bool) -> None:
    content = json.dumps({"question": "a" * MAX_BODY}).encode()
    parts = iter([content[:1000], content[1000:]])
    response = client.post(
        "/v1/ask", content=content if announced else parts, headers={"Content-Type": "application/json"}
    )
    assert assert_problem(response, 413)["code"] == "too_large"


@pytest.mark.parametrize(
    "query",
    ["", "q=", "q=%20", "q=a&k=0", "q=a&k=101", "q=a&k=ten", "q=a&mode=best", "q=a&year=x", "q=a&yaer=2022",
     "q=" + "a" * 2001],
)  # fmt: skip
def test_bad_searches(client: TestClient, query: str) -> None:
    assert_problem(client.get(f"/v1/search?{query}"), 422)


@pytest.mark.parametrize("path", ["/v1/notices/none", "/v1/passages/none/1", "/v1/none", "/none", "/", "/v1/passages/"])
def test_unknown_ids_and_addresses(client: TestClient, path: str) -> None:
    assert_problem(client.get(path), 404)


def test_longest_question_and_history_pass(client: TestClient) -> None:
    ask(client, "问" * 2000, history=["电动自行车"] * 20)


def test_wrong_method_names_the_right_one(client: TestClient) -> None:
    response = client.get("/v1/ask")
    assert_problem(response, 405)
    assert response.headers["allow"] == "POST"


def test_what_was_sent_is_not_repeated(client: TestClient) -> None:
    body = assert_problem(client.post("/v1/ask", json={"question": {"secret": "4711"}}), 422)
    assert "4711" not in json.dumps(body)


def test_an_unforeseen_error_says_nothing_but_its_id(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret 4711")

    monkeypatch.setattr(assistant, "ask", fail)
    client = TestClient(create_app(assistant, page=False), raise_server_exceptions=False)
    response = client.post("/v1/ask", json={"question": "问"})
    body = assert_problem(response, 500)
    assert "4711" not in response.text
    assert body["request_id"] == response.headers["x-request-id"]
    assert body["request_id"] in caplog.text


def test_a_busy_store_says_when_to_try_again(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise StoreBusy("another process is writing; try again")

    monkeypatch.setattr(assistant.store, "links", busy)
    response = TestClient(create_app(assistant, page=False)).get("/v1/notices")
    assert assert_problem(response, 503)["code"] == "store_busy"
    assert int(response.headers["retry-after"]) > 0


# -- health, reference -------------------------------------------------------------------------------------------------


def test_health(client: TestClient, assistant: Assistant) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz").json()
    assert ready["status"] == "ready"
    assert ready["sequence"] == assistant.store.sequence
    assert ready["notices"] == len(assistant.store.cards())
    assert ready["passages"] == len(assistant.store.passages())


def test_not_ready_without_a_store(tmp_path: Path) -> None:
    client = TestClient(create_app(Assistant(LocalStore(tmp_path / "none")), page=False))
    assert client.get("/healthz").status_code == 200
    assert "notices index" in assert_problem(client.get("/readyz"), 503)["detail"]
    assert_problem(client.post("/v1/ask", json={"question": "问"}), 503)


def test_common_headers(client: TestClient) -> None:
    first, second = client.get("/healthz"), client.get("/none")
    for response in (first, second):
        assert response.headers["x-content-type-options"] == "nosniff"
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_reference_is_hosted_here(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert links
    assert all(link.startswith("/") and not link.startswith("//") for link in links)
    assert all(client.get(link).status_code == 200 for link in links)
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_openapi_lists_the_contract(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {
        "/v1/ask", "/v1/search", "/v1/notices", "/v1/notices/{notice_id}", "/v1/passages/{passage_id}", "/healthz",
        "/readyz",
    } <= set(paths)  # fmt: skip
