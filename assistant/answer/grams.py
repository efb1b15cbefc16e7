"""Which of many texts hold a string: postings of character bigrams, the candidates they leave verified by ``in``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int32]  # ascending
_CODES = 0x110000  # code points
_FEW = 16  # candidates that are sooner verified than intersected with a further bigram's texts
_RECENT = 256  # strings whose texts are remembered: a question asks for the same ones several times


class Grams:
    """An index of texts, of which many may be the same: each distinct one is kept once, under a number.

    A text's end counts as a character, so that the texts that hold a single character are those of its bigrams.

    ``of``: the number of each given text, int32 [n]. ``texts``: the distinct texts by number.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        numbers: dict[str, int] = {}
        self.of: Numbers = np.fromiter((numbers.setdefault(t, len(numbers)) for t in texts), np.int32, len(texts))
        self.texts = tuple(numbers)
        self._ranks, self._width, self._pairs, self._begins, self._postings = _index(self.texts)
        self.holding: Callable[[str], Numbers] = lru_cache(maxsize=_RECENT)(self._holding)
        """The numbers of the distinct texts that hold a string; not to be written to."""

    def _holding(self, string: str) -> Numbers:
        if not string:
            return np.arange(len(self.texts), dtype=np.int32)
        ranks = [int(self._ranks[ord(character)]) for character in string]
        if not all(ranks):
            return np.zeros(0, np.int32)
        if len(ranks) == 1:
            low, high = np.searchsorted(self._pairs, [ranks[0] * self._width, (ranks[0] + 1) * self._width])
            held = np.zeros(len(self.texts), np.bool_)
            held[self._postings[self._begins[low] : self._begins[high]]] = True
            return np.flatnonzero(held).astype(np.int32)
        wanted = np.array([a * self._width + b for a, b in pairwise(ranks)], np.uint64)
        at = np.searchsorted(self._pairs, wanted)
        if (at == len(self._pairs)).any() or (self._pairs[at] != wanted).any():
            return np.zeros(0, np.int32)
        lists = sorted((self._postings[self._begins[i] : self._begins[i + 1]] for i in set(at.tolist())), key=len)
        found = lists[0]
        for other in lists[1:]:
            if len(found) <= _FEW:
                break
            found = _common(found, other)
        if len(ranks) == 2:
            return found
        return np.array([number for number in found.tolist() if string in self.texts[number]], np.int32)

    def mask(self, strings: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each distinct text holds one of the strings, [number of distinct texts]."""
        out = np.zeros(len(self.texts), np.bool_)
        for string in strings:
            out[self.holding(string)] = True
        return out


def _common(few: Numbers, many: Numbers) -> Numbers:
    """The numbers that are in both."""
    at = np.searchsorted(many, few)
    at[at == len(many)] = 0
    both: Numbers = few[many[at] == few]
    return both


def _index(
    texts: Sequence[str],
) -> tuple[NDArray[np.int32], int, NDArray[np.uint64], NDArray[np.int64], Numbers]:
    """Ranks of the code points (0: in no text), how many there are, the bigrams, where their postings begin, postings.

    A bigram is ``rank · width + rank``, ascending; rank 0 as the second stands for the end of a text.
    """
    joined = "\n".join((*texts, ""))
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts)) + 1
    ends = np.cumsum(lengths) - 1
    inside = np.ones(len(codes), np.bool_)
    inside[ends] = False
    present = np.zeros(_CODES, np.bool_)
    present[codes[inside]] = True
    ranks = np.where(present, np.cumsum(present), 0).astype(np.int32)
    width = int(present.sum()) + 1
    row = np.where(inside, ranks[codes], 0).astype(np.uint64)
    first = np.flatnonzero(inside)
    number = np.repeat(np.arange(len(texts), dtype=np.uint64), lengths)[first]
    keys = row[first] * np.uint64(width)
    keys += row[first + 1]
    keys *= np.uint64(max(1, len(texts)))
    keys += number
    keys.sort()
    keys = keys[np.flatnonzero(np.diff(keys, prepend=np.uint64(2**64 - 1)))]
    bigrams, postings = np.divmod(keys, np.uint64(max(1, len(texts))))
    starts = np.flatnonzero(np.diff(bigrams, prepend=np.uint64(_CODES) ** 2))
    begins = np.append(starts, len(bigrams)).astype(np.int64)
    return ranks, width, bigrams[starts], begins, postings.astype(np.int32)
