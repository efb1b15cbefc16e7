"""The lexical leg equals a plain-Python BM25 on whole score arrays; ``rank-bm25`` ranks alike.

``rank-bm25`` (BM25Okapi) lets idf go below 0, does not quantise lengths and uses k1 1.5 by default, so it is compared
by rank correlation alone, with k1 and b set to ours.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi
from scipy.stats import spearmanr

from corpus.reading import read_paths
from index import lexical
from index.analysis import tokenise
from index.derived import whole_text
from index.filters import passage_terms
from index.lexical import LexicalEntry, LexicalIndex, TermGroup
from index.query import parse_query
from index.store import LocalStore
from index.types import Stored
from tests.conftest import ROOT
from tests.oracles import K1, NORMS, B, Bm25, LexicalOracle, byte4_to_int, quantised, ranking

TOLERANCE = 1e-4
SPEARMAN_FLOOR = 0.97  # measured: lowest 0.982, mean 0.994
QUESTIONS = [
    json.loads(line)["question"]
    for line in (ROOT / "tests" / "questions" / "digest.jsonl").read_text(encoding="utf-8").splitlines()
][::2]


def terms(*tokens: str) -> list[TermGroup]:
    return [TermGroup(((token, 1.0),)) for token in tokens]


def built(folder: Path, entries: Sequence[LexicalEntry]) -> LexicalIndex:
    folder.mkdir(parents=True, exist_ok=True)
    lexical.build(folder, entries)
    return LexicalIndex(folder)


def whole(
    index: LexicalIndex, query: Sequence[TermGroup], n: int, required: list[list[str]] | None = None
) -> np.ndarray:
    """The engine's scores of all rows, 0 where it finds nothing."""
    rows, scores, total = index.search(query, max(1, n), required or [])
    assert total == len(rows)
    out = np.zeros(n)
    out[rows] = scores
    return out


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> list[Stored]:
    """The passages of the digest edition."""
    store = LocalStore(tmp_path_factory.mktemp("store"))
    store.index(read_paths([ROOT / "corpus" / "notices"]))
    passages = store.passages()
    store.close()
    return passages


@pytest.fixture(scope="module")
def entries(stored: list[Stored]) -> list[LexicalEntry]:
    return [LexicalEntry(tokenise(whole_text(s)), passage_terms(s.passage, s.notice)) for s in stored]


