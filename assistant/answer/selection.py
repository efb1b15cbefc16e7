"""Selections of a view's passages: masks, of which no passage is copied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import overload

import numpy as np
from numpy.typing import NDArray

from assistant.answer.columns import Columns, Mask
from assistant.answer.sequences import Notices
from assistant.answer.shard import Entry


class Selection(Sequence[Entry]):
    """Some passages of a view in their order."""

    def __init__(self, columns: Columns, mask: Mask) -> None:
        self.columns, self.mask = columns, mask

    @cached_property
    def positions(self) -> NDArray[np.intp]:
        """Where the passages are in the view."""
        return np.flatnonzero(self.mask)

    @cached_property
    def _count(self) -> int:
        return int(np.count_nonzero(self.mask))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Entry]:
        return map(self.columns.entry, self.positions.tolist())

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        if isinstance(index, slice):
            return [self.columns.entry(i) for i in self.positions[index].tolist()]
        return self.columns.entry(int(self.positions[index]))

    def where(self, mask: Mask) -> Selection:
        """Those of the passages that a mask has, too."""
        return Selection(self.columns, self.mask & mask)

    def of(self, notice_id: str) -> list[Entry]:
        """Those of one notice."""
        own = self.columns.notice_positions(notice_id)
        return [self.columns.entry(i) for i in own[self.mask[own]].tolist()]

    def get(self, passage_id: str) -> Entry | None:
        """The passage of an id, None where it is not selected."""
        at = self.columns.find(passage_id)
        return self.columns.entry(at) if at >= 0 and self.mask[at] else None

    @cached_property
    def notices(self) -> Notices:
        """The notices of the passages, as they first come."""
        return Notices(self.columns, np.flatnonzero(self.columns.counts(self.mask)))
