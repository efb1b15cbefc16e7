"""Slices: what sorts queries into groups, for tables that show where a system is weak."""

from __future__ import annotations

import re
from collections.abc import Mapping

from eval.evaluation import Evaluated, means

_HAN = re.compile(r"[㐀-鿿]")
_SHORT, _LONG = 10, 25  # characters of a Chinese question; English ones are counted in words of about three


def of_text(text: str) -> dict[str, str]:
    """The slices that a query's own words tell: language and length."""
    lang = "zh" if _HAN.search(text) else "en"
    length = len(text) if lang == "zh" else 3 * len(text.split())
    return {"lang": lang, "length": "short" if length <= _SHORT else "long" if length > _LONG else "medium"}


def names(queries: Mapping[str, Evaluated]) -> list[str]:
    """The slices that sort the queries into more than one group, in the order they are met."""
    values: dict[str, set[str]] = {}
    for query in queries.values():
        for name, value in query.slices.items():
            values.setdefault(name, set()).add(value)
    return [name for name, found in values.items() if len(found) > 1]


def groups(queries: Mapping[str, Evaluated], by: str) -> dict[str, dict[str, Evaluated]]:
    """The queries of each group, in the order the groups are met; those without the slice are in none."""
    found: dict[str, dict[str, Evaluated]] = {}
    for query_id, query in queries.items():
        if by in query.slices:
            found.setdefault(query.slices[by], {})[query_id] = query
    return found


def means_by(queries: Mapping[str, Evaluated], by: str) -> dict[str, dict[str, float]]:
    """Means of each measure, group by group."""
    return {group: means(members) for group, members in groups(queries, by).items()}
