"""What the indexes hold of a passage, read in bulk: a large store is built from a million of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import starmap
from typing import NamedTuple

import orjson

from index.filters import notice_terms, unit_terms
from index.types import NoticeCard, Stored


class Indexable(NamedTuple):  # made a million times: in a third of a dataclass's time
    """One passage; what stands above several is one object.

    ``plain``: title, headings and text apart from one another, each as quoted words are compared. ``terms``: the filter
    terms, in order.
    """

    row: int
    head: str
    text: str
    plain: str
    terms: list[str]


def head_of(title: str, section_path: Iterable[str]) -> str:
    """What is indexed in front of a passage's own text and a blank."""
    return " ".join([title, *section_path])


def whole_text(stored: Stored) -> str:
    """What both legs index of a passage: the title of its notice, the headings above it, its own text."""
    return f"{head_of(stored.notice.title, stored.passage.section_path)} {stored.passage.text}"


def plain(text: str) -> str:
    """Lower case without blanks, as quoted words are compared."""
    return "".join(text.split()).lower()


def read(rows: Iterable[tuple[int, str, str, str, str]], card_of: Callable[[str], NoticeCard]) -> Iterator[Indexable]:
    """Passages as they lie in the catalog: row, notice_id, section_path, text, units."""
    above, units_above = None, None
    head = plain_head = ""
    card: NoticeCard | None = None
    terms: list[str] = []
    common: set[str] = set()
    for row, notice_id, section_path, text, units in rows:
        if above != (notice_id, section_path):
            if card is None or card.notice_id != notice_id:
                card, units_above = card_of(notice_id), None
                common = notice_terms(card)
            above = notice_id, section_path
            headings = orjson.loads(section_path)
            head = head_of(card.title, headings)
            plain_head = "\n".join(map(plain, (card.title, *headings)))
        if units_above != units:
            units_above = units
            named = {(unit["name"], unit["canonical"]) for unit in orjson.loads(units)}
            terms = sorted(common.union(*starmap(unit_terms, named)))
        yield Indexable(row, head, text, f"{plain_head}\n{plain(text)}", terms)
