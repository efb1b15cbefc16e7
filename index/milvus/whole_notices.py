"""Whole notices as a node reads them: those of a store of moderate size are kept, and only what has changed is read again."""

from __future__ import annotations

from corpus.types import Notice
from index.milvus.connection import Connection
from index.milvus.state import State, wholes

KEPT = 50_000  # passages up to which whole notices stay in memory once they were read, 3 KB each
_Held = dict[str, tuple[str, Notice]]  # version and notice, by id


class WholeNotices:
    """The whole notices of a store's states."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: tuple[int, _Held] = (-1, {})  # of the state of a sequence number; put in place whole

    def all_of(self, state: State) -> list[Notice] | None:
        """All notices of a state in the order of their ids; None where it is gone already."""
        sequence, known = self._known
        if sequence != state.sequence:
            versions = {n: head.version for n, head in state.heads.items()}
            wanted = {n: version for n, version in versions.items() if known.get(n, ("",))[0] != version}
            read = {n.notice_id: (wanted[n.notice_id], n) for n in wholes(self._connection, state.generation, wanted)}
            if len(read) < len(wanted):
                return None
            known = {n: read[n] if n in read else known[n] for n in sorted(versions)}
            if sum(head.passages for head in state.heads.values()) <= KEPT:
                self._known = state.sequence, known
        return [notice for _, notice in known.values()]

    def one_of(self, state: State, notice_id: str) -> Notice | None:
        """A notice of a state; None where it is gone already."""
        version, (_, known) = state.heads[notice_id].version, self._known
        if notice_id in known and known[notice_id][0] == version:
            return known[notice_id][1]
        return next(wholes(self._connection, state.generation, {notice_id: version}), None)

    def share(self, other: WholeNotices) -> None:
        """Take over what another one has read."""
        self._known = other._known
