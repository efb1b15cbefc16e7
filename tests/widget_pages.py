"""What the widget's tests stand on: the served process, another origin with pages of its own, a browser that watches."""

from __future__ import annotations

import atexit
import json
import threading
from collections.abc import Callable, Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.conftest import ROOT
from tests.test_page_browser import CHROMIUM, FLAGS, Server, sync_api

AXE = ROOT / "tests" / ".node" / "node_modules" / "axe-core" / "axe.min.js"
AXE_COMMAND = "npm install --prefix tests/.node axe-core@4.14.1"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
BROWSER = pytest.mark.skipif(not CHROMIUM.exists(), reason="apt-get install chromium fonts-noto-cjk")
expect = sync_api.expect
ASKED = "电动自行车"
QUESTION = "2022年质量月的活动主题是什么"
PATIENT = 500  # milliseconds after which a debounced query would have been sent

# As `notices serve --allow-origin ORIGIN` sets it up, without the Gradio page.
SERVE = """
import socket, sys
import tests.loopback
from assistant.sample import sample_store
from assistant.service import Assistant
from assistant.web.app import create_app
from assistant.web.cross_origin import checked
from assistant.web.server import Server
from assistant.web.settings import WebSettings
app = create_app(Assistant.open(sample_store()), page=False, settings=WebSettings(origins=checked([{origin!r}])))
Server(app).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
"""

Reply = tuple[int, dict[str, str], bytes | Iterator[bytes]]  # status, headers, body
Answerer = Callable[[dict[str, str]], Reply]  # from the parameters of the address


class Site:
    """Pages of an origin of their own; what is put under a path is either a reply or a function that makes one."""

    def __init__(self) -> None:
        replies: dict[str, Reply | Answerer] = {"/favicon.ico": (204, {}, b"")}
        self._replies = replies

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                reply = replies.get(parts.path, (404, {}, b""))
                if callable(reply):
                    reply = reply({name: values[0] for name, values in parse_qs(parts.query).items()})
                status, headers, body = reply
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    for piece in [body] if isinstance(body, bytes) else body:
                        self.wfile.write(piece)
                        self.wfile.flush()
                except OSError:
                    pass  # the browser has gone

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                """Nothing: the tests say what counts."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.base = f"http://127.0.0.1:{self._server.server_port}"

    def put(self, path: str, reply: Reply | Answerer) -> str:
        """Its address."""
        self._replies[path] = reply
        return self.base + path

    def page(self, html: str, path: str = "/page", **headers: str) -> str:
        """The address of a page."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.put(path, (200, {"Content-Type": "text/html; charset=utf-8", **named}, html.encode()))

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def as_json(value: Any, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return status, {"Content-Type": "application/json", **named}, json.dumps(value).encode()


def a_hit(**fields: Any) -> dict[str, Any]:
    """A hit as the API gives it."""
    usual = {
        "passage_id": "n1/1", "notice_id": "n1", "notice_title": "关于某事的通知", "document_number": None, "year": 2022,
        "region": None, "section_path": ["一"], "number": "1", "text": "某处的正文。", "start": 0, "end": 6, "score": 1.0, "units": [],
    }  # fmt: skip
    return {**usual, **fields}


def found(*hits: dict[str, Any], query: str = "") -> Reply:
    return as_json(
        {"query": query, "mode": "hybrid", "total": len(hits), "took_ms": 1, "corrections": [], "hits": hits}
    )


def html(api: str, body: str, head: str = "", script: str | None = None) -> str:
    """A page of an intranet with the widget's script."""
    tag = f'<script type="module" src="{api}/widget/notice-search.js"></script>' if script is None else script
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>内网</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{head}{tag}</head><body><main><h1>内网</h1>{body}</main></body></html>"
    )


def widget(api: str, attributes: str = "", content: str = "") -> str:
    return f'<notice-search id="w" endpoint="{api}" {attributes}>{content}</notice-search>'


def box(page: Any, widget: str = "#w") -> Any:
    return page.locator(f"{widget} input[role=combobox]")


def options(page: Any, widget: str = "#w") -> Any:
    return page.locator(f"{widget} [role=option]")


def searches(page: Any) -> list[str]:
    """What the page asks for from now on: the queries of its searches, in order."""
    asked: list[str] = []

    def note(request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.path.endswith("/v1/search"):
            asked.append(parse_qs(parts.query)["q"][0])

    page.on("request", note)
    return asked


def violations(page: Any) -> list[Any]:
    """What axe finds wrong by WCAG 2.2 AA."""
    if not AXE.is_file():
        pytest.skip(f"needs axe-core: {AXE_COMMAND}")
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    result = page.evaluate("tags => axe.run({runOnly: tags})", STANDARDS)
    return [(v["id"], [node["target"] for node in v["nodes"][:3]]) for v in result["violations"]]


@cache
def _started() -> tuple[Site, Server]:
    """Both, once for all files of tests."""
    site = Site()
    server = Server(program=SERVE.format(origin=site.base), ready="/healthz")
    atexit.register(server.stop)
    return site, server


@pytest.fixture(scope="session")
def site() -> Site:
    """The other origin."""
    return _started()[0]


@pytest.fixture(scope="session")
def api() -> str:
    """The address of the served process, which admits the site."""
    return _started()[1].base


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        browser.devices = playwright.devices
        yield browser
        browser.close()


class Watched:
    """A browser profile that notes requests and complaints."""

    def __init__(self, context: Any) -> None:
        self.context = context
        self.requests: list[str] = []
        self.complaints: list[str] = []
        context.on("request", lambda sent: self.requests.append(sent.url))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)

    def open(self, address: str) -> Any:
        page = self.context.new_page()
        page.goto(address)
        return page


@pytest.fixture
def watched(browser: Any, api: str, site: Site, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """A fresh profile; afterwards: nothing was asked of another host than the page's and the API's, nothing complained."""
    settings = {"viewport": {"width": 1000, "height": 800}, "locale": "zh-CN", **getattr(request, "param", {})}
    watched = Watched(browser.new_context(**settings))
    watched.context.set_default_timeout(10_000)
    yield watched
    watched.context.close()
    assert watched.requests
    assert not [url for url in watched.requests if not url.startswith((api, site.base, "data:", "blob:"))]
    assert watched.complaints == [], watched.complaints


@pytest.fixture
def page(watched: Watched, api: str, site: Site) -> Any:
    """A page with one search box on the real service."""
    page = watched.open(site.page(html(api, widget(api) + '<p><a href="#next">下一处</a></p>')))
    expect(box(page)).to_be_visible()
    return page
