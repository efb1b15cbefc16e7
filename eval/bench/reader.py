"""The reader's side of the benchmark, in a process of its own: its memory is the store's, not the generator's.

python -m eval.bench.reader STORE QUERIES.json [--search]       (prints one JSON object; --search: nothing is asked)
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from assistant.service import Assistant
from assistant.types import Question
from eval.evaluation import percentiles
from eval.retrieval import peak_rss_mb
from index.types import MODES, Filters, HitList, Retriever

_BUDGET = 30.0  # seconds for one kind of question or one mode, so that a slow one cannot hold up the rest
_TAILS = 50, 95, 99
_THREADS = 8
_FILTERS = {"year": Filters(year=2021), "region": Filters(region="天津市"), "unit": Filters(unit="教育局")}


def main() -> None:
    """Open, search in every mode and with filters, ask every kind."""
    store, queries = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    started = time.perf_counter()
    assistant = Assistant.open(store)
    local = assistant.store
    local.open()
    report: dict[str, Any] = {"store_open_s": round(time.perf_counter() - started, 3)}
    local.search(queries[0]["text"])
    report["open_s"] = round(time.perf_counter() - started, 3)
    texts = [query["text"] for query in queries]
    report["search_ms"], report["search_cpu_ms"], report["filtered_ms"], report["stages_ms"] = {}, {}, {}, {}
    for mode in MODES:
        wall, cpu, found = _times([partial(local.search, q, mode=mode) for q in texts])
        report["search_ms"][mode], report["search_cpu_ms"][mode] = percentiles(wall, _TAILS), percentiles(cpu, _TAILS)
        report["stages_ms"][mode] = _stages(found)
    report["concurrent_ms"] = _concurrent(local, texts)
    for name, filters in _FILTERS.items():
        wall, cpu, _ = _times([partial(local.search, q, filters=filters) for q in texts])
        report["filtered_ms"][name] = {**percentiles(wall), "cpu_p50": percentiles(cpu)["p50"]}
    report["search_rss_mb"] = peak_rss_mb()
    kinds = dict.fromkeys(
        query["kind"] for query in queries if query["kind"] != "fragment" and "--search" not in sys.argv
    )
    asked = {k: [partial(assistant.ask, Question(q["text"])) for q in queries if q["kind"] == k] for k in kinds}
    report["ask_ms"] = {kind: percentiles(_times(calls)[0]) for kind, calls in asked.items()}
    report["rss_mb"] = peak_rss_mb()
    print(json.dumps(report))


def _times(calls: Sequence[Callable[[], Any]]) -> tuple[list[float], list[float], list[Any]]:
    """Milliseconds of each call, those of its thread's processor time, and its result; after one call that warms up.

    Fewer calls when the budget is spent.
    """
    calls[0]()
    wall: list[float] = []
    cpu: list[float] = []
    results: list[Any] = []
    started = time.perf_counter()
    for call in calls:
        before = time.perf_counter(), time.thread_time()
        results.append(call())
        wall.append((time.perf_counter() - before[0]) * 1000)
        cpu.append((time.thread_time() - before[1]) * 1000)
        if time.perf_counter() - started > _BUDGET:
            break
    return wall, cpu, results


def _concurrent(store: Retriever, texts: Sequence[str]) -> dict[str, float]:
    """Hybrid searches of several threads over one store: milliseconds of each, waiting included, and how many a second."""

    def search(text: str) -> float:
        before = time.perf_counter()
        store.search(text)
        return (time.perf_counter() - before) * 1000

    started = time.perf_counter()
    with ThreadPoolExecutor(_THREADS) as pool:
        times = list(pool.map(search, texts))
    passed = time.perf_counter() - started
    return {**percentiles(times, _TAILS), "threads": _THREADS, "per_s": round(len(times) / passed, 1)}


def _stages(found: list[HitList]) -> dict[str, float]:
    """The median of each stage."""
    names = dict.fromkeys(name for hits in found for name in hits.stages_ms)
    return {name: round(median(hits.stages_ms.get(name, 0.0) for hits in found), 3) for name in names}


if __name__ == "__main__":
    main()
