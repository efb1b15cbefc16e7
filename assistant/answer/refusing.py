"""Honest refusals: what was looked for, where, and what comes nearest."""

from __future__ import annotations

from assistant.answer.citing import MAX_QUOTE, citation
from assistant.answer.intent import Intent
from assistant.answer.scope import Scope
from assistant.answer.searching import best_hits
from assistant.answer.view import View
from assistant.answer.wording import echo, say
from assistant.types import Answer, Citation, Coverage, Kind
from corpus.places import short_name
from index.errors import BadQuery
from index.types import Retriever, Stored

_RELATED = 3


def refuse(
    store: Retriever, intent: Intent, scope: Scope, reason: str, kind: Kind = "none", query: str | None = None
) -> Answer:
    """An abstention with its reason and the nearest passages, labelled as no answer."""
    related = _nearest(store, intent, query or intent.text)
    text = reason + (say("related", intent.lang) if related else "")
    return Answer(
        question=intent.text,
        lang=intent.lang,
        kind=kind,
        text=text,
        abstained=True,
        reason=reason,
        coverage=Coverage(len(scope.notices), len(scope.entries), 0),
        related=related,
    )


def outside(store: Retriever, view: View, intent: Intent, scope: Scope) -> Answer | None:
    """A refusal where the question's year or place is not in the corpus at all, or nothing lies in its scope."""
    lang = intent.lang
    if intent.years and len(scope.missing_years) == len(intent.years):
        asked = "、".join(map(str, intent.years))
        reason = say("refuse_year", lang, asked=asked, years="、".join(map(str, view.years)))
        return refuse(store, intent, scope, reason)
    if scope.missing_places:
        reason = say("refuse_place", lang, asked="、".join(scope.missing_places), places="、".join(view.regions))
        return refuse(store, intent, scope, reason)
    if not scope.entries:
        return refuse(store, intent, scope, say("refuse_scope", lang, scope=describe(intent)))
    return None


def describe(intent: Intent) -> str:
    """The scope of a question for people."""
    filters = intent.filters
    parts = [f"{year}年" for year in (intent.years or ((filters.year,) if filters.year else ()))]
    parts += [filters.region] if filters.region else [short_name(place) for place in intent.places]
    parts += ["市级"] if intent.notice_level == "city" else []
    parts += [value for value in (filters.unit, filters.issuer, filters.notice_id) if value]
    return echo("、".join(parts)) or "全部"


def _nearest(store: Retriever, intent: Intent, query: str) -> tuple[Citation, ...]:
    try:
        hits = best_hits(store, query, _RELATED, intent.filters)
    except BadQuery:
        return ()
    return tuple(nearest(store, hit.stored, n) for n, hit in enumerate(hits, 1))


def nearest(store: Retriever, stored: Stored, number: int) -> Citation:
    """A passage to be listed as related: its beginning."""
    passage = stored.passage
    return citation(store, stored, passage.start, min(passage.end, passage.start + MAX_QUOTE), number)
