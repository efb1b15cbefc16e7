"""A permanent link to an answer: the question, its history and scope, and the state of the store that answered.

``/?q=…&h=…&year=…&kind=…&state=7-1f0c9a3b``: opened again it asks the same; another digest means that the notices have changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from assistant.answer.view import view_of
from assistant.types import Question
from index.types import Retriever

LONGEST = 8000  # characters of a link; browsers, mail programs and proxies cut longer ones


@dataclass(frozen=True, slots=True)
class StoreState:
    """What a store holds: the number of its state, and a digest that the same notices always have."""

    sequence: int
    digest: str

    def __str__(self) -> str:
        return f"{self.sequence}-{self.digest}"

    def same(self, named: str) -> bool:
        """Whether a link's ``state`` names the same notices (another store of them has another number)."""
        return named.rpartition("-")[2] == self.digest


def state_of(store: Retriever) -> StoreState:
    """The state that the store's answers come from."""
    return StoreState(store.sequence, view_of(store).digest)


def link_of(question: Question, state: StoreState) -> str:
    """The link that asks a question again, as a path with query; empty where it would be too long to be kept."""
    filters = question.filters
    disclosure = filters.disclosure or ()
    pairs: list[tuple[str, object]] = [("q", question.text), *(("h", turn) for turn in question.history)]
    pairs += [
        (name, value)
        for name in ("year", "region", "unit", "issuer", "notice_id")
        if (value := getattr(filters, name)) is not None
    ]
    pairs += [("disclosure", label) for label in disclosure]
    pairs += [("without", label) for label in question.without]
    pairs += [(name, value) for name, value in (("lang", question.lang), ("kind", question.kind)) if value]
    link = "/?" + urlencode([*pairs, ("state", str(state))], errors="replace")
    return link if len(link) <= LONGEST else ""
