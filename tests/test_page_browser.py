"""The page in a real browser, served by a real process; no request may leave the machine."""

import atexit
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.test_web_notice_page import HOSTILE

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
ASKED = "哪些单位负责电动自行车相关活动"
START = 60  # seconds that the page may take on a busy machine

sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="apt-get install chromium fonts-noto-cjk")
expect = sync_api.expect

# Importing tests.loopback forbids the server, too, every connection that is not loopback.
SERVE = """
import socket, sys
import tests.loopback
from pathlib import Path
from assistant.sample import sample_store
from assistant.service import Assistant
from assistant.web.app import create_app
from assistant.web.server import Server
app = create_app(Assistant.open(Path(sys.argv[2]) if sys.argv[2] else sample_store()))
Server(app).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
"""


class Server:
    """`uvicorn` in a process of its own on a free port of loopback."""

    def __init__(self, argument: Path | None = None, program: str = SERVE, ready: str = "/") -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.base = f"http://127.0.0.1:{listening.getsockname()[1]}"
            number = listening.fileno()
            command = [sys.executable, "-c", program, str(number), str(argument or "")]
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, pass_fds=[number])
        self._ready = ready
        deadline = time.monotonic() + START
        while not self._answers():
            assert self.process.poll() is None, "the server has ended"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.base + self._ready, timeout=START) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def stop(self) -> float:
        """Tell the server to stop; returns the seconds that it took."""
        told = time.monotonic()
        self.process.terminate()
        self.process.wait(20)
        return time.monotonic() - told


@cache
def sample_page() -> Server:
    """The page over the sample corpus, once for all files of tests that change nothing there."""
    server = Server()
    atexit.register(server.stop)
    return server


@pytest.fixture(scope="module")
def base() -> str:
    return sample_page().base


