"""The deadlines and dates that the notices of a store state, each with its words, its units, and to whom one reports."""

from __future__ import annotations

import threading
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from typing import Literal
from weakref import WeakKeyDictionary

from assistant.answer.view import View
from assistant.exploring import admitted
from corpus.structure.split import sentences
from corpus.types import Fact, Unit
from index.types import Filters, Stored

DeadlineKind = Literal["deadline", "date"]
_LONGEST = 120  # code points of the words shown
_ELSEWHERE = (
    "signature",
    "metadata",
    "contents",
    "document_number",
    "banner",
    "disclosure",
)  # when the notice was issued


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day by which something is due, or on which something takes place.

    ``words``: the sentence that says so; ``quote`` the time in it, at ``text[start:end]`` of the notice. ``reports_to``: where a
    report goes, if the same passage says so.
    """

    on: date
    kind: DeadlineKind
    words: str
    quote: str
    start: int
    end: int
    stored: Stored
    units: tuple[Unit, ...]
    reports_to: tuple[str, ...]

    @property
    def url(self) -> str:
        """The words in their notice."""
        passage = self.stored.passage
        return f"/n/{self.stored.notice.notice_id}?start={self.start}&end={self.end}#{passage.passage_id}"


_known: WeakKeyDictionary[View, tuple[Deadline, ...]] = WeakKeyDictionary()
_lock = threading.Lock()


def deadlines(
    view: View,
    filters: Filters | None = None,
    kinds: tuple[DeadlineKind, ...] = ("deadline",),
    first: date | None = None,
    last: date | None = None,
) -> list[Deadline]:
    """The deadlines of the passages that the filters admit, in order of their days.

    :param first: the first day that counts; None for no limit
    :param last: the last day that counts; None for no limit
    """
    with _lock:
        if view not in _known:
            _known[view] = _read(view)
        everything = _known[view]
    begin = bisect_left(everything, first, key=lambda found: found.on) if first else 0
    mask = admitted(view, filters or Filters())
    position = view.columns.position
    return [
        found
        for found in everything[begin:]
        if (last is None or found.on <= last)
        and found.kind in kinds
        and mask[position[found.stored.passage.passage_id]]
    ]


def _read(view: View) -> tuple[Deadline, ...]:
    by_passage: dict[str, list[Fact]] = {}
    for fact in view.facts:
        if fact.kind in ("deadline", "date", "reporting"):
            by_passage.setdefault(fact.passage_id, []).append(fact)
    found = []
    for passage_id, facts in by_passage.items():
        at = view.columns.position.get(passage_id)
        if at is not None and view.entries[at].stored.passage.kind not in _ELSEWHERE:
            found += _of_passage(view.entries[at].stored, facts)
    return tuple(sorted(found, key=lambda d: (d.on, d.stored.passage.passage_id, d.start)))


def _of_passage(stored: Stored, facts: list[Fact]) -> list[Deadline]:
    reports = tuple(dict.fromkeys(fact.value for fact in facts if fact.kind == "reporting"))
    due = {fact.value for fact in facts if fact.kind == "deadline"}
    found: dict[tuple[str, str], Deadline] = {}
    for fact in facts:
        on = _day(fact.value)
        kind: DeadlineKind = "deadline" if fact.kind == "deadline" else "date"
        if fact.kind == "reporting" or on is None or (kind == "date" and fact.value in due):
            continue
        words = _sentence(stored, fact)
        found.setdefault(
            (kind, fact.value),
            Deadline(on, kind, words, fact.quote, fact.start, fact.end, stored, stored.units, reports),
        )
    return list(found.values())


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:  # a date that no calendar has, as notices print them now and then
        return None


def _sentence(stored: Stored, fact: Fact) -> str:
    """The sentence around a fact on one line; of a long one, what stands about the fact."""
    passage = stored.passage
    at, end = fact.start - passage.start, fact.end - passage.start
    spans = [(a, b) for a, b in sentences(passage.text) if a <= at < b] or [(0, len(passage.text))]
    start, stop = spans[0]
    if stop - start > _LONGEST:
        low = max(start, min(at - _LONGEST // 3, stop - _LONGEST))
        start, stop = low, max(end, min(stop, low + _LONGEST))
    cut = " ".join(passage.text[start:stop].split())
    return f"{'…' if start > spans[0][0] else ''}{cut}{'…' if stop < spans[0][1] else ''}"
