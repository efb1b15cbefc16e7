"""What every search begins with: whether it can be searched for."""

from __future__ import annotations

from index.errors import BadQuery
from index.types import MODES, Mode

MAX_K = 100


def check_query(query: str, k: int, mode: Mode) -> None:
    """:raises BadQuery: a blank query, ``k`` outside 1…100, or an unknown mode"""
    if not query.strip():
        raise BadQuery("the query is blank; type what you are looking for (请输入要查找的内容)")
    if not 1 <= k <= MAX_K:
        raise BadQuery(f"k must lie between 1 and {MAX_K}, not {k}")
    if mode not in MODES:
        raise BadQuery(f"mode must be one of {', '.join(MODES)}, not {mode!r}")
