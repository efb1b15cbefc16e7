"""The table of docs/retrieval.md and the tests beside it: each leg, fusions of both, and the product, on every set.

    .venv/bin/python -m benchmarks.retrieval            (minutes; --sets cmrc2018_dev dev for some of them)

Prints two Markdown tables: nDCG@10 · R@10 · R@100 of every way to search, and the product against three others, measure by
measure, with paired tests. Both legs are scored for every candidate (the best of either leg), as in the product.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import numpy as np

from benchmarks.search_sets import Request, SearchSet, by_product, open_set, parser
from benchmarks.search_tables import Measured, print_table, print_tests
from index import ranking
from index.analysis import tokenise
from index.formula import LATE_WEIGHT
from index.fusion import DENSE_WEIGHT, convex
from index.lexical import TermGroup
from index.query import parse_query
from index.ranking import CANDIDATES, CHINESE_DENSE_WEIGHT, TOP
from index.types import Rows, Scores

Fuse = Callable[[Scores, Scores, float, bool], Scores]  # lexical and dense scores, the bound, whether it is Chinese
WEIGHTS = (0.2, 0.3, 0.4, 0.5, 0.7)
HAN = re.compile(r"[\u4e00-\u9fff]")
NEVER = re.compile(r"(?!)")


def rrf(lexical: Scores, dense: Scores, _: float, __: bool) -> Scores:
    """Reciprocal rank fusion with k = 60 and equal weights (Cormack, Clarke and Büttcher, SIGIR 2009)."""
    total = np.zeros(len(lexical), np.float32)
    for scores in (lexical, dense):
        rank = np.empty(len(scores), np.int64)
        rank[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
        total += np.where(scores > 0, 1.0 / (60 + rank), 0.0).astype(np.float32)
    return total


def by_best(weight: float) -> Fuse:
    """Convex combination of lexical scores divided by the best one, and cosines divided by theirs."""

    def fuse(lexical: Scores, dense: Scores, _: float, __: bool) -> Scores:
        a, b = lexical / max(float(lexical.max(initial=0)), 1e-9), np.maximum(dense, 0)
        return np.asarray((1 - weight) * a + weight * b / max(float(b.max(initial=0)), 1e-9), np.float32)

    return fuse


def by_bound(weight: float) -> Fuse:
    """The product's: lexical scores as a share of what the question could score, cosines as they are."""
    return lambda lexical, dense, bound, _: convex(lexical, dense, bound, weight)


def by_language(lexical: Scores, dense: Scores, bound: float, chinese: bool) -> Scores:
    """The fusion that the product orders anew."""
    return convex(lexical, dense, bound, CHINESE_DENSE_WEIGHT if chinese else DENSE_WEIGHT)


PLAIN = "BM25, the query's words alone"
BM25 = "BM25, the lexical leg"
CONVEX = f"convex ÷ bound, vectors {CHINESE_DENSE_WEIGHT}, English {DENSE_WEIGHT}"
LATE = f"the best {TOP} by late interaction × {LATE_WEIGHT}, vectors {DENSE_WEIGHT}"
PRODUCT = f"the product: the best {TOP} by the ranker, English by late interaction"
FUSIONS: dict[str, Fuse] = {
    "vectors": lambda _, dense, __, ___: dense,
    "RRF, equal weights": rrf,
    **{f"convex ÷ best, vectors {w}": by_best(w) for w in (0.3, 0.5)},
    **{f"convex ÷ bound, vectors {w}": by_bound(w) for w in WEIGHTS},
    CONVEX: by_language,
}


def by_words(found: SearchSet, request: Request) -> tuple[Rows, Scores]:
    """BM25 as a textbook has it: no synonyms, no translations, question words and all."""
    groups = [TermGroup(((token, 1.0),)) for token in dict.fromkeys(tokenise(request.query))]
    return found.legs.lexical.search(groups, CANDIDATES, request.required, request.among)[:2]


def by_lexical_leg(found: SearchSet, request: Request) -> tuple[Rows, Scores]:
    """The product's lexical leg alone."""
    groups = parse_query(request.query, request.lookup).groups
    return found.legs.lexical.search(groups, CANDIDATES, request.required, request.among)[:2]


def by_late_interaction(found: SearchSet, request: Request) -> tuple[Rows, Scores]:
    """The product, Chinese questions ordered as English ones: no ranker."""
    with patch.object(ranking, "_HAN", NEVER):
        return by_product(found, request)


def fused(fuse: Fuse) -> Callable[[SearchSet, Request], tuple[Rows, Scores]]:
    """A search by one fusion over the best candidates of both legs."""

    def search(found: SearchSet, request: Request) -> tuple[Rows, Scores]:
        lexical_index, vector_index = found.legs.lexical, found.legs.vectors
        parsed = parse_query(request.query, request.lookup)
        vector = found.encoder.encode_queries([parsed.dense])[0]
        rows = np.union1d(
            lexical_index.search(parsed.groups, CANDIDATES, request.required, request.among)[0],
            vector_index.search(vector, CANDIDATES, request.allowed)[0],
        )
        lexical, dense = lexical_index.score(parsed.groups, rows), vector_index.score(vector, rows)
        scores = fuse(lexical, dense, lexical_index.bound(parsed.groups), bool(HAN.search(request.query)))
        best = [i for i in np.lexsort((rows, -scores)) if scores[i] > 0]
        return rows[best], scores[best]

    return search


SYSTEMS = {
    PLAIN: by_words,
    BM25: by_lexical_leg,
    **{name: fused(fuse) for name, fuse in FUSIONS.items()},
    LATE: by_late_interaction,
    PRODUCT: by_product,
}


def main() -> None:
    """Measure on all sets and print both tables."""
    options = parser(__doc__).parse_args()
    measured: Measured = {}
    for name in options.sets:
        measured |= measure(name, options.shared)
    print_table(measured)
    for other in (PLAIN, BM25, CONVEX):
        print_tests(measured, other, PRODUCT)


def measure(name: str, shared: Path) -> Measured:
    """All systems on one set, by the set's columns."""
    with open_set(name, shared) as found:
        values = {system: found.values(search) for system, search in SYSTEMS.items()}
        return {column: (queries, values) for column, queries in found.columns.items()}


if __name__ == "__main__":
    main()
