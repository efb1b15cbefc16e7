"""Passages that name units several times over, each time for the words before: …展览。（甲局负责）…培训。（乙局、丙局负责）"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.answer.shard import Entry, Segment
from assistant.answer.topic import Match
from corpus.types import Unit

_NEAR_START = 4  # code points before the first unit of a sentence
_OPENS, _CLOSES = "（(", "）)"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words of a passage, ``notice.text[start:end]``, and the units named in brackets behind them."""

    start: int
    end: int
    units: tuple[Unit, ...]


def stretches_of(entry: Entry) -> tuple[Stretch, ...]:
    """The stretches of a passage in order; empty unless it names units in brackets at least twice."""
    passage = entry.stored.passage
    brackets: list[tuple[int, int, list[Unit]]] = []
    for unit in entry.stored.units:
        if not passage.start <= unit.start < passage.end:
            return ()  # a heading's units answer for all of it
        bounds = _bracket(passage.text, unit.start - passage.start)
        if bounds is None:
            continue
        if not brackets or brackets[-1][:2] != bounds:
            brackets.append((*bounds, []))
        brackets[-1][2].append(unit)
    if len(brackets) < 2:
        return () if brackets else _sentences_of_their_own(entry)
    starts = [0, *(end for _, end, _ in brackets)]
    return tuple(
        Stretch(passage.start + start, passage.start + end, tuple(units))
        for start, (_, end, units) in zip(starts, brackets, strict=False)
    )


def _sentences_of_their_own(entry: Entry) -> tuple[Stretch, ...]:
    """Sentences that each begin with the units that act in them; empty unless all that name units do."""
    found: dict[Segment, list[Unit]] = {}
    for unit in entry.stored.units:
        holder = next((s for s in entry.segments if s.start <= unit.start < s.end), None)
        if holder is None or entry.lists:
            return ()
        found.setdefault(holder, []).append(unit)
    if len(found) < 2 or any(min(u.start for u in units) - s.start > _NEAR_START for s, units in found.items()):
        return ()
    return tuple(Stretch(segment.start, segment.end, tuple(units)) for segment, units in found.items())


def _bracket(text: str, at: int) -> tuple[int, int] | None:
    """The bounds of the innermost brackets around a place, on one line."""
    opened = max(text.rfind(mark, 0, at) for mark in _OPENS)
    if opened < 0 or any(mark in text[opened:at] for mark in (*_CLOSES, "\n")):
        return None
    closed = [place for mark in _CLOSES if (place := text.find(mark, at)) >= 0]
    return (opened, min(closed) + 1) if closed else None


def matched(match: Match) -> tuple[Stretch, ...]:
    """The stretches in which what is asked stands; empty where the passage has none, or none is told apart."""
    stretches = stretches_of(match.entry)
    if not stretches or not match.segments:
        return ()
    lead = match.entry.segments[0]
    told = [segment for segment in match.segments if segment is not lead or len(match.segments) == 1]
    if told == [lead]:
        return ()  # the first sentence alone: it is about the whole
    return tuple(stretch for stretch in stretches if any(_within(segment, stretch) for segment in told))


def _within(segment: Segment, stretch: Stretch) -> bool:
    """Whether most of a sentence lies in a stretch: brackets behind one sentence often open the next."""
    return 2 * (min(segment.end, stretch.end) - max(segment.start, stretch.start)) > segment.end - segment.start


def owned(entry: Entry, units: tuple[Unit, ...]) -> tuple[Stretch, ...]:
    """The stretches for which one of the units is named."""
    return tuple(s for s in stretches_of(entry) if any(unit in s.units for unit in units))


def segments_in(entry: Entry, stretches: tuple[Stretch, ...]) -> tuple[Segment, ...]:
    """The sentences of stretches."""
    return tuple(s for s in entry.segments if any(_within(s, stretch) for stretch in stretches))
