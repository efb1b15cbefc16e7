"""Any cross-encoder as the reranker of a search: it reads query and passage together and orders the best anew."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from index.errors import BadModel
from index.model_folder import find_model, load
from index.types import Rows, Scores

BATCH = 32  # pairs scored at a time
DEPTH = 50  # passages of a ranking that are ordered anew: each takes a transformer's time


class CrossEncoderReranker:
    """A sentence-transformers cross-encoder with one score a pair."""

    def __init__(self, model: str, batch_size: int = BATCH) -> None:
        """Find the model; it is loaded with the first query.

        :param model: a folder, or a name in the local model cache
        :raises BadModel: there is no such model here, or the extra [models] is not installed
        """
        self._folder = find_model(model, "CrossEncoder")
        self.source = self._folder.source
        self.name = self._folder.fingerprint
        self._batch_size = batch_size
        self._lock = threading.RLock()  # tokenizers are not made for several threads

    @cached_property
    def _model(self) -> Any:
        model = load(self._folder, "CrossEncoder")
        if model.num_labels != 1:
            raise BadModel(
                f"{self.source} gives {model.num_labels} scores a pair, a reranker gives one; name another one"
            )
        return model

    def scores(self, query: str, passages: list[str]) -> Scores:
        """The probability that each passage answers the query, float32 [n], between 0 and 1.

        The logistic function of the model's raw score, whatever activation its configuration names: one scale for all.

        :raises BadModel: the model cannot be loaded or used
        """
        if not passages:
            return np.empty(0, np.float32)
        with self._lock:
            logits = self._model.predict(
                [(query, passage) for passage in passages],
                batch_size=self._batch_size,
                activation_fn=_as_it_is,
                show_progress_bar=False,
            )
        raw = np.asarray(logits, np.float64).reshape(len(passages))
        if not np.isfinite(raw).all():
            raise BadModel(f"{self.source} gives scores that are no numbers; copy the model anew, or use another one")
        return np.asarray(0.5 * (1.0 + np.tanh(raw / 2)), np.float32)


def open_reranker(model: str | None) -> CrossEncoderReranker | None:
    """The reranker that a user names, if any: a folder, or a name in the model cache. :raises BadModel: it is not here"""
    return CrossEncoderReranker(model) if model else None


def _as_it_is(logits: Any) -> Any:
    return logits


def rerank(rows: Rows, scores: Scores, k: int, score: Callable[[Rows], Scores]) -> tuple[Rows, Scores]:
    """The ``k`` best rows when the first ``DEPTH`` of a ranking are ordered by ``score``; ties by row.

    What was ordered anew stands above the rest, whose order stays: scores from 0.5 to 1, and up to 0.5.
    """
    if not len(rows):
        return rows, scores
    rest = scores[DEPTH:] / max(float(scores.max()), 1e-9) / 2
    ordered = np.concatenate([0.5 + score(rows[:DEPTH]) / 2, rest]).astype(np.float32)
    order = np.lexsort((rows, -ordered))[:k]
    return rows[order], ordered[order]
