"""Cases 17 to 28 of the checklist of bad inputs: requests that were made to do harm, sent to the served process."""

from __future__ import annotations

import json
import re
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from assistant.access.keys import KeyRing
from assistant.keys_commands import KEYS_FILE
from corpus.reading import find_files, read_files
from index.milvus.expressions import compile_terms, literal
from index.store import LocalStore
from tests.test_access_served import CLOSED, OPEN, SECRETS, Served

NASTY = [
    'x" or true', "x' OR '1'='1", 'x\\" or 1==1', "x\\", '"; DROP TABLE notices; --', "“” or 市", "市教育局\n*:*",
    "unit:*", "市教育局* OR year:[* TO *]", "%", "_", '") or (true', "‘ or 1=1", "\u2028", "市教育局\0",
]  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("queries")
    (folder / "in").mkdir()
    for one in SECRETS:
        (folder / "in" / f"{one.name}.txt").write_text(one.text, encoding="utf-8")
    held = LocalStore(folder / "store")
    held.index(list(read_files(find_files([folder / "in"]))))
    held.close()
    KeyRing(folder / "store" / KEYS_FILE).create("an-admin", "admin")
    return folder / "store"


@pytest.fixture(scope="module")
def key(store: Path) -> str:
    return KeyRing(store / KEYS_FILE).create("a-reader", "reader")[1]


@pytest.fixture(scope="module")
def served(store: Path, key: str) -> Iterator[Served]:
    running = Served(store, "--no-cache", "--allow-origin", "https://oa.example.cn")
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def client(served: Served, key: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=served.base, headers=headers, timeout=60) as client:
        client.post("/v1/ask", json={"question": "哪些单位负责校园门前安全"})
        yield client


