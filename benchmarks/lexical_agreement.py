"""The lexical leg beside a plain-Python BM25 and beside rank-bm25, over whole benchmarks.

    .venv/bin/python -m benchmarks.lexical_agreement    (minutes; --sets xquad_zh for some of them; --sample 50 queries of each)

Prints two Markdown tables. The first: the greatest difference from `tests/oracles.py`, which holds the same formula in plain
Python, over the scores of all documents for every query as the product reads it. The second: the same words without synonyms and
weights, by BM25 in four forms, which differ from one another in the two things that part tantivy from rank-bm25: document
lengths kept in a byte (Lucene's norm table) or whole, and an idf that is never negative or one that can be.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
from rank_bm25 import BM25Okapi
from scipy.stats import spearmanr

from benchmarks.search_sets import BENCHMARKS, SHARED
from eval import measures
from eval.formats import beir
from eval.types import Dataset
from index import lexical
from index.analysis import tokenise
from index.lexical import LexicalEntry, LexicalIndex, TermGroup
from index.query import parse_query
from tests.oracles import K1, B, LexicalOracle, quantised

Values = npt.NDArray[np.float64]
DEPTH = 10
OWN = ("byte", "positive")  # tantivy's lengths and idf
PACKAGE = ("whole", "signed")  # rank-bm25's
EPSILON = 0.25  # rank-bm25's: a negative idf becomes this share of the mean


class Postings:
    """BM25 over postings, in any of the four forms. Checked against tantivy and against rank-bm25 on every query."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        by_token: dict[str, list[tuple[int, int]]] = {}
        for row, tokens in enumerate(documents):
            for token, count in Counter(tokens).items():
                by_token.setdefault(token, []).append((row, count))
        self._postings = {token: np.array(found, np.int64).T for token, found in by_token.items()}
        self._count = len(documents)
        whole = np.array([len(tokens) for tokens in documents], np.float64)
        self._average = whole.mean()
        self._lengths = {"whole": whole, "byte": np.array([quantised(int(n)) for n in whole], np.float64)}
        signed = {token: self._signed(found.shape[1]) for token, found in self._postings.items()}
        least = EPSILON * sum(signed.values()) / len(signed)
        self._signed_idf = {token: idf if idf >= 0 else least for token, idf in signed.items()}

    def _signed(self, df: int) -> float:
        return math.log(self._count - df + 0.5) - math.log(df + 0.5)

    def _idf(self, token: str, form: str) -> float:
        df = self._postings[token].shape[1]
        return self._signed_idf[token] if form == "signed" else math.log1p((self._count - df + 0.5) / (df + 0.5))

    def scores(self, tokens: Sequence[str], lengths: str, idf: str) -> Values:
        """Scores of all documents, [documents]."""
        out = np.zeros(self._count)
        for token in tokens:
            if token in self._postings:
                rows, tf = self._postings[token]
                norm = K1 * (1 - B + B * self._lengths[lengths][rows] / self._average)
                out[rows] += self._idf(token, idf) * (K1 + 1) * tf / (tf + norm)
        return out


