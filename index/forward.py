"""The tokens of every passage, by row: what gives any passage its BM25 score without a walk through the postings.

For large stores, where the lexical leg finds candidates by the telling words of a query and scores them by all.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.arrays import ArrayWriter, Bounds, lists_of, mapped
from index.types import Rows

_TOKENS, _COUNTS, _BOUNDS, _LENGTHS = "fwd_tokens.npy", "fwd_counts.npy", "fwd_bounds.npy", "fwd_lengths.npy"
_KEYS, _IDS = "fwd_keys.npy", "fwd_ids.npy"
_MOST = 255  # times that a token counts in a passage; BM25 gives no more for more


class ForwardWriter:
    """Writes the tokens of passages as they come, in the order of their rows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tokens = ArrayWriter(folder / _TOKENS, np.uint32)
        self._counts = ArrayWriter(folder / _COUNTS, np.uint8)
        self._lengths = ArrayWriter(folder / _LENGTHS, np.uint32)
        self._bounds = Bounds()
        self._ids: defaultdict[str, int] = defaultdict()
        self._ids.default_factory = self._ids.__len__

    def add(self, passages: Sequence[Sequence[str]]) -> None:
        """Write the tokens of some passages."""
        lengths = np.array([len(tokens) for tokens in passages], np.int64)
        ids = self._ids
        flat = np.fromiter(map(ids.__getitem__, chain.from_iterable(passages)), np.uint64, int(lengths.sum()))
        keys = np.repeat(np.arange(len(passages), dtype=np.uint64), lengths) << np.uint64(32) | flat
        keys.sort()
        first = np.flatnonzero(np.diff(keys, prepend=keys[:1] ^ np.uint64(1)))
        distinct, counts = keys[first], np.diff(first, append=len(keys))
        self._tokens.add((distinct & np.uint64(0xFFFFFFFF)).astype(np.uint32))
        self._counts.add(np.minimum(counts, _MOST).astype(np.uint8))
        self._bounds.add(np.bincount((distinct >> np.uint64(32)).astype(np.int64), minlength=len(passages)))
        self._lengths.add(lengths)

    def close(self) -> None:
        """Finish the files."""
        for writer in (self._tokens, self._counts, self._lengths):
            writer.close()
        self._bounds.save(self._folder / _BOUNDS)
        keys = _keys(list(self._ids))
        order = np.argsort(keys)
        np.save(self._folder / _KEYS, keys[order], allow_pickle=False)
        np.save(self._folder / _IDS, order.astype(np.uint32), allow_pickle=False)

    def frequencies(self) -> dict[str, int]:
        """In how many passages each token stands; after :meth:`close`."""
        each = np.bincount(mapped(self._folder / _TOKENS), minlength=len(self._ids))
        return dict(zip(self._ids, each.tolist(), strict=True))


class ForwardIndex:
    """The tokens of passages, mapped and not read."""

    def __init__(self, folder: Path) -> None:
        self._tokens, self._counts = mapped(folder / _TOKENS), mapped(folder / _COUNTS)
        self._bounds, self.lengths = mapped(folder / _BOUNDS), mapped(folder / _LENGTHS)
        self._keys, self._ids = mapped(folder / _KEYS), mapped(folder / _IDS)

    def __len__(self) -> int:
        return len(self.lengths)

    def counts(self, rows: Rows, tokens: Sequence[str]) -> npt.NDArray[np.float32]:
        """How many times each token stands in each passage, float32 [tokens, rows].

        :param tokens: distinct ones
        """
        out = np.zeros((len(tokens), len(rows)), np.float32)
        if not len(self._keys) or not len(rows) or not tokens:
            return out
        keys = _keys(tokens)
        found = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        known = np.flatnonzero(self._keys[found] == keys)
        line = np.zeros(len(self._keys), np.int16)  # of each token of the index, from 1 on; no memory until it is read
        line[self._ids[found[known]]] = known + 1
        places, bounds = lists_of(self._bounds, rows)
        at = line[self._tokens[places]]
        match = np.flatnonzero(at)
        column = np.repeat(np.arange(len(rows)), np.diff(bounds))[match]
        out[at[match] - 1, column] = self._counts[places[match]]
        return out


def _keys(tokens: Sequence[str]) -> npt.NDArray[np.uint64]:
    """64 bits for each token: among two million, two share theirs with a probability of 1 to nine million."""
    digests = [hashlib.blake2b(token.encode("utf-8", "surrogatepass"), digest_size=8).digest() for token in tokens]
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)
