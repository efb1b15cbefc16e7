"""Judgements, whichever form they are read from."""

from __future__ import annotations

from eval.errors import BadDataset
from eval.types import Qrels


def add_judgement(qrels: Qrels, place: str, query: str, document: str, score: str) -> None:
    """Add one judgement. :raises BadDataset: the score is no whole number, or contradicts an earlier line"""
    try:
        relevance = int(score)
    except ValueError as error:
        raise BadDataset(f"{place}: the score {score!r} is no whole number") from error
    if qrels.setdefault(query, {}).setdefault(document, relevance) != relevance:
        raise BadDataset(f"{place}: {document!r} is judged twice for {query!r}, with different scores; keep one")
