"""Passages and notices of a view in sequence, read one by one as they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, overload

import numpy as np
from numpy.typing import NDArray

from assistant.answer.shard import Entry
from index.types import NoticeCard

if TYPE_CHECKING:
    from assistant.answer.columns import Columns


class Entries(Sequence[Entry]):
    """The passages by their positions, read when they are asked for."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns

    def __len__(self) -> int:
        return len(self._columns)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        if isinstance(index, slice):
            return [self._columns.entry(i) for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self._columns.entry(index % len(self))

    def __iter__(self) -> Iterator[Entry]:
        return map(self._columns.entry, range(len(self)))


class Places(Mapping[str, int]):
    """The positions of passages by their ids."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns

    def __getitem__(self, passage_id: str) -> int:
        position = self._columns.find(passage_id)
        if position < 0:
            raise KeyError(passage_id)
        return position

    def __iter__(self) -> Iterator[str]:
        return (self._columns.entry(i).stored.passage.passage_id for i in range(len(self)))

    def __len__(self) -> int:
        return len(self._columns)


class Notices(Sequence[NoticeCard]):
    """Some notices by their numbers, read when they are asked for."""

    def __init__(self, columns: Columns, numbers: NDArray[np.intp]) -> None:
        self._columns, self.numbers = columns, numbers

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> NoticeCard: ...
    @overload
    def __getitem__(self, index: slice) -> list[NoticeCard]: ...
    def __getitem__(self, index: int | slice) -> NoticeCard | list[NoticeCard]:
        if isinstance(index, slice):
            return [self._columns.card(i) for i in self.numbers[index].tolist()]
        return self._columns.card(int(self.numbers[index]))

    def __iter__(self) -> Iterator[NoticeCard]:
        return map(self._columns.card, self.numbers.tolist())
