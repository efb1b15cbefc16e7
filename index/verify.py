"""Whether a store is sound: its file, its promises about offsets, and the indexes derived from it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from corpus.types import Notice
from index import damage, derived, manifest
from index.catalog import Catalog
from index.errors import StoreError, StoreMissing
from index.store import LocalStore

_SHOWN = 20  # faults of a kind


def faults(store: Path) -> Iterator[str]:
    """What is wrong with a store, each with what mends it; nothing for a sound one. The store is only read.

    :raises StoreMissing: there is none
    """
    if not manifest.path_in(store).is_file():
        raise StoreMissing(f"no store in {store}; `notices index PATH… --store {store}` makes one")
    opened = LocalStore(store)
    try:
        opened.check_manifest()
    except StoreError as error:
        yield str(error)
        return
    try:
        with closing(Catalog(store / "catalog.sqlite")) as catalog:
            catalog.begin_read()
            yield from _catalog(store / "catalog.sqlite")
            yield from (what for what in damage.faults(catalog) if "catalog.sqlite" not in what)
            for notice_id in catalog.cards():
                yield from _notice(catalog.notice(notice_id))
            unsound = derived.fault(store, catalog, opened.encoder, thorough=True)
    except (sqlite3.DatabaseError, ValueError, KeyError, TypeError) as error:
        yield f"the catalog cannot be read ({error}); restore a backup with `notices restore` (请恢复备份)"
        return
    if unsound:
        yield f"derived indexes: {unsound}; they are built anew when the store is next opened, or by `notices rebuild --store {store}`"
    noted = damage.noted(store)
    if noted:
        yield noted


def _catalog(path: Path) -> Iterator[str]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as db:
        for (found,) in db.execute(f"PRAGMA integrity_check({_SHOWN})"):
            if found != "ok":
                yield f"catalog.sqlite: {found}; restore a backup with `notices restore` (请恢复备份)"
        for table, row, parent, _ in db.execute("PRAGMA foreign_key_check").fetchmany(_SHOWN):
            yield f"catalog.sqlite: row {row} of {table} has no {parent}; index the notice again"


def _notice(notice: Notice) -> Iterator[str]:
    again = f"of {notice.notice_id} is not where it should be; index {notice.source} again"
    for passage in notice.passages:
        if notice.text[passage.start : passage.end] != passage.text:
            yield f"the passage {passage.passage_id} {again}"
        for unit in passage.units:
            if notice.text[unit.start : unit.end] != unit.name:
                yield f"the unit {unit.name} {again}"
    for fact in notice.facts:
        if notice.text[fact.start : fact.end] != fact.quote:
            yield f"a {fact.kind} {again}"
