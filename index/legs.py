"""What a ranking asks of the legs of a store, wherever they are: rows are numbered in the order of passage ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from index.selection import Selection
from index.types import Rows, Scores, Vectors

if TYPE_CHECKING:
    from index.lexical import TermGroup


class LexicalLeg(Protocol):
    """BM25 over all passages."""

    @property
    def ahead(self) -> int:
        """How many times as many rows as are wanted it pays to ask for, so that those of the other leg have scores, too."""

    def search(
        self, query: Sequence[TermGroup], k: int, required: list[list[str]], among: Rows | None = None
    ) -> tuple[Rows, Scores, int]:
        """The ``k`` best rows with their scores, best first, ties by row; and how many rows are known to match."""

    def score(self, query: Sequence[TermGroup], rows: Rows) -> Scores:
        """Scores of the given rows (0 where nothing matches), in their order."""

    def bound(self, query: Sequence[TermGroup]) -> float:
        """What a passage could score at most."""

    def document_frequency(self, token: str) -> int:
        """In how many passages a token stands."""


class DenseLeg(Protocol):
    """Inner products with all passages."""

    def __len__(self) -> int:
        """The number of passages."""

    def search(
        self, query: Vectors, k: int, allowed: Rows | Selection | None, alone: bool = True
    ) -> tuple[Rows, Scores]:
        """The ``k`` nearest rows with their inner products, best first, ties by row.

        :param alone: whether no other leg finds rows, too: beside one a large store may look less far
        """

    def score(self, query: Vectors, rows: Rows) -> Scores:
        """Inner products of the given rows, in their order."""


class PieceSource(Protocol):
    """The token pieces of passages."""

    def of(self, rows: Rows) -> tuple[npt.NDArray[np.uint16], Rows]:
        """The pieces of the given rows one after the other, and where each row's begin (and the last one's end)."""
