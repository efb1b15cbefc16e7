"""Links between the notices of a store: which one implements, replaces, amends or cites which, and their editions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Literal

from corpus.ids import edition_of
from corpus.types import Notice
from corpus.units import resolve
from index.document_names import TITLED, DocumentNames, plain, series_of
from index.types import NoticeCard

LinkKind = Literal["replaces", "amends", "implements", "cites", "edition_of"]
STRENGTH: tuple[LinkKind, ...] = ("replaces", "amends", "implements", "cites")  # of several, the first is kept
_SHORTEST_SERIES = 10  # characters of a title without its years

_END = r"废止|停止执行|停止施行|停止使用|不再执行|不再施行|失效|作废"
_SENTENCE_ENDS = re.compile(r"[。；;！？!?\n]")
_IN_BRACKETS = re.compile(r"[（(〔\[][^（()）]*[）)〕\]]")
# Of what stands around a citation, once other citations and brackets are cut away:
_REPLACED_AFTER = re.compile(rf"[^，,。；;]{{0,24}}?(?:{_END})|[，,]\s*(?:同时|即行|一并)\s*(?:予以)?(?:{_END})")
_REPLACED_BEFORE = re.compile(r"(?:废止|代替|替代|取代|取消)(?:了|下列|以下|以前的|原来?的?|[和及与、])*\s*$")
_AMENDED_AFTER = re.compile(
    r"[^，,。；;]{0,16}?(?:作|做|进行|予以|作出|做出)(?:了|出)?(?:如下|以下|相应|部分)?(?:的)?(?:修改|修订|修正)|"
    r"[^。；;]{0,80}?(?:修改|修订|修正|调整)为"
)
_AMENDED_BEFORE = re.compile(r"(?<![新经])(?:修改|修订|修正)(?:了|[和及与、]|部分条款)*\s*$")
_IMPLEMENTED = re.compile(
    r"(?:根据|按照|依据|依照|遵照|遵循|贯彻|落实|执行|实施(?!意见|方案|办法|细则)|(?:^|[，,、\s])按)[^，,。；;：:]{0,40}(?<![对将把])$"
)


@dataclass(frozen=True, slots=True)
class Citing:
    """A place where a notice names a document: ``text[start:end]`` of a passage, which begins at ``offset``."""

    notice_id: str
    passage_id: str
    text: str
    offset: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Link:
    """One notice's relation to another. ``quote``, at ``start``…``end`` of ``source``, names ``target``.

    Of ``edition_of`` there is no quote: ``source`` is the newer edition, ``target`` the one before it.
    """

    kind: LinkKind
    source: str
    target: str
    passage_id: str | None = None
    quote: str | None = None
    start: int | None = None
    end: int | None = None


def links_among(notices: Sequence[Notice]) -> tuple[tuple[Link, ...], dict[str, NoticeCard]]:
    """The links between notices that are in no store, and their cards."""
    cards = {n.notice_id: NoticeCard(n.notice_id, n.source, pages=n.pages, **asdict(n.header)) for n in notices}
    return links(cards, (place for notice in notices for place in citing_in(notice))), cards


def citing_in(notice: Notice) -> Iterator[Citing]:
    """Where a notice names documents."""
    passages = {passage.passage_id: passage for passage in notice.passages}
    for fact in notice.facts:
        if fact.kind == "reference":
            p = passages[fact.passage_id]
            yield Citing(notice.notice_id, p.passage_id, p.text, p.start, fact.start - p.start, fact.end - p.start)
    for passage in notice.passages:
        if passage.kind == "title":
            yield from citing_in_title(notice.notice_id, passage.passage_id, passage.text, passage.start)


def citing_in_title(notice_id: str, passage_id: str, text: str, offset: int) -> Iterator[Citing]:
    """Where a title names documents: 关于废止《…》的通知."""
    for match in TITLED.finditer(text):
        yield Citing(notice_id, passage_id, text, offset, *match.span())


def links(cards: Mapping[str, NoticeCard], places: Iterable[Citing]) -> tuple[Link, ...]:
    """All links between notices, at most one from a notice to another besides that of an edition.

    :param cards: the notices, by id
    :param places: where they name documents
    """
    names = DocumentNames.of(cards.values())
    found: dict[tuple[str, str], Link] = {}
    for place in places:
        quote = place.text[place.start : place.end]
        target = names.find(quote, _number_behind(place))
        if target is None or edition_of(target.notice_id)[0] == edition_of(place.notice_id)[0]:
            continue
        if _own_plan(cards[place.notice_id], target, quote):
            continue
        span = (place.offset + place.start, place.offset + place.end)
        link = Link(_kind(place), place.notice_id, target.notice_id, place.passage_id, quote, *span)
        known = found.get((link.source, link.target))
        if known is None or STRENGTH.index(link.kind) < STRENGTH.index(known.kind):
            found[link.source, link.target] = link
    return (*sorted(found.values(), key=lambda link: (link.source, link.start, link.target)), *editions(cards.values()))


def editions(cards: Iterable[NoticeCard]) -> Iterator[Link]:
    """Each edition linked to the one before it: the same issuer, and the same title up to the year."""
    series: dict[tuple[str, str], list[NoticeCard]] = defaultdict(list)
    bases: dict[str, list[NoticeCard]] = defaultdict(list)
    for card in cards:
        bases[edition_of(card.notice_id)[0]].append(card)
        title = series_of(card.title)
        if len(title) >= _SHORTEST_SERIES:
            issuer = resolve(card.issuer, card.region).canonical if card.issuer else card.region or ""
            series[issuer, title].append(card)
    pairs: dict[tuple[str, str], None] = {}
    for same in bases.values():  # another text under the same number
        for older, newer in pairwise(sorted(same, key=lambda card: edition_of(card.notice_id)[1])):
            pairs[newer.notice_id, older.notice_id] = None
    for group in series.values():
        yearly: dict[int, NoticeCard] = {}
        for card in sorted(group, key=_issued):
            if card.year is not None:
                yearly[card.year] = card  # the last of its year
        for before, after in pairwise(sorted(yearly)):
            pairs[yearly[after].notice_id, yearly[before].notice_id] = None
    for newer_id, older_id in pairs:
        yield Link("edition_of", newer_id, older_id)


def _issued(card: NoticeCard) -> tuple[str, int, str]:
    return card.issued_on or "", edition_of(card.notice_id)[1], card.notice_id


def _number_behind(place: Citing) -> str | None:
    """The document number in brackets behind a title: 《…》（国发〔2018〕23号）."""
    match = re.match(r"\s*[（(]\s*([^（()）]*?[〔\[（(]\s*\d{4}\s*[〕\]）)][^（()）]*?号)", place.text[place.end :])
    return match.group(1) if match else None


def _own_plan(own: NoticeCard, target: NoticeCard, quote: str) -> bool:
    """Whether a notice speaks of the plan that it issues itself, of which another notice is the text."""
    return bool(re.search(r"印发|发布|公布", own.title)) and plain(quote) in plain(own.title) and own != target


def _kind(place: Citing) -> LinkKind:
    """What a notice does with a document that it names, by the words of the same sentence around it."""
    ends = [m.end() for m in _SENTENCE_ENDS.finditer(_masked(place.text[: place.start]))]
    before = _bare(place.text[ends[-1] if ends else 0 : place.start])
    behind = place.text[place.end :]
    stop = _SENTENCE_ENDS.search(_masked(behind))
    after = _bare(behind[: stop.start() if stop else len(behind)]).lstrip("、和及与以，, ")
    if _REPLACED_AFTER.match(after) or _REPLACED_BEFORE.search(before):
        return "replaces"
    follows = bool(_IMPLEMENTED.search(before))
    if _AMENDED_BEFORE.search(before) or (_AMENDED_AFTER.match(after) and not follows):
        return "amends"
    return "implements" if follows else "cites"


def _masked(text: str) -> str:
    """``text`` with what stands in 《》 and brackets blotted out, at the same length."""
    return _IN_BRACKETS.sub(lambda m: "_" * len(m.group()), TITLED.sub(lambda m: "_" * len(m.group()), text))


def _bare(text: str) -> str:
    """``text`` without other titles, brackets, and a bracket that is open at the place of the citation."""
    text = re.sub(r"[（(][^（()）]*$|^[^（()）《》]{0,30}[）)]", "", _IN_BRACKETS.sub("", TITLED.sub("", text)))
    return re.sub(r"《[^》]*$", "", text).strip()
