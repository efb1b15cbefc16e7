"""The benchmark: a store of generated notices built, changed, searched and asked; rivals over the same passages."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from corpus.parse import parse
from corpus.reading import ReadFile
from eval.bench.generator import PASSAGES, Asked, generate, questions
from eval.bench.rivals import bandwidth_gb_s, rivals
from eval.bench.running import fragments, mixture
from eval.evaluation import environment
from eval.types import Dataset, Document, Query
from index.arrays import batches
from index.derived import whole_text
from index.encoder import shipped_encoder
from index.query import parse_query
from index.store import LocalStore
from index.types import Vectors

ASKED = 20  # questions of each kind
_SAMPLE = 20_000  # passages of generated notices that questions are made from: Python has to read them all
_CHANGES = 5  # notices that are added and removed
Progress = Callable[[int], None]


def run(
    passages: int,
    seed: int = 1,
    done: Progress = lambda _: None,
    texts: Path | None = None,
    keep: Path | None = None,
    compare: bool = True,
    ask: bool = True,
) -> dict[str, Any]:
    """Measure over about ``passages`` passages; the result in the form of design.md §4.

    :param done: called with the number of notices that have been read
    :param texts: a folder of running text, of which half of the notices are made
    :param keep: a folder for the store, which stays there; one that is there already is measured as it is
    :param compare: whether the rivals are measured, too
    :param ask: whether questions are asked; otherwise they are only searched for
    """
    with TemporaryDirectory(prefix="notices-bench-") as temporary:
        folder = keep or Path(temporary) / "store"
        store, report = LocalStore(folder), dict[str, Any]()
        report |= {"build_s": None, "parse_s": None} if store.exists else _build(store, passages, seed, texts, done)
        asked = questions(list(generate(min(passages, _SAMPLE), seed)), ASKED, seed)
        queries = [{**asdict(a), "expected": sorted(a.expected)} for a in asked]
        if texts is not None:
            queries += [{"kind": "fragment", "text": text} for text in fragments(texts, len(asked), seed)]
        report["passages"] = len(store.rows())
        if report["build_s"]:
            report["build_per_s"] = round(report["passages"] / (report["build_s"] - report["parse_s"]))
        store.close()
        given = Path(temporary) / "queries.json"
        given.write_text(json.dumps(queries), encoding="utf-8")
        command = [sys.executable, "-m", "eval.bench.reader", str(folder), str(given), *([] if ask else ["--search"])]
        report |= json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        report["disk_mb"] = round(sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 2**20, 1)
        report |= _changes(store, seed, passages)
        asked_texts = [query["text"] for query in queries]
        report["recall_at_10"] = round(_recall(store, asked_texts), 4)
        report["bandwidth_gb_s"] = round(bandwidth_gb_s(), 1)
        flat = report["passages"] * store.encoder.dimensions * 4
        report["flat_bound_ms"] = round(flat / report["bandwidth_gb_s"] / 1e6, 3)
        report["peers"] = rivals(lambda: _dataset(store, asked), report["passages"]) if compare else {}
        store.close()
    report["machine"] = environment()["machine"]
    return report


def _build(store: LocalStore, passages: int, seed: int, texts: Path | None, done: Progress) -> dict[str, float]:
    """Seconds in all, and those that the notices' text took to be parsed."""
    parsing = 0.0

    def read() -> Iterator[ReadFile]:
        nonlocal parsing
        for made in mixture(passages, seed, texts):
            started = time.perf_counter()
            file = ReadFile(made.name, tuple(parse(made.text, made.name)))
            parsing += time.perf_counter() - started
            yield file
            done(1)

    started = time.perf_counter()
    store.index(read())
    return {"build_s": round(time.perf_counter() - started, 3), "parse_s": round(parsing, 3)}


def _changes(store: LocalStore, seed: int, passages: int) -> dict[str, float]:
    """Seconds until one more notice is found, and until it is gone again: the median, and the worst."""
    added, removed = [], []
    for n in range(_CHANGES):
        (extra,) = generate(PASSAGES, seed + passages + n)
        (notice,) = parse(extra.text, f"extra-{n}.txt")
        title = notice.header.title or ""
        started = time.perf_counter()
        store.index([ReadFile(notice.source, (notice,))])
        ids = {hit.stored.notice.notice_id for hit in store.search(f"“{title}”", 10, "lexical").hits}
        added.append(time.perf_counter() - started)
        if notice.notice_id not in ids:
            raise RuntimeError(f"the notice that was added is not found by its title: {title}")
        started = time.perf_counter()
        store.remove(notice.notice_id)
        store.search(title, 10)
        removed.append(time.perf_counter() - started)
    return {
        "add_one_s": round(median(added), 3),
        "add_worst_s": round(max(added), 3),
        "remove_one_s": round(median(removed), 3),
    }


def _dataset(store: LocalStore, asked: list[Asked]) -> Dataset:
    documents = tuple(
        Document(s.passage.passage_id, " ".join((s.notice.title, *s.passage.section_path)), s.passage.text)
        for s in store.passages()
    )
    return Dataset("bench", "all", documents, {str(i): Query(str(i), a.text) for i, a in enumerate(asked)}, {})


def _recall(store: LocalStore, texts: list[str]) -> float:
    """Share of the ten nearest passages by exact inner products (NumPy) that the dense leg finds, ties as good."""
    encoder = shipped_encoder()
    texts = [text for text in texts if not store.search(text, 1, "dense").corrections]  # what was meant is searched for
    queries = encoder.encode_queries([parse_query(text).dense for text in texts])
    best = np.full((len(texts), 10), -2.0, np.float32)
    scores = [{hit.stored.row: hit.score for hit in store.search(text, 10, "dense").hits} for text in texts]
    exact: list[dict[int, float]] = [{} for _ in texts]
    for rows in batches(store.rows().tolist(), 4096):
        vectors: Vectors = encoder.encode_passages([whole_text(stored) for stored in store.at(rows)])
        products = queries @ vectors.T
        nearest = np.sort(np.concatenate([best, products], axis=1), axis=1)
        best = nearest[:, -10:]
        place = {row: i for i, row in enumerate(rows)}
        for found, own, row in zip(scores, exact, products, strict=True):
            own |= {hit: float(row[place[hit]]) for hit in found if hit in place}
    least = best[:, 0] - 1e-4
    asked_of = min(10, len(store.rows()))
    shares = [sum(v >= low for v in own.values()) / asked_of for own, low in zip(exact, least, strict=True)]
    return float(np.mean(shares))
