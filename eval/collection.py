"""Notices in a store of their own, and where the words of a label lie in them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Literal

from assistant.service import Assistant
from corpus.reading import find_files, read_files
from corpus.types import Notice, Passage
from eval.errors import BadDataset
from eval.formats.questions import Label
from index.store import LocalStore
from index.types import Encoder, Reranker

State = Literal["found", "moved", "ambiguous", "lost"]
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a label's words lie: ``state`` says whether its offsets still hold. Lost: nowhere, no notice, no span."""

    state: State
    notice_id: str = ""
    start: int = 0
    end: int = 0


@dataclass
class Collection:
    """The notices of a folder, indexed; ``failed`` holds what could not be read, with the reasons."""

    assistant: Assistant
    digest: str
    failed: tuple[str, ...] = ()
    built_s: float = 0.0
    _squeezed: dict[str, tuple[str, list[int]]] = field(default_factory=dict)

    @cached_property
    def notices(self) -> dict[str, Notice]:
        """The notices by id."""
        return {notice_id: self.assistant.store.notice(notice_id) for notice_id in self.assistant.store.cards()}

    def of_key(self, key: str) -> list[str]:
        """Ids of the notices of one file: named whole, without its ending, or by how its name begins ("000")."""
        return [n.notice_id for n in self.notices.values() if names_file(key, n.source)]

    def locate(self, label: Label) -> Place:
        """Where a label's words lie, blanks aside."""
        wanted = _squeeze(label.quote)[0]
        places = []
        for notice_id in self.of_key(label.notice):
            if label.start is not None and label.end is not None:
                text = self.notices[notice_id].text
                if _squeeze(text[label.start : label.end])[0] == wanted:
                    return Place("found", notice_id, label.start, label.end)
            if notice_id not in self._squeezed:
                self._squeezed[notice_id] = _squeeze(self.notices[notice_id].text)
            squeezed, back = self._squeezed[notice_id]
            at = squeezed.find(wanted)
            while at >= 0:
                places.append((notice_id, back[at], back[at + len(wanted) - 1] + 1))
                at = squeezed.find(wanted, at + 1)
        if not places:
            return Place("lost")
        state: State = "ambiguous" if len(places) > 1 else "found" if label.start is None else "moved"
        return Place(state, *places[0])

    def passages_at(self, place: Place) -> tuple[Passage, ...]:
        """The passages that hold at least half of a place's words; where none does, the one that holds the most."""
        if place.state == "lost":
            return ()
        held = [
            (min(place.end, p.end) - max(place.start, p.start), p) for p in self.notices[place.notice_id].passages
        ]  # fmt: skip
        half = tuple(p for shared, p in held if shared >= (place.end - place.start) / 2)
        most = max(held, key=lambda pair: pair[0], default=(0, None))
        return half or ((most[1],) if most[1] is not None and most[0] > 0 else ())

    def passage_ids(self, label: Label) -> frozenset[str]:
        """Ids of the passages that a label marks; none when its words are lost."""
        return frozenset(p.passage_id for p in self.passages_at(self.locate(label)))


@contextmanager
def open_collection(
    folder: Path,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
    reranker: Reranker | None = None,
) -> Iterator[Collection]:
    """Read and index the notices under ``folder`` into a temporary store.

    :raises MissingPath: there is no such folder
    :raises BadDataset: it holds no notice that could be read
    """
    started = time.perf_counter()
    files = find_files([folder])
    read = []
    for file in read_files(files):
        read.append(file)
        if progress:
            progress(1)
    failed = tuple(f"{file.source}: {file.failure}" for file in read if file.failure)
    if not any(file.notices for file in read):
        raise BadDataset(
            f"no notice in {folder} could be read ({'; '.join(failed) or 'no files'}); name another folder"
        )
    digest = hashlib.sha256()
    for path, source in files:
        digest.update(f"{source}\0".encode("utf-8", "surrogatepass") + hashlib.sha256(path.read_bytes()).digest())
    with TemporaryDirectory(prefix="notices-eval-") as temporary:
        store = LocalStore(Path(temporary) / "store", encoder, reranker)
        store.index(read)
        try:
            yield Collection(Assistant(store), digest.hexdigest(), failed, time.perf_counter() - started)
        finally:
            store.close()


def names_file(key: str, source: str) -> bool:
    """Whether a label's key names a file: its path, its name, its stem, or how its name begins before a separator."""
    name = PurePosixPath(source).name
    return key in (source, name, PurePosixPath(source).stem) or (
        name.startswith(key) and not name[len(key) :][:1].isalnum()
    )


def _squeeze(text: str) -> tuple[str, list[int]]:
    """A text without blanks, and the offset of each character that is left."""
    kept = [i for i, ch in enumerate(text) if not ch.isspace()]
    return "".join(text[i] for i in kept), kept
