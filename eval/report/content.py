"""What a report says, before it takes a form: results grouped by their data, compared with the first of each group."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval import significance, slices
from eval.comparing import Change, Comparison, compare
from eval.errors import NotComparable
from eval.evaluation import Evaluated, Evaluation
from eval.measures import MEASURES
from eval.report.coverage import Coverage
from eval.report.documents import Texts, texts_of
from eval.report.warnings import Said, section_warnings
from index.types import MODES

ALPHA = 0.05  # below it a difference is marked


@dataclass(frozen=True, slots=True)
class Entry:
    """One result. ``label`` is unique in its section; ``intervals``: measure → bootstrap interval of the mean."""

    label: str
    path: Path
    result: Evaluation
    intervals: Mapping[str, tuple[float, float]]

    @property
    def command(self) -> str | None:
        """The command that measures it again; None where the result does not say how it was made."""
        return command_of(self.result, self.path)


@dataclass(frozen=True, slots=True)
class Section:
    """Results on the same data. The first entry is the baseline; ``comparisons`` are those of the others, in order."""

    key: str
    entries: Sequence[Entry]
    comparisons: Sequence[Comparison]
    warnings: Sequence[Said]
    texts: Texts

    @property
    def baseline(self) -> Evaluation:
        """The first result."""
        return self.entries[0].result

    @property
    def name(self) -> str:
        """Data set and split."""
        return f"{self.baseline.dataset}:{self.baseline.split}"

    @property
    def measures(self) -> list[str]:
        """Every measure that a result has, in the order of the results."""
        return list(dict.fromkeys(m for entry in self.entries for m in entry.result.measures))

    @property
    def measure(self) -> str:
        """The measure that plots, slices and regressions are about: the first one that all results share."""
        return _shared([entry.result for entry in self.entries])[0]

    @property
    def slice_names(self) -> list[str]:
        """What sorts the queries into more than one group."""
        return slices.names(self.baseline.queries)

    def slice_rows(self, name: str) -> list[tuple[str, int, list[dict[str, float]]]]:
        """Group, number of queries, and the means of every measure, entry by entry."""
        by_entry = [slices.means_by(entry.result.queries, name) for entry in self.entries]
        members = slices.groups(self.baseline.queries, name)
        return [(group, len(members[group]), [means[group] for means in by_entry]) for group in sorted(members)]

    def regressions(self, comparison: Comparison, worst: int) -> list[Change]:
        """The queries that lost most against the baseline."""
        return [c for c in comparison.changes(self.measure) if c.difference < 0][:worst]

    def by_query(self) -> list[tuple[str, list[Evaluated]]]:
        """Each query in every result."""
        return [(q, [entry.result.queries[q] for entry in self.entries]) for q in self.baseline.queries]


@dataclass(frozen=True, slots=True)
class Report:
    """All of it. ``coverage`` is there when the folder of the notices was named."""

    sections: Sequence[Section]
    coverage: Coverage | None = None


def build(results: Iterable[tuple[Path, Evaluation]], coverage: Coverage | None = None) -> Report:
    """Group results by task and data, and compare each group with its first.

    :raises NotComparable: two results of the same data hold other queries, or have no measure in common
    """
    groups: dict[tuple[str, ...], list[tuple[Path, Evaluation]]] = {}
    for path, result in results:
        groups.setdefault((result.task, result.dataset, result.split, result.data), []).append((path, result))
    named = Counter(key[:3] for key in groups)
    return Report(
        [_section(f"s{n}", members, named[key[:3]] > 1) for n, (key, members) in enumerate(groups.items(), 1)], coverage
    )


def command_of(result: Evaluation, path: Path) -> str | None:
    """The command line that makes a result, from what the result says of itself."""
    source = result.source
    if "dataset" not in source or result.system not in (*MODES, "notices", "given"):
        return None
    if result.task == "answers":
        words = ["notices-eval", "answers", source["dataset"], "--notices", source.get("notices", "DIR")]
        words += ["--answers", "ANSWERS.jsonl"] if result.system == "given" else []
    else:
        words = ["notices-eval", "retrieval", "--dataset", source["dataset"], "--mode", result.system]
        words += [word for key in ("notices", "model") if key in source for word in (f"--{key}", source[key])]
        if list(result.measures) != [str(m) for m in MEASURES]:
            words += [word for measure in result.measures for word in ("--measure", measure)]
    return shlex.join([*words, "--out", path.name])


def _section(key: str, members: list[tuple[Path, Evaluation]], same_name: bool) -> Section:
    results = [result for _, result in members]
    labels = _labels(members)
    comparisons = compare(results[0], results[1:])
    if not _shared(results):
        raise NotComparable(
            f"{', '.join(labels)} have no measure that all of them share; measure with the same --measure"
        )
    entries = [
        Entry(label, path, result, _intervals(result)) for label, (path, result) in zip(labels, members, strict=True)
    ]
    texts, said = texts_of(results)
    warnings = [*section_warnings(results, labels, comparisons, same_name), *said]
    return Section(key, entries, comparisons, warnings, texts)


def _shared(results: Sequence[Evaluation]) -> list[str]:
    return [m for m in results[0].measures if all(m in result.measures for result in results)]


def _labels(members: Sequence[tuple[Path, Evaluation]]) -> list[str]:
    """The systems' names; with the file's name where two results have the same, numbered where that is the same, too."""
    systems = Counter(result.system for _, result in members)
    wanted = [
        result.system if systems[result.system] == 1 else f"{result.system} ({path.name.partition('.')[0]})"
        for path, result in members
    ]
    total, seen, labels = Counter(wanted), Counter[str](), []
    for label in wanted:
        seen[label] += 1
        labels.append(label if total[label] == 1 else f"{label} #{seen[label]}")
    return labels


def _intervals(result: Evaluation) -> dict[str, tuple[float, float]]:
    return {
        measure: significance.interval(
            np.array([q.values[measure] for q in result.queries.values() if measure in q.values])
        )
        for measure in result.measures
    }
