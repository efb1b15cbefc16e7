"""The derived indexes of one state of the catalog: built aside, then put in place whole."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index import known_vectors, lexical, tokens, vectors
from index.analysis import tokenise
from index.catalog import Catalog
from index.encoder import StaticEncoder, digest
from index.filters import passage_terms
from index.ranking import Legs
from index.types import Encoder, Rows, Stored
from index.vocabulary import Counting, Vocabulary

_CHECKED_BYTES = 64 << 20  # beyond that, opening checks sizes only
_LAYOUT = 3  # of the files; another one is built anew
_TERMS = "terms.npz"
_BATCH = 1024  # passages encoded at a time


@dataclass(frozen=True, slots=True)
class Derived:
    """Opened derived indexes of state ``sequence``."""

    sequence: int
    legs: Legs
    terms: dict[str, Rows]
    vocabulary: Vocabulary

    def allowed(self, required: list[list[str]]) -> Rows | None:
        """The rows that carry a term of every group, or None where nothing is required."""
        if not required:
            return None
        empty = np.empty(0, np.int64)
        rows: Rows | None = None
        for group in required:
            union = np.unique(np.concatenate([self.terms.get(term, empty) for term in group] or [empty]))
            rows = union if rows is None else np.intersect1d(rows, union, assume_unique=True)
        return rows


def folder_of(store: Path, sequence: int) -> Path:
    """Where the derived indexes of one state lie."""
    return store / f"derived-{sequence}"


def whole_text(stored: Stored) -> str:
    """What both legs index of a passage: the title of its notice, the headings above it, its own text."""
    return " ".join([stored.notice.title, *stored.passage.section_path, stored.passage.text])


def build(store: Path, catalog: Catalog, sequence: int, encoder: Encoder) -> None:
    """Build the derived indexes of the catalog's present state; older ones are removed when they are in place."""
    for left in store.glob("building-*"):  # by a process that died; the writer's lock is ours
        shutil.rmtree(left, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(prefix="building-", dir=store))
    try:
        rows = list(catalog.stored())
        entries: list[lexical.LexicalEntry] = []
        by_term: dict[str, list[int]] = {}
        counting = Counting()
        for stored in rows:
            terms = passage_terms(stored.passage, stored.notice)
            text = whole_text(stored)
            entries.append(lexical.LexicalEntry(tokenise(text), terms))
            counting.add(text, entries[-1].tokens)
            for term in terms:
                by_term.setdefault(term, []).append(stored.row)
        (temporary / "lexical").mkdir()
        lexical.build(temporary / "lexical", entries)
        write_dense(temporary, [whole_text(stored) for stored in rows], encoder, before=_newest(store, encoder))
        _write_terms(temporary, by_term)
        counting.write(temporary)
        files = {str(p.relative_to(temporary)): p for p in sorted(temporary.rglob("*")) if p.is_file()}
        content = {
            name: [path.stat().st_size, digest(path)] for name, path in files.items() if not name.endswith(".lock")
        }
        (temporary / "derived.json").write_text(
            json.dumps({"layout": _LAYOUT, "sequence": sequence, "encoder": encoder.name, "files": content}),
            encoding="utf-8",
        )
        _sync(temporary)
        target = folder_of(store, sequence)
        shutil.rmtree(target, ignore_errors=True)
        os.replace(temporary, target)
        _sync_folder(store)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    for old in store.glob("derived-*"):
        if old != folder_of(store, sequence):
            shutil.rmtree(old, ignore_errors=True)


def write_dense(
    folder: Path,
    texts: list[str],
    encoder: Encoder,
    done: Callable[[int], None] = lambda _: None,
    before: Path | None = None,
) -> None:
    """Write vectors and token pieces of ``texts``; ``done`` hears how many texts each step has finished.

    Only a static encoder's pieces have vectors that late interaction could compare; another one leaves none, and takes
    the vectors of known texts from ``before`` (derived indexes that it made).
    """
    pieces: list[list[int]] = []
    if isinstance(encoder, StaticEncoder):
        parts = [np.empty((0, encoder.dimensions), np.float32)]
        for start in range(0, len(texts), _BATCH):
            pieces += encoder.pieces(texts[start : start + _BATCH])
            parts.append(encoder.pool(pieces[start:]))
            done(len(pieces) - start)
        encoded = np.concatenate(parts)
    else:
        pieces = [[] for _ in texts]
        encoded = known_vectors.encode(folder, texts, encoder, before, done)
    vectors.build(folder / "vectors.faiss", encoded)
    tokens.build(folder, pieces)


def _newest(store: Path, encoder: Encoder) -> Path | None:
    """The latest derived indexes that this encoder made and that are undamaged; not asked for where encoding is fast."""
    if isinstance(encoder, StaticEncoder):
        return None
    made = sorted((int(path.name.partition("-")[2]) for path in store.glob("derived-[0-9]*")), reverse=True)
    return next((folder_of(store, sequence) for sequence in made if intact(store, sequence, encoder)), None)


def intact(store: Path, sequence: int, encoder: Encoder, thorough: bool = False) -> bool:
    """Whether the derived indexes of a state are there, made with this encoder, whole and undamaged.

    :param thorough: compare the checksums of large files, too
    """
    folder = folder_of(store, sequence)
    try:
        record = json.loads((folder / "derived.json").read_text(encoding="utf-8"))
        if (record["layout"], record["sequence"], record["encoder"]) != (_LAYOUT, sequence, encoder.name):
            return False
        small = thorough or sum(size for size, _ in record["files"].values()) <= _CHECKED_BYTES
        return all(
            (folder / name).stat().st_size == size and (not small or digest(folder / name) == checksum)
            for name, (size, checksum) in record["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def load(store: Path, sequence: int) -> Derived:
    """Open the derived indexes of a state (see :func:`intact`)."""
    folder = folder_of(store, sequence)
    with np.load(folder / _TERMS, allow_pickle=False) as packed:
        names, bounds, rows = packed["names"], packed["bounds"], packed["rows"]
    terms = {str(name): rows[bounds[i] : bounds[i + 1]] for i, name in enumerate(names)}
    return Derived(sequence, Legs.load(folder), terms, Vocabulary.load(folder))


def _write_terms(folder: Path, by_term: dict[str, list[int]]) -> None:
    names = sorted(by_term)
    bounds = np.cumsum([0, *(len(by_term[name]) for name in names)])
    rows = np.array([row for name in names for row in by_term[name]], np.int64)
    np.savez(folder / _TERMS, names=np.array(names, dtype=np.str_), bounds=bounds, rows=rows)


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
