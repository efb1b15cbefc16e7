"""The fold “why these” below an answer: what the search ranks first for its question, fetched when it is opened."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

from assistant.types import Lang, Question
from assistant.web.page_texts import said

SHOWN = 5  # passages
LONGEST = 8000  # characters of an address; servers and proxies refuse longer ones


def address_of(question: Question) -> str:
    """Where the explained search for a question is found; empty where its history is too long for an address."""
    filters = question.filters
    pairs: list[tuple[str, object]] = [("q", question.text), *(("history", turn) for turn in question.history)]
    pairs += [("without", label) for label in question.without]
    pairs += [
        (name, value)
        for name in ("year", "region", "unit", "issuer", "notice_id")
        if (value := getattr(filters, name)) is not None
    ]
    address = "/v1/search?" + urlencode([*pairs, ("k", SHOWN), ("explain", "true")], errors="replace")
    return address if len(address) <= LONGEST and filters.disclosure is None else ""


def fold(address: str, lang: Lang = "zh") -> str:
    """A closed fold that `static/why.js` fills when it is opened."""
    if not address:
        return ""
    return (
        f'<details class="why" data-search="{escape(address)}"><summary>{said("why_summary", lang)}</summary>'
        f'<p class="hint">{said("why_hint", lang)}</p>'
        '<div class="reasons" aria-live="polite"></div></details>'
    )