@pytest.fixture(scope="module")
def hostile_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    from corpus.reading import read_paths
    from index.store import LocalStore

    folder = tmp_path_factory.mktemp("hostile")
    (folder / "notice.txt").write_text(HOSTILE, encoding="utf-8")
    LocalStore(folder / "store").index(read_paths([folder / "notice.txt"]))
    server = Server(folder / "store")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A fresh browser profile; afterwards: nothing was asked of another host, nothing was complained about."""
    size = getattr(request, "param", {"width": 1360, "height": 900})
    context = browser.new_context(viewport=size, locale="zh-CN")
    requests: list[str] = []
    complaints: list[str] = []
    context.on("request", lambda sent: requests.append(sent.url))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    yield context
    context.close()
    assert requests
    assert not [url for url in requests if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))]
    assert complaints == []


@pytest.fixture
def page(context: Any, base: str) -> Any:
    page = context.new_page()
    page.goto(base)
    return page


def ask(page: Any, question: str) -> Any:
    """Ask on the page; returns the new turn of the conversation."""
    turns = page.locator("#conversation .turn")
    before = turns.count()
    box = page.locator("#question textarea")
    box.fill(question)
    box.press("Enter")
    expect(turns).to_have_count(before + 1, timeout=20_000)  # the first one on a busy machine
    expect(turns.last.locator(".question")).to_have_text(question)
    expect(page.locator("#conversation .turn.pending")).to_have_count(0, timeout=20_000)
    return turns.last


def panel(page: Any) -> Any:
    return page.frame_locator('iframe[name="notice-panel"]')


def squeeze(text: str) -> str:
    return "".join(text.split())


def test_ask_cite_and_read_in_the_notice(page: Any) -> None:
    turn = ask(page, ASKED)
    expect(turn.locator("table tbody tr").first).to_be_visible()
    expect(turn.locator(".coverage")).to_contain_text("份通知")
    quote = turn.locator(".citations li").nth(2).locator("a.quote")
    words = squeeze(quote.inner_text())
    quote.click()
    mark = panel(page).locator("mark")
    expect(mark.first).to_be_in_viewport()
    assert squeeze("".join(mark.all_inner_texts())) == words
    expect(panel(page).locator(".place li").first).to_be_visible()
    assert page.evaluate("document.scrollingElement.scrollTop") == 0


def test_a_mark_in_the_answer_opens_its_citation(page: Any) -> None:
    turn = ask(page, ASKED)
    link = turn.locator(".text a.mark").last
    number = link.inner_text().strip("[]")
    words = squeeze(turn.locator(f'.citations li[value="{number}"] a.quote').text_content())
    link.click()
    expect(panel(page).locator("mark").first).to_be_in_viewport()
    assert squeeze("".join(panel(page).locator("mark").all_text_contents())) == words


def test_a_citation_opens_in_a_new_tab_too(page: Any, context: Any) -> None:
    turn = ask(page, ASKED)
    with context.expect_page() as opened:
        turn.locator(".citations .origin a").first.click()
    opened.value.wait_for_load_state()
    assert "/n/" in opened.value.url
    expect(opened.value.locator("mark").first).to_be_visible()


def test_a_follow_up_uses_the_earlier_question(page: Any) -> None:
    ask(page, "2022年质量月的活动主题是什么")
    turn = ask(page, "报送截止时间呢")
    expect(turn.locator(".text")).to_contain_text("2022")
    page.get_by_role("button", name="新对话").click()
    expect(page.locator("#conversation .turn")).to_have_count(0)


def test_why_these_is_told_on_demand(page: Any) -> None:
    searches: list[str] = []
    page.on("request", lambda request: searches.append(request.url) if "/v1/search" in request.url else None)
    turn = ask(page, "哪些单位负责点动车相关活动")
    expect(turn.locator(".notes")).to_contain_text("已按“电动车”检索")
    assert searches == []
    turn.locator("details.why summary").click()
    reasons = turn.locator("details.why li")
    expect(reasons).to_have_count(5)
    expect(turn.locator("details.why .correction")).to_contain_text("点动车")
    for reason in reasons.all():
        score = float(reason.locator(".score").inner_text().split()[-1])
        shares = [float(share.split()[-1]) for share in reason.locator(".share").all_inner_texts()]
        assert sum(shares) == pytest.approx(score, abs=0.003)
    assert len(searches) == 1
    reasons.first.locator("a.quote").click()
    expect(panel(page).locator("mark").first).to_be_visible()


def test_why_these_keeps_the_history_and_the_filters(page: Any) -> None:
    ask(page, "2022年质量月的活动主题是什么")
    turn = ask(page, "报送截止时间呢")
    turn.locator("details.why summary").click()
    expect(turn.locator("details.why li").first).to_be_visible()
    assert "history=" in str(turn.locator("details.why").get_attribute("data-search"))


def test_a_refusal_gives_its_reason_and_what_is_near(page: Any) -> None:
    turn = ask(page, "火星基地由谁建设")
    expect(turn.locator(".refused .verdict")).to_be_visible()
    expect(turn.locator(".refused .reason").first).not_to_be_empty()
    expect(turn.locator(".related h2")).to_contain_text("相关但不是答案")
    assert turn.locator(".citations").count() == 0


def test_filters_come_from_the_store_and_are_kept(page: Any) -> None:
    page.locator("#filters").get_by_role("button", name="筛选").click()
    page.get_by_label("年份").click()
    page.get_by_role("option", name="2021").click()
    turn = ask(page, ASKED)
    years = turn.locator("td.year").all_inner_texts()
    assert years
    assert set(years) == {"2021"}


def test_an_example_asks(page: Any) -> None:
    page.locator("#examples button").first.click()
    expect(page.locator("#conversation .turn .coverage")).to_be_visible()
    expect(page.locator("#examples")).to_be_hidden()


def test_enter_that_commits_a_candidate_is_no_question(page: Any) -> None:
    box = page.locator("#question textarea")
    box.fill("dian")
    for init in ({"key": "Enter", "isComposing": True}, {"key": "Enter", "keyCode": 229}):
        for event in ("keydown", "keypress", "keyup"):
            box.dispatch_event(event, {"bubbles": True, "cancelable": True, **init})
    page.wait_for_timeout(500)
    assert page.locator("#conversation .turn").count() == 0
    expect(box).to_have_value("dian")


@pytest.mark.parametrize("context", [{"width": 400, "height": 800}], indirect=True)
def test_on_a_phone_the_notice_is_a_sheet(page: Any) -> None:
    turn = ask(page, ASKED)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    expect(page.locator("#panel iframe")).to_be_hidden()
    turn.locator(".text a.mark").first.click()
    expect(panel(page).locator("mark").first).to_be_in_viewport()
    page.get_by_role("button", name="关闭原文").click()
    expect(page.locator("#panel iframe")).to_be_hidden()
    expect(turn.locator(".text a.mark").first).to_be_focused()


def test_hostile_words_are_only_words(context: Any, hostile_server: Server) -> None:
    dialogs: list[str] = []
    page = context.new_page()
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(hostile_server.base)
    turn = ask(page, "<img src=x onerror=alert(8)> 电动自行车 ${alert(9)} {{this}}")
    turn = ask(page, "哪些单位负责电动自行车活动")
    expect(turn).to_contain_text("${alert(4)} {{constructor}}")
    turn.locator("a.quote").first.click()
    expect(panel(page).locator("mark").first).to_be_visible()
    assert page.locator("#conversation img, #conversation script, #conversation svg").count() == 0
    assert panel(page).locator('img, svg, script:not([src^="/static/web/"])').count() == 0
    assert dialogs == []


def test_the_reference_loads_from_here(context: Any, base: str) -> None:
    page = context.new_page()
    page.goto(f"{base}/docs")
    expect(page.get_by_text("/v1/ask", exact=True)).to_be_visible()


def test_gradio_offers_nothing_but_the_page(base: str) -> None:
    for path in ("/gradio_api/upload", "/gradio_api/proxy=http://127.0.0.1/", "/gradio_api/runs"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(base + path, timeout=10)


def test_the_server_stops_while_a_page_is_open(browser: Any, hostile_server: Server) -> None:
    page = browser.new_page()
    page.goto(hostile_server.base)
    ask(page, "哪些单位负责电动自行车活动")
    assert hostile_server.stop() < 5
    assert hostile_server.process.returncode in (0, -15)
    page.close()
