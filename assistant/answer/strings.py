"""Many strings in one buffer: by their number, and, where they are sorted, by themselves."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from mmap import mmap
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from assistant.answer.packed import Arrays

Numbers = NDArray[np.int32]  # ascending
_FEW = 4_096  # strings that are sooner kept in a dictionary than searched for in their order
_NONE: Numbers = np.zeros(0, np.int32)


def encoded(text: str) -> bytes:
    """UTF-8, lone surrogates included. Sorted as bytes, texts are sorted by code points."""
    return text.encode("utf-8", "surrogatepass")


class Strings(Sequence[str]):
    """Strings by number, read when they are asked for."""

    def __init__(self, arrays: Arrays, name: str) -> None:
        data = arrays[f"{name}.bytes"]
        self._data = data.data
        whole = data.base if isinstance(data.base, memoryview) else None
        # A file is searched where it lies: slices of it would be copied first.
        self._file: bytes | mmap = whole.obj if whole is not None else self._data.tobytes()
        self._offset = data.ctypes.data - np.frombuffer(whole, np.uint8).ctypes.data if whole is not None else 0
        self._ends = arrays[f"{name}.ends"].data
        self.few = len(self._ends) <= _FEW
        """Whether they are found in a dictionary, whatever their order."""

    def __len__(self) -> int:
        return len(self._ends)

    def raw(self, number: int) -> bytes:
        """A string's bytes."""
        return bytes(self._data[self._ends[number - 1] if number else 0 : self._ends[number]])

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> list[str]: ...
    def __getitem__(self, number: int | slice) -> str | list[str]:
        if isinstance(number, slice):
            return [self[i] for i in range(*number.indices(len(self)))]
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        return self.raw(number % len(self)).decode("utf-8", "surrogatepass")

    def having(self, numbers: Numbers, string: str) -> Numbers:
        """Those of the strings of some numbers that hold a string."""
        find, ends, offset, wanted = self._file.find, self._ends, self._offset, encoded(string)
        return np.array(
            [
                number
                for number in numbers.tolist()
                if find(wanted, offset + (ends[number - 1] if number else 0), offset + ends[number]) >= 0
            ],
            np.int32,
        )

    def whole(self) -> str:
        """All strings behind one another."""
        return bytes(self._data).decode("utf-8", "surrogatepass")

    def above(self, key: bytes, low: int = 0, high: int | None = None) -> int:
        """The number of the first string, of those that are sorted (from ``low`` to ``high``), that lies above a key."""
        return low + bisect_right(range(low, len(self) if high is None else high), key, key=self.raw)

    def find(self, string: str, low: int = 0, high: int | None = None) -> int:
        """The number of a string among those that are sorted (from ``low`` to ``high``); -1 where it is none of them."""
        if self.few:
            at = self._numbers.get(string, -1)
            return at if low <= at < (len(self) if high is None else high) else -1
        key = encoded(string)
        at = self.above(key, low, high) - 1
        return at if at >= low and self.raw(at) == key else -1

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {string: number for number, string in enumerate(self)}

    def beginning(self, prefix: str) -> range:
        """The numbers of the strings, which are sorted, that begin with a prefix."""
        key = encoded(prefix)
        return range(
            bisect_left(range(len(self)), key, key=self.raw), self.above(key + b"\xff")
        )  # of equal ones the first

    def longest(self, text: str, start: int) -> int:
        """The length of the longest string, of those that are sorted, with which ``text`` goes on at ``start``; 0 for none."""
        key = encoded(text[start:])
        while key:
            at = self.above(key) - 1
            if at < 0:
                return 0
            held = self.raw(at)
            if key.startswith(held):
                return len(held.decode("utf-8", "surrogatepass"))
            common = next(
                (i for i, (a, b) in enumerate(zip(held, key, strict=False)) if a != b), min(len(held), len(key))
            )
            key = key[:common]
        return 0


class StringsWriter:
    """Collects strings."""

    def __init__(self, strings: Iterable[str] = ()) -> None:
        self._parts: list[bytes] = []
        self._ends: list[int] = []
        self._total = 0
        for string in strings:
            self.add(string)

    def __len__(self) -> int:
        return len(self._ends)

    def add(self, string: str) -> None:
        """Add a string; its number is that of those added before it."""
        data = encoded(string)
        self._parts.append(data)
        self._total += len(data)
        self._ends.append(self._total)
        if len(self._parts) > 65_536:
            self._parts = [b"".join(self._parts)]

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """What :class:`Strings` reads."""
        data = np.frombuffer(b"".join(self._parts), np.uint8)
        return {f"{name}.bytes": data, f"{name}.ends": np.array(self._ends, np.int64)}


class Table(Mapping[str, Numbers]):
    """Ascending numbers by string."""

    def __init__(self, arrays: Arrays, name: str) -> None:
        self.keys_ = Strings(arrays, name)
        self._begins, self._numbers = arrays[f"{name}.begins"], arrays[f"{name}.numbers"]

    def at(self, number: int) -> Numbers:
        """The numbers of the key with a number."""
        found: Numbers = self._numbers[self._begins[number] : self._begins[number + 1]]
        return found

    def __getitem__(self, key: str) -> Numbers:
        number = self.keys_.find(key)
        if number < 0:
            raise KeyError(key)
        return self.at(number)

    def of(self, key: str) -> Numbers:
        """The numbers of a key, none where it is no key."""
        number = self.keys_.find(key)
        return self.at(number) if number >= 0 else _NONE

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.keys_.find(key) >= 0

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys_)

    def __len__(self) -> int:
        return len(self.keys_)


def table_arrays(name: str, pairs: Mapping[str, Sequence[int]]) -> dict[str, NDArray[Any]]:
    """What :class:`Table` reads of numbers by string; a key's numbers ascend, and may repeat one behind the other."""
    keys = sorted(pairs, key=encoded)
    numbers = [np.unique(np.asarray(pairs[key], np.int32)) for key in keys]
    begins = np.zeros(len(keys) + 1, np.int64)
    np.cumsum([len(some) for some in numbers], out=begins[1:])
    return {
        **StringsWriter(keys).arrays(name),
        f"{name}.begins": begins,
        f"{name}.numbers": np.concatenate(numbers) if numbers else _NONE,
    }
