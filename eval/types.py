"""What evaluation takes: documents, queries, judgements and runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.types import Filters

if TYPE_CHECKING:
    from assistant.service import Assistant

Qrels = dict[str, dict[str, int]]  # query id → document id → relevance
Ranking = list[tuple[str, float]]  # (document id, score), best first
Run = dict[str, Ranking]  # query id → ranking


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a corpus."""

    doc_id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for. ``slices`` sort queries for tables: language, kind, year …"""

    query_id: str
    text: str
    history: tuple[str, ...] = ()
    filters: Filters = field(default_factory=Filters)
    admitted: frozenset[str] | None = None  # the documents that ``filters`` admit; None for all
    slices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A corpus, its judged queries and the judgements. ``notes`` say what is odd about them.

    ``digest`` identifies corpus, queries and judgements, whatever splits the corpus into documents. ``assistant`` searches the notices that the documents are passages of; None where documents are all there is.
    """

    name: str
    split: str
    documents: tuple[Document, ...]
    queries: dict[str, Query]
    qrels: Qrels
    notes: tuple[str, ...] = ()
    digest: str = ""
    assistant: Assistant | None = None
    built_s: float = 0.0  # seconds that indexing the notices took
