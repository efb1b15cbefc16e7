"""The local store: one folder that holds the catalog, the derived indexes and a manifest."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.types import Notice
from index import creating, damage, derived, growth, lock, manifest, memory
from index.catalog import Catalog
from index.errors import StoreBusy, StoreDamaged, StoreMissing, UnknownNotice
from index.failpoints import failpoint
from index.intake import Intake
from index.store_reader import FORMAT as FORMAT
from index.store_reader import StoreReader
from index.types import IndexReport

if TYPE_CHECKING:
    from corpus.reading import ReadFile  # only a name here: a reader of the store needs no parser

_log = logging.getLogger(__name__)
_AHEAD = 2000  # files that are read before the store is locked; of more, the rest is read while it is written


class LocalStore(StoreReader):
    """A store in a folder that can be changed, too: one change at a time, whole or not at all."""

    def create(self) -> None:
        """Make an empty store where there is none."""
        self._create_if_missing(True)

    def index(
        self,
        files: Iterable[ReadFile],
        prune: bool | Collection[str] = False,
        ready: Callable[[LocalStore], None] | None = None,
    ) -> IndexReport:
        """Store what was read: new notices, changed ones in place of the old. Nothing is lost when it fails.

        :param prune: remove notices whose source is no longer among ``files``: all such, or those of the sources given
        :param ready: called with a store opened on the new state; readers of this one see that state when it returns
        """
        started = time.perf_counter()
        coming = iter(files)
        read = list(islice(coming, _AHEAD))
        self._create_if_missing(len(read) == _AHEAD or any(file.notices for file in read))
        if not self.exists:
            failed = tuple(file for file in read if file.failure)
            return IndexReport(0, 0, 0, failed, (), 0, (time.perf_counter() - started) * 1000)
        intake: Intake | None = None

        def change(catalog: Catalog) -> bool:
            nonlocal intake
            intake = Intake(catalog, chain(read, coming), prune)
            return intake.run()

        passages = self._change(change, ready)
        took = (time.perf_counter() - started) * 1000
        assert intake is not None
        counts = (intake.indexed, intake.unchanged, intake.removed)
        return IndexReport(*counts, tuple(intake.failed), tuple(intake.notes), passages, took, frozenset(intake.stored))

    def adopt(
        self, notices: Iterable[Notice], remove: Collection[str] = (), done: Callable[[int], None] = lambda _: None
    ) -> int:
        """Take notices over as they are, each in place of the one with its id, and remove others, in one change.

        Returns how many were written or removed.

        :param done: hears how many more notices have been written
        """
        self._create_if_missing(True)

        changed = 0

        def change(catalog: Catalog) -> bool:
            nonlocal changed
            known = {notice_id for notice_id, _, _ in catalog.identities()}
            for notice in notices:
                if notice.notice_id not in known or catalog.notice(notice.notice_id) != notice:
                    catalog.put(notice)
                    changed += 1
                done(1)
            changed += sum(catalog.delete(notice_id) for notice_id in remove)
            return changed > 0

        self._change(change)
        return changed

    def remove(self, notice_id: str) -> None:
        """Remove a notice; it is gone from every answer when this returns.

        :raises UnknownNotice: there is none of that id
        """
        self.check_manifest()

        def change(catalog: Catalog) -> bool:
            if not catalog.delete(notice_id):
                raise UnknownNotice(notice_id)
            return True

        self._change(change)

    def rebuild(self) -> None:
        """Build the derived indexes anew from the catalog, with the present analysis and encoder.

        What was noted of damage counts as seen to.
        """
        if not self.exists:
            raise StoreMissing(f"no store in {self.folder}; make one with `notices index PATH… --store {self.folder}`")
        manifest.check_format(self.folder, FORMAT)
        _ = self.encoder.dimensions  # a model that cannot be loaded changes nothing
        self._change(lambda _: True, anew=True, stamp=self._manifest())
        damage.forget(self.folder)

    def renew(self) -> None:
        """Build the derived indexes anew, as a new state."""
        self._change(lambda _: True, anew=True)

    def _change(
        self,
        change: Callable[[Catalog], bool],
        ready: Callable[[LocalStore], None] | None = None,
        anew: bool = False,
        stamp: manifest.Manifest | None = None,
    ) -> int:
        """Run a change of the catalog and bring the derived indexes up to it; returns the number of passages.

        :param stamp: the manifest that comes with the change
        """
        try:
            passages, changed, due = self._write(change, ready is not None, anew, stamp)
            if changed and ready is not None:
                try:
                    self._advance(ready)
                except MemoryError:  # the change is made
                    _log.warning(
                        "%s is changed; too little memory to prepare answers, the next question does", self.folder
                    )
            if due:
                failpoint("compaction.due")
                try:
                    self._write(lambda _: True, ready is not None, anew=True)
                    if ready is not None:
                        self._advance(ready)
                except (
                    StoreBusy,
                    OSError,
                    sqlite3.OperationalError,
                ) as error:  # the change is made; the next one tries
                    _log.warning("%s is not built anew: %s", self.folder, error)
        finally:
            self._preparing = None
        return passages

    def _write(
        self, change: Callable[[Catalog], bool], hidden: bool, anew: bool, stamp: manifest.Manifest | None = None
    ) -> tuple[int, bool, bool]:
        """Number of passages after a change, whether it changed anything, and whether the store should be built anew."""
        with lock.writing(self.folder), closing(Catalog(self.folder / "catalog.sqlite")) as catalog:
            try:
                changed = self._commit(catalog, change, hidden, anew, stamp)
                return catalog.count(), changed, changed and growth.due(catalog)
            except sqlite3.DatabaseError as error:
                if type(error) is not sqlite3.DatabaseError:
                    raise
                raise StoreDamaged(
                    f"the catalog of {self.folder} is damaged ({error}); nothing was changed, restore a backup (目录库已损坏)"
                ) from error

    def _commit(
        self,
        catalog: Catalog,
        change: Callable[[Catalog], bool],
        hidden: bool,
        anew: bool,
        stamp: manifest.Manifest | None,
    ) -> bool:
        """Change the catalog and what derives from it; whether anything changed.

        All that takes room or time comes before the commit: a full disk leaves the state before, and after it there is
        nothing to do but a rename.
        """
        prepared: Path | None = None
        memory.require(0)
        catalog.begin_change()
        try:
            if not change(catalog):
                catalog.roll_back()
                return False
            failpoint("change.made")
            numbering, large = growth.plan(catalog, anew)
            catalog.number(numbering, large)
            sequence = catalog.sequence + 1
            memory.require(0 if large else catalog.count())
            prepared = derived.prepare(self.folder, catalog, sequence, self.encoder)
            with manifest.stamping(self.folder, stamp) as put_in_place:
                put_in_place()
                self._preparing = sequence if hidden else None
                failpoint("catalog.committing")
                catalog.commit_change()
        except BaseException:
            catalog.roll_back()
            if prepared is not None:
                shutil.rmtree(prepared, ignore_errors=True)
            raise
        failpoint("catalog.committed")
        derived.place(self.folder, prepared, sequence)
        return True

    def _advance(self, ready: Callable[[LocalStore], None]) -> None:
        """Open the last state aside, let it be made ready, and put it in place of the one that readers see."""
        fresh = LocalStore(self.folder, self._encoder, self.reranker)
        fresh._before = self._state.indexes if self._state else None
        fresh.open()
        try:
            ready(fresh)
            with self._lock:
                self._state, fresh._state = fresh._state, self._state
        finally:
            fresh.close()

    def _create_if_missing(self, wanted: bool) -> None:
        if self.exists:
            self.check_manifest()
            return
        if not wanted:
            return
        _ = self.encoder.dimensions  # a model that cannot be loaded makes no store
        creating.create(self.folder, self._manifest())
        self.check_manifest()
