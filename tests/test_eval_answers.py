"""Answers measured: the citation checker finds every mutation, and the measures agree with ``score.py``."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from assistant import as_json
from assistant.types import Question
from eval.answers import citations
from eval.answers.asking import evaluate
from eval.answers.scoring import same_unit, score
from eval.collection import Collection, open_collection
from eval.formats import questions
from tests.notices import DIGEST
from tests.tiny import Run

QUESTIONS = Path(__file__).parent / "questions" / "digest.jsonl"
Answer = dict[str, Any]


@pytest.fixture(scope="module")
def collection() -> Iterator[Collection]:
    with open_collection(DIGEST) as opened:
        yield opened


@pytest.fixture(scope="module")
def answer(collection: Collection) -> Answer:
    return as_json.answer(collection.assistant.ask(Question("哪些单位负责电动自行车相关活动")))


# -- the citation checker ----------------------------------------------------------------------------------------------


def test_every_answer_to_the_digest_questions_is_sound(collection: Collection) -> None:
    for judged in questions.load(QUESTIONS):
        given = as_json.answer(collection.assistant.ask(judged.asked))
        assert citations.check(given, collection.notices) == [], judged.question_id


def _shift(start: int, end: int) -> Callable[[Answer], None]:
    def mutate(value: Answer) -> None:
        value["citations"][0]["start"] += start
        value["citations"][0]["end"] += end

    return mutate


def _other_notice(value: Answer) -> None:
    first, other = value["citations"][0], value["citations"][-1]
    assert first["notice_id"] != other["notice_id"]
    first["notice_id"] = other["notice_id"]


def _other_passage(value: Answer) -> None:
    first, *others = [c for c in value["citations"] if c["notice_id"] == value["citations"][-1]["notice_id"]]
    first["passage_id"] = next(c["passage_id"] for c in others if c["passage_id"] != first["passage_id"])


def _digit_in_quote(value: Answer) -> None:
    cited = next(c for c in value["citations"] if any(ch.isdigit() for ch in c["quote"]))
    at = next(i for i, ch in enumerate(cited["quote"]) if ch.isdigit())
    digit = str((int(cited["quote"][at]) + 1) % 10)
    cited["quote"] = cited["quote"][:at] + digit + cited["quote"][at + 1 :]


def _digit_in_answer(value: Answer) -> None:
    at = value["answer"].index("“2024年") + 1
    value["answer"] = value["answer"][:at] + "2023" + value["answer"][at + 4 :]


def _dropped_citation(value: Answer) -> None:
    del value["citations"][0]


def _dropped_marks(value: Answer) -> None:
    number = value["citations"][0]["number"]
    value["answer"] = value["answer"].replace(f"[{number}]", "")
    for row in value["table"]["rows"]:
        row["citations"] = [n for n in row["citations"] if n != number]


def _unit_of_another_row(value: Answer) -> None:
    value["table"]["rows"][0]["cells"]["unit"] = "市气象局"


def _swapped_marks(value: Answer) -> None:
    value["answer"] = value["answer"].replace("”[1]", "”[x]").replace("”[2]", "”[1]").replace("”[x]", "”[2]")


def _invented_line(value: Answer) -> None:
    value["answer"] += "\n- 市气象局：发布大风预警。"


def _gone_notice(value: Answer) -> None:
    value["citations"][0]["notice_id"] = "2020-gone"


MUTATIONS: dict[str, tuple[Callable[[Answer], None], str]] = {
    "start moved by one": (_shift(1, 0), "not_verbatim"),
    "end moved by one": (_shift(0, 1), "not_verbatim"),
    "both moved by one": (_shift(1, 1), "not_verbatim"),
    "both moved back by one": (_shift(-1, -1), "not_verbatim"),
    "another notice": (_other_notice, "not_verbatim"),
    "a notice that is not there": (_gone_notice, "unknown_notice"),
    "another passage": (_other_passage, "outside_passage"),
    "a digit changed in the quote": (_digit_in_quote, "not_verbatim"),
    "a digit changed in the answer": (_digit_in_answer, "misquoted"),
    "a citation dropped": (_dropped_citation, "unresolved_mark"),
    "its marks dropped": (_dropped_marks, "unused_citation"),
    "marks swapped": (_swapped_marks, "misquoted"),
    "a unit that no citation names": (_unit_of_another_row, "unit_not_cited"),
    "a line without citation": (_invented_line, "uncited_line"),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_the_checker_finds_every_mutation(mutation: str, answer: Answer, collection: Collection) -> None:
    mutate, code = MUTATIONS[mutation]
    mutated = copy.deepcopy(answer)
    mutate(mutated)
    assert citations.check(answer, collection.notices) == []
    assert code in {fault.code for fault in citations.check(mutated, collection.notices)}


def test_moved_offsets_are_found_in_every_citation(answer: Answer, collection: Collection) -> None:
    for i in range(len(answer["citations"])):
        for moved in (-1, 1):
            mutated = copy.deepcopy(answer)
            mutated["citations"][i]["start"] += moved
            mutated["citations"][i]["end"] += moved
            assert citations.verbatim(mutated, collection.notices) < 1


def test_brackets_within_a_quote_are_no_marks() -> None:
    cited = {"number": 1, "quote": "津政〔2021〕[12]号"}
    given = {"answer": "“津政〔2021〕[12]号”[1]", "citations": [cited], "table": None}
    assert citations.marks_of(given) == {1}


# -- measures ----------------------------------------------------------------------------------------------------------


def test_a_unit_counts_only_with_a_notice_that_says_so(collection: Collection) -> None:
    judged = next(q for q in questions.load(QUESTIONS) if q.question_id == "d002")
    given = as_json.answer(collection.assistant.ask(judged.asked))
    values, notes = score(judged, given, collection)
    assert (values["right"], values["unit_f1"], notes) == (1.0, 1.0, [])
    rows = given["table"]["rows"]
    last = rows[-1]
    rows[-1] = {**last, "citations": rows[0]["citations"]}
    values, notes = score(judged, given, collection)
    assert values["unit_precision"] < 1
    assert values["right"] == 0
    assert any(note.startswith("wrong unit: ") for note in notes)


def test_missing_passages_facts_and_wrong_abstentions(collection: Collection) -> None:
    asked = {q.kind: q for q in questions.load(QUESTIONS) if not q.asked.history}
    silent = {"answer": "没有写明。", "citations": [], "table": None, "abstained": True}
    values, notes = score(asked["fact"], silent, collection)
    assert (values["right"], values["abstain"], values["gold_recall"], values["cite_precision"]) == (0, 0, 0, 0)
    assert "abstained" in notes
    assert score(asked["abstain"], silent, collection)[0]["right"] == 1
    talkative = {**silent, "abstained": False}
    assert score(asked["abstain"], talkative, collection)[0]["right"] == 0


@pytest.mark.parametrize(
    ("name", "accepted", "same"),
    [
        ("市公安局", "市公安局", True), ("天津市公安局", "公安局", True), ("区市场监管局", "滨海新区市场监管局", True),
        ("公安局", "教育局", False), ("局", "公安局", False), ("市教委", "教委", False), ("天津市教委", "教委", True),
        ("市 公安局", "市公安局", True), ("质量科", "河北区市场监管局质量科", True),
    ],
)  # fmt: skip
def test_names_of_one_unit(name: str, accepted: str, same: bool) -> None:
    assert same_unit(name, [accepted]) is same


def test_answers_from_elsewhere(tmp_path: Path, notices_eval: Run) -> None:
    """What `notices ask --batch` printed is scored without asking; a question without an answer is an error."""
    asked = questions.load(QUESTIONS)
    silent = {"answer": "没有写明。", "citations": [], "table": None, "abstained": True}
    given = tmp_path / "answers.jsonl"
    given.write_text("".join(json.dumps({**silent, "id": q.question_id}) + "\n" for q in asked))
    code, out, _ = notices_eval("answers", QUESTIONS, "--notices", DIGEST, "--answers", given, "--json")
    result = json.loads(out)
    share = sum(q.kind == "abstain" for q in asked) / len(asked)
    assert code == 0
    assert result["measures"]["right"] == pytest.approx(share)
    assert set(result) == {"dataset", "questions", "measures", "by_kind", "latency_ms", "fingerprint", "rows"}
    given.write_text(json.dumps({**silent, "id": "d001"}))
    code, _, err = notices_eval("answers", QUESTIONS, "--notices", DIGEST, "--answers", given)
    assert code == 2
    assert "has no answer for d002" in err


# -- score.py: acceptance by the development questions, and agreement with it --------------------------------------------


@pytest.fixture(scope="module")
def scored(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, Any]]:
    """What score.py says of an edition, through the command line alone; once an edition."""

    @cache
    def score_py(edition: str) -> dict[str, Any]:
        out = tmp_path_factory.mktemp("score") / "score.json"
        folder = DIGEST if edition == "digest" else shared / "notices"
        asked = QUESTIONS if edition == "digest" else shared / "questions" / "dev.jsonl"
        command = [sys.executable, shared / "questions" / "score.py", asked, "--notices", folder]
        command += ["--command", f"{sys.executable} -m assistant.cli", "--json", out]
        subprocess.run([str(word) for word in command], check=True, capture_output=True)
        said: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
        return said

    return score_py


@pytest.mark.parametrize(("edition", "floor"), [pytest.param("digest", 0.9, marks=pytest.mark.slow), ("verbatim", 0.9)])
def test_acceptance(scored: Callable[[str], dict[str, Any]], edition: str, floor: float) -> None:
    """The floors lie below what is measured (see CHANGELOG)."""
    summary = scored(edition)["summary"]["ALL"]
    assert summary["verbatim"] == 1.0
    assert summary["right"] >= floor
    assert summary["unit_f1"] >= 0.95
    assert summary["abstain"] >= 0.95


def test_agreement_with_score_py_on_the_development_questions(
    shared: Path, scored: Callable[[str], dict[str, Any]]
) -> None:
    """Every measure that both have, question by question."""
    dev = shared / "questions" / "dev.jsonl"
    theirs = {row["id"]: row for row in scored("verbatim")["rows"]}
    names = ("right", "verbatim", "abstain", "unit_precision", "unit_recall", "unit_f1", "gold_recall", "cite_precision", "facts")  # fmt: skip
    with open_collection(shared / "notices") as opened:
        ours = evaluate("dev", questions.load(dev), opened)
    assert set(ours.queries) == set(theirs)
    for identity, query in ours.queries.items():
        for name in names:
            assert query.values.get(name) == theirs[identity].get(name), (identity, name)
