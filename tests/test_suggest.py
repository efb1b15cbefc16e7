"""Suggestions: made of the store's own words, every one of them answered, at once as somebody types."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.sample import sample_store
from assistant.service import Assistant
from assistant.suggesting import Suggestions
from assistant.types import Lang, Question
from assistant.web.app import create_app
from corpus.reading import read_paths
from index.store import LocalStore


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    return Assistant.open(sample_store())


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant, page=False), raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_suggestion_is_answered_as_it_means(assistant: Assistant, lang: Lang) -> None:
    found = Suggestions(assistant).of_store(lang)
    assert len(found) >= 4
    assert len({one.kind for one in found}) >= 3
    for one in found:
        answer = assistant.ask(Question(one.text))
        assert (answer.abstained, answer.kind, answer.lang) == (False, one.kind, lang), one.text


def test_what_is_typed_goes_on(client: TestClient, assistant: Assistant) -> None:
    found = client.get("/v1/suggest", params={"q": "電動自行車", "k": 3}).json()
    assert found["query"] == "電動自行車"
    texts = [one["text"] for one in found["suggestions"]]
    assert texts
    assert all("电动自行车" in text for text in texts)
    assert not any(assistant.ask(Question(text)).abstained for text in texts)
    english = client.get("/v1/suggest", params={"q": "e-b"}).json()["suggestions"]
    assert [one["lang"] for one in english] == ["en"] * len(english)
    assert any("e-bike" in one["text"] for one in english)


def test_what_begins_so_comes_before_what_holds_it(client: TestClient) -> None:
    texts = [one["text"] for one in client.get("/v1/suggest?q=2022年&k=20").json()["suggestions"]]
    begins = [text.startswith("2022年") for text in texts]
    assert any(begins)
    assert begins == sorted(begins, reverse=True)


@pytest.mark.parametrize("query", ["k=0", "k=21", "lang=fr", "q=" + "长" * 2001, "other=1"])
def test_bad_input_says_so(client: TestClient, query: str) -> None:
    response = client.get(f"/v1/suggest?{query}")
    assert response.status_code == 422
    assert response.headers["content-type"].startswith("application/problem+json")


def test_nothing_is_suggested_of_nothing(client: TestClient, tmp_path: Path) -> None:
    assert client.get("/v1/suggest?q=火星基地").json()["suggestions"] == []
    (tmp_path / "notice.txt").write_text("关于开展检查的通知\n一、各区市场监管局检查电梯。\n", encoding="utf-8")
    store = LocalStore(tmp_path / "store")
    store.index(read_paths([tmp_path / "notice.txt"]))
    for notice_id in list(store.cards()):
        store.remove(notice_id)
    assert Suggestions(Assistant(store)).of_store("zh") == ()
