"""Answers in `<notice-search>`: row 23 of the checklist, the dialog of row 8, and the feedback of row 15."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.widget_pages import (
    BROWSER,
    QUESTION,
    Reply,
    Site,
    Watched,
    api,
    as_json,
    box,
    browser,
    expect,
    html,
    options,
    site,
    watched,
    widget,
)  # fmt: skip

__all__ = ["api", "browser", "site", "watched"]  # fixtures
pytestmark = BROWSER
UNITS = "哪些单位负责电动自行车相关活动"
LINES = [f"第{n}句话[1]。\n" for n in range(12)]
CITATION = {
    "number": 1, "passage_id": "n1/1", "notice_id": "n1", "notice_title": "关于某事的通知", "document_number": "某字1号",
    "section_path": ["一"], "quote": "某处的正文", "start": 0, "end": 5, "page": None, "url": "/n/n1?start=0&end=5#n1/1",
}  # fmt: skip


def slow_answer(gate: threading.Event | None = None) -> Reply:
    """An answer line by line, each cut in two in the middle of a character; half of it only once the gate is open."""

    def pieces() -> Iterator[bytes]:
        yield b": hello\n\n" + _event("citation", CITATION)
        for number, line in enumerate(LINES):
            if gate and number == len(LINES) // 2:
                gate.wait(10)
            whole = _event("delta", {"text": line})
            yield whole[:38]
            time.sleep(0.005)
            yield whole[38:]
        whole = {
            "answer": "".join(LINES),
            "citations": [CITATION],
            "table": None,
            "abstained": False,
            "coverage": {"notices": 1, "passages": 2},
        }
        yield _event("done", whole)

    return 200, {"Content-Type": "text/event-stream"}, pieces()


def _event(name: str, data: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def asked(page: Any, question: str) -> Any:
    box(page).fill(question)
    box(page).press("Enter")
    return page.locator("#w [part=answer-text]")


@pytest.fixture
def page(watched: Watched, api: str, site: Site) -> Any:
    return watched.open(site.page(html(api, widget(api, 'mode="answer"'))))


def test_row_23_a_citation_is_a_button_that_opens_its_words(page: Any, api: str) -> None:
    text = asked(page, QUESTION)
    mark = text.locator("[part=citation]").first
    expect(mark).to_have_text("1")
    expect(mark).to_have_attribute("aria-label", re.compile("^引文 1：.+"))
    mark.click()
    source = page.locator("#w [part=source]")
    expect(source).to_be_focused()
    expect(mark).to_have_attribute("aria-expanded", "true")
    expect(source.locator("mark")).to_have_text(re.compile("推动质量变革创新"))
    link = source.get_by_role("link", name="在原文中查看")
    assert str(link.get_attribute("href")).startswith(f"{api}/n/")
    page.keyboard.press("Escape")
    expect(source).to_be_hidden()
    expect(mark).to_be_focused()


def test_row_23_the_words_stand_in_their_passage(page: Any) -> None:
    text = asked(page, UNITS)
    expect(page.locator("#w [part=verdict]")).to_be_visible()
    count = text.locator("[part=citation]").count()
    assert count > 5
    wider = 0
    for number in range(count):
        text.locator("[part=citation]").nth(number).click()
        quote = page.locator("#w blockquote")
        expect(quote.locator("mark")).not_to_be_empty()
        page.wait_for_timeout(60)
        wider += len(quote.text_content() or "") > len(quote.locator("mark").text_content() or "")
    assert wider


def test_row_23_a_table_is_there_on_demand(page: Any) -> None:
    asked(page, UNITS)
    table = page.locator("#w details")
    expect(table.locator("table")).to_be_hidden()
    table.locator("summary").click()
    rows = table.locator("tbody tr")
    assert rows.count() > 5
    expect(table.locator("th").first).to_have_text(re.compile("单位|年份"))
    rows.first.locator("[part=citation]").first.click()
    expect(page.locator("#w [part=source]")).to_be_focused()


def test_row_23_it_grows_as_it_comes_and_the_live_region_is_not_spammed(watched: Watched, api: str, site: Site) -> None:
    gate = threading.Event()
    site.put("/slow/v1/ask", lambda _: slow_answer(gate))
    page = watched.open(site.page(html(api, widget(f"{site.base}/slow", 'mode="answer" debounce="5000"'))))
    page.evaluate(
        """() => { window.said = []; const root = document.getElementById('w').shadowRoot;
        for (const live of root.querySelectorAll('[aria-live]'))
            new MutationObserver(() => live.textContent && window.said.push(live.textContent)).observe(live, {childList: true}); }"""
    )
    text = asked(page, "某事")
    expect(text.locator("p").nth(2)).to_be_visible()
    assert text.locator("p").count() < len(LINES)
    expect(text).to_have_attribute("aria-busy", "true")
    expect(text.locator("[part=citation]").first).to_be_visible()
    gate.set()
    expect(page.locator("#w [part=verdict]")).to_be_visible()
    assert text.locator("p").all_inner_texts() == [line.strip().replace("[1]", "1") for line in LINES]
    assert text.get_attribute("aria-busy") is None
    page.wait_for_timeout(700)
    assert page.evaluate("said").pop() == "答案已给出，引文 1 处。"
    assert len(page.evaluate("said")) <= 2


def test_row_23_it_can_be_stopped_and_a_new_question_gives_up_the_old(watched: Watched, api: str, site: Site) -> None:
    gates = [threading.Event() for _ in range(3)]
    replies = [slow_answer(gate) for gate in gates]
    site.put("/slow/v1/ask", lambda _: replies.pop(0))
    page = watched.open(site.page(html(api, widget(f"{site.base}/slow", 'mode="answer" debounce="5000"'))))
    ended: list[str] = []
    page.on("requestfailed", lambda request: ended.append(request.failure))
    text = asked(page, "某事")
    expect(text.locator("p").nth(1)).to_be_visible()
    page.get_by_role("button", name="停止").click()
    expect(page.locator("#w .bar")).to_have_text("已停止。")
    count = text.locator("p").count()
    gates[0].set()
    page.wait_for_timeout(200)
    assert text.locator("p").count() == count < len(LINES)
    asked(page, "一")
    expect(text.locator("p").first).to_be_visible()
    gates[2].set()
    asked(page, "二")
    expect(page.locator("#w [part=question]")).to_have_text("二")
    expect(text.locator("p")).to_have_count(len(LINES))
    assert ended == ["net::ERR_ABORTED"] * 2


def test_row_23_a_stream_that_breaks_off_is_no_answer(watched: Watched, api: str, site: Site) -> None:
    site.put("/broken/v1/ask", (200, {"Content-Type": "text/event-stream"}, _event("delta", {"text": "开头"})))
    page = watched.open(site.page(html(api, widget(f"{site.base}/broken", 'mode="answer" debounce="5000"'))))
    asked(page, "某事")
    expect(page.locator("#w [part=answer] [part=error]")).to_be_visible()
    expect(page.locator("#w [part=verdict]")).to_have_count(0)


def test_a_refusal_shows_what_is_near_and_says_that_it_is_no_answer(page: Any, api: str) -> None:
    asked(page, "火星基地由谁建设")
    answer = page.locator("#w [part=answer]")
    expect(answer).to_contain_text("现有通知没有写明")
    expect(answer).to_contain_text("相关内容（不是答案）")
    assert str(answer.locator("[part=related]").first.get_attribute("href")).startswith(f"{api}/n/")
    expect(answer.locator("[part=citation]")).to_have_count(0)


def test_row_15_a_verdict_reaches_the_service(page: Any, watched: Watched) -> None:
    page.evaluate("() => { window.events = []; document.addEventListener('ns-feedback', e => events.push(e.detail)); }")
    asked(page, QUESTION)
    with page.expect_response("**/v1/feedback") as good:
        page.get_by_role("button", name="有帮助", exact=True).click()
    assert good.value.status == 201
    assert good.value.json()["citations"] > 0  # they become judgements, see tests/test_feedback_judgements.py
    expect(page.locator("#w [part=verdict]")).to_contain_text("谢谢")
    page.get_by_role("button", name="没有帮助").click()
    page.locator("#w textarea").fill("问的是2021年")
    with page.expect_response("**/v1/feedback") as bad:
        page.get_by_role("button", name="提交").click()
    assert bad.value.status == 201
    assert json.loads(bad.value.request.post_data)["reason"] == "问的是2021年"
    assert page.evaluate("events") == [{"verdict": "good", "reasoned": False}, {"verdict": "bad", "reasoned": True}]


def test_a_service_that_takes_no_verdicts_says_so(watched: Watched, api: str, site: Site) -> None:
    site.put("/mute/v1/ask", lambda _: slow_answer())
    site.put("/mute/v1/feedback", as_json({"code": "read_only"}, 403))
    page = watched.open(site.page(html(api, widget(f"{site.base}/mute", 'mode="answer" debounce="5000"'))))
    asked(page, "某事")
    page.get_by_role("button", name="有帮助", exact=True).click()
    expect(page.locator("#w [part=verdict]")).to_contain_text("本服务不收集意见")
    watched.complaints.clear()


def test_filters_hold_for_answers_too(watched: Watched, api: str, site: Site) -> None:
    page = watched.open(site.page(html(api, widget(api, 'mode="answer" year="2021"'))))
    asked(page, UNITS)
    page.locator("#w summary").click()
    cells = page.locator("#w tbody td").all_inner_texts()
    assert "2021" in " ".join(cells)
    assert "2022年" not in (page.locator("#w [part=answer-text]").text_content() or "")


def test_row_08_the_dialog_keeps_the_focus_and_gives_it_back(watched: Watched, api: str, site: Site) -> None:
    body = '<button id="before">前</button>' + widget(api, 'mode="floating"') + '<button id="after">后</button>'
    page = watched.open(site.page(html(api, body)))
    page.locator("#before").focus()
    page.keyboard.press("Control+k")
    dialog = page.locator("#w dialog")
    expect(dialog).to_be_visible()
    expect(box(page)).to_be_focused()
    assert dialog.evaluate("e => e.matches(':modal')")
    for key in ("Tab", "Shift+Tab"):
        for _ in range(8):
            page.keyboard.press(key)
            assert page.evaluate("document.activeElement.id") == "w"
    asked(page, QUESTION)
    expect(page.locator("#w [part=verdict]")).to_be_visible()
    box(page).focus()
    for _ in range(2):  # it clears what was typed, then it closes the dialog
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("#before")).to_be_focused()
    page.locator("#w [part=launcher]").click()
    expect(page.locator("#w [part=answer-text]")).to_be_visible()  # it is still there
    page.get_by_role("button", name="关闭", exact=True).click()
    expect(page.locator("#w [part=launcher]")).to_be_focused()


def test_row_09_escape_for_the_input_method_leaves_the_dialog_open(watched: Watched, api: str, site: Site) -> None:
    page = watched.open(site.page(html(api, widget(api, 'mode="floating"'))))
    page.locator("#w [part=launcher]").click()
    devtools = watched.context.new_cdp_session(page)
    devtools.send("Input.imeSetComposition", {"text": "shui", "selectionStart": 4, "selectionEnd": 4})
    devtools.send(
        "Input.dispatchKeyEvent", {"type": "keyDown", "key": "Escape", "code": "Escape", "windowsVirtualKeyCode": 229}
    )
    page.wait_for_timeout(100)
    expect(page.locator("#w dialog")).to_be_visible()


def test_row_12_an_answer_that_fails_can_be_asked_again(watched: Watched, api: str, site: Site) -> None:
    replies: list[Any] = [as_json({"code": "store_busy"}, 503), slow_answer()]
    site.put("/again/v1/ask", lambda _: replies.pop(0))
    page = watched.open(site.page(html(api, widget(f"{site.base}/again", 'mode="answer" debounce="5000"'))))
    asked(page, "某事")
    page.get_by_role("button", name="重试").click()
    expect(page.locator("#w [part=verdict]")).to_be_visible()
    watched.complaints.clear()


def test_instant_results_and_answers_share_one_box(page: Any) -> None:
    box(page).fill("电动自行车")
    expect(options(page).first).to_be_visible()
    box(page).press("Enter")  # nothing is chosen: it is a question
    expect(page.locator("#w .popup")).to_be_hidden()
    expect(page.locator("#w [part=verdict]")).to_be_visible()
