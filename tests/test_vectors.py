"""The dense leg equals exact NumPy in ids and scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index import vectors
from index.types import Rows, Scores, Vectors
from index.vectors import VectorIndex

N, DIMENSIONS = 300, 32
TOLERANCE = 1e-6


def unit_rows(seed: int, n: int) -> Vectors:
    drawn = np.random.default_rng(seed).normal(size=(n, DIMENSIONS))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def exact(stored: Vectors, query: Vectors, k: int, allowed: Rows | None = None) -> tuple[Rows, Scores]:
    """The ``k`` best of the allowed rows, ties by row."""
    rows = np.arange(len(stored)) if allowed is None else np.sort(allowed)
    scores = stored[rows] @ query
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]


def opened(folder: Path, stored: Vectors) -> VectorIndex:
    vectors.build(folder / "vectors.faiss", stored)
    return VectorIndex(folder / "vectors.faiss")


@pytest.fixture(scope="module")
def stored() -> Vectors:
    return unit_rows(1, N)


@pytest.fixture(scope="module")
def index(stored: Vectors, tmp_path_factory: pytest.TempPathFactory) -> VectorIndex:
    return opened(tmp_path_factory.mktemp("vectors"), stored)


@pytest.mark.parametrize("k", [1, 10, N, N + 50])
@pytest.mark.parametrize(
    "allowed",
    [None, np.arange(0, N, 3), np.array([7, 8, 299]), np.array([299, 0, 64])],
    ids=["all", "every third", "three", "unsorted"],
)
def test_search_equals_numpy(k: int, allowed: Rows | None, index: VectorIndex, stored: Vectors) -> None:
    for query in unit_rows(2, 10):
        rows, scores = index.search(query, k, allowed)
        expected_rows, expected_scores = exact(stored, query, k, allowed)
        np.testing.assert_array_equal(rows, expected_rows)
        np.testing.assert_allclose(scores, expected_scores, atol=TOLERANCE)


def test_a_filter_that_admits_nothing(index: VectorIndex) -> None:
    rows, scores = index.search(unit_rows(3, 1)[0], 10, np.empty(0, np.int64))
    assert (len(rows), len(scores)) == (0, 0)


def test_scores_of_given_rows(index: VectorIndex, stored: Vectors) -> None:
    query, rows = unit_rows(4, 1)[0], np.array([5, 0, 299, 5])
    np.testing.assert_allclose(index.score(query, rows), stored[rows] @ query, atol=TOLERANCE)
    assert len(index.score(query, np.empty(0, np.int64))) == 0


def test_equal_vectors_are_ordered_by_row(tmp_path: Path) -> None:
    twice = unit_rows(5, 4)[[0, 1, 0, 2, 0, 3]]
    rows, _ = opened(tmp_path, twice).search(twice[0], 3, None)
    assert rows.tolist() == [0, 2, 4]


def test_a_query_without_known_words_still_gets_scores(index: VectorIndex) -> None:
    rows, scores = index.search(np.zeros(DIMENSIONS, np.float32), 5, None)
    assert len(rows) == 5
    assert not scores.any()


def test_an_empty_index(tmp_path: Path) -> None:
    index = opened(tmp_path, np.empty((0, DIMENSIONS), np.float32))
    rows, scores = index.search(unit_rows(6, 1)[0], 10, None)
    assert (len(rows), len(scores)) == (0, 0)


def test_many_vectors_are_found_by_codes_and_scored_exactly(tmp_path: Path) -> None:
    drawn = np.random.default_rng(3).normal(size=(vectors.CODED, 128)).astype(np.float32)
    many = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    index, third = opened(tmp_path, many), np.arange(0, len(many), 3)
    recalls = []
    for query in many[:20] + many[20:40]:
        rows, scores = index.search(query, 100, None)
        np.testing.assert_allclose(scores, many[rows] @ query, atol=TOLERANCE)
        np.testing.assert_allclose(index.score(query, rows), scores, atol=TOLERANCE)
        recalls.append(len(np.intersect1d(rows, exact(many, query, 100)[0])) / 100)
        np.testing.assert_array_equal(index.search(query, 10, third)[0], exact(many, query, 10, third)[0])
    assert np.mean(recalls) > 0.97
