"""Measures, by ir-measures. Every judged query counts; one that a run lacks scores 0."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import ir_measures
from ir_measures import RR, Measure, Qrel, R, ScoredDoc, nDCG

from eval.errors import BadOption
from eval.types import Qrels, Run

MEASURES: tuple[Measure, ...] = (nDCG @ 10, RR @ 10, R @ 10, R @ 100)


def parse(names: Iterable[str]) -> tuple[Measure, ...]:
    """Measures by their names, as ir-measures writes them: ``nDCG@10``, ``P(rel=2)@5``, ``AP``, ``Judged@10`` …

    :raises BadOption: there is no such measure, or it cannot be computed here
    """
    found = []
    for name in names:
        try:
            measure = ir_measures.parse_measure(name)
            ir_measures.evaluator([measure], [Qrel("q", "d", 1)])
        except (NameError, ValueError, SyntaxError, AssertionError) as error:
            raise BadOption(
                f"no measure {name!r}; write it as ir-measures does: nDCG@10, R@100, P@5, RR@10, AP, Success@1, Judged@10"
            ) from error
        found.append(measure)
    return tuple(found)


def by_query(qrels: Qrels, run: Run, measures: Sequence[Measure] = MEASURES) -> dict[str, dict[str, float]]:
    """Value by query, by measure. A query whose judgements are all 0 counts, too, with 0."""
    judged = [Qrel(query, doc_id, score) for query, docs in qrels.items() for doc_id, score in docs.items()]
    found = [ScoredDoc(query, doc_id, score) for query, docs in run.items() for doc_id, score in docs]
    values: dict[str, dict[str, float]] = {str(measure): dict.fromkeys(qrels, 0.0) for measure in measures}
    for metric in ir_measures.iter_calc(list(measures), judged, found):
        values[str(metric.measure)][metric.query_id] = metric.value
    return values


def means(values: dict[str, dict[str, float]]) -> dict[str, float]:
    """Mean over the queries, by measure."""
    return {measure: sum(scores.values()) / len(scores) for measure, scores in values.items()}
