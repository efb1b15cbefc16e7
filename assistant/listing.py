"""The notices of a store, filtered and page by page."""

from __future__ import annotations

from dataclasses import dataclass

from assistant import as_json
from assistant.service import Assistant
from index.filters import notice_terms, required_terms
from index.fold import fold
from index.types import Filters, NoticeCard


@dataclass(frozen=True, slots=True)
class Listed:
    """Notices as JSON, by id; how many match in all; the cursor of the next page, None after the last."""

    notices: list[as_json.Json]
    total: int
    next: str | None


def listed(
    assistant: Assistant, filters: Filters, words: str = "", limit: int | None = None, cursor: str = ""
) -> Listed:
    """The notices that the filters admit and whose title, number, issuer or source holds the words.

    :param limit: notices a page, None for all
    :param cursor: the ``next`` of the page before; it stays right while notices come and go
    """
    links, cards = assistant.store.links()
    wanted, looked_for = required_terms(filters), fold(words).split()
    found = [key for key, card in sorted(cards.items()) if _holds(card, looked_for) and _admits(card, wanted)]
    rest = [key for key in found if key > cursor]
    page = rest if limit is None else rest[:limit]
    findings, standing = assistant.store.findings(), as_json.standing(links)
    notices = [{**as_json.card(cards[key], findings.get(key, ())), **standing(key)} for key in page]
    return Listed(notices, len(found), page[-1] if len(page) < len(rest) else None)


def facets(assistant: Assistant) -> as_json.Json:
    """By which years (newest first), regions and issuers the notices can be filtered."""
    cards = assistant.store.cards().values()
    return {
        "years": sorted({card.year for card in cards if card.year is not None}, reverse=True),
        "regions": sorted({card.region for card in cards if card.region}),
        "issuers": sorted({card.issuer for card in cards if card.issuer}),
    }


def _holds(card: NoticeCard, words: list[str]) -> bool:
    if not words:
        return True
    text = fold("\n".join(part for part in (card.title, card.document_number, card.issuer, card.source) if part))
    return all(word in text for word in words)


def _admits(card: NoticeCard, wanted: list[list[str]]) -> bool:
    if not wanted:
        return True
    terms = notice_terms(card)
    return all(any(term in terms for term in group) for group in wanted)
