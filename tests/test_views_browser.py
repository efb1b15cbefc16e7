"""The tabs Explore and Evaluate, and the notice page, in a real browser: what one clicks, keyboards, axe, no request elsewhere."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corpus.reading import read_paths
from eval.bench.generator import generate
from index.store import LocalStore
from tests.conftest import ROOT
from tests.test_links import NEW, OLD
from tests.test_page_browser import CHROMIUM, FLAGS, Server, expect, sync_api
from tests.widget_pages import violations

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="apt-get install chromium fonts-noto-cjk")
LATEST = {"format": "notices-eval/1", "dataset": "tiny", "split": "test", "system": "hybrid", "queries": {"q1": {}},
          "measures": {"nDCG@10": 0.8125, "RR@10": 0.875}}  # fmt: skip
COMING = "市某局关于开展电动自行车检查的通知\n津某发〔2030〕3号\n各单位：\n请各单位于2098年3月31日前将总结报送至市某局办公室。\n市某局\n2030年3月1日\n"
PHONE, DESK = {"width": 390, "height": 800}, {"width": 1360, "height": 900}
Opener = Any


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the digest edition, an old notice and what replaced it, one with a deadline to come, a long one; and reports."""
    made = tmp_path_factory.mktemp("views")
    for name, text in (("old.txt", OLD), ("new.txt", NEW), ("coming.txt", COMING)):
        (made / name).write_text(text, encoding="utf-8")
    head, *lines = next(generate(40)).text.splitlines()
    items = [line for line in lines if "责任单位" in line]
    long = [head, *(f"{n}.{re.sub('^[0-9]+[.]', '', items[n % len(items)])}" for n in range(1, 601))]
    (made / "long.txt").write_text("\n".join(long) + "\n", encoding="utf-8")
    store = LocalStore(made / "store")
    store.index(read_paths([ROOT / "corpus" / "notices", *sorted(made.glob("*.txt"))]))
    (store.folder / "reports").mkdir()
    (store.folder / "reports" / "latest.json").write_text(json.dumps(LATEST), encoding="utf-8")
    (store.folder / "reports" / "latest.html").write_text(
        "<!doctype html><title>报告</title><h1>报告</h1>", encoding="utf-8"
    )
    return store.folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Any, server: Server) -> Iterator[Opener]:
    """Opens addresses of the server in fresh profiles; afterwards nothing was asked elsewhere and nothing was complained about."""
    contexts: list[Any] = []
    troubles: list[str] = []

    def open_at(path: str, **settings: Any) -> Any:
        context = browser.new_context(**{"viewport": DESK, "locale": "zh-CN", **settings})
        contexts.append(context)
        context.on(
            "request", lambda r: None if r.url.startswith((server.base, "data:", "blob:")) else troubles.append(r.url)
        )
        context.on("weberror", lambda error: troubles.append(str(error.error)))
        context.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
        page = context.new_page()
        page.goto(server.base + path)
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture(scope="module")
def ids(folder: Path) -> dict[str, str]:
    return {Path(card.source).name: notice_id for notice_id, card in LocalStore(folder).cards().items()}


# -- Explore -----------------------------------------------------------------------------------------------------------


def test_a_cell_shows_its_items_and_asks_about_them(opened: Opener, server: Server) -> None:
    page = opened("/?view=explore")
    matrix = page.locator("table.matrix")
    expect(matrix).to_be_visible(timeout=60_000)
    cell = matrix.locator("tbody tr").first.locator("td button").first
    row, topic = cell.get_attribute("aria-label").partition(": ")[0].split(" · ")
    count = int(cell.inner_text())
    cell.click()
    heading = page.locator("#explore-items")
    expect(heading).to_contain_text(f"{row} · {topic}")
    expect(heading).to_be_focused()
    shown = page.locator(".explore-items li")
    expect(shown).to_have_count(min(count, 50))
    link = shown.first.get_by_role("link")
    with page.expect_popup() as popup:
        link.click()
    popup.value.wait_for_load_state()
    assert popup.value.locator("mark").count() >= 1
    popup.value.close()
    page.locator(".explore-items .ask a").click()
    expect(page.locator("#conversation .question").last).to_have_text(f"{row}有哪些{topic}相关活动", timeout=60_000)
    expect(page.locator("#conversation .answer").last).to_contain_text(topic)


def test_years_and_rows_are_chosen_by_keyboard(opened: Opener) -> None:
    page = opened("/?view=explore")
    years = page.get_by_role("group", name="年份")
    expect(years.get_by_role("button", name=re.compile("^全部"))).to_be_visible(timeout=60_000)
    year = years.get_by_role("button", name=re.compile("^2022"))
    year.focus()
    page.keyboard.press("Enter")
    expect(years.locator("[aria-pressed=true]")).to_contain_text("2022")
    expect(years.locator("[aria-pressed=true]")).to_be_focused()
    page.get_by_role("group", name="按").get_by_role("button", name="地区").click()
    expect(page.locator("table.matrix tbody th").first).to_contain_text("天津市")
    expect(years.locator("[aria-pressed=true]")).to_contain_text("2022")
    first = page.locator("table.matrix button[tabindex='0']")
    expect(first).to_have_count(1)
    first.focus()
    where = "document.activeElement.closest('td, th').cellIndex"
    before = page.evaluate(where)
    page.keyboard.press("ArrowRight")
    assert page.evaluate(where) > before
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".explore-items li").first).to_be_visible()


