"""By which names texts cite the notices of a store: document number, whole title, title without its issuer, inner title."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from corpus.ids import edition_of
from index.fold import fold
from index.types import NoticeCard

TITLED = re.compile(r"《(?:[^《》]|《[^《》]*》)+》")
_SHORTEST = 5  # characters of a name; shorter ones (《通知》, 《办法》) name nothing
_INNER = re.compile(r"(?:关于)?(?:印发|发布|公布)(?P<name>.+?)的(?:通知|公告|通告|决定|函)")
_YEARS = re.compile(r"(?:19|20)\d\d(?:(?:19|20)\d\d)?年?(?:度)?")


def plain(text: str) -> str:
    """Letters and digits alone: what quotation marks, brackets and blanks are printed does not matter."""
    return re.sub(r"[\W_]", "", fold(text))


def series_of(title: str) -> str:
    """A title without its years: what the editions of a yearly notice share."""
    return _YEARS.sub("", plain(title))


@dataclass(slots=True)
class DocumentNames:
    """The notices that a citation may mean."""

    _by_number: dict[str, list[NoticeCard]] = field(default_factory=lambda: defaultdict(list))
    _by_title: dict[str, list[tuple[str, NoticeCard]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, cards: Iterable[NoticeCard]) -> DocumentNames:
        """The names of notices."""
        names = cls()
        for card in cards:
            if card.document_number:
                names._by_number[plain(card.document_number)].append(card)
            for issuer, title in dict.fromkeys(_names(card.title)):
                names._by_title[title].append((issuer, card))
        return names

    def find(self, quote: str, number: str | None = None) -> NoticeCard | None:
        """The one notice that a quote names, in its last edition; None where there is none, or more than one.

        :param quote: a title in 《》, or a document number
        :param number: the document number that is printed behind the title
        """
        if not quote.startswith("《"):
            return _only(self._by_number.get(plain(quote), ()))
        if number and (found := _only(self._by_number.get(plain(number), ()))):
            return found
        issuer, title = _split(plain(quote))
        matching = [
            (own, card)
            for own, card in self._by_title.get(title, ())
            if _agree(issuer, own or plain(card.issuer or "")) and not (number and card.document_number)
        ]
        exact = [card for own, card in matching if issuer and own == issuer]
        return _only(exact) or _only(card for _, card in matching)


def _names(title: str) -> Iterable[tuple[str, str]]:
    """(issuer, rest) of the names that a title gives its notice; the plan that it issues goes by its own name, too."""
    whole = plain(title)
    named = [_split(whole)]
    inner = TITLED.search(title)
    if re.search(r"(?:印发|发布|公布)\s*《", title) and inner:
        named.append(_split(plain(inner.group())))
    elif match := _INNER.fullmatch(named[0][1]):
        named.append(("", match.group("name")))
    return [(issuer, rest) for issuer, rest in named if len(rest) >= _SHORTEST]


def _split(title: str) -> tuple[str, str]:
    """What stands before 关于, which is the issuer, and the rest; laws are cited with and without their country's name."""
    title = title.removeprefix("中华人民共和国")
    issuer, about, rest = title.partition("关于")
    return (issuer, about + rest) if about else ("", title)


def _agree(cited: str, own: str) -> bool:
    """Whether a citation's issuer may be the notice's: one of them is not said, or ends like the other."""
    return not cited or not own or own.endswith(cited) or cited.endswith(own)


def _only(cards: Iterable[NoticeCard]) -> NoticeCard | None:
    """The only notice among cards, in its last edition."""
    by_base: dict[str, list[NoticeCard]] = defaultdict(list)
    for card in cards:
        by_base[edition_of(card.notice_id)[0]].append(card)
    if len(by_base) != 1:
        return None
    (editions,) = by_base.values()
    return max(editions, key=lambda card: edition_of(card.notice_id)[1])