def quickest(client: httpx.Client, method: str, address: str, **more: object) -> tuple[float, httpx.Response]:
    """Milliseconds of the fastest of five."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        response = client.request(method, address, **more)  # type: ignore[arg-type]
        times.append(time.perf_counter() - start)
    return min(times) * 1000, response


def raw(served: Served, sent: bytes, wait: float = 10) -> bytes:
    """What comes back for bytes."""
    with socket.create_connection(("127.0.0.1", int(served.base.rpartition(":")[2])), timeout=wait) as connection:
        connection.sendall(sent)
        got = b""
        try:
            while b"\r\n\r\n" not in got and (more := connection.recv(65_536)):
                got += more
        except (TimeoutError, ConnectionResetError):
            pass
        return got


def status_of(got: bytes) -> int:
    return int(got.split(b" ", 2)[1]) if got.startswith(b"HTTP/") else 0


def test_case_17_hardly_a_query(client: httpx.Client) -> None:
    for blank in ("", " ", "\u3000\n\t"):
        assert client.post("/v1/ask", json={"question": blank}).status_code == 422
        refused = client.get("/v1/search", params={"q": blank})
        assert refused.status_code == 422
        assert "type what you are looking for" in refused.json()["detail"]
    for little in ("市", "的", "的 了 是", "？！。…", "？", "🙂", "a"):
        found = client.get("/v1/search", params={"q": little})
        answer = client.post("/v1/ask", json={"question": little})
        assert (found.status_code, answer.status_code) == (200, 200), little
        assert answer.json()["answer"] or answer.json()["reason"]


def test_case_18_long_queries(client: httpx.Client) -> None:
    for long in ("通" * 100_000, "检查 " * 10_000):
        took, response = quickest(client, "POST", "/v1/ask", json={"question": long})
        assert response.status_code in (413, 422)
        assert took < 50
        took, response = quickest(client, "GET", "/v1/search?q=" + "x" * 60_000)
        assert response.status_code in (400, 413, 414, 422, 431)
        assert took < 50
    repeated = ("检查" * 1000)[:2000]  # the longest that is taken
    start = time.perf_counter()
    assert client.post("/v1/ask", json={"question": repeated}).status_code == 200
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("k", ["0", "-1", "1000000000", "NaN", "1e9", "99999999999999999999999999", "", "１０x", "1.5"])
def test_case_19_numbers_out_of_range(client: httpx.Client, store: Path, k: str) -> None:
    assert client.get("/v1/search", params={"q": "检查", "k": k}).status_code == 422
    assert client.get("/v1/notices", params={"limit": k}).status_code == 422
    editor = {"Authorization": f"Bearer {KeyRing(store / KEYS_FILE).create(f'editor-{abs(hash(k))}', 'editor')[1]}"}
    for name in ("limit", "before"):
        beyond = k if k not in ("0", "1000000000") else "-5"
        assert client.get("/v1/changes", params={name: beyond}, headers=editor).status_code == 422
    page = client.get(f"/n/{OPEN.name}", params={"start": k, "end": "9" * 400})
    assert page.status_code == 404


@pytest.mark.parametrize("value", NASTY)
def test_case_20_filters_that_want_to_be_expressions(served: Served, client: httpx.Client, value: str) -> None:
    """Whatever a filter says, nobody gets more than without it, and nothing that the value does not name."""
    hidden = CLOSED.words
    for name in ("unit", "region", "issuer", "notice_id", "year"):
        found = client.get("/v1/search", params={"q": "检查", name: value})
        asked = client.post("/v1/ask", json={"question": "有哪些活动", "filters": {name: value}})
        listed = client.get("/v1/notices", params={"q": value})
        for response in (found, asked, listed):
            assert response.status_code in (200, 422), response.text
            assert not any(word in response.text for word in hidden)
        if found.status_code == 200 and value.strip():
            assert found.json()["hits"] == []
    assert not any(word in httpx.get(served.base + "/v1/notices", params={"q": value}).text for word in hidden)
    quoted = literal(value)
    assert re.fullmatch(r'"(?:[^"\\\n\r]|\\.)*"', quoted), "nothing ends the quotation in a Milvus expression"
    assert compile_terms([[f"unit={value}"]]).count(literal(f"unit={value}")) == 1


def test_case_21_patterns_are_words(client: httpx.Client) -> None:
    for pattern in (
        "(a+)+" * 300 + "b",
        "*" * 2000,
        "?" * 2000,
        ".*" * 900,
        "检查~9 AND (" * 150,
        "[" * 2000,
        "“" * 2000,
    ):
        start = time.perf_counter()
        assert client.get("/v1/search", params={"q": pattern}).status_code == 200
        assert client.post("/v1/ask", json={"question": pattern}).status_code == 200
        assert client.get("/v1/suggest", params={"q": pattern[:200]}).status_code in (200, 422)
        assert time.perf_counter() - start < 5, pattern[:20]


def test_case_22_bodies_that_are_none(served: Served, client: httpx.Client) -> None:
    def post(content: bytes, kind: str = "application/json") -> int:
        return client.post("/v1/ask", content=content, headers={"Content-Type": kind}).status_code

    good = json.dumps({"question": "有哪些活动"}).encode()
    for kind in ("text/plain", "application/xml", "multipart/form-data; boundary=x", ""):
        assert 400 <= post(good, kind) < 500, kind
    bad = [
        b"[" * 100_000, b'{"a":' * 100_000, b'{"question": 1' + b"0" * 5000 + b"}", b"\xff\xfe{", b"{}", b"null", b"",
        b'{"question": NaN}', b'{"question": "x", "history": {}}', b'{"question": "\\ud800"}', b'{"question"',
    ]  # fmt: skip
    for content in bad:
        assert 400 <= post(content) < 500, content[:30]
    assert post(b'{"question": "x", "question": ["y"]}') == 422
    assert post(b"\xef\xbb\xbf" + good) in (200, 422)
    assert client.post("/v1/notices", content=b"[" * 100_000).status_code in (401, 403)


def test_case_22_slow_clients_hold_nobody_up(served: Served, client: httpx.Client) -> None:
    """More connections than requests may be under way that never end what they began, chunk by chunk or header by header.

    That they are cut off in the end, tests/test_leaving.py shows.
    """

    def p95() -> float:
        times = []
        for _ in range(40):
            start = time.perf_counter()
            assert client.get("/v1/search", params={"q": "检查"}).status_code == 200
            times.append(time.perf_counter() - start)
        return statistics.quantiles(times, n=20)[-1]

    port = int(served.base.rpartition(":")[2])
    alone = p95()
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(150)]
    chunked = b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"
    for number, connection in enumerate(held):
        connection.sendall(chunked if number % 2 else b"GET /v1/search?q=x HTTP/1.1\r\nHost: x\r\nX-A: ")
    try:
        assert p95() < 4 * alone + 0.1
    finally:
        for connection in held:
            connection.close()
    assert client.get("/healthz").status_code == 200


def test_case_23_many_ranges(client: httpx.Client) -> None:
    for address in ("/static/web/notice.css", "/widget/notice-search.js", "/static/swagger/swagger-ui-bundle.js"):
        ranges = "bytes=" + ",".join(f"{n}-{n}" for n in range(0, 14_000, 2))
        took, response = quickest(client, "GET", address, headers={"Range": ranges[:60_000]})
        assert response.status_code in (200, 206, 400, 416, 431), response.status_code
        assert took < 500


TRAVERSALS = [
    "..%2f..%2fetc/passwd", "%2e%2e/%2e%2e/etc/passwd", "..%252f..%252fetc%252fpasswd", "..%5c..%5cetc%5cpasswd",
    "%00", "notice.css%00.txt", "//etc/passwd", "..\\..\\etc\\passwd", "%c0%ae%c0%ae/etc/passwd", "....//....//etc/passwd",
]  # fmt: skip


@pytest.mark.parametrize("root", ["/static/web/", "/static/swagger/", "/widget/", "/reports/", "/n/", "/v1/notices/", "/v1/passages/", "/v1/jobs/", "/gradio_api/file=", "/assets/"])  # fmt: skip
def test_case_24_path_traversal(served: Served, key: str, root: str) -> None:
    head = f"\r\nHost: x\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
    for path in TRAVERSALS:
        got = raw(served, f"GET {root}{path} HTTP/1.1{head}".encode("latin-1"))
        assert status_of(got) in (400, 403, 404, 405), (root, path, got[:200])
        assert b"root:" not in got


def test_case_25_ids_of_others(served: Served, client: httpx.Client, store: Path) -> None:
    """Same answer, and times of one class, for what may not be seen and what is not there."""
    hidden = next(card.notice_id for card in LocalStore(store).cards().values() if card.source == "closed.txt")
    none = hidden[:-1] + ("0" if hidden[-1] != "0" else "1")
    took: dict[str, list[float]] = {hidden: [], none: []}
    for _ in range(30):
        bodies = []
        for one in (hidden, none):
            start = time.perf_counter()
            response = client.get(f"/v1/notices/{one}")
            took[one].append(time.perf_counter() - start)
            bodies.append((response.status_code, response.text.replace(one, "ID")))
        assert bodies[0] == bodies[1]
        assert bodies[0][0] == 404
    assert 1 / 3 < statistics.median(took[hidden]) / statistics.median(took[none]) < 3


def test_case_26_forged_origins_and_proxies(served: Served, client: httpx.Client) -> None:
    for origin in (
        "https://evil.example",
        "null",
        "https://oa.example.cn.evil.example",
        "https://oa.example.cn@evil",
        "file://",
    ):
        asked = client.post("/v1/ask", json={"question": "检查"}, headers={"Origin": origin})
        assert "access-control-allow-origin" not in asked.headers, origin
        flight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        assert client.options("/v1/ask", headers=flight).status_code == 403
        assert client.delete("/v1/notices/x", headers={"Origin": origin}).status_code == 403
        assert client.post("/mcp", json={}, headers={"Origin": origin}).status_code == 403
    allowed = client.get("/v1/notices", headers={"Origin": "https://oa.example.cn"})
    assert allowed.headers["access-control-allow-origin"] == "https://oa.example.cn"
    assert "access-control-allow-credentials" not in allowed.headers
    forged = {
        "X-Forwarded-User": "root", "X-Forwarded-Role": "admin", "X-Forwarded-For": "10.0.0.1", "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https", "Forwarded": "for=10.0.0.1",
    }  # fmt: skip
    plain = httpx.get(served.base + "/v1/notices").json()
    assert httpx.get(served.base + "/v1/notices", headers=forged).json() == plain, (
        "no proxy is trusted, so nobody is believed"
    )
    assert httpx.delete(served.base + "/v1/notices/x", headers=forged).status_code == 401
    for name, value in forged.items():
        assert "evil.example" not in client.get("/", headers={name: value}).text
    notice_id = plain["notices"][0]["notice_id"]
    assert "evil.example" not in client.get(f"/n/{notice_id}", headers=forged).text
    assert client.post("/mcp", json={}, headers={"Host": "evil.example"}).status_code in (403, 421)


PRIVATE = [
    "http://127.0.0.1:{port}/hook", "http://169.254.169.254/latest", "http://[::1]:{port}/", "http://0x7f.1:{port}/",
    "http://2130706433:{port}/", "http://localtest.me:{port}/", "file:///etc/passwd", "gopher://127.0.0.1:{port}/x",
]  # fmt: skip


def test_case_26_a_proxy_on_this_machine_signs_people_in(store: Path) -> None:
    """nginx on loopback names the user and whom it asks for: both are believed, and the scheme."""
    running = Served(store, "--trust-proxy", "127.0.0.1", "--no-page")
    try:
        named = {"X-Forwarded-User": "wang", "X-Forwarded-Role": "admin", "X-Forwarded-For": "10.9.9.9"}
        assert httpx.get(running.base + "/metrics", headers=named).status_code == 200
        assert httpx.get(running.base + "/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 401
        notice_id = httpx.get(running.base + "/v1/notices").json()["notices"][0]["notice_id"]
        page = httpx.get(f"{running.base}/n/{notice_id}", headers={**named, "X-Forwarded-Proto": "https"})
        assert "https://127.0.0.1" in page.text
    finally:
        running.stop()


@pytest.mark.slow
def test_case_27_no_address_is_fetched(served: Served, store: Path) -> None:
    """Nothing fetches an address for a user: wherever one can be written, nobody comes to it."""
    admin = KeyRing(store / KEYS_FILE).create("fetcher", "admin")[1]
    visited: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.2)
        port, ended = trap.getsockname()[1], threading.Event()

        def watch() -> None:
            while not ended.is_set():
                try:
                    visited.append(trap.accept())
                except TimeoutError:
                    continue

        watching = threading.Thread(target=watch)
        watching.start()
        with httpx.Client(base_url=served.base, headers={"Authorization": f"Bearer {admin}"}, timeout=60) as client:
            for number, pattern in enumerate(PRIVATE):
                address = pattern.format(port=port)
                client.post("/v1/ask", json={"question": f"请打开 {address}"})
                client.get("/v1/search", params={"q": address, "url": address})
                assert client.post("/v1/notices", params={"url": address}).status_code >= 400
                assert client.post("/v1/notices", json={"url": address}).status_code == 422
                page = f'<html><head><base href="{address}"></head><body><p>关于检查的通知</p><img src="{address}"><iframe src="{address}"></iframe><p>一、检查{number}。</p></body></html>'
                assert (
                    client.post("/v1/notices", files=[("file", (f"{number}.html", page.encode()))]).status_code == 200
                )
                for proxy in (f"/gradio_api/proxy={address}", f"/proxy={address}", f"/gradio_api/file={address}"):
                    assert client.get(proxy).status_code in (404, 405)
            for listed in client.get("/v1/notices").json()["notices"]:
                if listed["source"].endswith(".html"):
                    assert client.delete(f"/v1/notices/{listed['notice_id']}").status_code == 200
        ended.set()
        watching.join()
    assert visited == []


def test_case_28_revoked_keys(served: Served, store: Path) -> None:
    ring = KeyRing(store / KEYS_FILE)
    _, text = ring.create("leaving", "editor")
    with httpx.Client(base_url=served.base) as browser:
        assert browser.post("/login", data={"key": text}).status_code == 303
        session = {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}
    bearer = {"Authorization": f"Bearer {text}"}
    chat = {"model": "notices", "messages": [{"role": "user", "content": "检查"}]}
    ways = [
        ("GET", "/v1/notices", None), ("POST", "/v1/ask", {"question": "检查"}), ("GET", "/v1/search?q=检查", None),
        ("POST", "/v1/chat/completions", chat), ("POST", "/mcp", {}), ("GET", "/widget/notice-search.js", None),
        ("GET", "/v1/suggest?q=检查", None), ("GET", "/gradio_api/info", None), ("DELETE", "/v1/notices/x", None), ("GET", "/metrics", None),
    ]  # fmt: skip
    for method, address, body in ways:
        assert httpx.request(method, served.base + address, json=body, headers=bearer, timeout=60).status_code != 401
    ring.revoke("leaving")
    for method, address, body in ways:
        for given in (bearer, session):
            got = httpx.request(method, served.base + address, json=body, headers=given, timeout=60)
            assert got.status_code == 401, (address, got.status_code)


ADDRESSES = [
    "/", "/config", "/docs", "/login", "/openapi.json", "/healthz", "/v1/notices", "/v1/search?q=检查", "/v1/none", "/n/none", "/v1/ask",
    "/widget/notice-search.js", "/widget/demo", "/static/web/notice.css", "/static/web/panel.html", "/reports/none", "/v1/deadlines.ics",
    "/v1/ask/export?q=检查&format=csv", "/metrics", "/%0d%0aX-Forged:1",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_and_file_says_what_a_browser_may_do(client: httpx.Client, address: str) -> None:
    headers = client.get(address).headers
    assert "default-src" in headers["content-security-policy"]
    assert "frame-ancestors" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert "x-forged" not in headers
