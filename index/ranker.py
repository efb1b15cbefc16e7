"""The small learned ranker: regression trees over what both legs and late interaction say of a passage. Numpy only.

Gradient-boosted trees by LambdaMART (Burges, "From RankNet to LambdaRank to LambdaMART", 2010), trained by
`eval.training.ranker`, which says on what.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.types import Scores

Features = npt.NDArray[np.float32]
FEATURES = ("lexical", "dense", "late", "lexical behind", "dense behind", "late behind")


def features(lexical: Scores, dense: Scores, late: Scores, best: tuple[float, float, float]) -> Features:
    """float32 [n, 6]: shares of the lexical bound, cosines, late interaction; and how far each lies behind the best."""
    values = (lexical, dense, late)
    return np.stack(
        [*values, *(top - value for top, value in zip(best, values, strict=True))], axis=1, dtype=np.float32
    )


class Ranker:
    """Trees from a JSON file: lists of ``feature``, ``threshold``, ``left``, ``right`` and ``value`` of each tree's nodes."""

    def __init__(self, path: Path) -> None:
        trees = json.loads(path.read_text(encoding="utf-8"))["trees"]
        size = max(len(tree["value"]) for tree in trees)
        shape = (len(trees), size)
        self._feature, self._left, self._right = (np.zeros(shape, np.int64) for _ in range(3))
        self._threshold, self._value = np.full(shape, np.inf), np.zeros(shape)
        for row, tree in enumerate(trees):
            for column in range(len(tree["value"])):
                leaf = tree["feature"][column] < 0  # a leaf leads to itself
                self._feature[row, column] = max(tree["feature"][column], 0)
                self._threshold[row, column] = np.inf if leaf else tree["threshold"][column]
                self._left[row, column] = column if leaf else tree["left"][column]
                self._right[row, column] = column if leaf else tree["right"][column]
                self._value[row, column] = tree["value"][column]
        self._depth = max(map(_depth, trees))

    def scores(self, rows: Features) -> Scores:
        """float32 [n] between 0 and 1, higher is better: the logistic of the trees' sum."""
        every = np.arange(len(self._feature))
        node = np.zeros((len(rows), len(every)), np.int64)
        passage = np.arange(len(rows))[:, None]
        for _ in range(self._depth):
            below = rows[passage, self._feature[every, node]] <= self._threshold[every, node]
            node = np.where(below, self._left[every, node], self._right[every, node])
        total = self._value[every, node].sum(axis=1)
        return np.asarray(1.0 / (1.0 + np.exp(-total)), np.float32)


def _depth(tree: dict[str, list[int]]) -> int:
    depths = [0] * len(tree["value"])
    for node, feature in enumerate(tree["feature"]):  # parents come before their children
        if feature >= 0:
            depths[tree["left"][node]] = depths[tree["right"][node]] = depths[node] + 1
    return max(depths)


@cache
def shipped_ranker() -> Ranker:
    """The ranker that comes with the package."""
    return Ranker(Path(str(files("index").joinpath("model", "ranker.json"))))
