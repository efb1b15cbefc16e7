"""Queries as a report shows them: every system's ranking beside the others', what was relevant, what was missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.evaluation import Evaluated
from eval.report.content import Section
from eval.report.documents import LONG, SHORT

RELEVANT_SHOWN = 20  # of the documents that are relevant to a query


@dataclass(frozen=True, slots=True)
class Cell:
    """A document at one rank of one system. ``relevance`` is None where nobody judged it."""

    doc_id: str
    text: str
    relevance: int | None


@dataclass(frozen=True, slots=True)
class Relevant:
    """A relevant document and its rank in each system; None where the system missed it."""

    doc_id: str
    text: str
    relevance: int
    ranks: Sequence[int | None]


@dataclass(frozen=True, slots=True)
class QueryView:
    """One query. ``rows``: rank by rank, a cell for each system; ``relevant``: at most :data:`RELEVANT_SHOWN` of ``total``."""

    query_id: str
    text: str
    found: Sequence[Evaluated]
    rows: Sequence[Sequence[Cell | None]]
    relevant: Sequence[Relevant]
    total: int


def view(section: Section, query_id: str, chosen: Sequence[int], top: int, limit: int = SHORT) -> QueryView:
    """A query in the entries chosen (by index), ``top`` ranks deep, documents ``limit`` characters long."""
    found = [section.entries[i].result.queries[query_id] for i in chosen]
    judged = found[0].relevant
    deep = min(top, max((len(query.ranking) for query in found), default=0))
    rows = [[_cell(section, query, rank, limit) for query in found] for rank in range(deep)]
    ranks = [{doc_id: rank for rank, (doc_id, _) in enumerate(query.ranking, 1)} for query in found]
    relevant = sorted((d for d, grade in judged.items() if grade > 0), key=lambda d: (-judged[d], d))
    shown = [
        Relevant(d, section.texts.shown(d, limit), judged[d], [by.get(d) for by in ranks])
        for d in relevant[:RELEVANT_SHOWN]
    ]
    return QueryView(query_id, found[0].text, found, rows, shown, len(relevant))


def regression(section: Section, query_id: str, entry: int) -> QueryView:
    """A query in the baseline and in one other entry, ten ranks deep."""
    return view(section, query_id, (0, entry), 10, LONG)


def by_weight(section: Section) -> list[str]:
    """All queries, those first that a reader wants to see: largest loss, then largest gain, then lowest value."""
    measure = section.measure

    def weight(item: tuple[str, list[Evaluated]]) -> tuple[float, float, float]:
        values = [query.values.get(measure) for query in item[1]]
        known = [value for value in values if value is not None]
        if not known:
            return (0.0, 0.0, 2.0)
        first = values[0]
        changes = [value - first for value in known] if first is not None else [0.0]
        return (min(changes), -max(changes), min(known))

    return [query_id for query_id, _ in sorted(section.by_query(), key=weight)]


def _cell(section: Section, query: Evaluated, rank: int, limit: int) -> Cell | None:
    if rank >= len(query.ranking):
        return None
    doc_id = query.ranking[rank][0]
    return Cell(doc_id, section.texts.shown(doc_id, limit), query.relevant.get(doc_id))
