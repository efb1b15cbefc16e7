"""What evaluation takes and gives."""

from __future__ import annotations

from dataclasses import dataclass

from index.types import Mode

Qrels = dict[str, dict[str, int]]  # query id → document id → relevance
Run = dict[str, list[tuple[str, float]]]  # query id → (document id, score), best first


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a corpus."""

    doc_id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """A corpus, queries and judgements. ``notes`` say what is odd about them."""

    name: str
    split: str
    documents: tuple[Document, ...]
    queries: dict[str, str]
    qrels: Qrels
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """How well one configuration retrieves. ``measures`` are means over all judged queries."""

    dataset: str
    split: str
    mode: Mode
    queries: int
    measures: dict[str, float]
    p50_ms: float
    p95_ms: float
    fingerprint: str
