"""Which stored notice an incoming one replaces: itself, the same notice in another file, or none (a new edition)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from corpus.ids import text_digest
from corpus.types import Notice
from index.catalog import Catalog

if TYPE_CHECKING:
    from corpus.reading import ReadFile  # only a name here: a reader of the store needs no parser

_EDITION = ".e"  # between a notice's id and the number of its edition


@dataclass(slots=True)
class Intake:
    """Brings what was read into a catalog. The counts are of notices."""

    catalog: Catalog
    read: list[ReadFile]
    prune: bool
    indexed: int = 0
    unchanged: int = 0
    removed: int = 0
    notes: list[str] = field(default_factory=list)

    def run(self) -> bool:
        """Store and remove; whether anything changed."""
        known = {notice_id: (source, digest) for notice_id, source, digest in self.catalog.identities()}
        before = {source for source, _ in known.values()} & {file.source for file in self.read}
        for file in self.read:
            for notice in file.notices:
                self._put(notice, known, before)
        for stale in self._stale(known):
            self.removed += self.catalog.delete(stale)
        return self.indexed + self.removed > 0

    def _put(self, notice: Notice, known: dict[str, tuple[str, str]], before: set[str]) -> None:
        """Store one notice.

        :param before: sources that gave a stored notice before and are read again now
        """
        digest = text_digest(notice.text)
        edition = 1
        while notice.notice_id in known:
            source, old = known[notice.notice_id]
            if old == digest and (source == notice.source or source in before):
                self.unchanged += 1
                return
            if old == digest:
                same = f"the same notice as {source}; it replaces that one ({notice.notice_id})"
                self.notes.append(f"{notice.source}: {same}")
                break
            if source == notice.source:
                break
            edition += 1
            notice = _with_id(notice, f"{_base(notice.notice_id)}{_EDITION}{edition}")
        if edition > 1:
            kept = f"another edition of a notice already stored; kept as {notice.notice_id}"
            self.notes.append(f"{notice.source}: {kept}")
        self.catalog.put(notice)
        known[notice.notice_id] = (notice.source, digest)
        self.indexed += 1

    def _stale(self, known: dict[str, tuple[str, str]]) -> list[str]:
        """Ids of notices that a file gave before and does not give now, or (pruning) whose file has vanished."""
        given = {file.source: {n.notice_id for n in file.notices} for file in self.read if not file.failure}
        failed = {file.source for file in self.read if file.failure}
        stale = []
        for notice_id, (source, _) in known.items():
            replaced = source in given and not {notice_id, _base(notice_id)} & given[source]
            vanished = self.prune and source not in given and source not in failed
            if replaced or vanished:
                stale.append(notice_id)
        return stale


def _base(notice_id: str) -> str:
    return notice_id.split(_EDITION)[0]


def _with_id(notice: Notice, notice_id: str) -> Notice:
    def moved(passage_id: str) -> str:
        return notice_id + passage_id[passage_id.index("/") :]

    return replace(
        notice,
        notice_id=notice_id,
        passages=tuple(replace(p, passage_id=moved(p.passage_id)) for p in notice.passages),
        facts=tuple(replace(f, passage_id=moved(f.passage_id)) for f in notice.facts),
    )
