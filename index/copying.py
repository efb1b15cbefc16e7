"""One store's notices brought into another: a folder onto a server, a server into a folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from corpus.types import Notice
from index.errors import BadLocation, UnknownNotice
from index.opening import Location, open_store
from index.types import Retriever


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What a copy did: notices written, left as they were, removed; notices that only the target has and keeps."""

    copied: int
    unchanged: int
    removed: int
    kept: int
    took_ms: float


def copy(
    source: Retriever, to: Location, prune: bool = False, done: Callable[[int], None] = lambda _: None
) -> CopyReport:
    """Bring all notices of a store into the one at ``to``, which is made where there is none.

    What is there already is not written again, so a copy that was cut off goes on where it was.

    :param prune: remove what the source does not have
    :param done: hears how many more notices have been looked at
    :raises BadLocation: both are the same store
    """
    started = time.perf_counter()
    target = open_store(to)
    if target.location == source.location or target.folder.resolve() == source.folder.resolve():
        raise BadLocation(f"{to} is the store to copy from; name another one with --to (源与目标相同)")
    if not target.exists:
        target = open_store(to, source.encoder)  # a new store gets the same vectors
    wanted = sorted(source.cards())
    others = sorted(set(target.cards()) - set(wanted)) if target.exists else []
    try:
        written = target.adopt(_notices(source, wanted), others if prune else (), done)
        removed = len(others) if prune else 0
    finally:
        target.close()
    copied = written - removed
    took = (time.perf_counter() - started) * 1000
    return CopyReport(copied, len(wanted) - copied, removed, len(others) - removed, took)


def _notices(source: Retriever, wanted: list[str]) -> Iterator[Notice]:
    for notice_id in wanted:
        try:
            yield source.notice(notice_id)
        except UnknownNotice:  # removed meanwhile
            continue
