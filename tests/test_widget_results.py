"""Results in `<notice-search>`: rows 11 to 17 of the checklist."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from tests.widget_pages import (
    ASKED,
    BROWSER,
    PATIENT,
    Reply,
    Site,
    Watched,
    a_hit,
    api,
    as_json,
    box,
    browser,
    expect,
    found,
    html,
    options,
    page,
    searches,
    site,
    watched,
    widget,
)  # fmt: skip

__all__ = ["api", "browser", "page", "site", "watched"]  # fixtures
pytestmark = BROWSER


def listening(page: Any, *names: str) -> None:
    """Keep the events of the widget in `window.events`."""
    page.evaluate(
        """names => { window.events = []; for (const name of names)
        document.addEventListener(name, e => window.events.push([name, e.detail, e.composed, e.cancelable])); }""",
        list(names),
    )


# -- row 11: one answer for the last query -----------------------------------------------------------------------------


def test_row_11_the_last_query_wins_and_the_others_are_given_up(watched: Watched, api: str, site: Site) -> None:
    def slow(parameters: dict[str, str]) -> Reply:
        time.sleep({"甲": 1.2, "甲乙": 0.6}.get(parameters["q"], 0.0))
        return found(a_hit(notice_title=f"关于{parameters['q']}"))

    site.put("/slow/v1/search", slow)
    page = watched.open(site.page(html(api, widget(f"{site.base}/slow", 'debounce="20"'))))
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.failure))
    for words in ("甲", "甲乙", "甲乙丙"):
        box(page).fill(words)
        page.wait_for_timeout(100)
    expect(page.locator("#w [part=title]")).to_have_text("关于甲乙丙")
    page.wait_for_timeout(1300)
    expect(page.locator("#w [part=title]")).to_have_text("关于甲乙丙")
    assert failed == ["net::ERR_ABORTED"] * 2


def test_row_11_one_request_a_pause_and_none_for_what_is_known(page: Any) -> None:
    asked = searches(page)
    page.locator("#w").evaluate(
        "host => host.setAttribute('debounce', 900)"
    )  # more than a busy machine needs for a key
    box(page).press_sequentially("电动自行车", delay=20)
    expect(options(page).first).to_be_visible()
    assert asked == [ASKED]
    box(page).fill("电梯")
    expect(page.locator("#w mark").first).to_have_text(re.compile("电梯"))
    box(page).fill(ASKED)
    expect(page.locator("#w mark").first).to_have_text(re.compile("电动"))
    assert asked == [ASKED, "电梯"]


def test_row_11_results_are_there_at_once(page: Any) -> None:
    """A loose bound, since tests share their machine; `benchmarks/widget_latency.py` measures."""
    page.evaluate(
        """() => { const root = document.getElementById('w').shadowRoot; window.waits = [];
        root.querySelector('input').addEventListener('input', () => { window.typed = performance.now(); }, true);
        new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => {
            if (root.querySelector('[role=option]')) window.waits.push(performance.now() - window.typed - 150); })))
            .observe(root.querySelector('[role=listbox]'), {childList: true}); }"""
    )
    for number, words in enumerate(("电梯", "食品", "计量", "质量月", "标准"), 1):
        box(page).fill(words)
        page.wait_for_function("count => window.waits.length >= count", arg=number)
    assert sorted(page.evaluate("waits"))[2] < 1000


# -- row 12: states ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (500, {}, "检索服务出错"),
        (401, {}, "需要登录"),
        (403, {}, "没有查看"),
        (422, {}, "无法这样检索"),
        (404, {}, "无法这样检索"),
    ],
)
def test_row_12_every_refusal_says_what_to_do(
    watched: Watched, api: str, site: Site, status: int, headers: dict[str, str], words: str
) -> None:
    replies = [as_json({"code": "x", "detail": "某处不对"}, status, **headers), found(a_hit())]
    site.put("/bad/v1/search", lambda _: replies.pop(0) if len(replies) > 1 else replies[0])
    page = watched.open(site.page(html(api, widget(f"{site.base}/bad"))))
    listening(page, "ns-error")
    box(page).fill("某事")
    error = page.locator("#w [part=error]")
    expect(error).to_contain_text(words)
    assert page.evaluate("events") == [["ns-error", {"status": status, "code": "x"}, True, True]]
    if status == 500:
        error.get_by_role("button", name="重试").click()
        expect(options(page)).to_have_count(1)
    if status == 401:
        expect(error.get_by_role("link", name="登录")).to_have_attribute("href", f"{site.base}/bad/login")
    watched.complaints.clear()


def test_row_12_too_many_requests_wait_as_long_as_the_server_says(watched: Watched, api: str, site: Site) -> None:
    replies = [as_json({}, 429, Retry_After="1"), found(a_hit())]
    site.put("/busy/v1/search", lambda _: replies.pop(0) if len(replies) > 1 else replies[0])
    page = watched.open(site.page(html(api, widget(f"{site.base}/busy"))))
    box(page).fill("某事")
    expect(page.locator("#w [part=error]")).to_contain_text("1 秒后自动重试")
    expect(options(page)).to_have_count(1)
    watched.complaints.clear()


def test_row_12_offline_goes_on_when_the_network_is_back(page: Any, watched: Watched) -> None:
    watched.context.set_offline(True)
    box(page).fill(ASKED)
    expect(page.locator("#w [part=error]")).to_contain_text("网络已断开")
    watched.context.set_offline(False)
    expect(options(page).first).to_be_visible()
    watched.complaints.clear()


def test_row_12_nothing_found_comes_with_advice(watched: Watched, api: str, site: Site) -> None:
    site.put("/none/v1/search", found())
    page = watched.open(site.page(html(api, widget(f"{site.base}/none", 'year="2021" region="天津市"'))))
    box(page).fill("某事")
    notes = page.locator("#w [part=note]")
    expect(notes.first).to_have_text("没有找到“某事”")
    expect(notes.last).to_contain_text("2021 · 天津市")


def test_row_12_loading_is_said_and_a_slow_answer_does_not_flicker(watched: Watched, api: str, site: Site) -> None:
    def slow(parameters: dict[str, str]) -> Reply:
        time.sleep(0.4)
        return found(a_hit(notice_title=parameters["q"]))

    site.put("/slow/v1/search", slow)
    page = watched.open(site.page(html(api, widget(f"{site.base}/slow"))))
    box(page).fill("某事")
    expect(page.locator("#w [role=listbox][aria-busy=true]")).to_be_attached()
    expect(page.locator("#w .popup")).to_contain_text("正在检索")
    expect(page.locator("#w [part=title]")).to_have_text("某事")
    box(page).fill("另一事")
    expect(page.locator("#w [role=listbox][aria-busy=true]")).to_be_attached()
    expect(page.locator("#w [part=title]")).to_have_text("某事")  # until the new ones are there
    expect(page.locator("#w [part=title]")).to_have_text("另一事")
    expect(page.locator("#w [role=listbox][aria-busy=true]")).not_to_be_attached()


# -- row 13: highlights ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "start", "end", "marked"),
    [
        ("查处电动自行车", 2, 7, "电动自行车"),
        ("😀😀查处𠮷野家", 4, 7, "𠮷野家"),  # characters that JavaScript counts twice
        ("家👨‍👩‍👧税务", 6, 8, "税务"),  # one family, five code points
        ("ＱＲ码登记", 0, 3, "ＱＲ码"),
        ("cafe\u0301 税", 0, 5, "cafe\u0301"),
    ],
)
def test_row_13_marks_stand_where_the_server_says(
    watched: Watched, api: str, site: Site, text: str, start: int, end: int, marked: str
) -> None:
    site.put("/marks/v1/search", found(a_hit(text=text, highlights=[{"start": start, "end": end}])))
    page = watched.open(site.page(html(api, widget(f"{site.base}/marks"))))
    box(page).fill("某事")
    expect(page.locator("#w mark")).to_have_text(marked)
    assert page.locator("#w [part=snippet]").text_content() == text


def test_row_13_the_snippet_is_cut_around_its_sentence(page: Any) -> None:
    box(page).fill(ASKED)
    expect(options(page).first).to_be_visible()
    snippets = page.locator("#w [part=snippet]")
    assert all(len(words) <= 122 for words in snippets.all_text_contents())
    assert all("自行车" in words for words in page.locator("#w mark").all_text_contents())


# -- row 14: recent searches -------------------------------------------------------------------------------------------


def test_row_14_recent_searches_come_back_and_can_be_cleared(page: Any) -> None:
    for number in range(12):
        page.evaluate("n => document.getElementById('w').value = '第' + n + '次'", number)
        box(page).press("Enter")
        page.evaluate("document.getElementById('w').addEventListener('ns-select', e => e.preventDefault())")
        expect(options(page).first).to_be_visible()
        box(page).press("ArrowDown")
        box(page).press("Enter")
    page.reload()
    box(page).focus()
    expect(options(page)).to_have_count(8)
    expect(options(page).first).to_have_text("第11次")
    box(page).press("ArrowDown")
    box(page).press("Enter")
    expect(box(page)).to_have_value("第11次")
    expect(page.locator("#w [part=title]").first).to_be_visible()
    page.evaluate("document.getElementById('w').value = ''")
    box(page).click()
    page.get_by_role("button", name="清除最近检索").click()
    expect(page.locator("#w .popup")).to_be_hidden()
    assert page.evaluate("localStorage.getItem('notice-search:recents')") == "[]"


def test_row_14_a_browser_that_keeps_nothing_is_no_fault(watched: Watched, api: str, site: Site) -> None:
    watched.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"
    )
    page = watched.open(site.page(html(api, widget(api))))
    page.evaluate("document.getElementById('w').addEventListener('ns-select', e => e.preventDefault())")
    box(page).fill(ASKED)
    expect(options(page).first).to_be_visible()
    options(page).first.click()
    page.locator("#w [part=clear]").click()
    expect(options(page)).to_have_text([ASKED])


def test_row_14_they_can_be_switched_off(watched: Watched, api: str, site: Site) -> None:
    page = watched.open(site.page(html(api, widget(api, 'recents="off"'))))
    page.evaluate("document.getElementById('w').addEventListener('ns-select', e => e.preventDefault())")
    box(page).fill(ASKED)
    expect(options(page).first).to_be_visible()
    options(page).first.click()
    assert page.evaluate("localStorage.length") == 0


# -- row 15: events ----------------------------------------------------------------------------------------------------


def test_row_15_events_tell_what_happened_and_not_what_was_typed(page: Any) -> None:
    listening(page, "ns-search", "ns-select")
    page.evaluate("document.addEventListener('ns-select', e => e.preventDefault())")
    box(page).fill(ASKED)
    expect(options(page).first).to_be_visible()
    options(page).nth(1).click()
    (search, select) = page.evaluate("events")
    assert search == ["ns-search", {"mode": "search", "length": 5}, True, True]
    assert select[1].keys() == {"notice_id", "passage_id", "url", "position"}
    assert select[1]["position"] == 2
    assert ASKED not in str([search, select])
    assert "/page" in page.url  # the page took it over


def test_row_15_a_search_can_be_kept_back(page: Any) -> None:
    asked = searches(page)
    page.evaluate("document.addEventListener('ns-search', e => e.preventDefault())")
    box(page).fill(ASKED)
    page.wait_for_timeout(PATIENT)
    assert asked == []


# -- row 16: languages -------------------------------------------------------------------------------------------------


def test_row_16_words_follow_the_language_of_the_place(page: Any) -> None:
    box(page).fill(ASKED)
    expect(options(page).first).to_be_visible()
    for tag, label in (("en", "Search notices"), ("zh-TW", "檢索通知"), ("zh-Hant-HK", "檢索通知"), ("zh", "检索通知")):
        page.evaluate("tag => document.documentElement.lang = tag", tag)
        expect(box(page)).to_have_attribute("aria-label", label)
        expect(box(page)).to_have_value(ASKED)
        expect(options(page).first).to_be_visible()
    page.evaluate("document.getElementById('w').setAttribute('lang', 'en')")
    expect(page.locator("#w [part=footer]")).to_contain_text("results")
    page.evaluate("document.getElementById('w').messages = {label: 'Find rules'}")
    expect(box(page)).to_have_attribute("aria-label", "Find rules")


# -- row 17: links -----------------------------------------------------------------------------------------------------


def test_row_17_results_are_links(page: Any, watched: Watched, api: str) -> None:
    box(page).fill(ASKED)
    expect(options(page).first).to_be_visible()
    address = options(page).first.get_attribute("href")
    assert re.fullmatch(re.escape(api) + r"/n/[^/?]+\?start=\d+&end=\d+#.+", str(address))
    for act in (
        lambda: (box(page).press("ArrowDown"), box(page).press("Control+Enter")),
        lambda: options(page).first.click(button="middle"),
        lambda: options(page).first.click(modifiers=["ControlOrMeta"]),
    ):
        with watched.context.expect_page() as opened:
            act()
        opened.value.wait_for_load_state()
        assert opened.value.url == address
        expect(opened.value.locator("mark").first).to_be_visible()
        opened.value.close()
        expect(options(page).first).to_be_visible()
    box(page).press("End")  # one is still chosen
    box(page).press("Enter")
    page.wait_for_url("**/n/**")


def test_row_17_nothing_but_http_is_ever_a_link(watched: Watched, api: str, site: Site) -> None:
    bad = ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", " javascript:alert(1)", "vbscript:x"]
    hits = [a_hit(url=url) for url in bad] + [a_hit(url="/n/n9#x"), a_hit(url="https://oa.example.cn/x")]
    site.put("/links/v1/search", found(*hits))
    page = watched.open(site.page(html(api, widget(f"{site.base}/links"))))
    box(page).fill("某事")
    expect(options(page)).to_have_count(len(hits))
    links = [option.get_attribute("href") or "" for option in options(page).all()]
    assert links[: len(bad)] == [f"{site.base}/links/n/n1?start=0&end=6#n1/1"] * len(bad)
    assert links[len(bad) :] == [f"{site.base}/links/n/n9#x", "https://oa.example.cn/x"]
