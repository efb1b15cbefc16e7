"""Look-ups: the passage that answers, found by search and checked by coverage; extracted, never rewritten."""

from __future__ import annotations

from dataclasses import dataclass, replace

from assistant.answer.citing import MAX_QUOTE, CitationBook, span_of
from assistant.answer.intent import Intent
from assistant.answer.naming import names_unit
from assistant.answer.scope import Scope, place_admits
from assistant.answer.topic import Match, Matcher
from assistant.answer.view import View
from assistant.answer.wording import say
from assistant.types import Answer, Coverage
from index.store import LocalStore

CONFIDENT = 0.5  # coverage below which the best passage is no answer
_CANDIDATES = 50
_COVERAGE_SHARE = 0.6  # of the ranking; the rest is the search score
_ALSO = 0.97  # of the best one's rank, for a second passage to be quoted too


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may answer."""

    match: Match
    rank: float


def lookup_answer(store: LocalStore, view: View, intent: Intent, scope: Scope) -> Answer | None:
    """The best passage (one a year where the question names several years), or None where none is good enough."""
    per_year = len(intent.years) > 1
    chosen: list[Candidate] = []
    for year in intent.years if per_year else (None,):
        candidates = _candidates(store, view, intent, scope, year)
        if candidates:
            floor = candidates[0].rank * _ALSO
            chosen += [c for c in candidates[: 1 if per_year else 2] if c.rank >= floor]
    if not chosen:
        return None
    return _compose(store, intent, scope, chosen)


def _candidates(store: LocalStore, view: View, intent: Intent, scope: Scope, year: int | None) -> list[Candidate]:
    filters = replace(intent.filters, year=year) if year else intent.filters
    if year is None and len(intent.years) == 1:
        filters = replace(filters, year=intent.years[0])
    matcher = Matcher(view, intent.topic)
    if matcher.empty:
        return []
    allowed = {e.stored.passage.passage_id: e for e in scope.entries}
    hits = store.search(query_of(intent), _CANDIDATES, "hybrid", filters).hits
    top = max((hit.score for hit in hits), default=0.0) or 1.0
    out = []
    for hit in hits:
        entry = allowed.get(hit.stored.passage.passage_id)
        if entry is None or (not entry.body and entry.stored.passage.kind == "title"):
            continue
        if not place_admits(intent.places, entry):
            continue
        if intent.units and not any(
            names_unit(asked, unit, entry.stored.notice) for asked in intent.units for unit in entry.stored.units
        ):
            continue
        match = matcher.match(entry)
        if match.coverage >= CONFIDENT:
            rank = _COVERAGE_SHARE * match.coverage + (1 - _COVERAGE_SHARE) * hit.score / top
            out.append(Candidate(match, rank))
    return sorted(out, key=lambda c: (-c.rank, c.match.entry.stored.passage.passage_id))


def query_of(intent: Intent) -> str:
    """What the search looks for: the words of the topic, or the question as it stands."""
    return " ".join(intent.topic.words) if intent.topic.words and intent.lang == "zh" else intent.text


def _compose(store: LocalStore, intent: Intent, scope: Scope, chosen: list[Candidate]) -> Answer:
    lang = intent.lang
    book = CitationBook(store)
    lines = []
    for candidate in chosen:
        stored = candidate.match.entry.stored
        notice = stored.notice
        spans = _spans(candidate.match)
        title = say("year" if notice.year else "no_year", lang, year=notice.year, title=notice.title)
        numbers = [book.cite(stored, a, b) for a, b in spans]
        lines.append(f"{title}：" + "……".join(f"“{book.quote(n)}”[{n}]" for n in numbers))
        named = []
        for unit in stored.units:
            inside = any(a <= unit.start and unit.end <= b for a, b in spans)
            named.append(unit.name if inside else f"{unit.name}[{book.cite_unit(stored, unit)}]")
        if named and len(named) <= 8:
            lines.append(say("unit_label", lang, units="、".join(dict.fromkeys(named))))
    return Answer(
        question=intent.text,
        lang=lang,
        kind="compare" if len(intent.years) > 1 else ("fact" if _asks_value(intent.text) else "lookup"),
        text="\n".join(lines),
        citations=book.citations,
        coverage=Coverage(len(scope.notices), len(scope.entries), len(chosen)),
    )


def _asks_value(text: str) -> bool:
    return any(word in text for word in ("多少", "几", "哪天", "什么时候", "how many", "how much", "when", "where"))


def _spans(match: Match) -> list[tuple[int, int]]:
    """The whole passage when it is short, else its first sentence and those that match."""
    entry = match.entry
    passage = entry.stored.passage
    if len(passage.text) <= MAX_QUOTE or not entry.segments:
        return [(passage.start, passage.end)]
    lead = entry.segments[0]
    parts = [lead, *match.segments]
    return span_of(entry, [s.start for s in parts], [s.end for s in parts])
