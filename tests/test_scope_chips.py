"""The scope of an answer: where each limit came from, asked again without one, over HTTP, in the terminal, on the page."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.answer.carried import checked
from assistant.batch import question_of, run_batch
from assistant.permalink import link_of, state_of
from assistant.sample import sample_store
from assistant.service import Assistant
from assistant.terminal import print_answer
from assistant.types import SCOPE_KINDS, Question
from assistant.web import answer_html, turns
from assistant.web.app import create_app
from index.errors import BadQuery
from index.types import Filters

FIRST = "2022年质量月的活动主题是什么"
NEXT = "报送截止时间呢"
ASKED = "哪些单位负责电动自行车相关活动"
TITLE = "2022年天津市“质量月”开展的主要活动"
NUMBER = "津质量组办〔2022〕10号"
YEAR = {"kind": "year", "value": "2022", "from": "history"}


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


def items(assistant: Assistant, text: str, history: tuple[str, ...] = (), **more: Any) -> set[tuple[str, str, str]]:
    answer = assistant.ask(Question(text, history, **more))
    return {(item.kind, item.value, item.source) for item in answer.scope}


def years(answer: dict[str, Any]) -> set[str]:
    return set(re.findall(r"^(?:- )?(20\d\d)年 《", answer["answer"], re.MULTILINE))


# -- where a limit came from -------------------------------------------------------------------------------------------


def test_each_limit_says_where_it_came_from(assistant: Assistant) -> None:
    assert items(assistant, ASKED) == set()
    assert items(assistant, "2022年" + ASKED) == {("year", "2022", "question")}
    assert items(assistant, NEXT, (FIRST,)) == {("year", "2022", "history")}
    assert items(assistant, ASKED, filters=Filters(year=2022, region="天津")) == {
        ("year", "2022", "filter"),
        ("place", "天津", "filter"),
    }
    assert items(assistant, "那2024年呢", ("滨海新区市场监管局有哪些活动",)) == {
        ("year", "2024", "question"),
        ("place", "天津市滨海新区", "history"),
        ("unit", "滨海新区市场监管局", "history"),
    }


def test_a_place_is_widened_and_a_level_and_a_heading_are_carried_over(assistant: Assistant) -> None:
    assert ("place", "天津市", "history") in items(assistant, "还有别的区吗", ("河北区有没有电动自行车活动",))
    assert ("level", "city", "history") in items(
        assistant, "那食品安全呢", ("市级通知（不是滨海新区）里有哪些电梯活动",)
    )


@pytest.mark.parametrize("question", [f"《{TITLE}》里哪些单位负责食品安全", f"{NUMBER}里总结什么时候报送"])
def test_a_notice_by_title_or_number(assistant: Assistant, question: str) -> None:
    (item,) = assistant.ask(Question(question)).scope
    card = next(card for card in assistant.notices() if card["title"] == item.value)
    assert (item.kind, item.source) == ("notice", "question")
    assert card["title"] == TITLE or card["document_number"] == NUMBER
    filtered = Filters(notice_id=card["notice_id"])
    assert items(assistant, "总结什么时候报送", filters=filtered) == {("notice", card["title"], "filter")}


def test_a_notice_that_is_described_by_its_title_is_a_limit(assistant: Assistant) -> None:
    question = Question("企业合规经营服务型执法个案帮扶那个通知里提到哪些做法")
    answer = assistant.ask(question)
    assert answer.coverage.notices == 1
    (item,) = answer.scope
    assert item.kind == "notice"
    assert item.source == "question"
    assert "个案帮扶" in item.value


# -- asked again without -----------------------------------------------------------------------------------------------


def test_without_what_the_history_gave(client: TestClient) -> None:
    carried = ask(client, NEXT, history=[FIRST])
    assert carried["scope"] == [YEAR]
    assert years(carried) == {"2022"}
    open_ = ask(client, NEXT, history=[FIRST], without=["year:2022"])
    assert open_["scope"] == []
    assert years(open_) > {"2022"}


def test_a_unit_that_is_left_out_turns_a_refusal_into_an_answer(client: TestClient) -> None:
    history = ["2022年市应急局有哪些活动"]
    assert ask(client, "那食品安全呢", history=history)["abstained"]
    answer = ask(client, "那食品安全呢", history=history, without=["unit:市应急局"])
    assert not answer["abstained"]
    assert answer["scope"] == [YEAR]


def test_without_a_filter_is_as_if_it_had_not_been_set(client: TestClient) -> None:
    limits = {"year": 2022, "region": "天津"}
    less = ask(client, ASKED, filters=limits, without=["year:2022"])
    plain = ask(client, ASKED, filters={"region": "天津"})
    assert {**less, "took_ms": 0} == {**plain, "took_ms": 0}
    assert less["coverage"] != ask(client, ASKED, filters=limits)["coverage"]


def test_one_label_takes_away_the_filter_and_what_was_carried(assistant: Assistant) -> None:
    limits = Filters(year=2022)
    assert items(assistant, NEXT, (FIRST,), filters=limits) == {("year", "2022", "filter")}
    assert items(assistant, NEXT, (FIRST,), filters=limits, without=("year:2022",)) == set()


def test_what_the_question_says_itself_stays(client: TestClient) -> None:
    said = ask(client, "2022年" + ASKED)
    again = ask(client, "2022年" + ASKED, without=["year:2022", "place:天津市"])
    assert {**said, "took_ms": 0} == {**again, "took_ms": 0}


def test_what_may_be_seen_is_no_limit_to_take_away(client: TestClient) -> None:
    hidden = ask(client, ASKED, filters={"disclosure": ["依申请公开"]})
    assert hidden["abstained"]
    assert hidden["scope"] == []
    assert client.post("/v1/ask", json={"question": ASKED, "without": ["disclosure:依申请公开"]}).status_code == 422


@pytest.mark.parametrize("wrong", ["colour:red", "year", "year:", "year:  ", ":2022", ""])
def test_a_label_that_names_nothing_is_refused_with_what_is_allowed(client: TestClient, wrong: str) -> None:
    for response in (
        client.post("/v1/ask", json={"question": ASKED, "without": [wrong]}),
        client.get("/v1/ask/export", params={"q": ASKED, "without": [wrong], "format": "csv"}),
        client.get("/v1/search", params={"q": ASKED, "without": [wrong]}),
    ):
        assert response.status_code == 422
        assert response.headers["content-type"] == "application/problem+json"
        assert all(kind in response.json()["detail"] for kind in SCOPE_KINDS)
    with pytest.raises(BadQuery, match="kinds are"):
        checked([wrong])


@pytest.mark.parametrize("wrong", ["year:2022", [2022], [["year", 2022]], {"year": 2022}, ["year:" + "2" * 3000]])
def test_a_field_of_another_type_is_refused(client: TestClient, wrong: Any) -> None:
    assert client.post("/v1/ask", json={"question": ASKED, "without": wrong}).status_code == 422


def test_a_batch_takes_it_too(assistant: Assistant, tmp_path: Path) -> None:
    lines = [{"question": NEXT, "history": [FIRST], "without": labels} for labels in (["year:2022"], ["x:y"], "year")]
    path = tmp_path / "batch.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    good, unknown, wrong = run_batch(path, lambda q: {"scope": assistant.ask(q).scope})
    assert good["scope"] == ()
    assert "kinds are" in unknown["error"]
    assert "must be a list" in wrong["error"]
    assert question_of(lines[0]).without == ("year:2022",)


def test_a_search_leaves_it_out_too(assistant: Assistant) -> None:
    history = ("2022年市应急局有哪些活动",)
    assert "2022" in assistant.search("食品安全", history=history).query
    assert "2022" not in assistant.search("食品安全", history=history, without=("year:2022",)).query


# -- shown -------------------------------------------------------------------------------------------------------------


def test_the_terminal_says_in_one_line_what_was_carried_over(
    assistant: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    print_answer(assistant.ask(Question(NEXT, (FIRST,), Filters(region="天津"))))
    assert capsys.readouterr().out.splitlines()[0] == "范围 scope: 2022年（承前）、天津（筛选）"
    print_answer(assistant.ask(Question("2022年" + ASKED)))
    assert "范围 scope" not in capsys.readouterr().out


def test_the_page_keeps_what_was_taken_away_until_it_is_named_again(assistant: Assistant) -> None:
    none = (None,) * 4
    _, so_far, _ = turns.asked(assistant, FIRST, [], none)
    _, so_far, _ = turns.asked(assistant, NEXT, so_far, none)
    drawn, so_far = turns.dropped(assistant, "year:2022", so_far)
    assert [turn.answer.scope for turn in so_far[1:]] == [()]
    assert "data-drop" not in drawn
    _, so_far, _ = turns.asked(assistant, "照片要求呢", so_far, none)
    assert so_far[-1].answer.scope == ()
    drawn, named, _ = turns.asked(assistant, "那2022年的呢", so_far, none)
    assert [item.source for item in named[-1].answer.scope] == ["question"]
    assert named[-1].question.without == ()
    _, again, _ = turns.asked(assistant, "照片要求呢", so_far, ("2022", None, None, None))
    assert [item.source for item in again[-1].answer.scope] == ["filter"]


def test_only_the_last_turn_can_be_changed_and_only_by_what_it_shows(assistant: Assistant) -> None:
    none = (None,) * 4
    _, so_far, _ = turns.asked(assistant, FIRST, [], none)
    for question in (NEXT, "照片要求呢"):
        drawn, so_far, _ = turns.asked(assistant, question, so_far, none)
    assert drawn.count("data-drop=") == 1
    assert turns.dropped(assistant, "year:1999", so_far)[1] is so_far
    assert turns.dropped(assistant, "year:2022", [])[1] == []


def test_the_permanent_link_asks_without_it(assistant: Assistant) -> None:
    question = Question(NEXT, (FIRST,), without=("year:2022",))
    link = link_of(question, state_of(assistant.store))
    assert "without=year%3A2022" in link
    _, (turn,) = turns.opened(assistant, {"q": [NEXT], "h": [FIRST], "without": ["year:2022"]})
    assert turn.question == question
    assert turn.answer.scope == ()


def test_words_of_a_request_are_only_words_in_a_chip(assistant: Assistant) -> None:
    hostile = '"><img src=x onerror=alert(1)>'
    answer = assistant.ask(Question(ASKED, filters=Filters(unit=hostile)))
    drawn = answer_html.conversation([answer], [answer_html.Aside(last=True)])
    assert "<img" not in drawn
    assert "&quot;&gt;&lt;img" in drawn


# -- in a browser ------------------------------------------------------------------------------------------------------


@pytest.fixture
def page() -> Iterator[Any]:
    """The page in Chromium; afterwards: nothing was complained about."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    from tests.test_page_browser import CHROMIUM, FLAGS, sample_page

    if not CHROMIUM.exists():
        pytest.skip("apt-get install chromium fonts-noto-cjk")
    server = sample_page()
    complaints: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_context(viewport={"width": 1360, "height": 900}, locale="zh-CN").new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.goto(server.base)
        yield page
        browser.close()
    assert complaints == []


