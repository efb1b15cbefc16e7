"""A run of rows with all that is derived of it: vectors, token pieces, filter terms, words. A state has one or several.

A small store is one segment, built anew at each change. A large one is a base and what came later; passages that are
removed stay in their segment, and are left out by a selection, until the store is built anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index import postings, vectors
from index.analysis import tokenise_under
from index.arrays import batches, reserved
from index.encoder import StaticEncoder
from index.fold import holds_traditional
from index.forward import ForwardIndex, ForwardWriter
from index.indexable import Indexable
from index.indexable import whole_text as whole_text
from index.known_vectors import KnownVectors
from index.lexical import LexicalEntry, LexicalWriter
from index.postings import Postings
from index.tokens import TokenIndex, TokenWriter
from index.types import Encoder, Vectors
from index.vectors import VectorIndex
from index.vocabulary import Counting, Vocabulary

_BATCH = 4096  # passages at a time; of 1024 one thread waited for the interpreter while the other was at work
_WAITING = 2  # batches that may wait for the encoder
_RAW = "vectors.raw"
Done = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Segment:
    """An opened segment: the rows from ``first`` up to ``end``. ``forward`` is there in large stores only.

    ``key``: tells what its files hold, so that the next state need not open them again.
    """

    key: str
    first: int
    end: int
    vectors: VectorIndex
    tokens: TokenIndex
    postings: Postings
    forward: ForwardIndex | None
    vocabulary: Vocabulary

    @classmethod
    def load(cls, folder: Path, key: str, first: int, end: int, large: bool) -> Segment:
        """Open what lies in a folder."""
        return cls(
            key,
            first,
            end,
            VectorIndex(folder / "vectors.faiss"),
            TokenIndex(folder),
            Postings(folder),
            ForwardIndex(folder) if large else None,
            Vocabulary.load(folder),
        )


def write(
    folder: Path,
    passages: Iterable[Indexable],
    span: tuple[int, int],
    lexical: LexicalWriter,
    encoder: Encoder,
    large: bool = False,
    before: tuple[Path, ...] = (),
    added_from: int = 0,
    done: Done = lambda _: None,
) -> list[int]:
    """Write the segment of some passages into ``folder``, and their lexical entries; returns the rows that none has.

    The passages are read as they come; texts are encoded on a thread of its own while the next are cut into words.

    :param passages: those with rows in ``span`` (first, end), in order of their rows
    :param before: see :class:`index.known_vectors.KnownVectors`
    :param added_from: rows below it have their lexical entries already
    :param done: hears how many passages each step has finished
    """
    first, end = span
    by_term: defaultdict[str, list[int]] = defaultdict(list)
    counting, dense = Counting(), _Dense(folder, end - first, encoder, before)
    forward = ForwardWriter(folder) if large else None
    traditional = False
    missing: list[int] = []
    try:
        for batch in batches(_filled(passages, first, end), _BATCH):
            dense.add([p.text for p in batch], [p.head for p in batch])
            tokens = [tokenise_under(p.head, p.text) for p in batch]
            for passage, words in zip(batch, tokens, strict=True):
                row, head, text, plain, terms = passage
                if not terms:
                    missing.append(row)
                    continue
                if row >= added_from:
                    lexical.add(row, LexicalEntry(words, terms, plain if large else ""))
                if forward is None:
                    counting.add(f"{head} {text}", words)
                elif not traditional:
                    traditional = holds_traditional(text) or holds_traditional(head)
                for term in terms:
                    by_term[term].append(row)
            if forward:
                forward.add(tokens)
            done(len(batch))
        if forward:
            forward.close()
            counting = Counting(forward.frequencies(), traditional)
        postings.write(folder, by_term)
        counting.write(folder)
    except BaseException:
        dense.stop()
        raise
    dense.close(large)
    return missing


def write_dense(
    folder: Path, texts: Sequence[str], encoder: Encoder, done: Done = lambda _: None, before: tuple[Path, ...] = ()
) -> None:
    """Write vectors and token pieces of ``texts``; ``done`` hears how many texts each step has finished."""
    dense = _Dense(folder, len(texts), encoder, before)
    try:
        for some in batches(texts, _BATCH):
            dense.add(some)
            done(len(some))
    except BaseException:
        dense.stop()
        raise
    dense.close(False)


class _Dense:
    """Vectors and token pieces, worked out on a thread of its own.

    Only a static encoder's pieces have vectors that late interaction could compare; another one leaves none, and takes
    the vectors of known texts from the state before.
    """

    def __init__(self, folder: Path, count: int, encoder: Encoder, before: tuple[Path, ...]) -> None:
        self._folder, self._encoder = folder, encoder
        self._tokens = TokenWriter(folder)
        self._known = None if isinstance(encoder, StaticEncoder) else KnownVectors(before)
        shape = (count, encoder.dimensions)
        self._vectors: Vectors = reserved(folder / _RAW, shape, np.float32) if count else np.empty(shape, np.float32)
        self._written = 0
        self._pool = ThreadPoolExecutor(1, "encoder")
        self._waiting: list[Future[None]] = []

    def add(self, texts: list[str], heads: list[str] | None = None) -> None:
        """Encode some texts, with what stands above each; waits while too many are waiting."""
        self._waiting.append(self._pool.submit(self._encode, texts, heads))
        while len(self._waiting) > _WAITING:
            self._waiting.pop(0).result()

    def _encode(self, texts: list[str], heads: list[str] | None) -> None:
        end = self._written + len(texts)
        if isinstance(self._encoder, StaticEncoder):
            pieces = self._encoder.pieces_under(heads, texts) if heads else self._encoder.pieces(texts)
            self._vectors[self._written : end] = self._encoder.pool(pieces)
        else:
            assert self._known is not None
            pieces = [[]] * len(texts)
            whole = [f"{head} {text}" for head, text in zip(heads, texts, strict=True)] if heads else texts
            self._vectors[self._written : end] = self._known.encode(whole, self._encoder)
        self._tokens.add(pieces)
        self._written = end

    def stop(self) -> None:
        """End the thread, for what has been worked out is not wanted."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def close(self, large: bool) -> None:
        """Write what has been worked out."""
        self._pool.shutdown(wait=True)
        for future in self._waiting:
            future.result()
        self._tokens.close()
        if self._known is not None:
            self._known.write(self._folder)
        vectors.build(self._folder / "vectors.faiss", self._vectors, clustered=large)
        (self._folder / _RAW).unlink(missing_ok=True)


def _filled(passages: Iterable[Indexable], first: int, end: int) -> Iterator[Indexable]:
    """Every row of a span with its passage; without terms, which every passage has, where that has been removed."""
    row = first
    for passage in passages:
        yield from (Indexable(n, "", "", "", []) for n in range(row, passage.row))
        yield passage
        row = passage.row + 1
    yield from (Indexable(n, "", "", "", []) for n in range(row, end))