@pytest.fixture(scope="module")
def index(entries: list[LexicalEntry], tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    return built(tmp_path_factory.mktemp("lexical"), entries)


@pytest.fixture(scope="module")
def oracle(entries: list[LexicalEntry]) -> LexicalOracle:
    return LexicalOracle(entries)


# -- the formula -----------------------------------------------------------------------------------------------------


def test_norm_table_by_hand() -> None:
    assert NORMS[:26] == list(range(26))
    assert NORMS[38:44] == [38, 39, 40, 42, 44, 46]
    assert NORMS[-1] == byte4_to_int(255) == 2_013_265_944
    assert sorted(set(NORMS)) == NORMS
    assert [quantised(n) for n in (0, 39, 41, 43, 55, 57)] == [0, 39, 40, 42, 54, 56]


def test_one_document_by_hand(tmp_path: Path) -> None:
    """Two documents of 2 and 4 tokens; idf = ln(1 + 1.5/1.5) = ln 2; average length 3."""
    index = built(tmp_path, [LexicalEntry(["甲", "乙"], []), LexicalEntry(["丙", "丙", "丁", "戊"], [])])
    _, [score], _ = index.search(terms("丙"), 10, [])
    assert score == pytest.approx(np.log(2) * 2.2 * 2 / (2 + 1.2 * (0.25 + 0.75 * 4 / 3)), rel=1e-6)


def test_engine_quantises_lengths_as_the_table_says(tmp_path: Path) -> None:
    """One document of every length around the table's steps: its score tells the length that the engine keeps."""
    lengths = sorted({1, 2, 23, 24, 25, *(n + d for n in NORMS[24:120] if n < 3000 for d in (-1, 0, 1))})
    documents = [LexicalEntry(["词", *["字"] * (length - 1)], []) for length in lengths]
    index = built(tmp_path, documents)
    scores = whole(index, terms("词"), len(lengths))
    idf = np.log(1 + 0.5 / (len(lengths) + 0.5))
    average = np.mean(lengths)
    kept = ((idf * (K1 + 1) / scores - 1) / K1 - 1 + B) / B * average
    np.testing.assert_allclose(kept, [quantised(length) for length in lengths], rtol=1e-3, atol=0.1)


# -- whole arrays ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", QUESTIONS)
def test_digest_scores_equal_the_oracle(
    question: str, index: LexicalIndex, oracle: LexicalOracle, entries: list[LexicalEntry]
) -> None:
    query = parse_query(question).groups
    expected = oracle.scores(query)
    np.testing.assert_allclose(whole(index, query, len(entries)), expected, rtol=TOLERANCE)
    np.testing.assert_allclose(index.score(query, np.arange(len(entries))), expected, rtol=TOLERANCE)


_token = st.sampled_from("甲乙丙丁戊己")
_document = st.builds(
    LexicalEntry,
    st.lists(_token, max_size=60),
    st.lists(st.sampled_from(["year=2022", "year=2024", "region=天津市"]), max_size=2, unique=True),
)
_group = st.lists(
    st.tuples(_token, st.sampled_from([1.0, 0.7, 0.5])), min_size=1, max_size=3, unique_by=lambda pair: pair[0]
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    documents=st.lists(_document, min_size=1, max_size=12),
    groups=st.lists(_group, min_size=1, max_size=4),
    term=st.sampled_from(["year=2022", "region=天津市", "year=1999"]),
)
def test_small_corpora_equal_the_oracle(
    documents: list[LexicalEntry],
    groups: list[list[tuple[str, float]]],
    term: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    index = built(tmp_path_factory.mktemp("small"), documents)
    query = [TermGroup(tuple(group)) for group in groups]
    expected = LexicalOracle(documents).scores(query)
    scores = whole(index, query, len(documents))
    np.testing.assert_allclose(scores, expected, rtol=TOLERANCE)
    rows = np.arange(len(documents))[::-1]
    np.testing.assert_array_equal(index.score(query, rows), scores[rows].astype(np.float32))
    carries = np.array([term in entry.terms for entry in documents])
    filtered = whole(index, query, len(documents), [[term]])
    np.testing.assert_array_equal(filtered, np.where(carries, scores, 0))


@pytest.mark.parametrize("question", QUESTIONS[:5])
def test_bound_by_the_oracle(question: str, index: LexicalIndex, entries: list[LexicalEntry]) -> None:
    """No passage scores more than the bound: Σ over the groups of the greatest weight · idf · (k1 + 1)."""
    query, body = parse_query(question).groups, Bm25([entry.tokens for entry in entries])
    by_hand = sum(max(weight * body.idf(token) for token, weight in group.alternatives) for group in query) * (K1 + 1)
    assert index.bound(query) == pytest.approx(by_hand)
    assert LexicalOracle(entries).scores(query).max() < by_hand
    assert index.bound([]) == 0


# -- what a search promises ------------------------------------------------------------------------------------------


def test_filters_give_the_subset_with_unchanged_scores(index: LexicalIndex, entries: list[LexicalEntry]) -> None:
    query = parse_query("电动自行车 质量月 活动").groups
    scores = whole(index, query, len(entries))
    for required in ([["year=2022"]], [["year=2021", "year=2024"], ["region=天津市"]]):
        carries = [all(set(group) & set(entry.terms) for group in required) for entry in entries]
        assert 0 < sum(carries) < len(entries)
        found = whole(index, query, len(entries), required)
        np.testing.assert_array_equal(found, np.where(carries, scores, 0))
    assert index.search(query, 10, [["year=1999"]])[2] == 0
    assert index.search(query, 10, [[]])[2] == 0  # a filter that admits nothing


def test_ties_are_ordered_by_row_even_at_the_cut(tmp_path: Path) -> None:
    index = built(tmp_path, [LexicalEntry(["甲", "乙"][: 1 + row % 2], []) for row in range(40)])
    rows, scores, total = index.search(terms("甲"), 30, [])
    assert rows.tolist() == [*range(0, 40, 2), *range(1, 20, 2)]
    assert total == 40
    assert len(set(scores.tolist())) == 2


def test_more_hits_asked_for_than_there_are(
    index: LexicalIndex, oracle: LexicalOracle, entries: list[LexicalEntry]
) -> None:
    query = parse_query("电动自行车").groups
    rows, scores, total = index.search(query, 10 * len(entries), [])
    assert rows.tolist() == ranking(oracle.scores(query), len(entries))
    assert total == len(rows) < len(entries)
    assert (scores > 0).all()


@pytest.mark.parametrize("query", [[], terms("没有这个词")], ids=["no terms", "an unknown term"])
def test_no_hits(query: list[TermGroup], index: LexicalIndex) -> None:
    rows, scores, total = index.search(query, 10, [])
    assert (len(rows), len(scores), total) == (0, 0, 0)
    assert index.score(query, np.array([0, 3])).tolist() == [0, 0]


def test_an_empty_index(tmp_path: Path) -> None:
    index = built(tmp_path, [])
    assert index.search(terms("活动"), 10, [])[2] == 0


def test_scoring_no_rows(index: LexicalIndex) -> None:
    assert len(index.score(terms("活动"), np.empty(0, np.int64))) == 0


# -- the textbook package --------------------------------------------------------------------------------------------


def test_rank_bm25_ranks_alike(stored: list[Stored], tmp_path: Path) -> None:
    """Spearman's ρ over the passages that match, their own text alone, for tokens in fewer than half of them."""
    bodies = [tokenise(s.passage.text) for s in stored]
    index = built(tmp_path, [LexicalEntry(body, []) for body in bodies])
    okapi = BM25Okapi(bodies, k1=K1, b=B)
    correlations = []
    for question in QUESTIONS:
        query = [t for t in dict.fromkeys(tokenise(question)) if index.document_frequency(t) < len(bodies) / 2]
        ours = whole(index, terms(*query), len(bodies))
        matching = ours > 0
        if matching.sum() >= 10:
            correlations.append(spearmanr(ours[matching], okapi.get_scores(query)[matching]).statistic)
    assert len(correlations) >= 20
    assert min(correlations) >= SPEARMAN_FLOOR, (min(correlations), np.mean(correlations))
