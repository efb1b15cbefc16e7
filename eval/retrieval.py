"""Retrieval measured: a corpus indexed and searched through the product's own analysis, legs, encoder and ranking."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from eval import measures, runs
from eval.types import Dataset, Report, Run
from index import analysis, fusion, lexical, query, ranking, vectors
from index.analysis import tokenise
from index.lexical import LexicalEntry, LexicalIndex
from index.types import Encoder, Mode
from index.vectors import VectorIndex

DEPTH = 100  # hits a query, as R@100 needs
_BATCH = 1024  # passages encoded at a time
Progress = Callable[[int], None]


def _silent(_: int) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Indexes:
    """A corpus, indexed; rows are places in ``doc_ids``."""

    doc_ids: tuple[str, ...]
    lexical: LexicalIndex
    vectors: VectorIndex


def steps(dataset: Dataset, mode: Mode) -> int:
    """How many documents and queries an evaluation goes through, as its progress counts them."""
    return len(dataset.documents) * (2 if mode == "hybrid" else 1) + len(dataset.queries)


def build(dataset: Dataset, folder: Path, encoder: Encoder, mode: Mode = "hybrid", done: Progress = _silent) -> Indexes:
    """Index a corpus in ``folder``: the text as a passage, the title as its heading. Only the legs that ``mode`` asks."""

    def entries() -> Iterator[LexicalEntry]:
        for document in dataset.documents if mode != "dense" else ():
            done(1)
            yield LexicalEntry(tokenise(document.text), tokenise(document.title), ())

    encoded = [np.empty((0, encoder.dimensions), np.float32)]
    texts = [f"{document.title} {document.text}" for document in dataset.documents] if mode != "lexical" else []
    (folder / "lexical").mkdir(parents=True)
    lexical.build(folder / "lexical", entries())
    for start in range(0, len(texts), _BATCH):
        encoded.append(encoder.encode_passages(texts[start : start + _BATCH]))
        done(len(encoded[-1]))
    vectors.build(folder / "vectors.faiss", np.concatenate(encoded))
    ids = tuple(document.doc_id for document in dataset.documents)
    return Indexes(ids, LexicalIndex(folder / "lexical"), VectorIndex(folder / "vectors.faiss"))


def search(
    dataset: Dataset, indexes: Indexes, encoder: Encoder, mode: Mode, done: Progress = _silent
) -> tuple[Run, list[float]]:
    """The run of all judged queries, and how long each took in milliseconds."""
    run: Run = {}
    times = []
    for query_id, text in dataset.queries.items():
        started = time.perf_counter()
        rows, scores, _ = ranking.rank(text, DEPTH, mode, (indexes.lexical, indexes.vectors), encoder)
        times.append((time.perf_counter() - started) * 1000)
        found = [(indexes.doc_ids[row], float(score)) for row, score in zip(rows, scores, strict=True)]
        run[query_id] = runs.strictly_decreasing(found)
        done(1)
    return run, times


def evaluate(dataset: Dataset, mode: Mode, encoder: Encoder, done: Progress = _silent) -> tuple[Report, Run]:
    """Index a corpus in a temporary folder, search for every judged query, measure."""
    with TemporaryDirectory(prefix="notices-eval-") as folder:
        indexes = build(dataset, Path(folder), encoder, mode, done)
        run, times = search(dataset, indexes, encoder, mode, done)
    values = measures.means(measures.by_query(dataset.qrels, run))
    p50, p95 = (round(float(np.percentile(times, q)), 3) for q in (50, 95))
    identity = fingerprint(dataset, mode, encoder)
    return Report(dataset.name, dataset.split, mode, len(dataset.queries), values, p50, p95, identity), run


def settings() -> dict[str, object]:
    """Every constant and word list that a ranking depends on, beside analysis and encoder."""
    words = {name: files("index").joinpath("data", name).read_bytes() for name in ("synonyms.tsv", "glossary.tsv")}
    return {
        "context_weight": lexical.CONTEXT_WEIGHT,
        "dense_weight": fusion.DENSE_WEIGHT,
        "candidates": ranking.CANDIDATES,
        "synonym_weight": query.SYNONYM_WEIGHT,
        "translation_weights": query.TRANSLATION_WEIGHTS,
        "max_tokens": query.MAX_TOKENS,
        **{name: hashlib.sha256(content).hexdigest() for name, content in words.items()},
    }


def fingerprint(dataset: Dataset, mode: Mode, encoder: Encoder) -> str:
    """``DATA-SYSTEM``: two digests, so that one can tell whether two reports share their data, their system or both."""
    data = [[d.doc_id, d.title, d.text] for d in dataset.documents], dataset.queries, dataset.qrels
    system = mode, analysis.fingerprint(), encoder.name, settings()
    return "-".join(_digest(part) for part in (data, system))


def _digest(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
