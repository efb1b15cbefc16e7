"""The page's words: there in both languages, with the same values in them, and every key that is asked for exists."""

import re
from pathlib import Path
from string import Formatter

import pytest
from fastapi.testclient import TestClient

from assistant.sample import sample_store
from assistant.service import Assistant
from assistant.types import Question
from assistant.web import answer_html, turns
from assistant.web.app import create_app
from assistant.web.bodies import MAX_QUESTION
from assistant.web.page_shell import dressed
from assistant.web.page_texts import LANGS, TEXTS, both, known_lang, of_pair, said
from assistant.wording import COLUMN_WORDS, KIND_WORDS
from corpus.reading import read_paths
from index.errors import StoreBusy
from index.store import LocalStore
from tests.conftest import ROOT

ASKED = "哪些单位负责电动自行车相关活动"


def values(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", TEXTS)
def test_a_text_is_there_in_both_languages(key: str) -> None:
    chinese, english = TEXTS[key]
    assert chinese.strip()
    assert english.strip()
    assert values(chinese) == values(english)
    if key != "switch":  # which is in the other language
        assert not re.search("[\u4e00-\u9fff]", english)


def test_every_key_that_is_asked_for_exists() -> None:
    asked = set()
    for path in Path(ROOT / "assistant" / "web").glob("*.py"):
        code = path.read_text(encoding="utf-8")
        if "from assistant.web.page_texts import" in code:
            asked |= set(re.findall(r'\b(?:said|both)\("(\w+)"', code))
    assert asked
    assert asked <= set(TEXTS)


def test_values_are_words_and_no_markup() -> None:
    html = both("problem", problem="<b>")
    assert html.count("&lt;b&gt;") == len(LANGS)
    assert "<b>" not in html


def test_what_is_no_language_is_chinese() -> None:
    assert [known_lang(value) for value in ("en", "zh", "fr", "", None)] == ["en", "zh", "zh", "zh", "zh"]


@pytest.mark.parametrize("text", [*KIND_WORDS.values(), *COLUMN_WORDS.values()])
def test_a_pair_has_a_part_in_each_language(text: str) -> None:
    chinese, english = of_pair(text, "zh"), of_pair(text, "en")
    assert {chinese, english} == {text} or f"{chinese} {english}" == text


def test_an_answer_is_drawn_in_the_language_of_the_page() -> None:
    answer = Assistant.open(sample_store()).ask(Question(ASKED))
    chinese, english = (answer_html.conversation([answer], lang=lang) for lang in ("zh", "en"))
    assert said("answer_citations", "zh") in chinese
    assert said("answer_citations", "en") in english
    assert "lang=en" in english
    assert "lang=en" not in chinese
    words = re.compile(r"<[^>]*>")
    own = [words.sub("", re.search(r'<div class="text".*?</div>', html, re.DOTALL)[0]) for html in (chinese, english)]  # type: ignore[index]
    assert own[0] == own[1]


def test_an_answer_comes_in_steps() -> None:
    assistant = Assistant.open(sample_store())
    steps = list(turns.asking(assistant, ASKED, [], ("", "", "", "")))
    assert 'aria-busy="true"' in steps[0][0]
    assert [so_far is None for _, so_far, _ in steps] == [True] * (len(steps) - 1) + [False]
    lines = [html.count("<li>") for html, _, _ in steps[1:-1]]
    assert lines == sorted(lines)
    assert lines[0] > 0
    assert "<table" not in steps[-2][0]
    assert "<table" in steps[-1][0]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_question_that_is_too_long_stays_in_the_box(lang: str) -> None:
    assistant = Assistant.open(sample_store())
    long = "长" * (MAX_QUESTION + 1)
    html, so_far, left = turns.asked(assistant, long, [], ("", "", "", ""), known_lang(lang))
    assert said("ask_long", lang, most=MAX_QUESTION) in html
    assert (so_far, left) == ([], long)


def test_a_busy_store_says_what_to_do_and_keeps_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    assistant = Assistant.open(sample_store())

    def busy(_: Question) -> None:
        raise StoreBusy("另一个进程正在写入，请稍后再试 (the store is being written; try again)")

    monkeypatch.setattr(assistant, "ask", busy)
    html, so_far, left = turns.asked(assistant, ASKED, [], ("", "", "", ""))
    assert "请稍后再试" in html
    assert 'role="alert"' in html
    assert (so_far, left) == ([], ASKED)


def test_what_nobody_foresaw_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assistant = Assistant.open(sample_store())
    monkeypatch.setattr(assistant, "ask", lambda _: 1 / 0)
    html, _, left = turns.asked(assistant, ASKED, [], ("", "", "", ""), "en")
    assert said("ask_failed", "en") in html
    assert "ZeroDivision" not in html
    assert left == ASKED


def test_an_empty_store_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "notice.txt").write_text("关于开展检查的通知\n一、各区市场监管局检查电梯。\n", encoding="utf-8")
    store = LocalStore(tmp_path / "store")
    store.index(read_paths([tmp_path / "notice.txt"]))
    store.remove(next(iter(store.cards())))
    with TestClient(create_app(Assistant(store))) as client:
        page = client.get("/").text
    assert "notices index FOLDER --store STORE" in page


def test_half_a_character_is_named() -> None:
    html, so_far, _ = turns.asked(Assistant.open(sample_store()), "单位\ud800", [], ("", "", "", ""))
    assert "无效字符" in html
    assert so_far == []


def test_the_head_of_the_page() -> None:
    gradio = b'<!doctype html>\n<html\n\tlang="en"><head>\n<meta charset="utf-8" /><meta property="og:image" content="x" /></head><body class="a"></body>'
    html = dressed(gradio).decode()
    assert 'lang="zh-CN"' in html
    assert "og:image" not in html
    assert html.count("<title>") == 1
    assert html.index("page.css") < html.index("page.js") < html.index("</head>")
    assert '<body class="a"><noscript>' in html
