"""The derived indexes of one state of the catalog: built aside, then put in place whole.

Each state has a folder of its own. A small store builds all of it anew. A large one takes over the files of the state
before by hard links, for none is ever changed in place, and adds what has changed: a segment for new passages, the
rows of those that are gone.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from index import segments
from index.arrays import mapped
from index.catalog import Catalog
from index.encoder import digest
from index.failpoints import failpoint
from index.lexical import LexicalIndex, LexicalWriter
from index.nearest import Nearest
from index.parts import Parts
from index.ranking import Legs
from index.sealed import seal, unseal
from index.segments import Segment, whole_text, write_dense
from index.selection import Selection
from index.syncing import sync_folder, told
from index.typed import Texts
from index.types import Encoder, Rows
from index.vocabulary import Vocabulary

__all__ = [
    "Derived",
    "build",
    "folder_of",
    "intact",
    "load",
    "place",
    "prepare",
    "sync_folder",
    "whole_text",
    "write_dense",
]

_CHECKED_BYTES = 64 << 20  # beyond that, opening checks sizes only
_LAYOUT = 4  # of the files; another one is built anew
_OLDER = ("layout", "sequence", "encoder", "large", "numbered", "segments", "files")  # without token and checksum
_RECORD, _GONE, _BASE = "derived.json", "gone.npy", ""
_ABSORBED = 4  # a segment is joined with newer ones that hold more than a quarter of its rows
_KEPT_FILTERS = 64
Done = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Derived:
    """Opened derived indexes of state ``sequence``."""

    sequence: int
    legs: Legs
    segments: tuple[Segment, ...]
    gone: Selection | None
    vocabulary: Vocabulary
    large: bool = False
    _filters: OrderedDict[str, Selection] = field(default_factory=OrderedDict)

    def allowed(self, required: list[list[str]]) -> Selection | None:
        """The rows that carry a term of every group, or None where nothing is required."""
        if not required:
            return None
        key = json.dumps(required)
        known = self._filters.get(key)
        if known is None:
            known = self._filters[key] = self._carrying(required)
            if len(self._filters) > _KEPT_FILTERS:
                with suppress(KeyError):  # another thread was faster
                    self._filters.popitem(last=False)
        return known

    def _carrying(self, required: list[list[str]]) -> Selection:
        each = [
            Selection.of(self.rows, [segment.postings.rows(term) for segment in self.segments for term in group])
            for group in required
        ]
        rows = each[0]
        for other in each[1:]:
            rows &= other
        return rows.without(self.gone) if self.gone else rows

    @property
    def rows(self) -> int:
        """All rows lie below this number."""
        return self.segments[-1].end

    def admitted(self, required: list[list[str]]) -> Selection:
        """As :meth:`allowed`, where nothing is required all rows that have a passage."""
        allowed = self.allowed(required)
        if allowed is not None:
            return allowed
        everything = self.selected(np.arange(self.rows))
        return everything.without(self.gone) if self.gone else everything

    def selected(self, rows: Rows) -> Selection:
        """Some rows as a selection."""
        return Selection.of(self.rows, [rows])

    def texts(self, catalog: Catalog) -> Texts:
        """What knows which passages hold some words."""
        lexical = self.legs.lexical
        return Narrowed(catalog, lexical) if self.large and isinstance(lexical, LexicalIndex) else catalog


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A large store's texts: only passages are read that hold every two characters in a row of what is looked for."""

    catalog: Catalog
    lexical: LexicalIndex

    def rows_holding(self, forms: Sequence[str], limit: int = -1) -> list[int]:
        """As :meth:`Catalog.rows_holding`."""
        if any(len(form) < 2 for form in forms):
            return self.catalog.rows_holding(forms, limit)
        return self.catalog.rows_holding(forms, limit, self.lexical.holding(forms))


def folder_of(store: Path, sequence: int) -> Path:
    """Where the derived indexes of one state lie."""
    return store / f"derived-{sequence}"


# -- building ----------------------------------------------------------------------------------------------------------


def build(store: Path, catalog: Catalog, sequence: int, encoder: Encoder, done: Done = lambda _: None) -> None:
    """Build the derived indexes of the catalog's present state and put them in place."""
    place(store, prepare(store, catalog, sequence, encoder, done), sequence)