def test_deadlines_are_listed_and_taken_along(opened: Opener) -> None:
    page = opened("/?view=explore")
    coming = page.locator("table.deadlines.coming tbody tr")
    expect(coming).to_have_count(1, timeout=60_000)
    expect(coming).to_contain_text("2098-03-31")
    expect(page.locator("table.deadlines.past tbody tr").first).to_contain_text("天前")
    expect(page.locator("svg.timeline circle.coming")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("link", name="日历文件（未到期）").click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert text.count("BEGIN:VEVENT") == 1
    assert "20980331" in text
    page.locator("#switch").click()
    expect(page.locator("#explore-coming .said:visible")).to_have_text("To come (1)")


# -- Evaluate ----------------------------------------------------------------------------------------------------------


def test_reports_are_listed_and_open(opened: Opener) -> None:
    page = opened("/")
    page.get_by_role("tab", name="评测").click(timeout=60_000)
    row = page.locator("table.reports tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("tiny:test")
    expect(row).to_contain_text("nDCG@10 0.812")
    with page.expect_popup() as popup:
        row.get_by_role("link", name="latest.html").click()
    expect(popup.value.locator("h1")).to_have_text("报告")


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "size"), [("light", DESK), ("dark", PHONE)])
@pytest.mark.parametrize("view", ["explore", "evaluate"])
def test_axe_finds_nothing_in_the_tabs(opened: Opener, view: str, scheme: str, size: dict[str, int]) -> None:
    page = opened(f"/?view={view}", color_scheme=scheme, viewport=size, bypass_csp=True)
    table = page.locator("table.matrix" if view == "explore" else "table.reports")
    expect(table).to_be_visible(timeout=60_000)
    if view == "explore":
        table.locator("td button").first.click()
        expect(page.locator("#explore-items")).to_be_focused()
        page.locator("summary", has_text="以表格显示").click()
    page.evaluate(
        "document.head.prepend(document.querySelector('link[href$=\"explore.css\"]'))"
    )  # Gradio's style may come later
    page.wait_for_function("getComputedStyle(document.querySelector('#views .explore table')).borderTopWidth === '0px'")
    if view == "explore":
        assert (
            table.locator("td button").last.evaluate("b => getComputedStyle(b).backgroundColor") == "rgba(0, 0, 0, 0)"
        )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []


# -- the notice page ---------------------------------------------------------------------------------------------------


def test_a_notice_is_read_without_scripts(opened: Opener, ids: dict[str, str]) -> None:
    page = opened(f"/n/{ids['long.txt']}?start=20000&end=20020#mark", java_script_enabled=False)
    mark = page.locator("#mark")
    expect(mark).to_be_in_viewport()
    expect(page.locator(".place")).to_be_in_viewport()
    expect(page.locator(".line .who").first).to_contain_text(re.compile("局|联|会|队"))
    assert page.locator("button").count() == 0
    page.locator("details.outline summary").click()
    link = page.locator("details.outline a").nth(2)
    link.click()
    expect(page.locator("#mark")).to_be_in_viewport()
    page.locator(".tools a[lang=en]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#mark")).to_be_in_viewport()


def test_a_replaced_notice_says_so_first(opened: Opener, ids: dict[str, str]) -> None:
    page = opened(f"/n/{ids['old.txt']}")
    expect(page.locator(".standing")).to_contain_text("本通知已被废止")
    expect(page.locator(".standing")).to_be_in_viewport()
    page.locator(".standing a").click()
    expect(page.locator("mark")).to_be_in_viewport()
    assert page.url.split("/n/")[1].startswith(ids["new.txt"])
    assert page.locator(".standing").count() == 0


def test_quote_and_link_are_copied(opened: Opener, ids: dict[str, str]) -> None:
    page = opened(f"/n/{ids['coming.txt']}?start=0&end=8", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="复制引文").click()
    expect(page.get_by_role("button", name="已复制")).to_be_visible()
    words = page.evaluate("navigator.clipboard.readText()")
    assert words.startswith(f"“{COMING[:8]}”\n")
    assert words.endswith(page.url)
    page.locator(".permanent").first.click()
    assert "#" in page.url
    expect(page.locator("p:target")).to_be_in_viewport()


def test_paper_holds_the_notice_and_its_warnings(opened: Opener, ids: dict[str, str]) -> None:
    page = opened(f"/n/{ids['000_2022_tianjin_activities.txt']}?start=100&end=120", color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    for hidden in (".tools", ".place", ".outline", ".permanent", ".who"):
        expect(page.locator(hidden).first).to_be_hidden()
    for shown in ("h1", "article", ".warn", ".printed"):
        expect(page.locator(shown).first).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "query", "scheme", "size"),
    [
        ("000_2022_tianjin_activities.txt", "?start=100&end=120", "light", DESK),
        ("000_2022_tianjin_activities.txt", "?start=100&end=120&lang=en", "dark", PHONE),
        ("old.txt", "", "dark", DESK),
        ("new.txt", "?lang=en", "light", PHONE),
    ],
)
def test_axe_finds_nothing_on_a_notice(
    opened: Opener, ids: dict[str, str], name: str, query: str, scheme: str, size: dict[str, int]
) -> None:
    page = opened(f"/n/{ids[name]}{query}", color_scheme=scheme, viewport=size, bypass_csp=True)
    for fold in page.locator("summary").all():
        fold.click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []
