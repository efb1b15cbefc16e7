"""Several segments answer as one index over all rows does."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from index import postings, tokens, vectors
from index.forward import ForwardIndex, ForwardWriter
from index.parts import Parts
from index.postings import Postings
from index.segments import Segment
from index.selection import Selection
from index.tokens import TokenIndex
from index.types import Rows
from index.vectors import VectorIndex
from index.vocabulary import Vocabulary

SPANS = ((0, 200), (200, 203), (203, 250))
DRAWN = np.random.default_rng(8)
VECTORS = DRAWN.normal(size=(250, 16)).astype(np.float32)
WORDS = [[f"词{n}" for n in DRAWN.integers(0, 30, DRAWN.integers(0, 20))] for _ in range(250)]
PIECES = [sorted(set(DRAWN.integers(0, 900, DRAWN.integers(0, 20)).tolist())) for _ in range(250)]
GONE = np.array([3, 199, 201, *range(203, 250)])  # nothing of the last segment is left


@pytest.fixture(scope="module")
def segments(tmp_path_factory: pytest.TempPathFactory) -> list[Segment]:
    """Three segments of the rows above."""
    made = []
    for first, end in SPANS:
        folder = tmp_path_factory.mktemp(f"rows-{first}")
        vectors.build(folder / "vectors.faiss", VECTORS[first:end], clustered=True)
        tokens.build(folder, PIECES[first:end])
        forward = ForwardWriter(folder)
        forward.add(WORDS[first:end])
        forward.close()
        postings.write(folder, {})
        index, held = VectorIndex(folder / "vectors.faiss"), TokenIndex(folder)
        made.append(
            Segment(str(first), first, end, index, held, Postings(folder), ForwardIndex(folder), Vocabulary(b""))
        )
    return made


@pytest.mark.parametrize("gone", [np.empty(0, np.int64), GONE], ids=["all", "some gone"])
@pytest.mark.parametrize(
    "allowed",
    [None, np.empty(0, np.int64), np.arange(200, 203), np.arange(0, 250, 7), np.arange(250)],
    ids=["no filter", "none", "second segment", "some", "every"],
)
def test_the_nearest_of_what_may_be_found(segments: list[Segment], gone: Rows, allowed: Rows | None) -> None:
    parts = Parts(segments, Selection.of(250, [gone]) if len(gone) else None)
    admitted = np.setdiff1d(np.arange(250) if allowed is None else allowed, gone)
    for query in VECTORS[:20]:
        products = VECTORS[admitted] @ query
        expected = admitted[np.lexsort((admitted, -products))][:30]
        for chosen in (allowed, None if allowed is None else Selection.of(250, [allowed])):
            rows, scores = parts.search(query, 30, chosen)
            np.testing.assert_array_equal(rows, expected)
            np.testing.assert_allclose(scores, VECTORS[expected] @ query, atol=1e-5)


@pytest.mark.parametrize("count", [3, 1], ids=["three segments", "one"])
@pytest.mark.parametrize(
    "rows",
    [np.empty(0, np.int64), np.array([199, 0, 5]), np.array([249, 3, 200, 202, 3, 203]), np.array([240, 210])],
    ids=["none", "first segment", "mixed", "last segment"],
)
def test_what_is_held_of_some_rows(segments: list[Segment], count: int, rows: Rows) -> None:
    parts = Parts(segments[:count], None)
    rows = rows[rows < SPANS[count - 1][1]]
    np.testing.assert_allclose(parts.score(VECTORS[0], rows), VECTORS[rows] @ VECTORS[0], rtol=1e-4, atol=1e-5)
    pieces, bounds = parts.of(rows)
    assert [pieces[a:b].tolist() for a, b in pairwise(bounds)] == [PIECES[row] for row in rows]
    asked = ["词1", "没有", "词7"]
    counted = [Counter(WORDS[row]) for row in rows]
    np.testing.assert_array_equal(
        parts.counts(rows, asked), np.reshape([[own[t] for own in counted] for t in asked], (3, len(rows)))
    )
    np.testing.assert_array_equal(parts.lengths(rows), [len(WORDS[row]) for row in rows])
