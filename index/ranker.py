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
_Bits = npt.NDArray[np.uint8]
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
        # A value answers all splits on its feature at once: between two thresholds the answers are the same. They are
        # bits, one for each split of a tree, and number the row of a table of leaves (after Lucchese et al.,
        # "QuickScorer", SIGIR 2015).
        self._leaf = np.zeros((len(trees), 1 << _SPLITS))
        splits = []
        for column, tree in enumerate(trees):
            nodes = [node for node, feature in enumerate(tree["feature"]) if feature >= 0]
            splits += [(tree["feature"][n], tree["threshold"][n], column, bit) for bit, n in enumerate(nodes)]
            self._leaf[column] = np.asarray(tree["value"])[_leaves(tree, nodes)]
        self._answers = [_answers(feature, splits, len(trees)) for feature in range(len(FEATURES))]
        self._first = np.arange(len(trees)) << _SPLITS  # of each tree in the table

    def scores(self, rows: Features) -> Scores:
        """float32 [n] between 0 and 1, higher is better: the logistic of the trees' sum."""
        answers = np.zeros((len(rows), len(self._leaf)), np.uint8)
        for feature, (thresholds, answered) in enumerate(self._answers):
            answers |= answered.take(thresholds.searchsorted(rows[:, feature]), axis=0)
        total = np.take(self._leaf, answers + self._first).sum(axis=1)
        return np.asarray(1.0 / (1.0 + np.exp(-total)), np.float32)


def _answers(feature: int, splits: list[tuple[int, float, int, int]], trees: int) -> tuple[Scores, _Bits]:
    """The thresholds of a feature, ascending, and the bits of each tree for a value below each of them (and above all).

    :param splits: feature, threshold, number of the tree and bit
    """
    own = [(np.float32(threshold), tree, bit) for of, threshold, tree, bit in splits if of == feature]
    thresholds = np.unique(np.array([threshold for threshold, _, _ in own], np.float32))
    answered = np.zeros((len(thresholds) + 1, trees), np.uint8)
    for threshold, tree, bit in own:  # a value at or below the threshold goes left
        answered[: np.searchsorted(thresholds, threshold) + 1, tree] |= np.uint8(1 << bit)
    return thresholds, answered


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
