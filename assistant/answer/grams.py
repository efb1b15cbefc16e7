"""Which of many texts hold a string: postings of character bigrams, the candidates they leave verified byte by byte."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.answer.packed import Arrays
from assistant.answer.strings import Numbers, Strings, StringsWriter

_FEW = 16  # candidates that are sooner verified than intersected with a further bigram's texts
_BITS = 21  # of a code point; 0 as the second character of a bigram stands for the end of a text
_CHUNK_BITS = 16  # texts that are indexed at a time
_CHUNK_CHARACTERS = 1 << 22
_EXACT = 2  # characters up to which what has the bigrams holds the string
_SAMPLED = 4_096  # texts that are looked into for a frequency
_REMEMBERED = 16 << 20  # bytes of numbers of recent strings: a question asks for the same ones several times


class Grams:
    """An index of texts, by number. A text's end counts as a character: so a single character is held where bigrams begin with it.

    ``texts``: the texts by number. ``of``: the number of each given text, where equal texts share one; int32 [n].
    """

    def __init__(self, arrays: Arrays, name: str) -> None:
        self.texts = Strings(arrays, name)
        self._pairs = arrays[f"{name}.pairs"]
        self._begins, self._postings = arrays[f"{name}.begins"], arrays[f"{name}.postings"]
        self.of: Numbers = arrays.get(f"{name}.of", np.arange(len(self.texts), dtype=np.int32))
        self._candidates = Remembered(self._may_hold)
        self.holding: Callable[[str], Numbers] = Remembered(self.look_for)
        """The numbers of the texts that hold a string; not to be written to."""

    @classmethod
    def over(cls, texts: Iterable[str]) -> Grams:
        """An index of texts in memory, equal ones counted once."""
        numbers: dict[str, int] = {}
        of = np.array([numbers.setdefault(text, len(numbers)) for text in texts], np.int32)
        writer = GramsWriter()
        for text in numbers:
            writer.add(text)
        return cls({**writer.arrays("texts"), "texts.of": of}, "texts")

    def within(self, string: str, mask: NDArray[np.bool_]) -> Numbers:
        """The numbers of those of some texts, [number of texts], that hold a string."""
        found = self._candidates(string)
        if not len(found):  # most of a word's synonyms stand nowhere
            return found
        found = found[mask[found]]
        return found if len(string) <= _EXACT else self.texts.having(found, string)

    def frequency(self, string: str, mask: NDArray[np.bool_]) -> int:
        """How many of some texts, [number of texts], hold a string. Of very many candidates it is estimated."""
        found = self._candidates(string)
        found = found[mask[found]]
        if len(string) <= _EXACT:
            return len(found)
        step = max(1, len(found) // _SAMPLED)
        held = len(self.texts.having(found[::step], string))
        if step == 1 or not held:
            return len(self.texts.having(found, string))
        return round(held * len(found) / len(found[::step]))

    def look_for(self, string: str) -> Numbers:
        """As :attr:`holding`, without keeping what was found: for who keeps it."""
        found = self._candidates(string)
        return found if len(string) <= _EXACT else self.texts.having(found, string)

    def _may_hold(self, string: str) -> Numbers:
        """The numbers of the texts that hold every bigram of a string."""
        if not string:
            return np.arange(len(self.texts), dtype=np.int32)
        codes = [ord(character) for character in string]
        if len(codes) == 1:
            low, high = np.searchsorted(self._pairs, np.array([codes[0] << _BITS, (codes[0] + 1) << _BITS], np.uint64))
            return _distinct(self._postings[self._begins[low] : self._begins[high]], len(self.texts))
        wanted = np.unique(np.array([a << _BITS | b + 1 for a, b in pairwise(codes)], np.uint64))
        at = np.searchsorted(self._pairs, wanted)
        if (at == len(self._pairs)).any() or (self._pairs[at] != wanted).any():
            return np.zeros(0, np.int32)
        lists = sorted((self._postings[self._begins[i] : self._begins[i + 1]] for i in at.tolist()), key=len)
        found: Numbers = lists[0]
        for other in lists[1:]:
            if len(found) <= _FEW:
                break
            found = _common(found, other)
        return found

    def mask(self, strings: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each text holds one of the strings, [number of texts]."""
        out = np.zeros(len(self.texts), np.bool_)
        for string in strings:
            out[self.holding(string)] = True
        return out


