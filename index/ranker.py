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
_SPLITS = 6  # of a tree, at most; their answers are the bits of a byte
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
        # Every split of a tree is tried at once; the answers, one bit each, number the row of a table of leaves.
        self._feature = np.zeros((_SPLITS, len(trees)), np.int64)
        self._threshold = np.full((_SPLITS, len(trees), 1), np.inf, np.float32)
        self._leaf = np.zeros((len(trees), 1 << _SPLITS))
        for column, tree in enumerate(trees):
            splits = [node for node, feature in enumerate(tree["feature"]) if feature >= 0]
            self._feature[: len(splits), column] = [tree["feature"][node] for node in splits]
            self._threshold[: len(splits), column, 0] = [tree["threshold"][node] for node in splits]
            self._leaf[column] = np.asarray(tree["value"])[_leaves(tree, splits)]
        self._first = np.arange(len(trees))[:, None] << _SPLITS  # of each tree in the table

    def scores(self, rows: Features) -> Scores:
        """float32 [n] between 0 and 1, higher is better: the logistic of the trees' sum."""
        columns = np.ascontiguousarray(rows.T)
        answers = np.zeros((len(self._leaf), len(rows)), np.uint8)
        for bit in range(_SPLITS):
            below = columns[self._feature[bit]] <= self._threshold[bit]  # [trees, n]
            answers |= below.view(np.uint8) << np.uint8(bit)
        total = np.take(self._leaf, answers + self._first).sum(axis=0)
        return np.asarray(1.0 / (1.0 + np.exp(-total)), np.float32)


def _leaves(tree: dict[str, list[int]], splits: list[int]) -> npt.NDArray[np.int64]:
    """The leaf at which each combination of answers ends; bit ``i`` of a combination is the answer to split ``i``."""
    answers = np.arange(1 << _SPLITS)
    node = np.zeros(len(answers), np.int64)
    for bit, split in enumerate(splits):  # parents come before their children
        at = node == split
        node[at] = np.where(answers[at] >> bit & 1, tree["left"][split], tree["right"][split])
    return node


@cache
def shipped_ranker() -> Ranker:
    """The ranker that comes with the package."""
    return Ranker(Path(str(files("index").joinpath("model", "ranker.json"))))