def test_a_chip_is_taken_away_by_keyboard_and_by_mouse(page: Any) -> None:
    from playwright.sync_api import expect

    from tests.test_page_browser import ask as ask_on

    ask_on(page, FIRST)  # by then the choices are those of the store
    page.locator("#filters").get_by_role("button", name="筛选").click()
    page.get_by_label("地区").click()
    page.get_by_role("option", name="天津市", exact=True).click()
    turn = ask_on(page, NEXT)
    chips = turn.get_by_role("list", name="范围").get_by_role("button")
    expect(chips).to_have_count(2)
    expect(turn.locator(".text")).not_to_contain_text("2024年")
    expect(page.locator("#conversation .turn").first.locator(".scope button")).to_have_count(0)

    year = turn.get_by_role("button", name="2022年 承前")
    year.focus()
    page.keyboard.press("Enter")
    expect(chips).to_have_count(1)
    expect(turn.locator(".text")).to_contain_text("2024年")
    expect(turn.locator(".answer")).to_be_focused()
    assert "without=year" in str(turn.locator("a.again").get_attribute("href"))

    turn.get_by_role("button", name="天津市 筛选").click()
    expect(chips).to_have_count(0)
    expect(page.get_by_label("地区")).to_have_value("全部")
    expect(page.locator("#conversation .turn")).to_have_count(2)

    turn = ask_on(page, "照片要求呢")
    expect(turn.locator(".coverage")).to_be_visible()
    expect(turn.locator(".scope")).to_have_count(0)
