"""Readers' verdicts over HTTP: kept beside the store with the words they are about; bad ones are refused."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.feedback import FeedbackLog
from assistant.service import Assistant
from assistant.web.app import create_app
from corpus.reading import read_paths
from index.store import LocalStore
from tests.notices import DIGEST

ASKED = "照片报送格式"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    made = LocalStore(tmp_path / "store")
    made.index(read_paths([DIGEST]))
    return made


@pytest.fixture
def client(store: LocalStore) -> Iterator[TestClient]:
    with TestClient(create_app(Assistant(store), page=False)) as opened:
        yield opened


def citation(client: TestClient) -> dict[str, Any]:
    first = client.post("/v1/ask", json={"question": ASKED}).json()["citations"][0]
    return {key: first[key] for key in ("passage_id", "start", "end")}


def test_a_verdict_is_kept_with_the_words_it_is_about(client: TestClient, store: LocalStore) -> None:
    cited = citation(client)
    body = {
        "question": ASKED,
        "verdict": "bad",
        "reason": "问的是2021年",
        "filters": {"year": 2021},
        "history": ["主题"],
        "citations": [cited],
    }
    response = client.post("/v1/feedback", json=body)
    assert response.status_code == 201
    assert response.json()["citations"] == 1
    (kept,) = FeedbackLog(store).entries()
    assert (kept.question, kept.verdict, kept.reason, kept.history, kept.filters) == (
        ASKED,
        "bad",
        "问的是2021年",
        ("主题",),
        {"year": 2021},
    )
    (words,) = kept.citations
    assert words.quote == store.words(words.notice_id, words.start, words.end)
    assert words.source.endswith(".txt")
    assert stat.S_IMODE((store.folder / "feedback.jsonl").stat().st_mode) == 0o600


def test_verdicts_change_no_answer_and_outlive_a_change_of_the_store(client: TestClient, store: LocalStore) -> None:
    before = store.sequence
    client.post("/v1/feedback", json={"question": ASKED, "verdict": "good"})
    assert store.sequence == before
    store.remove(next(iter(store.cards())))
    assert [entry.verdict for entry in FeedbackLog(store).entries()] == ["good"]


@pytest.mark.parametrize(
    "change",
    [
        {"question": " "}, {"verdict": "so-so"}, {"more": 1}, {"citations": [{"passage_id": "gone", "start": 0, "end": 5}]},
        {"citations": [{"passage_id": "gone", "start": -1, "end": 5}]}, {"question": "长" * 3000},
    ],
)  # fmt: skip
def test_bad_verdicts_are_refused(change: dict[str, Any], client: TestClient, store: LocalStore) -> None:
    response = client.post("/v1/feedback", json={"question": ASKED, "verdict": "good", **change})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert list(FeedbackLog(store).entries()) == []


def test_offsets_that_hold_no_words(client: TestClient, store: LocalStore) -> None:
    cited = citation(client)
    for start, end in ((cited["end"], cited["start"]), (10**8, 10**8 + 5)):
        body = {"question": ASKED, "verdict": "good", "citations": [{**cited, "start": start, "end": end}]}
        assert client.post("/v1/feedback", json=body).status_code == 422
    assert list(FeedbackLog(store).entries()) == []
