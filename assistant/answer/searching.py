"""Searches that answering makes: the same words are looked for again when a question is tried another way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from index.types import Filters, Hit, Retriever

_Known = dict[tuple[str, Filters], tuple[int, tuple[Hit, ...]]]
_known: ContextVar[_Known | None] = ContextVar("searches", default=None)


@contextmanager
def one_question() -> Iterator[None]:
    """Within, nothing is searched for twice."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def best_hits(store: Retriever, query: str, k: int, filters: Filters) -> tuple[Hit, ...]:
    """The ``k`` best hits of a hybrid search that does not ask for quoted words.

    :raises BadQuery: the query is blank
    """
    known = _known.get()
    depth, found = (known or {}).get((query, filters), (0, ()))
    # A reranker orders so many anew as are asked for: its best three are not the first of its best fifty.
    if depth != k and (depth < k or store.reranker is not None):
        depth, found = k, store.search(query, k, "hybrid", filters, exact=False).hits
        if known is not None:
            known[query, filters] = depth, found
    return found[:k]
