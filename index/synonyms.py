"""Words that mean the same, and words that lie within the meaning of another."""

from __future__ import annotations

from functools import cache

from corpus.lexicon import alternatives, rows
from index.fold import fold


@cache
def _table() -> dict[str, tuple[str, ...]]:
    table: dict[str, dict[str, None]] = {}
    for term, relation, others in rows("index", "synonyms.tsv", 3):
        group = [fold(term), *(fold(other) for other in alternatives(others))]
        heads = group if relation == "=" else group[:1]
        for head in heads:
            table.setdefault(head, {}).update(dict.fromkeys(word for word in group if word != head))
    return {term: tuple(others) for term, others in table.items()}


def expand(term: str) -> tuple[str, ...]:
    """What a question about ``term`` (folded) also means, the term itself left out."""
    return _table().get(term, ())


def expand_deep(term: str) -> tuple[str, ...]:
    """:func:`expand`, and once more through the words found (养老院 → 养老机构 → 养老护理)."""
    first = expand(term)
    second = (word for other in first for word in expand(other))
    return tuple(dict.fromkeys(word for word in (*first, *second) if word != term))


@cache
def _broader() -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    for term, relation, others in rows("index", "synonyms.tsv", 3):
        for other in alternatives(others) if relation == ">" else []:
            table.setdefault(fold(other), []).append(fold(term))
    return {word: tuple(terms) for word, terms in table.items()}


def broader(term: str) -> tuple[str, ...]:
    """Terms within whose meaning ``term`` (folded) lies."""
    return _broader().get(term, ())


@cache
def all_terms() -> tuple[str, ...]:
    """Every word of the table."""
    return tuple(sorted({word for term, others in _table().items() for word in (term, *others)}))
