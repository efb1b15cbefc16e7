"""What each part of the search brings: the product without it, on every set of docs/retrieval.md.

    .venv/bin/python -m benchmarks.ablation             (minutes; --sets dev for some of them)
    git show 8b85d35~1:index/model/ranker.json > /tmp/old.json; .venv/bin/python -m benchmarks.ablation --ranker /tmp/old.json

Prints one Markdown table, nDCG@10 · R@10 · R@100. With --ranker, other trees are measured beside the shipped ones; with --tests,
the product is tested against each variant.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.search_sets import Request, Search, SearchSet, by_product, open_set, parser
from benchmarks.search_tables import Measured, print_table, print_tests
from index import formula, query, ranking, vectors
from index.formula import Formula, Method
from index.fusion import DENSE_WEIGHT
from index.ranker import Ranker
from index.ranking import CHINESE_DENSE_WEIGHT
from index.types import Rows, Scores

NO_ROWS, NO_SCORES = np.empty(0, np.int64), np.empty(0, np.float32)
Part = tuple[object, str, object]  # where a name stands, the name, what stands there instead


class NoVectors:
    """A dense leg that finds nothing."""

    def __init__(self, found: SearchSet) -> None:
        self._count = len(found.doc_ids)

    def __len__(self) -> int:
        return self._count

    def search(self, *_: object) -> tuple[Rows, Scores]:
        """No rows."""
        return NO_ROWS, NO_SCORES

    def score(self, _: object, rows: Rows) -> Scores:
        """0 for each row."""
        return np.zeros(len(rows), np.float32)


class NoWords(NoVectors):
    """A lexical leg that finds nothing."""

    def search(self, *_: object) -> tuple[Rows, Scores, int]:  # type: ignore[override]
        """No rows, none that match."""
        return NO_ROWS, NO_SCORES, 0

    def bound(self, _: object) -> float:
        """What nothing could score."""
        return 0.0


def no_late(*_: object) -> Scores:
    """Late interaction with nothing."""
    return NO_SCORES


def replaced(*parts: Part, leg: tuple[str, Callable[[SearchSet], object]] | None = None) -> Search:
    """The product's search with other parts: names put in place of others, or another leg."""

    def search(found: SearchSet, request: Request) -> tuple[Rows, Scores]:
        with contextlib.ExitStack() as stack:
            for owner, name, value in parts:
                stack.enter_context(patch.object(owner, name, value))
            if leg is None:
                return by_product(found, request)
            legs: Any = {leg[0]: leg[1](found)}
            return by_product(replace(found, legs=replace(found.legs, **legs)), request)

    return search


def _formula(method: Method, weight: float | None = None) -> Part:
    """The formula of one method, whatever the language; ``weight``: of the vectors."""
    return (ranking, "Formula", lambda _, w: Formula(method, w if weight is None else weight))


def variants(ranker: Path | None) -> dict[str, Search]:
    """The rows of the table. Those that need other indexes are made by :func:`main`."""
    found = {
        PRODUCT: by_product,
        "without synonyms": replaced((query, "expand", lambda _: ())),
        "without a unit's other names": replaced((query, "_names", lambda _: [])),
        "without English terms translated": replaced((query, "translate", lambda *_: [])),
        "question words kept": replaced((query, "_QUESTION_WORDS", frozenset())),
        "without vectors, so without ranker": replaced(_formula("late interaction", 0.0), leg=("vectors", NoVectors)),
        "without BM25, so without ranker": replaced(_formula("late interaction", 1.0), leg=("lexical", NoWords)),
        "without ranker": replaced(_formula("late interaction", DENSE_WEIGHT)),
        "without ranker, Chinese vectors 0.5": replaced(_formula("late interaction")),
        "the ranker for English, too": replaced(_formula("ranker", CHINESE_DENSE_WEIGHT)),
        "without late interaction, so without ranker": replaced(
            _formula("convex"), (ranking, "late_interaction", no_late)
        ),
        f"Chinese vectors {DENSE_WEIGHT} before the ranker": replaced((ranking, "CHINESE_DENSE_WEIGHT", DENSE_WEIGHT)),
        f"English vectors {CHINESE_DENSE_WEIGHT}": replaced((ranking, "DENSE_WEIGHT", CHINESE_DENSE_WEIGHT)),
        "the best 50 ordered anew": replaced((ranking, "TOP", 50)),
        "the best 400 ordered anew": replaced((ranking, "TOP", 400)),
    }
    if ranker is not None:
        trees = Ranker(ranker)
        other: Part = (formula, "shipped_ranker", lambda: trees)
        found[f"{ranker.name}, the best 50"] = replaced(other, (ranking, "TOP", 50))
        found[f"{ranker.name}, the best 150"] = replaced(other)
    return found


PRODUCT = "the product"
NO_TITLES = "without titles and headings"
NO_CODES = "without short codes: every vector compared"
LARGE = ("stard:dev",)  # the sets whose vectors get short codes


def main() -> None:
    """Measure on all sets and print the table."""
    options = _options()
    measured: Measured = {}
    for name in options.sets:
        measured |= measure(name, options.shared, options.ranker)
    print_table(measured)
    if options.tests:
        for variant in dict.fromkeys(v for _, values in measured.values() for v in values if v != PRODUCT):
            print_tests(measured, variant, PRODUCT)


def measure(name: str, shared: Path, ranker: Path | None) -> Measured:
    """All variants on one set, by the set's columns."""
    with open_set(name, shared) as found:
        values = {variant: found.values(search) for variant, search in variants(ranker).items()}
        columns = found.columns
    with open_set(name, shared, titles=False) as found:
        values[NO_TITLES] = found.values(by_product)
    if name in LARGE:
        with patch.object(vectors, "CODED", 1 << 62), open_set(name, shared) as found:
            values[NO_CODES] = found.values(by_product)
    return {column: (queries, values) for column, queries in columns.items()}


def _options() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("--ranker", type=Path, help="other trees, measured beside the shipped ones")
    made.add_argument("--tests", action="store_true", help="also test the product against each variant")
    return made.parse_args()


if __name__ == "__main__":
    main()
