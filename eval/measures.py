"""Measures, by ir-measures. Every judged query counts; one that a run lacks scores 0."""

from __future__ import annotations

import ir_measures
from ir_measures import RR, Qrel, R, ScoredDoc, nDCG

from eval.types import Qrels, Run

MEASURES = (nDCG @ 10, RR @ 10, R @ 10, R @ 100)


def by_query(qrels: Qrels, run: Run) -> dict[str, dict[str, float]]:
    """Value by query, by measure."""
    judged = [Qrel(query, doc_id, score) for query, docs in qrels.items() for doc_id, score in docs.items()]
    found = [ScoredDoc(query, doc_id, score) for query, docs in run.items() for doc_id, score in docs]
    values: dict[str, dict[str, float]] = {str(measure): dict.fromkeys(qrels, 0.0) for measure in MEASURES}
    for metric in ir_measures.iter_calc(MEASURES, judged, found):
        values[str(metric.measure)][metric.query_id] = metric.value
    return values


def means(values: dict[str, dict[str, float]]) -> dict[str, float]:
    """Mean over the queries, by measure."""
    return {measure: sum(scores.values()) / len(scores) for measure, scores in values.items()}
