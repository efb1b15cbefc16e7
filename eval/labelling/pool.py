"""The pool: for each question the best documents of several systems, together.

Pooling: Spärck Jones and van Rijsbergen, 1975, as TREC does it. What no system finds among its best is not judged, and
is said to be unjudged rather than irrelevant.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from eval.errors import BadDataset
from eval.systems import Progress, System
from eval.types import Dataset, Query, Run
from index.laps import Laps


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document to be judged. ``notice``, ``start`` and ``end`` say where it lies, when it is a passage of a notice."""

    doc_id: str
    title: str
    text: str
    notice: str = ""
    notice_id: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Pooled:
    """A question with its candidates, in the order of their ids: nothing tells which system found which."""

    query: Query
    candidates: tuple[Candidate, ...]


def pool(
    dataset: Dataset, systems: Sequence[System], depth: int, runs: Iterable[Run] = (), done: Progress = lambda _: None
) -> list[Pooled]:
    """The ``depth`` best documents of each system and each run for every query of a data set.

    :raises BadDataset: a run names documents that the data set does not have
    """
    candidates = _candidates(dataset)
    found: dict[str, set[str]] = {query_id: set() for query_id in dataset.queries}
    for system in systems:
        with TemporaryDirectory(prefix="notices-eval-") as folder:
            search = system.build(dataset, Path(folder), done)
            for query_id, query in dataset.queries.items():
                found[query_id] |= {doc_id for doc_id, _ in search(query, Laps())[:depth]}
                done(1)
    for run in runs:
        for query_id, ranked in run.items():
            if query_id in found:
                found[query_id] |= {doc_id for doc_id, _ in ranked[:depth]}
    unknown = {doc_id for docs in found.values() for doc_id in docs} - set(candidates)
    if unknown:
        raise BadDataset(
            f"a run names {sorted(unknown)[0]!r}, which the data set does not have; give runs of this data set"
        )
    return [
        Pooled(dataset.queries[q], tuple(candidates[doc_id] for doc_id in sorted(docs))) for q, docs in found.items()
    ]


def blind_order(seed: str, annotator: str, query_id: str, doc_ids: Iterable[str]) -> list[str]:
    """An order that is the same each time, and another one for each annotator."""
    return sorted(
        doc_ids, key=lambda doc_id: hashlib.sha256("\0".join((seed, annotator, query_id, doc_id)).encode()).digest()
    )


def _candidates(dataset: Dataset) -> dict[str, Candidate]:
    if dataset.assistant is None:
        return {d.doc_id: Candidate(d.doc_id, d.title, d.text) for d in dataset.documents}
    return {
        s.passage.passage_id: Candidate(
            s.passage.passage_id,
            " › ".join((s.notice.title, *s.passage.section_path)),
            s.passage.text,
            s.notice.source,
            s.notice.notice_id,
            s.passage.start,
            s.passage.end,
        )
        for s in dataset.assistant.store.passages()
    }