class Remembered:
    """A function of a string that keeps its latest results, up to so many bytes of them. Safe to use from several threads."""

    def __init__(self, compute: Callable[[str], Numbers], most: int = _REMEMBERED) -> None:
        self._compute, self._most = compute, most
        self._known: OrderedDict[str, Numbers] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def __call__(self, string: str) -> Numbers:
        with self._lock:
            known = self._known.get(string)
            if known is not None:
                self._known.move_to_end(string)
                return known
        found = self._compute(string)
        with self._lock:
            if string not in self._known:
                self._known[string] = found
                self._bytes += found.nbytes + 256
            while self._bytes > self._most and len(self._known) > 1:
                self._bytes -= self._known.popitem(last=False)[1].nbytes + 256
        return found


class GramsWriter:
    """Indexes texts in chunks, so that what is in memory at once stays bounded by the index itself."""

    def __init__(self) -> None:
        self._strings = StringsWriter()
        self._waiting: list[str] = []
        self._characters = 0
        self._chunks: list[tuple[NDArray[np.uint64], NDArray[np.int64], Numbers]] = []

    def __len__(self) -> int:
        return len(self._strings)

    def add(self, text: str) -> None:
        """Add a text; its number is that of those added before it."""
        self._strings.add(text)
        self._waiting.append(text)
        self._characters += len(text)
        if len(self._waiting) >> _CHUNK_BITS or self._characters > _CHUNK_CHARACTERS:
            self._flush()

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """What :class:`Grams` reads."""
        self._flush()
        pairs, begins, postings = _merged(self._chunks)
        return {
            **self._strings.arrays(name),
            f"{name}.pairs": pairs,
            f"{name}.begins": begins,
            f"{name}.postings": postings,
        }

    def _flush(self) -> None:
        if self._waiting:
            pairs, begins, postings = _index(self._waiting)
            self._chunks.append((pairs, begins, postings + np.int32(len(self._strings) - len(self._waiting))))
            self._waiting, self._characters = [], 0


def _common(few: Numbers, many: Numbers) -> Numbers:
    """The numbers that are in both."""
    at = np.searchsorted(many, few)
    at[at == len(many)] = 0
    both: Numbers = few[many[at] == few]
    return both


def _distinct(numbers: Numbers, below: int) -> Numbers:
    held = np.zeros(below, np.bool_)
    held[numbers] = True
    return np.flatnonzero(held).astype(np.int32)


def _index(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64], Numbers]:
    """The bigrams of at most 2^16 texts, ascending; where the postings of each begin; postings."""
    joined = "\n".join((*texts, ""))
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts)) + 1
    ends = np.cumsum(lengths) - 1
    inside = np.ones(len(codes), np.bool_)
    inside[ends] = False
    row = np.where(inside, codes + np.uint32(1), np.uint32(0)).astype(np.uint64)
    first = np.flatnonzero(inside)
    keys = (row[first] - np.uint64(1)) << np.uint64(_BITS)
    keys |= row[first + 1]
    keys <<= np.uint64(_CHUNK_BITS)
    keys |= np.repeat(np.arange(len(texts), dtype=np.uint64), lengths)[first]
    keys.sort()
    keys = keys[np.flatnonzero(np.diff(keys, prepend=np.uint64(2**64 - 1)))]
    bigrams, postings = keys >> np.uint64(_CHUNK_BITS), keys & np.uint64((1 << _CHUNK_BITS) - 1)
    starts = np.flatnonzero(np.diff(bigrams, prepend=np.uint64(2**64 - 1)))
    return bigrams[starts], np.append(starts, len(bigrams)).astype(np.int64), postings.astype(np.int32)


def _merged(
    chunks: list[tuple[NDArray[np.uint64], NDArray[np.int64], Numbers]],
) -> tuple[NDArray[np.uint64], NDArray[np.int64], Numbers]:
    """The postings of chunks as one: those of a bigram stand behind one another in the order of the chunks."""
    if len(chunks) == 1:
        return chunks[0]
    pairs = np.unique(np.concatenate([chunk[0] for chunk in chunks] or [np.zeros(0, np.uint64)]))
    begins = np.zeros(len(pairs) + 1, np.int64)
    for some, starts, _ in chunks:
        begins[1:][np.searchsorted(pairs, some)] += np.diff(starts)
    np.cumsum(begins, out=begins)
    postings = np.empty(begins[-1], np.int32)
    free = begins[:-1].copy()
    for some, starts, held in chunks:
        at, lengths = np.searchsorted(pairs, some), np.diff(starts)
        postings[np.repeat(free[at] - starts[:-1], lengths) + np.arange(len(held))] = held
        free[at] += lengths
    return pairs, begins, postings
