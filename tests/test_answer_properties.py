"""Whatever is asked, an answer holds: no error, every quote the notice's own, every mark and row resolved, the same again."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.answer.view import view_of
from assistant.service import Assistant
from assistant.types import ASKABLE, Question
from corpus.reading import read_paths
from index.store import LocalStore
from tests.notices import DIGEST
from tests.test_answers import check_citations

SEED, QUESTIONS = 1, 150
FRAMES = (
    "{s}由谁负责？", "哪些单位负责{s}", "{s}什么时候截止", "{s}和{t}，办公室分别设在哪里？", "那{s}呢", "{u}负责哪些工作", "概括一下{n}",
    "{n}里，{s}由哪个部门牵头？", "{u}要做什么、什么时候完成", "一共有多少个单位参加{s}", "who is responsible for {s}", "Which units {s}?",
    "“{s}”是谁办的", "2021、2022、2023年{s}各叫什么", "请问{s}多少钱，谢谢", "{s}", "除了{u}以外，{s}", "国发〔2018〕39号里{s}",
)  # fmt: skip


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder: Path = tmp_path_factory.mktemp("properties") / "store"
    store = LocalStore(folder)
    store.index(read_paths([DIGEST]))
    return Assistant(store)


def questions(assistant: Assistant) -> list[Question]:
    """Questions made of pieces of the notices, some of them scrambled, some after others, some of a chosen kind."""
    draw, view = random.Random(SEED), view_of(assistant.store)
    texts = [re.sub(r"\s", "", entry.stored.passage.text) for entry in view.entries]
    units, titles = sorted(view.unit_names), sorted(card.title for card in view.cards.values())

    def piece() -> str:
        text = draw.choice(texts)
        start = draw.randrange(len(text))
        return text[start : start + draw.randrange(2, 24)]

    made: list[Question] = []
    for number in range(QUESTIONS):
        text = draw.choice(FRAMES).format(s=piece(), t=piece(), u=draw.choice(units), n=draw.choice(titles))
        if number % 10 == 9:
            text = "".join(draw.sample(text, len(text)))
        history = tuple(question.text for question in made[-2:]) if number % 3 == 2 else ()
        made.append(Question(text, history, kind=draw.choice(ASKABLE) if number % 7 == 6 else None))
    return made


def test_any_question_has_a_sound_answer(assistant: Assistant) -> None:
    for question in questions(assistant):
        answer = assistant.ask(question)
        assert answer.text, question
        assert answer.abstained or answer.citations or answer.kind == "count", question
        check_citations(assistant, answer)
        assert replace(assistant.ask(question), took_ms=0) == replace(answer, took_ms=0), question
