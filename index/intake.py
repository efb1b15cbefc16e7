"""Which stored notice an incoming one replaces: itself, the same notice in another file, or none (a new edition)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from corpus.ids import EDITION, edition_of, text_digest
from corpus.types import Notice

if TYPE_CHECKING:
    from corpus.reading import ReadFile  # only a name here: a reader of the store needs no parser


class Holdings(Protocol):
    """The notices of a store while they are changed."""

    def identities(self) -> list[tuple[str, str, str]]:
        """(notice_id, source, digest) of all notices."""

    def notice(self, notice_id: str) -> Notice:
        """A whole notice."""

    def put(self, notice: Notice) -> None:
        """Store a notice, in place of the one with its id."""

    def delete(self, notice_id: str) -> bool:
        """Remove a notice; whether it was there."""


@dataclass(slots=True)
class Intake:
    """Brings what was read into a catalog. The counts are of notices; ``stored``: the files whose notices were stored.

    ``read`` is gone through once, and of its notices nothing is kept but what names them.
    ``prune``: whether notices go whose source is not among ``read``: all such, or those of the sources named.
    """

    catalog: Holdings
    read: Iterable[ReadFile]
    prune: bool | Collection[str]
    indexed: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: list[ReadFile] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stored: set[str] = field(default_factory=set)
    handled: set[str] = field(default_factory=set)  # ids of notices that this run has stored or left as they are

    def run(self) -> bool:
        """Store and remove; whether anything changed."""
        known = {notice_id: (source, digest) for notice_id, source, digest in self.catalog.identities()}
        before = {source for source, _ in known.values()}
        given: dict[str, dict[str, str]] = {}
        waiting: list[Notice] = []
        for file in self.read:
            if file.failure:
                self.failed.append(file)
            else:
                given[file.source] = {n.notice_id: text_digest(n.text, n.furniture) for n in file.notices}
            for notice in file.notices:
                holder, digest = known.get(notice.notice_id, (notice.source, ""))
                another = holder != notice.source and holder in before and holder not in given
                if another and digest == given.get(file.source, {}).get(notice.notice_id):
                    waiting.append(notice)  # until it is known whether that file still holds it
                else:
                    self._put(notice, known, given, before)
        for notice in waiting:
            self._put(notice, known, given, before)
        for stale in self._stale(known, given):
            self.removed += self.catalog.delete(stale)
        return self.indexed + self.removed > 0

    def _put(
        self, notice: Notice, known: dict[str, tuple[str, str]], given: dict[str, dict[str, str]], before: set[str]
    ) -> None:
        """Store one notice under its own id, or as an edition where another file's stands under that.

        :param known: source and digest of every notice of the store, by id
        :param given: what each file gives now, as far as it has been read: digests by id
        :param before: the files that gave a stored notice before
        """
        base, digest, edition = notice.notice_id, text_digest(notice.text, notice.furniture), 1
        while notice.notice_id in known:
            source, old = known[notice.notice_id]
            same_file = source == notice.source
            if old == digest and not same_file and source in before and given.get(source, {}).get(base) == digest:
                self.unchanged += 1
                return
            if old == digest and same_file:
                if notice.notice_id not in self.handled and not self._read_alike(notice):
                    break
                self.handled.add(notice.notice_id)
                self.unchanged += 1
                return
            if old == digest:
                same = f"the same notice as {source}; it replaces that one ({notice.notice_id})"
                self.notes.append(f"{notice.source}: {same}")
                break
            if source == notice.source:
                break
            edition += 1
            notice = _with_id(notice, f"{base}{EDITION}{edition}")
        if edition > 1 and notice.notice_id not in known:
            kept = f"another edition of a notice already stored; kept as {notice.notice_id}"
            self.notes.append(f"{notice.source}: {kept}")
        self.catalog.put(notice)
        known[notice.notice_id] = (notice.source, digest)
        self.handled.add(notice.notice_id)
        self.indexed += 1
        self.stored.add(notice.source)

    def _read_alike(self, notice: Notice) -> bool:
        """Whether the stored notice is what was read now: a newer parser may see more in the same text."""
        stored = self.catalog.notice(notice.notice_id)
        in_any_order = [(replace(read, facts=()), sorted(read.facts, key=repr)) for read in (stored, notice)]
        return in_any_order[0] == in_any_order[1]

    def _stale(self, known: dict[str, tuple[str, str]], given: dict[str, dict[str, str]]) -> list[str]:
        """Ids of notices that a file gave before and does not give now, or (pruning) whose file has vanished."""
        failed = {file.source for file in self.failed}
        stale = []
        for notice_id, (source, digest) in known.items():
            replaced = source in given and given[source].get(edition_of(notice_id)[0]) != digest
            vanished = source not in given and source not in failed and self._prunes(source)
            if replaced or vanished:
                stale.append(notice_id)
        return stale

    def _prunes(self, source: str) -> bool:
        return self.prune if isinstance(self.prune, bool) else source in self.prune


def _with_id(notice: Notice, notice_id: str) -> Notice:
    def moved(passage_id: str) -> str:
        return notice_id + passage_id[passage_id.index("/") :]

    return replace(
        notice,
        notice_id=notice_id,
        passages=tuple(replace(p, passage_id=moved(p.passage_id)) for p in notice.passages),
        facts=tuple(replace(f, passage_id=moved(f.passage_id)) for f in notice.facts),
    )
