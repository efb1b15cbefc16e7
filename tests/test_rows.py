"""What a large store keeps by row: selections, postings, arrays that are written as they come, the tokens of passages."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from index import postings, vectors
from index.arrays import ArrayWriter, batches, mapped
from index.forward import ForwardIndex, ForwardWriter
from index.postings import Postings
from index.selection import Selection
from index.vectors import VectorIndex


@pytest.mark.parametrize("size", [1, 7, 8, 9, 100, 1001])
def test_a_selection_is_a_set_of_rows(size: int) -> None:
    drawn = np.random.default_rng(size)
    one, other = drawn.random(size) < 0.5, drawn.random(size) < 0.3
    a, b = Selection.of(size, [np.flatnonzero(one)]), Selection.of(size, [np.flatnonzero(other)])
    np.testing.assert_array_equal(a.rows(), np.flatnonzero(one))
    np.testing.assert_array_equal((a & b).rows(), np.flatnonzero(one & other))
    np.testing.assert_array_equal(a.without(b).rows(), np.flatnonzero(one & ~other))
    assert len(a) == one.sum()
    for first in range(0, size, 3):
        for count in {1, size - first, (size - first + 1) // 2}:
            part = a.part(first, count)
            np.testing.assert_array_equal(part.rows(), np.flatnonzero(one[first : first + count]))
            assert len(part) == one[first : first + count].sum()


def test_postings_are_read_as_they_were_written(tmp_path: Path) -> None:
    by_term = {"year=2022": [0, 5, 9], "unit=公安局": [2], "unit=公安": [], "z\ud800": [1], "a": list(range(70_000))}
    postings.write(tmp_path, by_term)
    read = Postings(tmp_path)
    assert {term: rows.tolist() for term, rows in read.items().items()} == by_term
    assert all(read.rows(term).tolist() == rows for term, rows in by_term.items())
    assert not any(len(read.rows(term)) for term in ("", "year=2021", "year=20222", "zz", "unit=公安局局"))
    (tmp_path / "none").mkdir()
    postings.write(tmp_path / "none", {})
    assert len(Postings(tmp_path / "none").rows("a")) == 0


def test_arrays_are_written_part_by_part(tmp_path: Path) -> None:
    whole = np.arange(123_457, dtype=np.uint32)
    writer = ArrayWriter(tmp_path / "a.npy", np.uint32)
    for part in batches(whole.tolist(), 10_000):
        writer.add(np.array(part))
    writer.close()
    np.testing.assert_array_equal(mapped(tmp_path / "a.npy"), whole)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy", allow_pickle=False), whole)


def test_tokens_are_counted_as_they_stand(tmp_path: Path) -> None:
    drawn = np.random.default_rng(4)
    passages = [[f"词{n}" for n in drawn.zipf(1.3, drawn.integers(0, 60)) if n < 10_000] for _ in range(500)]
    passages[7] = ["很"] * 300
    writer = ForwardWriter(tmp_path)
    for some in batches(passages, 64):
        writer.add(some)
    writer.close()
    index, asked = ForwardIndex(tmp_path), ["词1", "没有", "词2", "很", "词77", "词3"]
    rows = drawn.permutation(500)[:200]
    rows[0] = 7
    counted = [Counter(passages[row]) for row in rows]
    expected = [[min(255, counts[token]) for counts in counted] for token in asked]
    np.testing.assert_array_equal(index.counts(rows, asked), expected)
    np.testing.assert_array_equal(index.lengths, [len(tokens) for tokens in passages])
    assert index.counts(rows, ["没有"]).sum() == 0
    assert writer.frequencies() == Counter(token for tokens in passages for token in set(tokens))
    assert index.counts(rows[:0], asked).shape == (6, 0)


def test_clustered_vectors(tmp_path: Path) -> None:
    """Real vectors lie in clusters; so do these. Bytes keep products to a hundredth; filters hold and hide nothing."""
    drawn = np.random.default_rng(5)
    centres = drawn.normal(size=(200, 128))
    many = centres[drawn.integers(0, 200, vectors.CODED + 5000)] + 0.7 * drawn.normal(size=(vectors.CODED + 5000, 128))
    many = (many / np.linalg.norm(many, axis=1, keepdims=True)).astype(np.float32)
    vectors.build(tmp_path / "v.faiss", many, clustered=True)
    index = VectorIndex(tmp_path / "v.faiss")
    chosen = {
        "none": None,
        "most": Selection.of(len(many), [np.flatnonzero(drawn.random(len(many)) < 0.9)]),
        "a third": Selection.of(len(many), [np.arange(0, len(many), 3)]),
        "few": Selection.of(len(many), [np.arange(0, len(many), 500)]),
    }
    for name, allowed in chosen.items():
        admitted = np.arange(len(many)) if allowed is None else allowed.rows()
        recalls = []
        for query in many[:30]:
            rows, scores = index.search(query, 10, allowed)
            exact = np.sort(many[admitted] @ query)[::-1][:10]
            np.testing.assert_allclose(scores, many[rows] @ query, atol=1e-2)
            np.testing.assert_allclose(index.score(query, rows), index.vectors(rows) @ query, atol=1e-5)
            assert np.isin(rows, admitted).all()
            recalls.append((many[rows] @ query >= exact[-1] - 2e-3).mean())
        assert np.mean(recalls) > (0.999 if name == "few" else 0.9), name
