"""The tab “Ask” in a real browser: languages, an answer as it comes, its table, copy, verdicts, suggestions, axe."""

# ruff: noqa: F811 (the fixtures are those of test_page_browser)
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from assistant.feedback import FeedbackLog
from assistant.sample import sample_store
from index.store import LocalStore
from tests.conftest import ROOT
from tests.test_page_browser import (  # noqa: F401
    ASKED,
    CHROMIUM,
    FLAGS,
    Server,
    ask,
    base,
    browser,
    context,
    expect,
    page,
    panel,
)

AXE = ROOT / "tests" / ".node" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="apt-get install chromium fonts-noto-cjk")


def suggested(base: str, query: str) -> list[str]:
    with urllib.request.urlopen(f"{base}/v1/suggest?{query}", timeout=20) as response:
        return [one["text"] for one in json.load(response)["suggestions"]]


# -- languages ---------------------------------------------------------------------------------------------------------


def test_one_control_switches_all_texts_and_is_remembered(page: Any, context: Any, base: str) -> None:
    turn = ask(page, ASKED)
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    switch = page.get_by_role("button", name="English")
    switch.click()
    expect(page.get_by_role("tab", name="Ask")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#question")).to_contain_text("Question")
    expect(page.locator("#clear")).to_have_text("New conversation")
    expect(page.locator("#filters")).to_contain_text("Filters")
    expect(page.locator("#heading")).to_contain_text("passages")
    expect(turn.locator(".citations h2")).to_contain_text("Citations")
    expect(turn.locator("thead")).to_contain_text("Unit")
    expect(turn.locator(".kind")).to_have_text("Units")
    page.locator("#kind input").click()
    expect(page.get_by_role("option", name="Summary")).to_be_visible()
    again = context.new_page()  # a reload would break off what Gradio still asks for, which it complains about
    again.goto(base)
    expect(again.get_by_role("tab", name="Ask")).to_be_visible()
    expect(again.locator("html")).to_have_attribute("lang", "en")
    again.get_by_role("button", name="中文").click()
    expect(again.get_by_role("tab", name="提问")).to_be_visible()


def test_the_address_names_the_language(context: Any, base: str) -> None:
    page = context.new_page()
    page.goto(f"{base}/?lang=en")
    expect(page.get_by_role("tab", name="Ask")).to_be_visible()
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("tab", name="提问")).to_be_visible()
    assert "lang=zh" in page.url


def test_a_view_is_opened_by_its_name(context: Any, base: str) -> None:
    page = context.new_page()
    page.goto(f"{base}/?view=explore")
    expect(page.locator("#tab-explore-button")).to_have_attribute("aria-selected", "true")


# -- an answer as it comes ---------------------------------------------------------------------------------------------


def test_the_answer_comes_line_by_line(page: Any) -> None:
    page.locator("#examples button").first.wait_for()
    page.evaluate("""() => {
      window.steps = [];
      new MutationObserver(() => {
        const turn = document.querySelector("#conversation .turn");
        if (!turn) return;
        const step = [turn.classList.contains("pending"), turn.querySelectorAll(".text p, .text li").length, turn.querySelectorAll("tbody tr").length];
        if (JSON.stringify(step) !== JSON.stringify(window.steps.at(-1))) window.steps.push(step);
      }).observe(document.getElementById("conversation"), { childList: true, subtree: true, attributes: true });
    }""")
    turn = ask(page, ASKED)
    expect(turn.locator("tbody tr").first).to_be_visible()
    steps = [tuple(step) for step in page.evaluate("window.steps")]
    assert steps[0] == (True, 0, 0)
    some = [lines for pending, lines, rows in steps if pending and lines and not rows]
    assert some, steps
    assert steps[-1][0] is False
    assert steps[-1][2] > 0
    assert steps[-1][1] >= max(some) > min(some) or len(set(some)) == 1


def test_each_stage_has_its_time(page: Any) -> None:
    turn = ask(page, "火星基地由谁建设")
    turn.locator("details.coverage summary").click()
    stages = turn.locator("details.coverage dt").all_inner_texts()
    assert stages[0] == "理解问题"
    assert "检索" in stages
    assert all(ms.endswith(" ms") for ms in turn.locator("details.coverage dd").all_inner_texts())


# -- the table, copy, verdicts -----------------------------------------------------------------------------------------


def test_the_table_is_sorted_and_filtered(page: Any) -> None:
    turn = ask(page, ASKED)
    years = turn.locator("td.year")
    before = years.all_inner_texts()
    head = turn.locator("th.year")
    head.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert years.all_inner_texts() == sorted(before)
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    assert years.all_inner_texts() == sorted(before, reverse=True)
    turn.get_by_role("searchbox").fill("公安")
    shown = turn.locator("tbody tr:visible")
    expect(turn.get_by_role("status").first).to_have_text(f"{shown.count()} / {len(before)} 行")
    assert 0 < shown.count() < len(before)
    assert all("公安" in row for row in shown.all_inner_texts())
    turn.get_by_role("searchbox").fill("")
    expect(shown).to_have_count(len(before))


def test_an_answer_is_copied_with_its_citations(page: Any, context: Any) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    turn = ask(page, ASKED)
    turn.get_by_role("button", name="复制答案与引文").click()
    expect(turn.locator(".copy")).to_have_text("已复制")
    words = page.evaluate("navigator.clipboard.readText()")
    lines = words.splitlines()
    assert lines[0] == ASKED
    assert "[1]" in words.split("引文 (")[0]
    for number in range(1, turn.locator(".citations li").count() + 1):
        source = next(line for line in lines if line.startswith(f"[{number}] “"))
        assert "http://127.0.0.1" in source
        assert "/n/" in source
    expect(turn.locator(".copy")).to_have_text("复制答案与引文")


