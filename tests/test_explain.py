"""Explanations of hits: their sums are the scores, their terms are the query's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from assistant import as_json
from assistant.service import Assistant
from assistant.terminal_hits import print_hits
from assistant.web.app import create_app
from corpus.reading import read_paths
from index.explain import Explanation, _shapley
from index.formula import Formula
from index.query import SYNONYM_WEIGHT, parse_query
from index.ranking import TOP
from index.store import LocalStore
from index.types import MODES, Hit, Mode, Scores
from tests.notices import DIGEST

QUERIES = (
    "电瓶车",
    "哪些单位负责电动自行车相关活动",
    "e-bike campaigns",
    "quality month theme",
    "火星基地",
    "“质量月” 食品安全",
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    made = LocalStore(tmp_path_factory.mktemp("explain") / "store")
    made.index(read_paths([DIGEST]))
    return made


def why(hit: Hit) -> Explanation:
    assert hit.explanation is not None
    return hit.explanation


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("query", QUERIES)
def test_contributions_add_up_to_the_score(store: LocalStore, query: str, mode: Mode) -> None:
    found = store.search(query, 100, mode, explained=True)
    assert found.hits or mode == "lexical"
    for hit in found.hits:
        assert sum(why(hit).contributions.values()) == pytest.approx(hit.score, abs=2e-6)


@pytest.mark.parametrize("query", QUERIES)
def test_terms_add_up_to_the_bm25_score(store: LocalStore, query: str) -> None:
    alone = {h.stored.row: h.score for h in store.search(query, 100, "lexical").hits}
    for hit in store.search(query, 100, explained=True).hits:
        said = why(hit)
        assert sum(term.score for term in said.terms) == pytest.approx(said.bm25)
        assert said.share == pytest.approx(said.bm25 / said.bound if said.bound else 0.0)
        assert 0 <= said.share <= 1
        if hit.stored.row in alone:
            assert said.bm25 == pytest.approx(alone[hit.stored.row], rel=1e-5)


@pytest.mark.parametrize("mode", MODES)
def test_an_explanation_changes_nothing(store: LocalStore, mode: Mode) -> None:
    for query in QUERIES:
        plain, explained = store.search(query, 20, mode), store.search(query, 20, mode, explained=True)
        assert plain == explained
        assert all(hit.explanation is None for hit in plain.hits)


def test_each_leg_says_what_it_says_alone(store: LocalStore) -> None:
    query = "哪些单位负责电动自行车相关活动"
    legs = {mode: store.search(query, 100, mode).hits for mode in ("lexical", "dense")}
    ranks = {mode: {h.stored.row: n for n, h in enumerate(hits, 1)} for mode, hits in legs.items()}
    cosines = {h.stored.row: h.score for h in legs["dense"]}
    for hit in store.search(query, 10, explained=True).hits:
        said = why(hit)
        assert said.lexical_rank == ranks["lexical"].get(hit.stored.row, said.lexical_rank)
        if hit.stored.row in cosines:
            assert said.dense_rank == ranks["dense"][hit.stored.row]
            assert said.cosine == pytest.approx(max(0.0, cosines[hit.stored.row]), abs=1e-5)


def test_the_fusion_is_the_weighted_sum_of_both_legs(store: LocalStore) -> None:
    for query in QUERIES[:4]:
        found = store.search(query, 100, explained=True)
        for hit in found.hits:
            said = why(hit)
            assert said.dense_weight is not None
            assert said.cosine is not None
            assert said.fused == pytest.approx(
                (1 - said.dense_weight) * said.share + said.dense_weight * said.cosine, abs=1e-5
            )
        anew = {n for n, hit in enumerate(found.hits) if why(hit).late_interaction is not None}
        assert anew == set(range(min(TOP, len(found.hits))))
        ranks = [why(hit).fused_rank for hit in found.hits]
        assert len(set(ranks)) == len(ranks)
        assert all(rank is not None and rank <= TOP for rank in ranks[:TOP])


def test_synonyms_and_translations_are_told_apart(store: LocalStore) -> None:
    typed = why(store.search("电动自行车", 1, explained=True).hits[0]).terms[0]
    assert (typed.term, typed.typed, typed.via, typed.weight) == ("电动自行车", "电动自行车", "typed", 1.0)
    synonym = why(store.search("电瓶车", 1, explained=True).hits[0]).terms[0]
    assert (synonym.term, synonym.typed, synonym.via, synonym.weight) == (
        "电动自行车",
        "电瓶车",
        "synonym",
        SYNONYM_WEIGHT,
    )
    translated = why(store.search("e-bike", 1, explained=True).hits[0]).terms[0]
    assert (translated.term, translated.typed, translated.via) == ("电动自行车", "e-bike", "translation")


def test_only_terms_that_stand_in_the_passage_are_named(store: LocalStore) -> None:
    asked = {term for group in parse_query("电动自行车 食品安全").groups for term, _ in group.alternatives}
    for hit in store.search("电动自行车 食品安全", 30, explained=True).hits:
        for term in why(hit).terms:
            assert term.term in asked
            whole = "".join((hit.stored.notice.title, *hit.stored.passage.section_path, hit.stored.passage.text))
            assert term.term in "".join(whole.split())


def test_of_one_group_one_alternative_counts(store: LocalStore) -> None:
    for hit in store.search("电瓶车", 30, explained=True).hits:
        for typed in {term.typed for term in why(hit).terms}:
            assert sum(term.score > 0 for term in why(hit).terms if term.typed == typed) == 1


def test_the_parts_of_a_linear_formula_are_its_terms() -> None:
    formula = Formula("late interaction", 0.4)
    share, cosine, late = (np.array(values, np.float32) for values in ([0.2, 0.0], [0.5, 0.1], [0.3, 0.9]))
    first = _shapley(formula.first, share, cosine, late)
    for i, parts in enumerate(first):
        assert parts["base"] == pytest.approx(0.5)
        assert parts["lexical"] == pytest.approx(0.6 * share[i] / 3, abs=1e-6)
        assert parts["dense"] == pytest.approx(0.4 * cosine[i] / 3, abs=1e-6)
        assert parts["late interaction"] == pytest.approx(0.5 * late[i] / 3, abs=1e-6)


def test_shapley_values_share_what_parts_earn_together() -> None:
    def both(a: Scores, b: Scores, _: Scores) -> Scores:
        return np.asarray(a * b, np.float32)

    (parts,) = _shapley(both, np.array([2], np.float32), np.array([3], np.float32))
    assert parts == {"base": 0.0, "lexical": 3.0, "dense": 3.0}


def test_json_terminal_and_http_say_the_same(store: LocalStore, capsys: pytest.CaptureFixture[str]) -> None:
    assistant = Assistant(store)
    result = as_json.hit_list(assistant.search("点动车", 3, explained=True))
    explained: list[dict[str, Any]] = [hit["explain"] for hit in result["hits"]]
    for hit, said in zip(result["hits"], explained, strict=True):
        assert sum(said["contributions"].values()) == pytest.approx(hit["score"], abs=5e-6)
        assert sum(term["score"] for term in said["lexical"]["terms"]) == pytest.approx(
            said["lexical"]["score"], abs=1e-5
        )
    with TestClient(create_app(assistant, page=False)) as client:
        over_http = client.get("/v1/search", params={"q": "点动车", "k": 3, "explain": "true"}).json()
        assert json.dumps(over_http["hits"]) == json.dumps(result["hits"])
        assert over_http["corrections"] == [{"from": "点动车", "to": "电动车", "kind": "homophone"}]
        assert "explain" not in client.get("/v1/search", params={"q": "点动车"}).json()["hits"][0]
    print_hits(result)
    out = capsys.readouterr().out
    assert "已按“电动车”检索" in out
    assert "searched for “电动车”" in out
    assert out.count("得分 score") == 3
    assert "BM25" in out
    assert "余弦 cosine" in out
    assert "融合 fusion" in out


def test_a_search_over_http_takes_the_history(store: LocalStore) -> None:
    assistant = Assistant(store)
    with TestClient(create_app(assistant, page=False)) as client:
        asked = {"q": "那滨海新区呢", "history": ["2024年电梯安全有哪些活动"], "k": 5}
        hits = client.get("/v1/search", params=asked).json()["hits"]
    direct = assistant.search("那滨海新区呢", 5, history=("2024年电梯安全有哪些活动",)).hits
    assert [hit["passage_id"] for hit in hits] == [hit.stored.passage.passage_id for hit in direct]


def test_a_reranker_is_named_as_what_gave_the_score(tmp_path: Path) -> None:
    class Length:
        name = "length"

        def scores(self, query: str, passages: list[str]) -> Scores:
            return np.array([1 / (1 + len(passage)) for passage in passages], np.float32)

    store = LocalStore(tmp_path / "store", reranker=Length())
    store.index(read_paths([DIGEST]))
    for hit in store.search("电动自行车", 5, explained=True).hits:
        assert why(hit).method == "reranker"
        assert why(hit).contributions == {"reranker": pytest.approx(hit.score, abs=1e-6)}
