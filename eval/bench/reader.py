"""The reader's side of the benchmark, in a process of its own: its memory is the store's, not the generator's.

python -m eval.bench.reader STORE QUERIES.json        (prints one JSON object)
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from assistant.service import Assistant
from assistant.types import Question
from eval.evaluation import percentiles
from eval.retrieval import peak_rss_mb
from index.types import MODES

_BUDGET = 30.0  # seconds for one kind of question or one mode, so that a slow one cannot hold up the rest


def main() -> None:
    """Open, search in every mode, ask every kind."""
    store, queries = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    started = time.perf_counter()
    assistant = Assistant.open(store)
    assistant.search(queries[0]["text"])
    report: dict[str, Any] = {"open_s": round(time.perf_counter() - started, 3)}
    report["search_ms"] = {
        mode: percentiles(_times([lambda q=q, m=mode: assistant.search(q["text"], mode=m) for q in queries]))
        for mode in MODES
    }
    kinds = dict.fromkeys(query["kind"] for query in queries)
    asked = {k: [lambda q=q: assistant.ask(Question(q["text"])) for q in queries if q["kind"] == k] for k in kinds}
    report["ask_ms"] = {kind: percentiles(_times(calls)) for kind, calls in asked.items()}
    report["rss_mb"] = peak_rss_mb()
    print(json.dumps(report))


def _times(calls: list[Any]) -> list[float]:
    """Milliseconds of each call, after one that warms up; fewer calls when the budget is spent."""
    calls[0]()
    times: list[float] = []
    started = time.perf_counter()
    for call in calls:
        before = time.perf_counter()
        call()
        times.append((time.perf_counter() - before) * 1000)
        if time.perf_counter() - started > _BUDGET:
            break
    return times


if __name__ == "__main__":
    main()
