"""Fusions side by side on BEIR folders: nDCG@10 · R@10 · R@100 of each leg, equal-weight RRF, convex combinations, and the product.

    .venv/bin/python benchmarks/fusion.py ../shared/data/benchmarks/cmrc2018_dev ../shared/data/benchmarks/stard:dev …

Both legs are scored for every candidate (the best of either leg), as the product does. Prints a Markdown table.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from eval import measures
from eval.formats import beir, trec
from eval.systems.product import build
from index.encoder import shipped_encoder
from index.formula import LATE_WEIGHT
from index.fusion import DENSE_WEIGHT, convex
from index.query import parse_query
from index.ranking import CANDIDATES, TOP, rank
from index.types import Scores

Fuse = Callable[[Scores, Scores, float], Scores]
WEIGHTS = (0.2, 0.3, 0.4, 0.5, 0.7)


def rrf(lexical: Scores, dense: Scores, _: float) -> Scores:
    """Reciprocal rank fusion with k = 60 and equal weights (Cormack, Clarke and Büttcher, SIGIR 2009)."""
    total = np.zeros(len(lexical), np.float32)
    for scores in (lexical, dense):
        rank = np.empty(len(scores), np.int64)
        rank[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
        total += np.where(scores > 0, 1.0 / (60 + rank), 0.0).astype(np.float32)
    return total


def by_best(weight: float) -> Fuse:
    """Convex combination of lexical scores divided by the best one, and cosines divided by theirs."""

    def fuse(lexical: Scores, dense: Scores, _: float) -> Scores:
        a, b = lexical / max(float(lexical.max(initial=0)), 1e-9), np.maximum(dense, 0)
        return np.asarray((1 - weight) * a + weight * b / max(float(b.max(initial=0)), 1e-9), np.float32)

    return fuse


def by_bound(weight: float) -> Fuse:
    """The product's: lexical scores as a share of what the question could score, cosines as they are."""
    return lambda lexical, dense, bound: convex(lexical, dense, bound, weight)


FUSIONS: dict[str, Fuse] = {
    "BM25": lambda lexical, dense, _: lexical,
    "vectors": lambda lexical, dense, _: dense,
    "RRF, equal weights": rrf,
    **{f"convex ÷ best, vectors {w}": by_best(w) for w in (0.3, 0.5)},
    **{f"convex ÷ bound, vectors {w}": by_bound(w) for w in WEIGHTS},
}


PRODUCT = (
    f"the product: the best {TOP} by the ranker (English: vectors {DENSE_WEIGHT}, late interaction × {LATE_WEIGHT})"
)


def main() -> None:
    """Print one table over all folders named."""
    columns = {name: _column(name) for name in sys.argv[1:]}
    print("| fusion | " + " | ".join(Path(name).name for name in columns) + " |")
    print("|---|" + "---|" * len(columns))
    for fusion in (*FUSIONS, PRODUCT):
        print(f"| {fusion} | " + " | ".join(column[fusion] for column in columns.values()) + " |")


def _column(name: str) -> dict[str, str]:
    dataset, encoder = beir.load(name), shipped_encoder()
    found: dict[str, dict[str, list[tuple[str, float]]]] = {fusion: {} for fusion in (*FUSIONS, PRODUCT)}
    with TemporaryDirectory() as folder:
        legs = build(dataset, Path(folder), encoder)
        lexical_index, vector_index = legs.lexical, legs.vectors
        for query_id, query in dataset.queries.items():
            parsed = parse_query(query.text)
            vector = encoder.encode_queries([parsed.dense])[0]
            rows = np.union1d(
                lexical_index.search(parsed.groups, CANDIDATES, [])[0],
                vector_index.search(vector, CANDIDATES, None)[0],
            )
            lexical, dense = lexical_index.score(parsed.groups, rows), vector_index.score(vector, rows)
            bound = lexical_index.bound(parsed.groups)
            rows_of_product, scores_of_product, _ = rank(query.text, 100, "hybrid", legs, encoder)
            hits = [
                (dataset.documents[int(r)].doc_id, float(s))
                for r, s in zip(rows_of_product, scores_of_product, strict=True)
            ]
            found[PRODUCT][query_id] = trec.strictly_decreasing(hits)
            for fusion, fuse in FUSIONS.items():
                scores = fuse(lexical, dense, bound)
                best = [i for i in np.lexsort((rows, -scores))[:100] if scores[i] > 0]
                hits = [(dataset.documents[int(rows[i])].doc_id, float(scores[i])) for i in best]
                found[fusion][query_id] = trec.strictly_decreasing(hits)
    out = {}
    for fusion, run in found.items():
        means = measures.means(measures.by_query(dataset.qrels, run))
        out[fusion] = " · ".join(f"{means[m]:.3f}".lstrip("0") for m in ("nDCG@10", "R@10", "R@100"))
    return out


if __name__ == "__main__":
    main()