def prepare(store: Path, catalog: Catalog, sequence: int, encoder: Encoder, done: Done = lambda _: None) -> Path:
    """Build the derived indexes of what the catalog holds now, aside; returns their folder.

    A large store's grow from those of the last state in which every row meant the same passage, if there is one.

    :param done: hears how many passages each step has finished
    """
    for left in store.glob("building-*"):  # by a process that died; the writer's lock is ours
        shutil.rmtree(left, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(prefix="building-", dir=store))
    try:
        before = _newest(store, catalog, encoder, sequence)
        large = catalog.large
        record: dict[str, Any] = {"layout": _LAYOUT, "sequence": sequence, "encoder": encoder.name, "large": large}
        record["numbered"], record["token"] = catalog.numbered, catalog.token(sequence)
        known = _record(before) if before else {}
        taken: dict[str, list[Any]] = {}
        with told(temporary):
            if before and large and known["large"] and known["numbered"] == catalog.numbered:
                taken = _grow(temporary, before, known, catalog, encoder, record, done)
            else:
                _whole(temporary, before, catalog, encoder, record, done)
        failpoint("derived.built")
        files = {str(p.relative_to(temporary)): p for p in sorted(temporary.rglob("*")) if p.is_file()}
        names = [name for name in files if not name.endswith(".lock")]
        record["files"] = {n: taken.get(n) or [files[n].stat().st_size, digest(files[n])] for n in names}
        (temporary / _RECORD).write_text(seal(record), encoding="utf-8")
        failpoint("derived.recorded")
        _sync(temporary, skipped=taken)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    failpoint("derived.prepared")
    return temporary


def place(store: Path, prepared: Path, sequence: int) -> None:
    """Put what has been prepared in place; what is older is removed then.

    Where that fails, what was prepared stays for the next reader (see :func:`prepared_for`).
    """
    target = folder_of(store, sequence)
    shutil.rmtree(target, ignore_errors=True)
    failpoint("derived.cleared")
    os.replace(prepared, target)
    failpoint("derived.placed")
    sync_folder(store)
    for old in store.glob("derived-*"):
        if old != folder_of(store, sequence):
            shutil.rmtree(old, ignore_errors=True)
    failpoint("derived.swept")


def prepared_for(store: Path, catalog: Catalog, encoder: Encoder) -> Path | None:
    """What a writer that ended between its commit and the swap has left for the catalog's state; the lock is ours."""
    return next(
        (path for path in store.glob("building-*") if _fault(path, catalog.sequence, catalog, encoder) is None), None
    )


def _whole(
    folder: Path, before: Path | None, catalog: Catalog, encoder: Encoder, record: dict[str, Any], done: Done
) -> None:
    """Everything anew, as one segment."""
    rows, large = catalog.rows, bool(record["large"])
    (folder / "lexical").mkdir()
    lexical = LexicalWriter(folder / "lexical", grams=large)
    kept = tuple(before / name for name, _, _ in _record(before)["segments"]) if before else ()
    missing = segments.write(folder, catalog.indexable(0, rows), (0, rows), lexical, encoder, large, kept, done=done)
    failpoint("segment.written")
    lexical.close()
    record["segments"] = [[_BASE, 0, rows]]
    if missing:
        np.save(folder / _GONE, Selection.of(rows, [np.array(missing)]).bits, allow_pickle=False)


def _grow(
    folder: Path,
    before: Path,
    known: dict[str, Any],
    catalog: Catalog,
    encoder: Encoder,
    record: dict[str, Any],
    done: Done,
) -> dict[str, list[Any]]:
    """What has changed since the state in ``before``; returns the files that are taken over, with size and checksum."""
    held, end = int(known["segments"][-1][2]), catalog.rows
    gone = _gone(before, held)
    removed = _removed_since(known, int(record["sequence"]), catalog, held, gone)
    kept, first = list(known["segments"]), held
    while len(kept) > 1 and kept[-1][2] - kept[-1][1] < _ABSORBED * (end - first):
        first = kept.pop()[1]
    dropped = {name for name, _, _ in known["segments"]} - {name for name, _, _ in kept}
    taken = {
        name: entry for name, entry in known["files"].items() if name != _GONE and Path(name).parts[0] not in dropped
    }
    for name in taken:
        (folder / name).parent.mkdir(exist_ok=True)
        os.link(before / name, folder / name)
    lexical = LexicalWriter(folder / "lexical", new=False, grams=True)
    for row in removed.tolist():
        lexical.remove(row)
    missing: list[int] = []
    if end > first:
        name = f"rows-{first}-{end}"
        (folder / name).mkdir()
        passages = catalog.indexable(first, end)
        older = tuple(before / part for part, _, _ in known["segments"])
        missing = segments.write(
            folder / name, passages, (first, end), lexical, encoder, True, older, added_from=held, done=done
        )
        kept.append([name, first, end])
    failpoint("segment.written")
    lexical.close()
    record["segments"] = kept
    lost = np.concatenate([gone.rows() if gone else np.empty(0, np.int64), removed, np.array(missing, np.int64)])
    if len(lost):
        np.save(folder / _GONE, Selection.of(end, [lost]).bits, allow_pickle=False)
    # tantivy puts new files in the place of those with these names
    return {
        name: entry for name, entry in taken.items() if not name.startswith("lexical") or _same(before, folder, name)
    }


def _same(before: Path, folder: Path, name: str) -> bool:
    return (folder / name).exists() and os.path.samefile(before / name, folder / name)


