"""Baselines: what every table shows beside the product, so that a figure means something.

All see the same documents (title and text as one), the history of a follow-up in front of it, and where a query has
filters, only the documents that they admit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eval.systems import DEPTH, STEPS, Progress, Search, System
from eval.types import Dataset, Query, Ranking
from index.laps import Laps
from index.types import Encoder

_K1, _B = 1.2, 0.75  # the product's own, so that a difference is not one of parameters
_RRF = 60  # Cormack, Clarke and Büttcher, Reciprocal Rank Fusion, SIGIR 2009
_SEED = 20240915
Score = Callable[[str], npt.NDArray[np.floating]]
Builder = Callable[[Dataset, Encoder, Progress], Score]


def _texts(dataset: Dataset) -> list[str]:
    return [f"{document.title} {document.text}" for document in dataset.documents]


def _jieba(text: str) -> list[str]:
    import jieba

    jieba.setLogLevel("ERROR")  # it reports its start on stderr
    return [token for token in jieba.lcut_for_search(text.lower()) if token.strip()]


def _bigrams(text: str) -> list[str]:
    squeezed = "".join(text.lower().split())
    return [squeezed[i : i + 2] for i in range(len(squeezed) - 1)] or [squeezed]


def _rank_bm25(tokenise: Callable[[str], list[str]], dataset: Dataset, _: Encoder, done: Progress) -> Score:
    from rank_bm25 import BM25Okapi

    tokens = [tokenise(text) for text in _texts(dataset)]
    done(STEPS * len(tokens))
    index = BM25Okapi(tokens, k1=_K1, b=_B)
    return lambda query: np.asarray(index.get_scores(tokenise(query)))


def _bm25s(dataset: Dataset, _: Encoder, done: Progress) -> Score:
    import bm25s

    index = bm25s.BM25(k1=_K1, b=_B)
    tokens = [_jieba(text) for text in _texts(dataset)]
    done(STEPS * len(tokens))
    index.index(tokens, show_progress=False)
    return lambda query: np.asarray(index.get_scores(_jieba(query)))


def _encoder(dataset: Dataset, encoder: Encoder, done: Progress) -> Score:
    vectors = encoder.encode_passages(_texts(dataset))
    done(STEPS * len(vectors))
    return lambda query: vectors @ encoder.encode_queries([query])[0]


def _rrf(dataset: Dataset, encoder: Encoder, done: Progress) -> Score:
    """Equal-weight reciprocal rank fusion of BM25 (jieba) and the encoder."""
    legs = _bm25s(dataset, encoder, done), _encoder(dataset, encoder, lambda _: None)

    def score(query: str) -> npt.NDArray[np.floating]:
        total = np.zeros(len(dataset.documents))
        for leg in legs:
            scores = leg(query)
            rank = np.empty(len(scores), np.int64)
            rank[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
            total += np.where(scores > 0, 1 / (_RRF + rank), 0)
        return total

    return score


def _random(dataset: Dataset, _: Encoder, done: Progress) -> Score:
    done(STEPS * len(dataset.documents))

    def score(query: str) -> npt.NDArray[np.floating]:
        return np.asarray(np.random.default_rng([_SEED, *query.encode()]).random(len(dataset.documents)))

    return score


BASELINES: dict[str, tuple[Builder, str | None]] = {
    "rank-bm25": (partial(_rank_bm25, _jieba), "rank-bm25"),
    "rank-bm25-bigrams": (partial(_rank_bm25, _bigrams), "rank-bm25"),
    "bm25s": (_bm25s, "bm25s"),
    "encoder": (_encoder, None),
    "rrf": (_rrf, "bm25s"),
    "random": (_random, None),
}


def baseline(name: str, encoder: Encoder) -> System:
    """One of :data:`BASELINES`."""
    builder, package = BASELINES[name]
    identity = [name, version(package) if package else None, encoder.name if name in ("encoder", "rrf") else None]

    def build(dataset: Dataset, folder: Path, done: Progress) -> Search:
        score = builder(dataset, encoder, done)
        doc_ids = [document.doc_id for document in dataset.documents]

        def search(query: Query, laps: Laps) -> Ranking:
            scores = score(" ".join((*query.history, query.text)))
            laps.lap("scoring")
            ranked = _best(scores, doc_ids, query.admitted)
            laps.lap("sorting")
            return ranked

        return search

    return System(name, build, identity)


def _best(scores: npt.NDArray[np.floating], doc_ids: Sequence[str], admitted: frozenset[str] | None) -> Ranking:
    """The best documents with a score above 0, ties in the order of the corpus."""
    order = np.argsort(-scores, kind="stable")
    best: Ranking = []
    for row in order:
        if scores[row] <= 0 or len(best) == DEPTH:
            break
        if admitted is None or doc_ids[row] in admitted:
            best.append((doc_ids[row], float(scores[row])))
    return best
