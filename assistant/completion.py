"""What the shell completes: notice ids, years, units and regions of the store that the command line names.

Reads the catalog alone (no index, no encoder), and gives up after a moment: a key press must not wait for a large store.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import typer

from assistant.cache import cache_folder

PATIENCE = 0.3  # seconds
_MOST = 200  # proposals that a shell can show


def notice_ids(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Ids, each with its title."""
    headers = _headers(ctx)
    return [(known, header.get("title") or "") for known, header in headers if known.startswith(incomplete)][:_MOST]


def years(ctx: typer.Context, incomplete: str) -> list[str]:
    """The years of the notices, newest first."""
    found = {str(header["year"]) for _, header in _headers(ctx) if header.get("year")}
    return sorted((year for year in found if year.startswith(incomplete)), reverse=True)


def regions(ctx: typer.Context, incomplete: str) -> list[str]:
    """The regions of the notices."""
    return _matching({header.get("region") for _, header in _headers(ctx)}, incomplete)


def units(ctx: typer.Context, incomplete: str) -> list[str]:
    """The units that act in the notices, by their canonical names."""
    with _catalog(ctx) as catalog:
        if catalog is None:
            return []
        rows = _until_tired(
            catalog,
            "SELECT DISTINCT json_extract(u.value, '$.canonical') FROM passages, json_each(passages.units) AS u",
        )
        return _matching((name for (name,) in rows), incomplete)


def _matching(names: Iterable[str | None], incomplete: str) -> list[str]:
    return sorted({name for name in names if name and name.startswith(incomplete)})[:_MOST]


def _headers(ctx: typer.Context) -> list[tuple[str, dict[str, str | None]]]:
    with _catalog(ctx) as catalog:
        if catalog is None:
            return []
        rows = _until_tired(catalog, "SELECT notice_id, header FROM notices ORDER BY notice_id")
        return [(notice_id, json.loads(header)) for notice_id, header in rows]


@contextmanager
def _catalog(ctx: typer.Context) -> Iterator[sqlite3.Connection | None]:
    """The catalog of the store at hand, None where there is none that can be read."""
    path = _path(ctx.params.get("store"))
    if path is None or not path.is_file():
        yield None
        return
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=PATIENCE)) as connection:
        end = time.monotonic() + PATIENCE
        connection.set_progress_handler(lambda: time.monotonic() > end, 1000)
        yield connection


def _until_tired(catalog: sqlite3.Connection, query: str) -> Iterator[tuple[str, ...]]:
    try:
        yield from catalog.execute(query)
    except sqlite3.Error:  # interrupted, or no catalog of ours: what is known so far is proposed
        return


def _path(store: object) -> Path | None:
    if store is not None:
        return Path(str(store)) / "catalog.sqlite"
    built = sorted(cache_folder().glob("sample-*/catalog.sqlite"), key=lambda path: path.stat().st_mtime)
    return built[-1] if built else None
