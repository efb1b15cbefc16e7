"""The benchmark: a store of generated notices built, changed, searched and asked; rivals over the same passages."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from assistant.options import message
from corpus.parse import parse
from corpus.reading import ReadFile
from eval.bench.generator import PASSAGES, Asked, Made, generate, questions
from eval.evaluation import environment, percentiles
from eval.systems import named
from eval.types import Dataset, Document, Query
from index.encoder import shipped_encoder
from index.laps import Laps
from index.store import LocalStore
from index.types import Encoder

ASKED = 20  # questions of each kind
RIVALS = {
    "rank-bm25": 50_000,
    "bm25s": 1_000_000,
}  # with jieba; above so many passages one is left out, for it takes too long
Progress = Callable[[int], None]


def run(passages: int, seed: int = 1, done: Progress = lambda _: None) -> dict[str, Any]:
    """Measure over about ``passages`` passages; the result in the form of design.md §4.

    :param done: called with the number of notices that have been read
    """
    made = list(generate(passages, seed))
    asked = questions(made, ASKED, seed)
    with TemporaryDirectory(prefix="notices-bench-") as temporary:
        folder = Path(temporary)
        store = LocalStore(folder / "store")
        started = time.perf_counter()
        total = store.index(_read(made, done)).passages
        report: dict[str, Any] = {"passages": total, "build_s": round(time.perf_counter() - started, 3)}
        store.close()
        (folder / "queries.json").write_text(json.dumps([_query(a) for a in asked]), encoding="utf-8")
        command = [sys.executable, "-m", "eval.bench.reader", str(folder / "store"), str(folder / "queries.json")]
        read = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        report["open_s"] = read["open_s"]
        report |= _changes(store, seed, passages)
        report |= {key: read[key] for key in ("search_ms", "ask_ms", "rss_mb")}
        report["disk_mb"] = round(
            sum(p.stat().st_size for p in (folder / "store").rglob("*") if p.is_file()) / 2**20, 1
        )
        data = _dataset(store, asked)
        report["recall_at_10"] = round(_recall(store, data, shipped_encoder()), 4)
        store.close()
    report["peers"] = {name: _rival(name, data, limit) for name, limit in RIVALS.items()}
    report["machine"] = environment()["machine"]
    return report


def _read(made: list[Made], done: Progress) -> Iterator[ReadFile]:
    for one in made:
        yield ReadFile(one.name, tuple(parse(one.text, one.name)))
        done(1)


def _query(asked: Asked) -> dict[str, Any]:
    return {**asdict(asked), "expected": sorted(asked.expected)}


def _changes(store: LocalStore, seed: int, passages: int) -> dict[str, float]:
    """Seconds until one more notice is searchable, and until it is gone again."""
    (extra,) = generate(PASSAGES, seed + passages)
    (notice,) = parse(extra.text, "extra.txt")
    started = time.perf_counter()
    store.index([ReadFile("extra.txt", (notice,))])
    added = time.perf_counter()
    store.remove(notice.notice_id)
    return {"add_one_s": round(added - started, 3), "remove_one_s": round(time.perf_counter() - added, 3)}


def _dataset(store: LocalStore, asked: list[Asked]) -> Dataset:
    documents = tuple(
        Document(s.passage.passage_id, " ".join((s.notice.title, *s.passage.section_path)), s.passage.text)
        for s in store.passages()
    )
    return Dataset("bench", "all", documents, {str(i): Query(str(i), a.text) for i, a in enumerate(asked)}, {})


def _recall(store: LocalStore, data: Dataset, encoder: Encoder) -> float:
    """Share of the ten nearest passages by exact inner products (NumPy) that the dense leg finds, ties as good."""
    vectors = np.concatenate([
        encoder.encode_passages([f"{d.title} {d.text}" for d in data.documents[i : i + 4096]])
        for i in range(0, len(data.documents), 4096)
    ])  # fmt: skip
    place = {d.doc_id: i for i, d in enumerate(data.documents)}
    shares = []
    for query in data.queries.values():
        exact = vectors @ encoder.encode_queries([query.text])[0]
        least = np.sort(exact)[-10:][0]
        hits = store.search(query.text, 10, "dense").hits
        shares.append(
            sum(exact[place[hit.stored.passage.passage_id]] >= least - 1e-4 for hit in hits) / min(10, len(exact))
        )
    return float(np.mean(shares))


def _rival(name: str, data: Dataset, limit: int) -> dict[str, float] | None:
    if len(data.documents) > limit:
        message(f"{name}: left out above {limit} passages (it grows in proportion and takes too long)")
        return None
    with TemporaryDirectory() as folder:
        search = named([name], shipped_encoder())[0].build(data, Path(folder), lambda _: None)
        times = []
        for query in data.queries.values():
            started = time.perf_counter()
            search(query, Laps())
            times.append((time.perf_counter() - started) * 1000)
    return percentiles(times)