def main() -> None:
    """Measure on all benchmarks and print both tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--shared", type=Path, default=SHARED, help="folder with data/benchmarks")
    options.add_argument("--sets", nargs="+", default=BENCHMARKS, help="the benchmarks to measure on")
    options.add_argument("--sample", type=int, help="so many queries of each only")
    asked = options.parse_args()
    lines: tuple[list[str], list[str]] = ([], [])
    for name in asked.sets:
        dataset = beir.load(str(asked.shared / "data/benchmarks" / name))
        for kind, line in zip(lines, measured(name, dataset, asked.sample), strict=True):
            kind.append(line)
    print("| set | queries | scores above 0 | greatest relative difference from the oracle | other documents found |")
    print("|---|---|---|---|---|")
    print("\n".join(lines[0]))
    forms = [f"nDCG@10, lengths {length}, idf {idf}" for length, idf in FORMS]
    heads = [
        "set",
        *forms,
        "ρ to rank-bm25: mean",
        "least",
        "ρ, only the idf differs",
        "ρ, only the lengths differ",
        "words with a negative idf",
    ]
    print("\n| " + " | ".join(heads) + " |")
    print("|---|" + "---|" * (len(heads) - 1))
    print("\n".join(lines[1]))


FORMS = tuple(product(("byte", "whole"), ("positive", "signed")))


def measured(name: str, dataset: Dataset, sample: int | None) -> tuple[str, str]:
    """A line of each table."""
    tokens = [tokenise(f"{document.title} {document.text}") for document in dataset.documents]
    entries = [LexicalEntry(found, ()) for found in tokens]
    queries = dict(list(dataset.queries.items())[:sample])
    with TemporaryDirectory() as folder:
        lexical.build(Path(folder), entries)
        index = LexicalIndex(Path(folder))
        agreement = _agreement(index, LexicalOracle(entries), [q.text for q in queries.values()], len(entries))
        first = f"| {name} | {len(queries)} | {agreement[0]:,} | {agreement[1]:.1e} | {agreement[2]} |"
        return first, f"| {name} | " + " | ".join(_beside_the_package(index, tokens, dataset, list(queries))) + " |"


def _whole(index: LexicalIndex, groups: Sequence[TermGroup], count: int) -> Values:
    rows, scores, _ = index.search(groups, count, [])
    out = np.zeros(count)
    out[rows] = scores
    return out


def _agreement(
    index: LexicalIndex, oracle: LexicalOracle, queries: Sequence[str], count: int
) -> tuple[int, float, int]:
    """How many scores were compared, the greatest relative difference, and documents that only one of both found."""
    compared, greatest, others = 0, 0.0, 0
    for query in queries:
        groups = parse_query(query).groups
        ours, theirs = _whole(index, groups, count), oracle.scores(groups)
        both = (ours > 0) & (theirs > 0)
        others += int(((ours > 0) != (theirs > 0)).sum())
        compared += int(both.sum())
        greatest = max(greatest, float((np.abs(ours - theirs)[both] / theirs[both]).max(initial=0.0)))
    return compared, greatest, others


def _beside_the_package(
    index: LexicalIndex, tokens: Sequence[Sequence[str]], dataset: Dataset, query_ids: Sequence[str]
) -> Iterator[str]:
    postings, package = Postings(tokens), BM25Okapi(tokens, k1=K1, b=B, epsilon=EPSILON)
    runs: dict[tuple[str, str], dict[str, list[tuple[str, float]]]] = {form: {} for form in FORMS}
    rho: dict[tuple[str, str], list[float]] = {form: [] for form in FORMS}
    words: set[str] = set()
    for n, query_id in enumerate(query_ids):
        asked = list(dict.fromkeys(tokenise(dataset.queries[query_id].text)))
        words.update(asked)
        scores = {form: postings.scores(asked, *form) for form in FORMS}
        if n < CHECKED:  # the arithmetic of the two ends is theirs
            groups = [TermGroup(((token, 1.0),)) for token in asked]
            np.testing.assert_allclose(_whole(index, groups, len(tokens)), scores[OWN], rtol=1e-5, atol=1e-9)
            np.testing.assert_allclose(package.get_scores(asked), scores[PACKAGE], rtol=1e-9, atol=1e-9)
        matching = scores[OWN] > 0
        for form, values in scores.items():
            best = [row for row in np.argsort(-values, kind="stable")[:DEPTH] if matching[row]]
            runs[form][query_id] = [(dataset.documents[row].doc_id, DEPTH - place) for place, row in enumerate(best)]
            if len(np.unique(values[matching])) > 1 and len(np.unique(scores[PACKAGE][matching])) > 1:
                rho[form].append(float(spearmanr(values[matching], scores[PACKAGE][matching]).statistic))
    qrels = {query_id: dataset.qrels[query_id] for query_id in query_ids}
    for form in FORMS:
        yield f"{measures.means(measures.by_query(qrels, runs[form]))['nDCG@10']:.4f}"
    yield f"{np.mean(rho[OWN]):.4f}"
    yield f"{min(rho[OWN]):.4f}"
    yield f"{np.mean(rho['whole', 'positive']):.4f}"
    yield f"{np.mean(rho['byte', 'signed']):.4f}"
    yield f"{len([w for w in words if w in postings._postings and postings._signed(postings._postings[w].shape[1]) < 0])} of {len(words)}"


CHECKED = 20  # queries of a set

if __name__ == "__main__":
    main()
