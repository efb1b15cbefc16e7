"""Postings and tables of several shards as if they were one: what each finds, moved to where the shard begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import overload

import numpy as np
from numpy.typing import NDArray

from assistant.answer.grams import Grams, Remembered
from assistant.answer.strings import Numbers, Table


class JoinedGrams:
    """:class:`assistant.answer.grams.Grams` of several shards."""

    def __init__(self, parts: Sequence[Grams]) -> None:
        self._parts = parts
        self._firsts = np.cumsum([0, *(len(part.texts) for part in parts)]).tolist()
        self.holding = parts[0].holding if len(parts) == 1 else Remembered(self._holding)
        """The numbers of the texts that hold a string, ascending; not to be written to."""

    @cached_property
    def of(self) -> Numbers:
        """The number of the text of each passage (or notice)."""
        return _joined([part.of + np.int32(first) if first else part.of for part, first in self._each()])

    @property
    def texts(self) -> Texts:
        """The texts by number."""
        return Texts(self._parts, self._firsts)

    def mask(self, strings: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each text holds one of the strings, [number of texts]."""
        out = np.zeros(self._firsts[-1], np.bool_)
        for string in strings:
            out[self.holding(string)] = True
        return out

    def within(self, string: str, mask: NDArray[np.bool_]) -> Numbers:
        """The numbers of those of some texts, [number of texts], that hold a string."""
        if len(self._parts) == 1:
            return self._parts[0].within(string, mask)
        return _joined([
            part.within(string, mask[first : first + len(part.texts)]) + np.int32(first) for part, first in self._each()
        ])  # fmt: skip

    def frequency(self, string: str, mask: NDArray[np.bool_]) -> int:
        """How many of some texts, [number of texts], hold a string; of very many, estimated."""
        return sum(part.frequency(string, mask[first : first + len(part.texts)]) for part, first in self._each())

    def _holding(self, string: str) -> Numbers:
        return _joined([part.look_for(string) + np.int32(first) for part, first in self._each()])

    def _each(self) -> Iterator[tuple[Grams, int]]:
        return zip(self._parts, self._firsts, strict=False)


class Texts(Sequence[str]):
    """The texts of several indexes by number."""

    def __init__(self, parts: Sequence[Grams], firsts: Sequence[int]) -> None:
        self._parts, self._firsts = parts, firsts

    def __len__(self) -> int:
        return self._firsts[-1]

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> list[str]: ...
    def __getitem__(self, number: int | slice) -> str | list[str]:
        if isinstance(number, slice):
            return [self[i] for i in range(*number.indices(len(self)))]
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        number %= len(self)
        at = next(i for i, first in enumerate(self._firsts[1:]) if number < first)
        return self._parts[at].texts[number - self._firsts[at]]


class JoinedTables(Mapping[str, Numbers]):
    """:class:`assistant.answer.strings.Table` of several shards."""

    def __init__(self, parts: Sequence[Table], firsts: Sequence[int]) -> None:
        self._parts, self._firsts = parts, firsts

    def of(self, key: str) -> Numbers:
        """The numbers of a key, none where it is no key."""
        return _joined([
            part.of(key) + np.int32(first) if first else part.of(key) for part, first in zip(self._parts, self._firsts, strict=False)
        ])  # fmt: skip

    def __getitem__(self, key: str) -> Numbers:
        if key not in self:
            raise KeyError(key)
        return self.of(key)

    def __contains__(self, key: object) -> bool:
        return any(key in part for part in self._parts)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(key for part in self._parts for key in part))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _joined(found: Sequence[Numbers]) -> Numbers:
    return found[0] if len(found) == 1 else np.concatenate(found)
