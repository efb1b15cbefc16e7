"""When a store is large, and when one that has grown is built anew."""

from __future__ import annotations

from index.catalog import Catalog, Numbering

# Passages from which rows are kept and derived indexes grow; below, each change builds them anew. At 104,328 that took 42 s for one
# notice, and a search was no faster than among a million.
LARGE = 50_000
_STAYS = 2  # a large store becomes a small one again below this part of the limit
GONE = 0.2  # share of the rows whose passages are gone from which the store is built anew
ADDED = 0.25  # share of the rows of the last build that came later, likewise


def plan(catalog: Catalog, anew: bool) -> tuple[Numbering, bool]:
    """How the passages of a change that is under way are to be numbered, and whether the store is to be a large one.

    :param anew: the derived indexes are to be built anew
    """
    count = catalog.count()
    if count < (LARGE // _STAYS if catalog.large else LARGE):
        return "ids", False
    if catalog.began_at == 0 and catalog.next_row == count:
        return "arrival", True
    if anew or not catalog.large or catalog.next_row - catalog.began_at > catalog.began_at:
        return "ids", True
    return "kept", True


def due(catalog: Catalog) -> bool:
    """Whether so much has gone or come that a large store should be built anew."""
    rows, base = catalog.rows, catalog.base
    return catalog.large and (rows - catalog.count() > GONE * rows or rows - base > ADDED * base)
