"""Words that mean the same, and words that lie within the meaning of another.

The file holds folded words (a test checks it), so that nothing has to be folded at start.
"""

from __future__ import annotations

from functools import cache

from corpus.lexicon import alternatives, rows


@cache
def _tables() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Equivalent words by word, and narrower words by word."""
    equal: dict[str, dict[str, None]] = {}
    narrower: dict[str, dict[str, None]] = {}
    for term, relation, others in rows("index", "synonyms.tsv", 3):
        group = [term, *alternatives(others)]
        if relation == "=":
            for word in group:
                equal.setdefault(word, {}).update(dict.fromkeys(other for other in group if other != word))
        else:
            narrower.setdefault(group[0], {}).update(dict.fromkeys(group[1:]))
    return {w: tuple(o) for w, o in equal.items()}, {w: tuple(o) for w, o in narrower.items()}


def equivalents(term: str) -> tuple[str, ...]:
    """Words that mean the same as ``term`` (folded), the term itself left out."""
    return _tables()[0].get(term, ())


def expand(term: str) -> tuple[str, ...]:
    """What a question about ``term`` (folded) also means: its equivalents, what lies within their meaning, and the
    equivalents of that; the term itself left out."""
    equal, narrower = _tables()
    same = (term, *equal.get(term, ()))
    within = [word for head in same for word in narrower.get(head, ())]
    also = [word for head in within for word in equal.get(head, ())]
    return tuple(dict.fromkeys(word for word in (*same, *within, *also) if word != term))


@cache
def _broader() -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    for term, relation, others in rows("index", "synonyms.tsv", 3):
        for other in alternatives(others) if relation == ">" else []:
            table.setdefault(other, []).append(term)
    return {word: tuple(terms) for word, terms in table.items()}


def broader(term: str) -> tuple[str, ...]:
    """Terms within whose meaning ``term`` (folded) lies."""
    return _broader().get(term, ())
