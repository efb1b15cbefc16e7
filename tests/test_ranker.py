"""The ranker's trees are walked as they are written, and as LightGBM walks them; what it orders stands above the rest."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.reading import read_paths
from index.ranker import FEATURES, Features, Ranker, features, shipped_ranker
from index.ranking import TOP
from index.store import LocalStore

DIGEST = Path(__file__).resolve().parent.parent / "corpus" / "notices"
TREES = [
    {"feature": [0, -1, 2, -1, -1], "threshold": [0.5, 0, 0.25, 0, 0], "left": [1, 0, 3, 0, 0], "right": [2, 0, 4, 0, 0],
     "value": [0, 1.0, 0, -2.0, 3.0]},
    {"feature": [-1], "threshold": [0.0], "left": [0], "right": [0], "value": [0.125]},
]  # fmt: skip


def walked(tree: dict[str, list[float]], row: Features) -> float:
    node = 0
    while tree["feature"][node] >= 0:
        below = row[int(tree["feature"][node])] <= tree["threshold"][node]
        node = int(tree["left" if below else "right"][node])
    return tree["value"][node]


def logistic(total: float) -> float:
    return 1 / (1 + math.exp(-total))


def ranker_of(trees: list[dict[str, Any]], folder: Path) -> Ranker:
    path = folder / "ranker.json"
    path.write_text(json.dumps({"trees": trees}), encoding="utf-8")
    return Ranker(path)


def test_trees_are_walked_as_written(tmp_path: Path) -> None:
    rows = np.array([[0.5, 0, 0, 0, 0, 0], [0.6, 0, 0.25, 0, 0, 0], [0.6, 0, 0.3, 0, 0, 0]], np.float32)
    assert ranker_of(TREES, tmp_path).scores(rows) == pytest.approx([logistic(t) for t in (1.125, -1.875, 3.125)])


def test_the_shipped_trees_are_walked_as_written() -> None:
    path = Path(__file__).resolve().parent.parent / "index" / "model" / "ranker.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["features"] == list(FEATURES)
    rows = np.random.default_rng(3).random((40, len(FEATURES)), np.float32)
    expected = [logistic(sum(walked(tree, row) for tree in content["trees"])) for row in rows]
    assert shipped_ranker().scores(rows) == pytest.approx(expected, abs=1e-6)
    assert shipped_ranker().scores(np.empty((0, len(FEATURES)), np.float32)).shape == (0,)


def test_features_say_how_far_each_lies_behind_the_best() -> None:
    values = [np.array(v, np.float32) for v in ([0.5, 0.25], [0.5, 0.75], [1.0, 0.5])]
    found = features(*values, best=(0.5, 0.75, 1.0))
    assert found.tolist() == [[0.5, 0.5, 1.0, 0.0, 0.25, 0.0], [0.25, 0.75, 0.5, 0.25, 0.0, 0.5]]


def test_trees_equal_lightgbm(tmp_path: Path) -> None:
    pytest.importorskip("lightgbm", reason="pip install 'notice-assistant[models]'")
    from eval.training.ranker import fit, trees

    chance = np.random.default_rng(5)
    groups = []
    for _ in range(60):
        rows = chance.random((30, len(FEATURES)), np.float32)
        groups.append((rows, (rows[:, 0] + rows[:, 2] > 1.4).astype(np.int64), 1.0))
    booster = fit(groups)
    rows = chance.random((50, len(FEATURES)), np.float32)
    expected = [logistic(total) for total in booster.predict(rows)]
    assert ranker_of(trees(booster), tmp_path).scores(rows) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    "query", ["电梯安全宣传", "elevator safety", "质量月活动安排在什么时候，由哪些单位负责", "？？"]
)
def test_scores_fall_and_what_was_ordered_anew_stands_above(query: str, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.index(read_paths([DIGEST]))
    scores = [hit.score for hit in store.search(query, 100).hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert all(score >= 0.5 for score in scores[:TOP])
    assert all(score <= 0.5 for score in scores[TOP:])
    assert [h.stored.passage.passage_id for h in store.search(query, 5).hits] == [
        h.stored.passage.passage_id for h in store.search(query, 100).hits[:5]
    ]
