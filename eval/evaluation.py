"""The result of measuring one system on one data set, and the file it is kept in."""

from __future__ import annotations

import gzip
import json
import os
import platform
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

import numpy as np

from eval.errors import BadRun
from eval.formats.lines import write_text

FORMAT = "notices-eval/1"
Task = Literal["retrieval", "answers"]
_PACKAGES = ("numpy", "faiss-cpu", "tantivy", "rjieba", "jieba", "rank-bm25", "bm25s", "ir-measures", "scipy")


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One query: its measures, and what was found.

    ``ranking``: (document id, score), best first. ``relevant``: relevance of the judged documents. ``stages``:
    milliseconds of each stage. ``notes``: what is wrong with an answer, in words.
    """

    text: str
    slices: Mapping[str, str]
    values: Mapping[str, float]
    ms: float
    ranking: Sequence[tuple[str, float]] = ()
    relevant: Mapping[str, int] = field(default_factory=dict)
    stages: Mapping[str, float] = field(default_factory=dict)
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Cost:
    """What it took: seconds to build, peak resident memory of the process and size on disk in MB (MiB)."""

    build_s: float
    rss_mb: float
    disk_mb: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well one system does on one data set. ``measures`` are means over the queries that have the measure.

    ``data`` and ``setup`` are digests: of corpus, questions and judgements; of everything the system depends on.
    ``source`` says how to measure it again (absolute paths). ``titles`` name the documents that rankings and judgements hold.
    """

    task: Task
    dataset: str
    split: str
    system: str
    measures: Mapping[str, float]
    queries: Mapping[str, Evaluated]
    cost: Cost
    data: str
    setup: str
    settings: Any = None
    source: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """``DATA-SYSTEM``: two digests, so that one can tell whether two results share data, system or both."""
        return f"{self.data}-{self.setup}"

    @property
    def latency_ms(self) -> dict[str, float]:
        """Median and 95th percentile of a query."""
        return percentiles([query.ms for query in self.queries.values()])

    @property
    def stages_ms(self) -> dict[str, dict[str, float]]:
        """Median and 95th percentile of each stage."""
        stages = dict.fromkeys(stage for query in self.queries.values() for stage in query.stages)
        return {
            stage: percentiles([q.stages[stage] for q in self.queries.values() if stage in q.stages])
            for stage in stages
        }


def means(queries: Mapping[str, Evaluated]) -> dict[str, float]:
    """Mean of each measure over the queries that have it (every judged query has every measure of retrieval)."""
    found: dict[str, list[float]] = {}
    for query in queries.values():
        for measure, value in query.values.items():
            found.setdefault(measure, []).append(value)
    return {measure: sum(values) / len(values) for measure, values in found.items()}


def percentiles(times: Sequence[float], wanted: Sequence[int] = (50, 95)) -> dict[str, float]:
    """Percentiles by name (``p50``): median and 95th, or those wanted."""
    return {f"p{q}": round(float(np.percentile(times, q)), 3) if times else 0.0 for q in wanted}


def environment() -> dict[str, str]:
    """The machine, and the versions of what ranks and measures."""
    found = {"machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"}
    found["python"] = platform.python_version()
    for package in ("notice-assistant", *_PACKAGES):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def write(path: Path, evaluation: Evaluation) -> None:
    """Write a result as JSON, compressed when its name ends with ``.gz``. :raises BadRun: it cannot be written"""
    value = {"format": FORMAT, **asdict(evaluation), "fingerprint": evaluation.fingerprint}
    write_text(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def read(path: Path) -> Evaluation:
    """A result from its file. :raises BadRun: there is none, or it is broken or of another version"""
    try:
        raw = path.read_bytes()
        value = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
        if value["format"] != FORMAT:
            raise BadRun(f"{path} has the format {value['format']!r}, not {FORMAT!r}; measure again with --out {path}")
        queries = {q: _evaluated(found) for q, found in value["queries"].items()}
        known = {key: value[key] for key in _FIELDS}
        return Evaluation(**{**known, "queries": queries, "cost": Cost(**value["cost"])})
    except OSError as error:
        raise BadRun(f"cannot read {path} ({error.strerror or error}); name a result written by --out") from error
    except (ValueError, KeyError, TypeError, EOFError, zlib.error) as error:
        raise BadRun(f"{path} is no result of notices-eval ({error!r}); name a file written by --out") from error


def is_result(path: Path) -> bool:
    """Whether a file holds a result rather than a run in TREC form, by its name."""
    return path.name.removesuffix(".gz").endswith(".json")


def _evaluated(value: dict[str, Any]) -> Evaluated:
    return Evaluated(**{**value, "ranking": [(doc_id, score) for doc_id, score in value["ranking"]]})


_FIELDS = (
    "task", "dataset", "split", "system", "measures", "data", "setup", "settings", "source", "titles", "environment",
)  # fmt: skip
