"""Where the time of an answer goes: stages that do not overlap and add up to the whole."""

from time import perf_counter, sleep

import pytest

from assistant.answer.stages import stage, timed
from assistant.sample import sample_store
from assistant.service import Assistant
from assistant.types import Question


def test_a_stage_inside_another_counts_for_itself_alone() -> None:
    started = perf_counter()
    with timed() as clock:
        sleep(0.01)
        with stage("composing"):
            sleep(0.02)
            with stage("searching"), timed() as same:
                sleep(0.04)
            sleep(0.02)
        measured = clock.read()
        took = (perf_counter() - started) * 1000
    assert same is clock
    assert set(measured) == {"understanding", "searching", "composing"}
    assert measured["understanding"] >= 10
    assert measured["composing"] >= 40
    assert measured["searching"] >= 40
    assert sum(measured.values()) == pytest.approx(took, abs=5)


def test_nothing_is_noted_where_nobody_looks() -> None:
    with stage("searching"):
        pass
    with timed() as clock:
        pass
    assert set(clock.ms) == set()


@pytest.mark.parametrize(
    ("question", "stages"),
    [
        ("哪些单位负责电动自行车相关活动", {"understanding", "composing"}),
        ("火星基地由谁建设", {"understanding", "composing", "searching"}),
        ("照片报送格式", {"understanding", "composing"}),
    ],
)
def test_an_answer_says_where_its_time_went(question: str, stages: set[str]) -> None:
    answer = Assistant.open(sample_store()).ask(Question(question))
    assert stages <= set(answer.stages_ms)
    assert min(answer.stages_ms.values()) >= 0
    assert sum(answer.stages_ms.values()) == pytest.approx(answer.took_ms, abs=0.01)
