"""What others take for the same passages and questions, in the same run; and what the machine's memory allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from assistant.options import message
from eval.evaluation import percentiles
from eval.systems import named
from eval.types import Dataset
from index.encoder import shipped_encoder
from index.laps import Laps

# With jieba; above so many passages one is left out, for it takes too long.
LIMITS = {"rank-bm25": 50_000, "bm25s": 200_000, "faiss-flat": 200_000}
_BYTES = 256 << 20  # read to see how fast memory is
_TIMES = 5


def rivals(load: Callable[[], Dataset], passages: int) -> dict[str, dict[str, float] | None]:
    """Milliseconds of a search by each.

    :param load: gives the passages and the questions
    """
    data = load() if passages <= max(LIMITS.values()) else None
    found: dict[str, dict[str, float] | None] = {}
    for name, limit in LIMITS.items():
        if data is None or passages > limit:
            message(f"{name}: left out above {limit} passages (it grows in proportion and takes too long)")
            found[name] = None
        else:
            found[name] = _flat(data) if name == "faiss-flat" else _other(name, data)
    return found


def _other(name: str, data: Dataset) -> dict[str, float]:
    with TemporaryDirectory() as folder:
        search = named([name], shipped_encoder())[0].build(data, Path(folder), lambda _: None)
        return _times([partial(search, query, Laps()) for query in data.queries.values()])


def _flat(data: Dataset) -> dict[str, float]:
    """Plain FAISS: every vector compared, on one thread."""
    import faiss

    encoder = shipped_encoder()
    index = faiss.IndexFlatIP(encoder.dimensions)
    texts = [f"{document.title} {document.text}" for document in data.documents]
    for start in range(0, len(texts), 4096):
        index.add(encoder.encode_passages(texts[start : start + 4096]))
    faiss.omp_set_num_threads(1)

    def search(text: str) -> object:
        return index.search(encoder.encode_queries([text]), 10)

    return _times([partial(search, query.text) for query in data.queries.values()])


def _times(calls: Sequence[Callable[[], object]]) -> dict[str, float]:
    """Percentiles of the time that passed, and the median of processor time."""
    wall, cpu = [], []
    for call in calls:
        started = time.perf_counter(), time.process_time()
        call()
        wall.append((time.perf_counter() - started[0]) * 1000)
        cpu.append((time.process_time() - started[1]) * 1000)
    return {**percentiles(wall), "cpu_p50": percentiles(cpu)["p50"]}


def bandwidth_gb_s() -> float:
    """GB that one thread reads from memory in a second: the best of several sums over more than any cache holds."""
    block = np.ones(_BYTES // 8, np.float64)
    best = 0.0
    for _ in range(_TIMES):
        started = time.perf_counter()
        block.sum()
        best = max(best, _BYTES / (time.perf_counter() - started) / 1e9)
    return best
