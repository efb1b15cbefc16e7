"""From a verdict over HTTP to a measured retrieval: what readers say of answers becomes judgements, by the commands documented."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.client import Client
from corpus.reading import read_paths
from index.store import LocalStore
from tests.conftest import ROOT
from tests.notices import DIGEST
from tests.served import Served

LIKED, DISLIKED, UNJUDGED = "转供电由哪个科负责", "照片报送格式", "2021年质量月的主题是什么"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose answers were judged over HTTP by three readers."""
    folder = tmp_path_factory.mktemp("judged") / "store"
    LocalStore(folder).index(read_paths([DIGEST]))
    server = Served(folder)
    with Client(server.base) as client:
        liked, disliked = client.ask(LIKED), client.ask(DISLIKED, year=2021)
        client.feedback(LIKED, "bad", liked["citations"])  # somebody who thought better of it
        client.feedback(LIKED, "good", liked["citations"])
        client.feedback(DISLIKED, "bad", disliked["citations"][:1], reason="问的不是这个", year=2021)
        client.feedback(UNJUDGED, "good")  # of the whole answer: labels nothing
    server.stop()
    return folder


def notices_eval(*arguments: object) -> str:
    command = [sys.executable, "-m", "eval.cli", *map(str, arguments)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_verdicts_become_a_question_set_that_retrieval_measures(store: Path, tmp_path: Path) -> None:
    made = tmp_path / "verdicts.jsonl"
    notices_eval("convert", store, made)
    questions = {line["question"]: line for line in map(json.loads, made.read_text(encoding="utf-8").splitlines())}
    assert set(questions) == {LIKED, DISLIKED}
    assert questions[DISLIKED]["filters"] == {"year": 2021}
    measured = json.loads(notices_eval("retrieval", "--dataset", made, "--notices", DIGEST, "--json"))
    # What a reader called right is found; the other question has nothing that was called right, which counts as none found.
    assert (measured["queries"], measured["measures"]["R@10"]) == (2, 0.5)


def test_verdicts_become_judgements_in_trec_s_form(store: Path, tmp_path: Path) -> None:
    questions, made = tmp_path / "verdicts.jsonl", tmp_path / "verdicts.qrels"
    notices_eval("convert", store, questions)
    notices_eval("convert", questions, made, "--notices", DIGEST)
    judged = [line.split() for line in made.read_text(encoding="utf-8").splitlines()]
    assert {relevance for *_, relevance in judged} == {"0", "1"}
    with_quotes = {str(c) for c in LocalStore(store).cards()}
    assert all(document.split("/")[0] in with_quotes for _, _, document, _ in judged)
