"""Characters that look alike: 未 and 末, 己 and 已."""

from __future__ import annotations

from functools import cache

from corpus.lexicon import rows


@cache
def _table() -> dict[str, str]:
    return {row[0]: row[1] for row in rows("index", "shapes.tsv", 2)}


def lookalikes(character: str) -> str:
    """The characters that can be taken for ``character``, the likest first."""
    return _table().get(character, "")