def test_verdicts_reach_the_log_with_their_reason(page: Any) -> None:
    turn = ask(page, ASKED)
    turn.get_by_role("button", name="有用").click()
    expect(turn.locator(".said-so")).to_have_text("已记录，谢谢")
    expect(turn.locator(".good")).to_have_attribute("aria-pressed", "true")
    turn = ask(page, "照片报送格式")
    turn.get_by_role("button", name="没用").click()
    turn.get_by_label("引文与问题无关").check()
    turn.get_by_label("补充说明").fill("问的是2021年")
    page.keyboard.press("Enter")
    expect(turn.locator(".said-so")).to_have_text("已记录，谢谢")
    good, bad = list(FeedbackLog(LocalStore(sample_store())).entries())[-2:]
    assert (good.question, good.verdict, good.reason) == (ASKED, "good", "")
    assert len(good.citations) == page.locator(".turn").first.locator(".citations li").count()
    assert (bad.question, bad.verdict, bad.reason) == ("照片报送格式", "bad", "引文与问题无关：问的是2021年")
    assert bad.history == (ASKED,)
    assert bad.citations


# -- suggestions -------------------------------------------------------------------------------------------------------


def test_examples_come_from_the_store_in_both_languages(page: Any, base: str) -> None:
    buttons = page.locator("#examples button")
    buttons.first.wait_for()
    assert buttons.all_inner_texts() == suggested(base, "k=6&lang=zh")
    page.locator("#switch").click()
    expect(buttons.first).to_have_attribute("lang", "en")
    assert buttons.all_inner_texts() == suggested(base, "k=6&lang=en")
    words = buttons.first.inner_text()
    buttons.first.click()
    expect(page.locator("#conversation .turn .question")).to_have_text(words)
    expect(page.locator("#conversation .turn .judge")).to_be_visible()
    expect(page.locator("#examples")).to_be_hidden()


def test_what_is_typed_is_gone_on_with(page: Any) -> None:
    page.locator("#question textarea").press_sequentially("电动自行车")
    typing = page.locator("#typing button")
    expect(typing.first).to_contain_text("电动自行车")
    words = typing.first.inner_text()
    typing.first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#conversation .turn .question")).to_have_text(words)
    expect(typing).to_have_count(0)


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def test_a_filter_chosen_before_the_load_is_done_stays(context: Any, base: str) -> None:
    page = context.new_page()
    held: list[Any] = []
    page.route("**/gradio_api/queue/join*", lambda route: held.append(route))
    page.goto(base)
    page.locator("#filters").get_by_role("button", name="筛选").click()
    page.get_by_label("年份").click()
    page.get_by_role("option", name="2021").click()
    assert held  # the load has not been answered yet
    for request in held:
        request.continue_()
    page.unroute("**/gradio_api/queue/join*")
    page.wait_for_timeout(1500)
    expect(page.get_by_label("年份")).to_have_value("2021")
    turn = ask(page, ASKED)
    assert set(turn.locator("td.year").all_inner_texts()) == {"2021"}


@pytest.mark.slow
def test_a_server_that_is_gone_is_named_and_what_to_do(browser: Any) -> None:
    server = Server()
    page = browser.new_page(locale="zh-CN")
    page.goto(server.base)
    page.locator("#examples button").first.wait_for()
    server.stop()
    page.locator("#question textarea").fill(ASKED)
    page.locator("#question textarea").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("notices serve")
    expect(page.locator("#question textarea")).to_have_value(ASKED)
    page.close()


# -- for everybody -----------------------------------------------------------------------------------------------------


@pytest.fixture(params=[("zh", "light", 1360), ("en", "dark", 1360), ("zh", "dark", 390), ("en", "light", 320)])
def view(browser: Any, base: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    lang, scheme, width = request.param
    context = browser.new_context(viewport={"width": width, "height": 800}, locale="zh-CN", color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{base}/?lang={lang}")
    yield page
    context.close()


@pytest.mark.slow
@pytest.mark.skipif(not AXE.is_file(), reason="npm install --prefix tests/.node axe-core@4.14.1")
def test_axe_finds_nothing(view: Any) -> None:
    """Empty, answered with all folds open, with the notice beside it; in both languages, light and dark, on a phone."""
    view.locator("#examples button").first.wait_for()
    inspect(view)
    turn = ask(view, ASKED)
    turn.locator("details.coverage summary").click()
    turn.locator(".judge .bad").click()
    view.locator("#filters").get_by_role("button").first.click()
    inspect(view)
    turn.locator(".text a.mark").first.click()
    expect(panel(view).locator("mark").first).to_be_visible()
    inspect(view)


def inspect(page: Any) -> None:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_page_follows_the_dark_scheme(browser: Any, base: str) -> None:
    brightness = []
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        page.goto(base)
        page.locator("#question textarea").wait_for()
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        brightness.append(sum(int(part) for part in colour[4:-1].split(",")[:3]))
        page.close()
    assert brightness[0] > 600 > 200 > brightness[1]


def test_the_head_is_there_from_the_first_byte(base: str) -> None:
    with urllib.request.urlopen(base, timeout=20) as response:
        html = response.read().decode()
    assert 'lang="zh-CN"' in html[:200]
    assert html.index("/static/web/page.js") < html.index("gradio_config")
    assert "<noscript>" in html
    assert "gradio.app" not in html.split("window.gradio_config")[0]
