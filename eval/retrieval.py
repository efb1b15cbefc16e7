"""Retrieval measured: a corpus indexed, every judged query searched for, the rankings scored."""

from __future__ import annotations

import hashlib
import json
import resource
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from ir_measures import Measure

from eval import measures as scoring
from eval.evaluation import Cost, Evaluated, Evaluation, environment, means
from eval.formats import trec
from eval.measures import MEASURES
from eval.systems import STEPS, Progress, System
from eval.types import Dataset, Query, Run
from index.laps import Laps

_TITLE = 80  # characters of a document that a report shows


def _silent(_: int) -> None:
    pass


def steps(dataset: Dataset) -> int:
    """How many steps an evaluation's progress counts."""
    return STEPS * len(dataset.documents) + len(dataset.queries)


def evaluate(
    dataset: Dataset, system: System, measures: Sequence[Measure] = MEASURES, done: Progress = _silent
) -> Evaluation:
    """Index a corpus in a temporary folder, search for every judged query, measure."""
    forget_peak()
    with TemporaryDirectory(prefix="notices-eval-") as folder:
        started = time.perf_counter()
        search = system.build(dataset, Path(folder), done)
        built = time.perf_counter() - started + dataset.built_s
        run: Run = {}
        laps: dict[str, Laps] = {}
        times: dict[str, float] = {}
        for query_id, query in dataset.queries.items():
            laps[query_id] = Laps()
            found = search(query, laps[query_id])
            times[query_id] = laps[query_id].total_ms
            run[query_id] = trec.strictly_decreasing(found)
            done(1)
        kept = dataset.assistant.store.folder if dataset.assistant else Path(folder)
        disk = sum(path.stat().st_size for path in kept.rglob("*") if path.is_file())
    cost = Cost(round(built, 3), peak_rss_mb(), round(disk / 2**20, 1))
    stages = {query_id: lap.ms for query_id, lap in laps.items()}
    setup = digest([system.identity, _documents(dataset) if dataset.assistant else None])
    return score(dataset, run, measures, system.name, setup, system.identity, cost, times, stages)


def score(
    dataset: Dataset, run: Run, measures: Sequence[Measure], system: str, setup: str, settings: object = None,
    cost: Cost | None = None, times: dict[str, float] | None = None, stages: dict[str, dict[str, float]] | None = None,
) -> Evaluation:  # fmt: skip
    """Score a run, whoever made it."""
    values = scoring.by_query(dataset.qrels, run, measures)
    queries = {
        query_id: Evaluated(
            _shown(query),
            query.slices,
            {measure: by_query[query_id] for measure, by_query in values.items()},
            round((times or {}).get(query_id, 0.0), 3),
            run.get(query_id, []),
            dataset.qrels[query_id],
            {stage: round(ms, 3) for stage, ms in (stages or {}).get(query_id, {}).items()},
        )
        for query_id, query in dataset.queries.items()
    }
    wanted = {doc_id for q in queries.values() for doc_id in (*(d for d, _ in q.ranking[:10]), *q.relevant)}
    titles = {d.doc_id: (d.text or d.title)[:_TITLE].strip() for d in dataset.documents if d.doc_id in wanted}
    return Evaluation(
        "retrieval", dataset.name, dataset.split, system, means(queries), queries, cost or Cost(0, 0, 0),
        dataset.digest[:12], setup, settings, titles=titles, environment=environment(),
    )  # fmt: skip


def digest(value: object) -> str:
    """Twelve hexadecimal digits that stand for a value."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def forget_peak() -> None:
    """Have the peak of resident memory counted from now on, where the system lets a process do so (Linux)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_rss_mb() -> float:
    """Peak resident memory of this process since :func:`forget_peak`, in MiB."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def _documents(dataset: Dataset) -> list[list[str]]:
    """What the parser made of the notices: part of the system, not of the data."""
    return [[d.doc_id, d.title, d.text] for d in dataset.documents]


def _shown(query: Query) -> str:
    return " ▸ ".join((*query.history, query.text))
