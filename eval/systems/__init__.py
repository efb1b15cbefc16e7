"""What can be measured: the product's own legs and ranking, and the baselines that stand beside it in every table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from eval.errors import BadOption
from eval.types import Dataset, Query, Ranking
from index.laps import Laps
from index.types import MODES, Encoder, Reranker

DEPTH = 100  # hits a query, as R@100 needs
STEPS = 2  # of progress for each document
Progress = Callable[[int], None]
Search = Callable[[Query, Laps], Ranking]


@dataclass(frozen=True, slots=True)
class System:
    """Something that ranks documents.

    ``build(dataset, folder, done)`` indexes the corpus, calling ``done`` with the steps done (:data:`STEPS` a document), and
    gives the search. ``identity`` is everything a ranking depends on, as JSON.
    """

    name: str
    build: Callable[[Dataset, Path, Progress], Search]
    identity: object


def names() -> tuple[str, ...]:
    """The names of all systems: the product's modes first, then the baselines."""
    from eval.systems.baselines import BASELINES

    return (*MODES, *BASELINES)


def named(wanted: Iterable[str], encoder: Encoder, reranker: Reranker | None = None) -> list[System]:
    """Systems by their names. The baselines know no reranker.

    :raises BadOption: there is no such system
    """
    from eval.systems.baselines import baseline
    from eval.systems.product import product

    systems = []
    for name in wanted:
        if name not in names():
            raise BadOption(f"no system {name!r}; choose from {', '.join(names())}")
        systems.append(product(name, encoder, reranker) if name in MODES else baseline(name, encoder))
    return systems
