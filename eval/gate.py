"""The gate: a system may change, its quality may not fall.

A baseline file holds what was measured once: every query's values, the fingerprint of the data, and how to measure
again. A measure fails when its mean fell by more than is allowed and the fall is more than chance (one-sided paired
randomisation test, Holm over everything gated). Measures of correctness, whose every fall is an error, need no test.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval import significance
from eval.errors import BadRun, NotComparable
from eval.evaluation import Evaluation
from eval.formats.lines import write_text

FORMAT = "notices-gate/1"
STRICT = ("verbatim", "sound")  # a quote that is not the notice's words is never noise
_PATHS = ("dataset", "notices", "model")
_DIGITS = 6  # of a value; what rounding takes is far below any drop


@dataclass(frozen=True, slots=True)
class Expected:
    """One task of a baseline. ``values``: measure → query → value. ``source``: how to measure again."""

    task: str
    dataset: str
    split: str
    system: str
    data: str
    setup: str
    source: Mapping[str, str]
    values: Mapping[str, Mapping[str, float]]

    @property
    def name(self) -> str:
        """What the task is called in tables."""
        return f"{self.dataset}:{self.split} {self.system}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One measure of one task: means before and after, adjusted p, and whether it fails the gate."""

    task: str
    measure: str
    before: float
    after: float
    p: float
    failed: bool

    @property
    def drop(self) -> float:
        """By how much the mean fell."""
        return self.before - self.after


def expect(result: Evaluation) -> Expected:
    """What a result promises from now on."""
    values = {
        measure: {q: found.values[measure] for q, found in result.queries.items() if measure in found.values}
        for measure in result.measures
    }
    return Expected(
        result.task, result.dataset, result.split, result.system, result.data, result.setup, result.source, values
    )  # fmt: skip


def judge(
    pairs: Sequence[tuple[Expected, Evaluation]], max_drop: float, alpha: float, measures: Sequence[str] = ()
) -> list[Verdict]:
    """Judge results against what was expected of them.

    :param measures: those to gate; all that the baseline holds when empty
    :raises NotComparable: a result was measured on other data, or lacks a measure
    """
    rows = []
    for expected, result in pairs:
        _check(expected, result)
        for measure in measures or expected.values:
            before, after = _paired(expected, result, measure)
            p = _p(before, after, max_drop) if measure not in STRICT else 0.0
            rows.append((expected.name, measure, float(before.mean()), float(after.mean()), p))
    adjusted = significance.holm([row[4] for row in rows])
    verdicts = []
    for (task, measure, before_mean, after_mean, _), p in zip(rows, adjusted, strict=True):
        drop = before_mean - after_mean
        failed = drop > 0 if measure in STRICT else drop > max_drop and p < alpha
        verdicts.append(Verdict(task, measure, before_mean, after_mean, 1.0 if measure in STRICT else p, failed))
    return verdicts


def _p(before: significance.Values, after: significance.Values, max_drop: float) -> float:
    """p of a fall; 1 where it is within what is allowed, which no test need decide."""
    difference = after - before
    return significance.randomisation(difference, "less") if -float(difference.mean()) > max_drop else 1.0


def _check(expected: Expected, result: Evaluation) -> None:
    if (expected.task, expected.data) != (result.task, result.data):
        raise NotComparable(
            f"{expected.name}: the baseline was measured on other data ({expected.task}, {expected.data}) than this result "
            f"({result.task}, {result.data}); where the change is meant, record a new baseline with --record"
        )


def _paired(expected: Expected, result: Evaluation, measure: str) -> tuple[significance.Values, significance.Values]:
    wanted = expected.values.get(measure)
    if not wanted:
        raise NotComparable(f"{expected.name} has no {measure} in the baseline; it has {', '.join(expected.values)}")
    lacking = [q for q in wanted if q not in result.queries or measure not in result.queries[q].values]
    if lacking:
        raise NotComparable(
            f"{expected.name}: the result has no {measure} for {', '.join(lacking[:3])}; measure with --measure {measure}"
        )
    return (
        np.array(list(wanted.values())),
        np.array([result.queries[q].values[measure] for q in wanted]),
    )


def write(path: Path, expected: Sequence[Expected]) -> None:
    """Write a baseline; paths in it are relative to its own folder, so that a checkout can lie anywhere.

    Values stand in the order of ``queries``, a line a measure; null where a query does not have it.
    """
    tasks = []
    for one in expected:
        source = {k: _relative(v, path) if k in _PATHS else v for k, v in one.source.items()}
        queries = list(dict.fromkeys(q for by_query in one.values.values() for q in by_query))
        head = json.dumps({**asdict(one), "source": source, "values": None, "queries": queries}, ensure_ascii=False)
        lines = [
            f"{json.dumps(m)}: {json.dumps([None if q not in v else round(v[q], _DIGITS) for q in queries])}"
            for m, v in one.values.items()
        ]
        tasks.append(head.replace('"values": null', '"values": {\n' + ",\n".join(lines) + "\n}"))
    write_text(path, f'{{"format": "{FORMAT}", "tasks": [\n' + ",\n".join(tasks) + "\n]}\n")


def read(path: Path) -> list[Expected]:
    """The tasks of a baseline. :raises BadRun: there is none, or it is broken"""
    try:
        value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if value["format"] != FORMAT:
            raise BadRun(f"{path} has the format {value['format']!r}, not {FORMAT!r}; record it anew with --record")
        tasks = [_expected(task, path.absolute().parent) for task in value["tasks"]]
    except OSError as error:
        raise BadRun(f"cannot read {path} ({error.strerror}); record a baseline with --record RESULT.json …") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BadRun(f"{path} is no baseline ({error!r}); record one with --record RESULT.json …") from error
    return tasks


def _expected(task: dict[str, Any], folder: Path) -> Expected:
    queries = task.pop("queries")
    values = {
        measure: {q: value for q, value in zip(queries, by_query, strict=True) if value is not None}
        for measure, by_query in task["values"].items()
    }
    source = {k: os.path.normpath(folder / v) if k in _PATHS else v for k, v in task["source"].items()}
    return Expected(**{**task, "values": values, "source": source})


def _relative(value: str, path: Path) -> str:
    return os.path.relpath(value, path.absolute().parent)
