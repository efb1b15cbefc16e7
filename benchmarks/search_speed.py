"""How long encoding and searching take on one thread: the five notices, and stard's 57,746 documents.

    .venv/bin/python -m benchmarks.search_speed [--runs 3]

Prints one JSON object. Milliseconds and passages a second are given twice: by the clock, which counts what other programs take
of the cores, and as processor time, which does not. Of several runs the best one's figures are given.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np

from benchmarks.search_sets import SHARED
from eval import measuring
from eval.formats import beir
from eval.systems.product import build
from eval.types import Dataset
from index import laps, ranking
from index.encoder import StaticEncoder, shipped_encoder
from index.laps import Laps
from index.types import Filters

# Processor time of the whole process: tokenizers has a thread of its own, whose work another clock would leave out.
CLOCKS = {"clock": time.perf_counter, "cpu": time.process_time}
ONE_THREAD = dict.fromkeys(("RAYON_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
PASSAGES = 20_000  # that are encoded
BATCH = 1024
K = 10
Report = dict[str, float]


def main() -> None:
    """Measure everything and print it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument(
        "--shared", type=Path, default=SHARED, help="folder with data/benchmarks, questions and notices"
    )
    options.add_argument("--runs", type=int, default=3, help="times that each is measured")
    asked = options.parse_args()
    if ONE_THREAD.items() - os.environ.items():  # read when the libraries are first imported
        os.execve(
            sys.executable, [sys.executable, "-m", "benchmarks.search_speed", *sys.argv[1:]], os.environ | ONE_THREAD
        )
    encoder = shipped_encoder()
    stard = beir.load(str(asked.shared / "data/benchmarks/stard:dev"))
    report = {"load": os.getloadavg()[0], "encoding": encoding(stard, encoder, asked.runs)}
    with measuring.opened(str(asked.shared / "questions/dev.jsonl"), asked.shared / "notices", encoder) as notices:
        report[f"search, five notices, {len(notices.documents)} passages"] = over_notices(notices, asked.runs)
    with TemporaryDirectory() as folder:
        legs = build(stard, Path(folder), encoder)
        searches = [
            lambda noted, text=query.text: ranking.rank(text, K, "hybrid", legs, encoder, laps=noted)
            for query in stard.queries.values()
        ]
        report[f"search, stard, {len(stard.documents)} documents"] = searched(searches, asked.runs)
    print(json.dumps(report, ensure_ascii=False, indent=1))


def encoding(dataset: Dataset, encoder: StaticEncoder, runs: int) -> dict[str, Report]:
    """Milliseconds of one question; passages a second, and their mean length in characters."""
    questions = [query.text for query in dataset.queries.values()]
    texts = [f"{document.title} {document.text}" for document in dataset.documents[:PASSAGES]]
    encoder.encode_queries(questions)
    report: dict[str, Report] = {"characters a passage": {"mean": round(float(np.mean([len(t) for t in texts])), 1)}}
    for name, now in CLOCKS.items():
        best = min(([_timed(now, encoder, [q]) for q in questions] for _ in range(runs)), key=np.median)
        batches = [texts[i : i + BATCH] for i in range(0, len(texts), BATCH)]
        seconds = min(sum(_timed(now, encoder, batch) for batch in batches) for _ in range(runs)) / 1000
        report[name] = {
            "query p50 ms": round(float(np.median(best)), 3),
            "query p95 ms": round(float(np.percentile(best, 95)), 3),
            "passages a second": round(len(texts) / seconds),
        }
    return report


def _timed(now: Callable[[], float], encoder: StaticEncoder, texts: list[str]) -> float:
    started = now()
    encoder.encode_queries(texts)
    return (now() - started) * 1000


def over_notices(dataset: Dataset, runs: int) -> dict[str, Report]:
    """The whole search that users have: follow-ups, filters, slips, reading the passages."""
    assistant = dataset.assistant
    assert assistant is not None

    def one(text: str, filters: Filters, history: tuple[str, ...]) -> Callable[[Laps], None]:
        def search(noted: Laps) -> None:
            noted.ms.update(assistant.search(text, K, "hybrid", filters, history).stages_ms)

        return search

    return searched([one(q.text, q.filters, q.history) for q in dataset.queries.values()], runs)


def searched(searches: Sequence[Callable[[Laps], object]], runs: int) -> dict[str, Report]:
    """Median and 95th percentile of the whole, and the median of each stage, of the best run by its median."""
    report = {}
    for search in searches:
        search(Laps())  # models and indexes are read when they are first asked
    for name, now in CLOCKS.items():
        best: tuple[float, float, dict[str, float]] | None = None
        for _ in range(runs):
            whole, stages = [], []
            with patch.object(laps, "perf_counter", now):
                for search in searches:
                    noted = Laps()
                    search(noted)
                    whole.append(noted.total_ms)
                    stages.append(noted.ms)
            by_stage = {stage: float(np.median([s[stage] for s in stages if stage in s])) for stage in stages[0]}
            found = float(np.median(whole)), float(np.percentile(whole, 95)), by_stage
            best = min(best, found, key=lambda f: f[0]) if best else found
        assert best is not None
        report[name] = {
            "p50": round(best[0], 2),
            "p95": round(best[1], 2),
            **{s: round(v, 3) for s, v in best[2].items()},
        }
    return report


if __name__ == "__main__":
    main()
