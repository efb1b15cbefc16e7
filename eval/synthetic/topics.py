"""Topics that a question can be asked about: words of the items, with every passage that holds them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from corpus.lexicon import alternatives, rows
from corpus.places import places_in
from corpus.types import Notice, Passage
from corpus.units import kinds_by_name
from index import synonyms
from index.analysis import domain_terms, words
from index.english import translate
from index.fold import fold

MOST = 8  # passages that a topic may lie in: more than that is no topic but the matter of the notice
_SHORTEST_ENGLISH = 6  # letters; "week" and "boss" mean too much
_HAN = re.compile(r"[一-鿿]{3,8}")


@dataclass(frozen=True, slots=True)
class Place:
    """A passage and the notice it belongs to."""

    notice: Notice
    passage: Passage


def items(notices: Iterable[Notice]) -> list[Place]:
    """The passages that say something: items and paragraphs."""
    return [Place(n, p) for n in notices for p in n.passages if p.kind in ("item", "paragraph")]


def topics(places: list[Place]) -> dict[str, list[Place]]:
    """Terms that stand in a few passages, with all of these; in the order of the notices.

    Terms that another passage says in other words (by our own synonyms) are left out: what answers them is arguable.
    """
    texts = [(place, fold(_whole(place))) for place in places]
    found: dict[str, list[Place]] = {}
    for place in places:
        for word in dict.fromkeys(words(place.passage.text)):
            if word in found or not _is_topic(word):
                continue
            holding = [p for p, text in texts if fold(word) in text]
            others = [fold(other) for other in (*synonyms.expand(fold(word)), *synonyms.broader(fold(word)))]
            elsewhere = any(other in text for p, text in texts if p not in holding for other in others)
            if 0 < len(holding) <= MOST and not elsewhere:
                found[word] = holding
    return found


def is_held(term: str, places: list[Place]) -> bool:
    """Whether any passage holds a term, a synonym of it, or two characters of it side by side."""
    wanted = {fold(term), *synonyms.expand(fold(term)), *synonyms.broader(fold(term))}
    parts = {fold(word) for word in words(term) if len(word) >= 2} - _common()
    return any(any(w in text for w in wanted | parts) for text in (fold(_whole(place)) for place in places))


def english(term: str) -> str | None:
    """An English phrase of some length that our glossary takes for the term and nothing else."""
    for phrase in (p for p in _glossary().get(fold(term), ()) if len(p) >= _SHORTEST_ENGLISH):
        found = translate(phrase)
        if len(found) == 1 and fold(term) in map(fold, found[0].chinese[:1]):
            return phrase
    return None


def _whole(place: Place) -> str:
    return " ".join((*place.passage.section_path, place.passage.text))


def _is_topic(word: str) -> bool:
    return (
        bool(_HAN.fullmatch(word))
        and word not in kinds_by_name()
        and not places_in(word)
        and fold(word) not in _common()
        and (word in domain_terms() or len(word) >= 4)
    )


@cache
def _common() -> frozenset[str]:
    return frozenset(files("index").joinpath("data", "common.txt").read_text(encoding="utf-8").split())


@cache
def _glossary() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for phrase, terms in rows("index", "glossary.tsv", 2):
        found.setdefault(fold(alternatives(terms)[0]), []).append(phrase)
    return found
