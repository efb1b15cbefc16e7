"""The library of a store: what is uploaded is kept, read and indexed; notices are removed and read again; changes noted."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from assistant.access.current import acting
from assistant.access.guard import OWNER
from assistant.library import changes
from assistant.library.errors import NoOriginal
from assistant.library.names import clean
from assistant.library.originals import Originals
from assistant.library.records import Records
from assistant.library.types import Incoming, Job, Original
from index.errors import StoreError, UnknownNotice
from index.types import IndexReport

if TYPE_CHECKING:
    from assistant.service import Assistant
    from corpus.reading import ReadFile

_ONE_BY_ONE = threading.Lock()  # what a change did is seen by comparing states, so changes of one process take turns


class Library:
    """What can be done to a served store besides asking it. Safe to use from several threads."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.records = Records(assistant.store.folder)
        self.originals = Originals(assistant.store.folder / "uploads")

    # -- files that come in --------------------------------------------------------------------------------------------

    def receive(self, name: str, content: BinaryIO) -> Incoming:
        """Keep a file that came in; it is on disk when this returns."""
        digest, size = self.originals.keep(content)
        return Incoming(clean(name), size, digest)

    def upload(self, files: Iterable[Incoming], again: bool = False) -> str:
        """Queue files that were received; returns the id of the job. See :meth:`Records.add_job`.

        :param again: files replace whatever earlier files of their names gave
        """
        return self.records.add_job("upload", list(files), again)

    def reread(self, notice_id: str | None = None) -> tuple[str, int]:
        """Queue the files of a notice, or of all notices, to be read again.

        Returns the id of the job, and of how many files nothing is here that could be read.

        :raises UnknownNotice: there is none of that id
        :raises NoOriginal: no file is here
        """
        cards = self.assistant.store.cards()
        if notice_id is not None and notice_id not in cards:
            raise UnknownNotice(notice_id)
        sources = {cards[notice_id].source} if notice_id is not None else {card.source for card in cards.values()}
        known = self.records.originals()
        files = [file for source in sorted(sources) if (file := self._file_of(source, known)) is not None]
        if not files:
            raise NoOriginal(
                "原文件不在服务器上：请重新上传，或再次运行 notices index (the original file is not here: upload it again, "
                "or run `notices index` on its folder)"
            )
        return self.records.add_job("reread", files), len(sources) - len(files)

    def can_reread(self) -> Callable[[str], bool]:
        """Whether the file of a source is here to be read again."""
        known = self.records.originals()
        return lambda source: self._file_of(source, known) is not None

    def _file_of(self, source: str, known: dict[str, Original]) -> Incoming | None:
        original = known.get(source)
        if original is not None and self.originals.path(original.digest).is_file():
            return Incoming(source, original.size, original.digest)
        following = self.assistant.following
        path = following.folder / source if following is not None else None
        if path is None or not path.is_file():
            return None
        return Incoming(source, path.stat().st_size, path=str(path))

    def discard_unused(self, job: Job) -> None:
        """Remove the files of a job that has ended which gave nothing."""
        used = self.records.used()
        for file in job.files:
            if file.file.digest and file.file.digest not in used:
                self.originals.discard(file.file.digest)

    def path_of(self, file: Incoming) -> Path:
        """Where a file lies."""
        return self.originals.path(file.digest) if file.digest else Path(file.path or "")

    # -- changes of the store ------------------------------------------------------------------------------------------

    def update(self, kind: str, files: Iterable[ReadFile], prune: bool | Collection[str] = False) -> IndexReport:
        """Bring what was read into the store, as :meth:`Assistant.update` does, and note what that did."""
        read = list(files)
        ids = {notice.notice_id for file in read for notice in file.notices}
        gone = set() if isinstance(prune, bool) else set(prune)
        with _ONE_BY_ONE, acting(OWNER):
            seen = changes.before(self.assistant.store, ids, {file.source for file in read} | gone)
            report = self.assistant.update(read, prune)
            self._note(kind, seen)
        return report

    def remove(self, notice_id: str) -> None:
        """Remove a notice; it is gone from every answer when this returns, and reading its file again brings it not back.

        :raises UnknownNotice: there is none of that id
        """
        if notice_id not in self.assistant.store.cards():  # as who asks may see it
            raise UnknownNotice(notice_id)
        with _ONE_BY_ONE, acting(OWNER):
            store = self.assistant.store
            card = store.cards().get(notice_id)
            original = self.records.original(card.source) if card is not None else None
            if original is not None:  # first: a crash in between must not let it come back
                kept = replace(original, removed=tuple(sorted({*original.removed, notice_id})))
                self.records.keep_originals([kept])
            seen = changes.before(store, [notice_id], ())
            self.assistant.remove(notice_id)
            self._note("remove", seen)
            with suppress(OSError, sqlite3.Error):  # the next change forgets it, then
                self._forget_unused()

    def _note(self, kind: str, seen: changes.Before) -> None:
        """The change is made: what cannot be noted of it (a full disk) must not make it look failed."""
        store = self.assistant.store
        with suppress(OSError, StoreError, sqlite3.Error):
            did = changes.described(store, seen)
            if did:
                self.records.add_change(kind, store.sequence, did)

    def keep(self, originals: Iterable[Original]) -> None:
        """Remember from which files notices came, and forget files that no notice comes from any more."""
        with acting(OWNER):
            self.records.keep_originals(originals)
            self._forget_unused()

    def _forget_unused(self) -> None:
        if not self.records.exists:
            return
        known = self.records.originals()
        sources = {card.source for card in self.assistant.store.cards().values()}
        unused = [original for source, original in known.items() if source not in sources]
        if unused:
            self.records.forget_originals([original.source for original in unused])
            used = self.records.used()
            for digest in {original.digest for original in unused} - used:
                self.originals.discard(digest)
