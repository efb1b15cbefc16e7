"""Late interaction equals its definition, reads the pieces that were written, and never lets a passage vanish."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from corpus.reading import read_paths
from index import tokens
from index.encoder import StaticEncoder, shipped_encoder
from index.late_interaction import late_interaction
from index.nearest import Nearest
from index.store import LocalStore
from index.tokens import TokenIndex

DIGEST = Path(__file__).resolve().parent.parent / "corpus" / "notices"
PASSAGES = ["开展电动自行车充电安全专项整治", "举办质量月启动仪式", "", "组织电梯安全宣传周活动", "\u0378"]


@pytest.fixture(scope="module")
def encoder() -> StaticEncoder:
    return shipped_encoder()


@pytest.fixture(scope="module")
def index(encoder: StaticEncoder, tmp_path_factory: pytest.TempPathFactory) -> TokenIndex:
    folder = tmp_path_factory.mktemp("tokens")
    tokens.build(folder, encoder.pieces(PASSAGES))
    return TokenIndex(folder)


def by_definition(query: str, passage: str, encoder: StaticEncoder) -> float:
    """The weighted mean of best cosines, piece by piece."""
    asked, held = (sorted({*encoder.pieces([text])[0]}) for text in (query, passage))
    if not asked or not held:
        return 0.0
    total = weights = 0.0
    for a in asked:
        va = encoder._vectors[a].astype(np.float64)
        best = max(
            float(va @ vb / (np.linalg.norm(va) * np.linalg.norm(vb)))
            for vb in (encoder._vectors[b].astype(np.float64) for b in held)
        )
        total += float(va @ va) * best
        weights += float(va @ va)
    return max(total / weights, 0.0)


@pytest.mark.parametrize("query", ["电动车充电安全", "电梯宣传", "e-bike charging", "质量月"])
def test_scores_equal_the_definition(query: str, index: TokenIndex, encoder: StaticEncoder) -> None:
    rows = np.array([3, 0, 2, 1, 4])
    scores = late_interaction(encoder.pieces([query])[0], rows, index, encoder)
    assert scores == pytest.approx([by_definition(query, PASSAGES[row], encoder) for row in rows], abs=2e-3)
    assert scores.dtype == np.float32


def test_a_passage_scores_one_for_its_own_words(index: TokenIndex, encoder: StaticEncoder) -> None:
    assert late_interaction(encoder.pieces(PASSAGES[:1])[0], np.array([0]), index, encoder) == pytest.approx(
        [1.0], abs=1e-3
    )


@pytest.mark.parametrize(("query", "rows"), [("", [0, 1]), ("质量", []), ("   ", [2])])
def test_nothing_to_compare_scores_nothing(
    query: str, rows: list[int], index: TokenIndex, encoder: StaticEncoder
) -> None:
    scores = late_interaction(encoder.pieces([query])[0], np.array(rows, np.int64), index, encoder)
    assert scores.tolist() == [0.0] * len(rows)


def test_pieces_are_kept_once_a_passage_in_order_of_rows(tmp_path: Path) -> None:
    tokens.build(tmp_path, [[5, 3, 5], [], [65535]])
    index = TokenIndex(tmp_path)
    pieces, bounds = index.of(np.array([2, 0, 1]))
    assert len(index) == 3
    assert pieces.tolist() == [65535, 3, 5]
    assert bounds.tolist() == [0, 1, 3, 3]


def test_pieces_under_a_heading_are_those_of_both(encoder: StaticEncoder) -> None:
    heads = ["关于开展质量月活动的通知", "e-Bikes, 第３条（一）", "", "关于开展质量月活动的通知", "\u0301"]
    whole = [f"{head} {text}" for head, text in zip(heads, PASSAGES, strict=True)]
    assert encoder.pieces_under(heads, PASSAGES) == encoder.pieces(whole) == encoder.pieces_under(heads, PASSAGES)


def test_many_texts_are_pooled_as_each_alone(encoder: StaticEncoder) -> None:
    drawn = np.random.default_rng(3)
    pieces = [drawn.integers(0, 40_000, drawn.integers(0, 90)).tolist() for _ in range(700)]
    np.testing.assert_array_equal(encoder.pool(pieces), np.concatenate([encoder.pool([one]) for one in pieces]))


def test_a_store_without_any_pieces_opens(tmp_path: Path) -> None:
    tokens.build(tmp_path, [[]])
    assert TokenIndex(tmp_path).of(np.array([0]))[0].tolist() == []


def test_indexes_of_an_older_layout_are_built_anew(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.index(read_paths([DIGEST]))
    before = [hit.stored.passage.passage_id for hit in store.search("电梯安全", 5).hits]
    (folder,) = (tmp_path / "store").glob("derived-*")
    record = json.loads((folder / "derived.json").read_text(encoding="utf-8"))
    del record["layout"]
    (folder / "derived.json").write_text(json.dumps(record), encoding="utf-8")
    (folder / "pieces.npy").unlink()
    again = LocalStore(tmp_path / "store")
    assert [hit.stored.passage.passage_id for hit in again.search("电梯安全", 5).hits] == before


@pytest.mark.parametrize("query", ["电动车充电安全", "电梯宣传", "e-bike charging", "\u0378"])
def test_what_a_small_store_keeps_gives_the_same_scores(query: str, index: TokenIndex, encoder: StaticEncoder) -> None:
    rows, pieces = np.array([3, 0, 2, 1, 4]), encoder.pieces([query])[0]
    nearest = Nearest.of_few(index)
    assert nearest is not None
    anew = late_interaction(pieces, rows, index, encoder)
    kept = late_interaction(pieces, rows, index, encoder, nearest)
    assert kept == pytest.approx(anew, abs=1e-6)
    assert kept.dtype == np.float32
    again = late_interaction(pieces, rows[:2], index, encoder, nearest)
    assert again.tolist() == kept[:2].tolist()