def _removed_since(known: dict[str, Any], sequence: int, catalog: Catalog, held: int, gone: Selection | None) -> Rows:
    """The rows below ``held`` that had a passage then and have none in state ``sequence``."""
    if catalog.gone is not None and known["sequence"] == sequence - 1:
        rows = np.array(sorted(catalog.gone), np.int64)
        return rows[rows < held]
    live = Selection.of(held, [catalog.live_rows(held)])
    then = Selection.of(held, [np.arange(held)])
    return (then.without(gone) if gone else then).without(live).rows()


def _newest(store: Path, catalog: Catalog, encoder: Encoder, sequence: int) -> Path | None:
    """The latest derived indexes before a state that this encoder made and that are undamaged."""
    made = (n for n in reversed(numbers(store)) if n < sequence)
    return next((folder_of(store, n) for n in made if _fault(folder_of(store, n), n, catalog, encoder) is None), None)


def numbers(store: Path) -> list[int]:
    """The states that have derived indexes here, ascending."""
    return sorted(int(path.name.partition("-")[2]) for path in store.glob("derived-[0-9]*"))


# -- opening -----------------------------------------------------------------------------------------------------------


def intact(store: Path, catalog: Catalog, encoder: Encoder, thorough: bool = False) -> bool:
    """Whether the derived indexes of a catalog's state are there, made with this encoder, whole and undamaged.

    :param thorough: compare the checksums of large files, too
    """
    return fault(store, catalog, encoder, thorough) is None


def fault(store: Path, catalog: Catalog, encoder: Encoder, thorough: bool = False) -> str | None:
    """What is wrong with the derived indexes of a catalog's state (see :func:`intact`), None where nothing is."""
    sequence = catalog.sequence
    return _fault(folder_of(store, sequence), sequence, catalog, encoder, thorough)


def _fault(folder: Path, sequence: int, catalog: Catalog, encoder: Encoder, thorough: bool = False) -> str | None:
    if not folder.is_dir():
        return "missing"
    try:
        record = _record(folder)
        if (record["layout"], record["sequence"], record["encoder"]) != (_LAYOUT, sequence, encoder.name):
            return "made by another version or encoder"
        if record.get("token") != catalog.token(sequence):
            return "of changes that the catalog has lost"
        small = thorough or sum(size for size, _ in record["files"].values()) <= _CHECKED_BYTES
        for name, (size, checksum) in record["files"].items():
            if (folder / name).stat().st_size != size or (small and digest(folder / name) != checksum):
                return f"{name} is damaged"
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return f"cannot be read ({error})"
    return None


def distrust(store: Path, sequence: int) -> None:
    """Have the derived indexes of a state count as damaged for whoever opens them or takes something over from them."""
    (folder_of(store, sequence) / _RECORD).unlink()


def load(store: Path, sequence: int, before: Derived | None = None) -> Derived:
    """Open the derived indexes of a state (see :func:`intact`).

    :param before: an opened state, whose segments serve again where they are the same
    """
    folder = folder_of(store, sequence)
    record = _record(folder)
    large = bool(record["large"])
    known = {segment.key: segment for segment in before.segments} if before and before.large == large else {}
    parts = tuple(
        known.get(key) or Segment.load(folder / name, key, first, end, large)
        for name, first, end in record["segments"]
        for key in [_key(record, name)]
    )
    gone = _gone(folder, parts[-1].end)
    vocabulary = Vocabulary.of([part.vocabulary for part in parts])
    if large:
        whole = Parts(parts, gone)
        legs = Legs(LexicalIndex(folder / "lexical", whole), whole, whole)
    else:
        (part,) = parts
        legs = Legs(LexicalIndex(folder / "lexical"), part.vectors, part.tokens, Nearest.of_few(part.tokens))
    return Derived(sequence, legs, parts, gone, vocabulary, large)


def _record(folder: Path) -> dict[str, Any]:
    return unseal((folder / _RECORD).read_text(encoding="utf-8"), _OLDER)


def _key(record: dict[str, Any], name: str) -> str:
    """The sizes and checksums of a segment's files."""
    files = {
        Path(path).name: entry for path, entry in record["files"].items() if str(Path(path).parent) == (name or ".")
    }
    files.pop(_GONE, None)
    return json.dumps([record["encoder"], name, files], sort_keys=True)


def _gone(folder: Path, size: int) -> Selection | None:
    return Selection(mapped(folder / _GONE), size) if (folder / _GONE).is_file() else None


def _sync(folder: Path, skipped: dict[str, list[Any]]) -> None:
    for path in folder.rglob("*"):
        if path.is_file() and str(path.relative_to(folder)) not in skipped:
            with path.open("rb") as file:
                os.fsync(file.fileno())
        elif path.is_dir():
            sync_folder(path)
    sync_folder(folder)
