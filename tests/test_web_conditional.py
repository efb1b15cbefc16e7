"""Pages and filters of the list, ETags, HEAD, gzip, and what the OpenAPI document promises."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.service import Assistant
from assistant.web.app import create_app
from tests.library_files import new_store, notice

TEXTS = [notice(number, topic, year) for number, topic, year in (
    (1, "电梯安全", 2022), (2, "食品抽检", 2023), (3, "燃气管网", 2023), (4, "校车安全", 2024), (5, "桥梁养护", 2024),
)]  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    store: Path = new_store(tmp_path_factory.mktemp("conditional"), *TEXTS)
    with TestClient(create_app(Assistant.open(store), page=False)) as client:
        yield client


# -- the list ----------------------------------------------------------------------------------------------------------


def test_without_a_limit_everything_comes_at_once(client: TestClient) -> None:
    whole = client.get("/v1/notices").json()
    assert set(whole) == {"notices"}
    assert len(whole["notices"]) == 5


def test_pages_together_are_the_whole_list(client: TestClient) -> None:
    ids, address = [], "/v1/notices?limit=2"
    while address:
        response = client.get(address)
        page = response.json()
        assert page["total"] == 5
        ids += [one["notice_id"] for one in page["notices"]]
        address = response.headers.get("link", "").partition(">")[0].removeprefix("<")
        assert bool(address) == (page["next"] is not None)
    assert ids == [one["notice_id"] for one in client.get("/v1/notices").json()["notices"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"year": "2023"}, 2),
        ({"year": "2023", "q": "燃气"}, 1),
        ({"q": "滨质办〔2024〕4号"}, 1),
        ({"q": "3.txt"}, 1),
        ({"q": "安全 电梯"}, 1),
        ({"issuer": "没有这个机关"}, 0),
        ({"disclosure": "主动公开"}, 5),
        ({"q": "%' OR 1=1"}, 0),
    ],
)
def test_filters(client: TestClient, query: dict[str, str], found: int) -> None:
    assert client.get("/v1/notices", params={**query, "limit": 100}).json()["total"] == found
    assert len(client.get("/v1/notices", params=query).json()["notices"]) == found


def test_what_can_be_filtered_by(client: TestClient) -> None:
    assert client.get("/v1/notices", params={"facets": True, "limit": 1}).json()["facets"]["years"] == [
        2024,
        2023,
        2022,
    ]


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "year=soon", "sort=title"])
def test_bad_parameters(client: TestClient, query: str) -> None:
    response = client.get(f"/v1/notices?{query}")
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


# -- transfers ---------------------------------------------------------------------------------------------------------


def test_what_a_client_has_is_not_sent_again_until_the_store_changes(client: TestClient) -> None:
    first = client.get("/v1/notices").json()["notices"][0]["notice_id"]
    places = [
        "/v1/notices",
        f"/v1/notices/{first}",
        f"/v1/passages/{first}/title",
        f"/n/{first}",
        f"/n/{first}?start=1&end=9",
    ]
    tags = {}
    for place in places:
        response = client.get(place)
        assert response.status_code == 200, place
        tags[place] = response.headers["etag"]
        again = client.get(place, headers={"If-None-Match": f'"x", {tags[place]}'})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tags[place]
    sent = client.post("/v1/notices", json={"files": [{"name": "新.txt", "text": notice(9, "河道清淤")}]})
    assert sent.json()["indexed"] == 1
    for place in places:
        assert client.get(place, headers={"If-None-Match": tags[place]}).status_code == 200
    client.delete(f"/v1/notices/{sent.json()['notices'][0]}").raise_for_status()


def test_errors_and_other_answers_have_no_tag(client: TestClient) -> None:
    for place in ("/v1/notices/none", "/n/none", "/healthz", "/v1/search?q=电梯"):
        assert "etag" not in client.get(place).headers


def test_static_files_have_tags_of_their_own(client: TestClient) -> None:
    tag = client.get("/static/web/library.js").headers["etag"]
    assert client.get("/static/web/library.js", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("place", ["/v1/notices", "/v1/search?q=电梯", "/healthz", "/readyz", "/docs", "/openapi.json"])
def test_head_is_get_without_its_body(client: TestClient, place: str) -> None:
    plain = {"Accept-Encoding": "identity"}
    head, get = client.head(place, headers=plain), client.get(place, headers=plain)
    assert (head.status_code, head.content) == (get.status_code, b"")
    if "took_ms" not in get.text:
        assert head.headers["content-length"] == get.headers["content-length"]


def test_answers_are_compressed_for_who_asks(client: TestClient) -> None:
    with client.stream("GET", "/v1/notices", headers={"Accept-Encoding": "gzip"}) as response:
        raw = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == client.get("/v1/notices", headers={"Accept-Encoding": "identity"}).content
    assert "content-encoding" not in client.get("/v1/notices", headers={"Accept-Encoding": "identity"}).headers


def test_events_are_not_held_back_by_compression(client: TestClient) -> None:
    headers = {"Accept": "text/event-stream", "Accept-Encoding": "gzip"}
    response = client.post("/v1/ask", json={"question": "哪些单位负责电梯安全活动"}, headers=headers)
    assert "content-encoding" not in response.headers
    assert "event: done" in response.text


# -- OpenAPI -----------------------------------------------------------------------------------------------------------


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def has_example(value: dict[str, Any], document: dict[str, Any]) -> bool:
    """Whether a parameter or a body shows how it is meant: an example, a default, or values to choose from."""
    schema = value.get("schema", {})
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    shown = {"example", "examples", "default", "enum", "const"}
    if shown & (set(value) | set(schema)) or schema.get("type") in ("boolean", "integer"):
        return True
    parts = [*schema.get("anyOf", []), *([schema["items"]] if isinstance(schema.get("items"), dict) else [])]
    if any(has_example({"schema": part}, document) for part in parts):
        return True
    return any(has_example({"schema": part}, document) for part in schema.get("properties", {}).values())


def test_every_operation_is_described_with_examples_and_errors(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    missing = []
    for name, operation in operations(document):
        if not (operation.get("summary") and operation.get("description")):
            missing.append(f"{name}: no summary or description")
        if name != "GET /healthz" and not any(status >= "400" for status in operation["responses"]):
            missing.append(f"{name}: no error responses")
        for status, response in operation["responses"].items():
            unread = (
                ["text/plain"] if status == "400" else []
            )  # what reads HTTP says it, before the application sees anything
            if status >= "400" and list(response["content"]) != ["application/problem+json", *unread]:
                missing.append(f"{name}: {status} is no problem document")
        for parameter in operation.get("parameters", []):
            if parameter.get("required") and not has_example(parameter, document):
                missing.append(f"{name}: parameter {parameter['name']} without example")
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            if not has_example(content, document):
                missing.append(f"{name}: body {media} without example")
    assert missing == []


def test_the_routes_of_the_library_are_there(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {"get", "post"} <= set(paths["/v1/notices"])
    assert {"get", "delete"} <= set(paths["/v1/notices/{notice_id}"])
    assert {
        "/v1/jobs",
        "/v1/jobs/{job_id}",
        "/v1/changes",
        "/v1/notices/{notice_id}/reread",
        "/v1/notices/reread",
    } <= set(paths)
