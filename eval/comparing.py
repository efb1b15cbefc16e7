"""Two or more results side by side: differences, slices, and the queries that got worse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from eval import significance, slices
from eval.errors import NotComparable
from eval.evaluation import Evaluated, Evaluation
from eval.significance import FEW, Difference

_STEP = 1e-9  # differences of rounding are none


@dataclass(frozen=True, slots=True)
class Change:
    """One query in both systems: its values in one measure, and both rankings."""

    query_id: str
    before: Evaluated
    after: Evaluated
    measure: str

    @property
    def difference(self) -> float:
        """How much better (above 0) or worse the query got."""
        return self.after.values[self.measure] - self.before.values[self.measure]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A result against the baseline. ``differences``: by measure, p adjusted over all measures and systems compared.

    ``by_slice``: slice → group → (queries, mean before, mean after) of the first measure.
    """

    baseline: Evaluation
    other: Evaluation
    differences: Mapping[str, Difference]
    by_slice: Mapping[str, Mapping[str, tuple[int, float, float]]]
    notes: Sequence[str] = field(default=())

    def changes(self, measure: str | None = None) -> list[Change]:
        """The queries that differ in a measure (the first one by default), worst first."""
        chosen = measure or next(iter(self.differences))
        pairs = _paired(self.baseline, self.other, chosen)
        found = [Change(q, self.baseline.queries[q], self.other.queries[q], chosen) for q in pairs]
        changed = [change for change in found if abs(change.difference) > _STEP]
        return sorted(changed, key=lambda change: (change.difference, change.query_id))


def compare(baseline: Evaluation, others: Sequence[Evaluation]) -> list[Comparison]:
    """Compare results with the first one.

    :raises NotComparable: they were measured on other data, other questions, or have no measure in common
    """
    found = []
    for other in others:
        measures = check_comparable(baseline, other)
        found.append({m: _difference(baseline, other, m) for m in measures})
    flat = [(i, m) for i, differences in enumerate(found) for m in differences]
    adjusted = significance.holm([found[i][m].p for i, m in flat])
    for (i, m), p in zip(flat, adjusted, strict=True):
        d = found[i][m]
        found[i][m] = Difference(d.mean, d.low, d.high, p, d.effect, d.wins, d.ties, d.losses)
    return [
        Comparison(baseline, other, differences, _by_slice(baseline, other, next(iter(differences))), _notes(baseline))
        for other, differences in zip(others, found, strict=True)
    ]


def check_comparable(baseline: Evaluation, other: Evaluation) -> list[str]:
    """The measures that two results share.

    :raises NotComparable: they must not be compared; the message says why and what to do
    """
    names = f"{_name(baseline)} and {_name(other)}"
    if baseline.task != other.task:
        raise NotComparable(f"{names} measure {baseline.task} and {other.task}; compare results of one task")
    if baseline.data != other.data:
        raise NotComparable(
            f"{names} were measured on different data (fingerprints {baseline.data} and {other.data}): corpus, questions "
            f"or judgements differ; measure both anew on the same data"
        )
    if set(baseline.queries) != set(other.queries):
        raise NotComparable(f"{names} hold different queries; measure both anew on the same data")
    shared = [m for m in baseline.measures if m in other.measures]
    if not shared:
        raise NotComparable(f"{names} have no measure in common; measure both with the same --measure")
    return shared


def _name(result: Evaluation) -> str:
    return f"{result.dataset}:{result.split} {result.system}"


def _paired(baseline: Evaluation, other: Evaluation, measure: str) -> list[str]:
    """The queries that have a measure in both results."""
    return [
        q for q, before in baseline.queries.items() if measure in before.values and measure in other.queries[q].values
    ]


def _difference(baseline: Evaluation, other: Evaluation, measure: str) -> Difference:
    pairs = _paired(baseline, other, measure)
    before = [baseline.queries[q].values[measure] for q in pairs]
    return significance.compare(before, [other.queries[q].values[measure] for q in pairs])


def _by_slice(baseline: Evaluation, other: Evaluation, measure: str) -> dict[str, dict[str, tuple[int, float, float]]]:
    found: dict[str, dict[str, tuple[int, float, float]]] = {}
    for name in slices.names(baseline.queries):
        found[name] = {}
        for group, members in slices.groups(baseline.queries, name).items():
            pairs = [q for q in members if measure in members[q].values and measure in other.queries[q].values]
            if pairs:
                before = sum(baseline.queries[q].values[measure] for q in pairs) / len(pairs)
                after = sum(other.queries[q].values[measure] for q in pairs) / len(pairs)
                found[name][group] = (len(pairs), before, after)
    return found


def _notes(baseline: Evaluation) -> tuple[str, ...]:
    if len(baseline.queries) >= FEW:
        return ()
    return (f"only {len(baseline.queries)} queries: differences that matter may not show as significant",)
