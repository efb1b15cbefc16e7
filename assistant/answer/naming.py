"""Units, places and notices that a question names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cache, lru_cache
from weakref import WeakKeyDictionary

from assistant.answer.columns import Columns, Mask
from assistant.answer.intent import AskedUnit
from assistant.answer.shard_writer import bare_number
from assistant.answer.strings import Numbers
from assistant.answer.view import View
from assistant.types import Question
from corpus.names import NameIndex
from corpus.places import place_names, places_in
from corpus.types import Unit
from corpus.units import kinds_by_name, resolve
from index.analysis import segmenter
from index.fold import fold, fold_aligned
from index.types import NoticeCard

_FAMILY = re.compile(r"(?:[哪那](?:几个|几|些|个)区|各区|区级|区里|区)的?")
_WHICH_BEHIND = re.compile(r"(?:都)?有?哪几?(?:个|些|家)")  # 区市场监管局有哪几个


def within_named_notice(view: View, question: Question) -> Question:
    """A question that quotes a notice's whole title (《…》) is about that notice, and its title is no topic.

    Left as it is where several notices have the title, or nothing else is asked.
    """
    if question.filters.notice_id is not None:
        return question
    for match in _NUMBER.finditer(question.text):  # 国发〔2018〕39号里
        cards = view.columns.numbered(bare_number(match.group()))
        if len(cards) == 1:
            rest = question.text.replace(match.group(), "")
            return replace(question, text=rest, filters=replace(question.filters, notice_id=cards[0].notice_id))
    if "《" not in question.text:
        return question
    opened = [m.end() for m in re.finditer("《", question.text)]
    closed = [m.start() for m in re.finditer("》", question.text)]
    quoted = {question.text[a:b] for a in opened for b in closed if a <= b}
    for title in sorted(quoted, key=lambda text: (-len(text), text)):
        cards = view.columns.titled(title)
        rest = question.text.replace(f"《{title}》", "")
        if cards:
            if len(cards) > 1 or not rest.strip(" ？?。的"):
                return question
            return replace(question, text=rest, filters=replace(question.filters, notice_id=cards[0].notice_id))
    return question


_NUMBER = re.compile(r"[\u4e00-\u9fff]{1,12}\s*[〔\[【（(]\s*\d{4}\s*[〕\]】）)]\s*(?:第\s*)?\d+\s*号")


_LEVEL = re.compile(r"[市区县省州]|团(?=[市区]委)")
_SHORTEST = 3  # characters of a unit's name that counts wherever it stands
_OF_ISSUER = re.compile(r"[科股处室]\s*$")  # an inner section, which belongs to the issuer
_REMEMBERED = 1_000  # units that questions asked for
_INNER = re.compile(r"(?:科|股|所|室|处)$")


@cache
def _registered() -> NameIndex:
    return NameIndex(fold(name) for name in kinds_by_name() if len(name) >= 2)


def _printed_spans(view: View, text: str) -> Iterator[tuple[int, int]]:
    """Names that the notices print, left to right, the longest first, none overlapping."""
    position = 0
    while position < len(text):
        length = view.unit_name_at(text, position)
        if length >= _SHORTEST:
            yield position, position + length
        position += length if length >= _SHORTEST else 1


def _registered_spans(text: str) -> Iterator[tuple[int, int]]:
    """Registered names with the places and the level before them."""
    for position in range(len(text)):
        start = position
        while (end := place_names().match(text, start)) is not None:
            start = end
        level = _LEVEL.match(text, start)
        for begin in ([level.end()] if level else []) + [start]:
            end = _registered().match(text, begin)
            if end is not None:
                yield position, end
                break


def find_units(view: View, text: str) -> list[tuple[int, int, int]]:
    """Unit names in a folded question: (where the name's qualifiers begin, start, end). Districts are places here."""
    found = [*_printed_spans(view, text), *_registered_spans(text)]
    found = [(a, b) for a, b in found if not _within_word(text, b)]
    found = [(a, b) for a, b in found if place_names().match(text, a) != b and not _generic(text[a:b])]
    found.sort(key=lambda span: (span[0] - span[1], span[0]))
    chosen: list[tuple[int, int]] = []
    for a, b in found:
        if all(b <= x or y <= a for x, y in chosen):
            chosen.append((a, b))
    chosen.sort()
    out: list[tuple[int, int, int]] = []
    for a, b in chosen:
        if out and out[-1][2] == a and _INNER.search(text[a:b]):
            out[-1] = (out[-1][0], a, b)  # 河北区市场监管局质量科 names the section; the bureau before it says whose
        else:
            out.append((a, a, b))
    return out


def _within_word(text: str, end: int) -> bool:
    """Whether a name ends inside a word: 农机科|研成果."""
    return bool(
        text[end - 1 : end + 1].strip()
        and end < len(text)
        and text[end - 1] in "科处局所站室院会"
        and segmenter().has_word(text[end - 1 : end + 1])
        and not segmenter().has_word(text[end : end + 2])
    )


def _generic(name: str) -> bool:
    return name.endswith(("成员单位", "工作领导小组")) or bool(
        re.fullmatch(
            r"(?:各|有关|相关|责任|主管)?(?:市级|区级)?(?:单位|部门|科室|机构|办公室|政府|人民政府|联席会议|领导小组|委员会|指挥部|专班)",
            name,
        )
    )


def family_asked(text: str) -> tuple[str | None, str]:
    """哪些区的市场监管局: the kind of unit that is asked about, and the question without it."""
    within_places = {at for a, b, _ in find_places(text) for at in range(a, b)}
    for match in _FAMILY.finditer(text):
        if match.group()[0] == "区" and match.start() in within_places:
            continue  # 滨海新区市场监管局有哪些活动 names one bureau
        end = _registered().match(text, match.end())
        kind = kinds_by_name().get(text[match.end() : end]) if end else None
        if kind and end and (match.group()[0] != "区" or _WHICH_BEHIND.match(text, end)):
            return kind.family, text[: match.start()] + " " * (end - match.start()) + text[end:]
    return None, text


def find_places(text: str) -> list[tuple[int, int, str]]:
    """Places in a folded question with their full names."""
    found: list[tuple[int, int, str]] = []
    for start, end, candidates in places_in(text):
        if not found or found[-1][1] != start or not candidates[0].parent:
            found.append((start, end, candidates[0].path))
        else:  # 天津市河北区
            within = [c for c in candidates if found[-1][2].endswith(c.parent)] or list(candidates)
            found[-1] = (found[-1][0], end, within[0].path)
    return found


_folded = lru_cache(maxsize=16_384)(fold_aligned)


@lru_cache(maxsize=4096)
def _resolved(name: str, region: str | None, issuer: str | None) -> str:
    return resolve(name, region, issuer).canonical


def maybe_naming(columns: Columns, asked: Collection[AskedUnit]) -> Mask:
    """The passages with a unit of which :func:`names_unit` can be true for one of the asked units."""
    return columns.at(positions for unit in asked for positions in _maybe(columns, unit.name))


_known: WeakKeyDictionary[Columns, dict[str, list[Numbers]]] = WeakKeyDictionary()


def _maybe(columns: Columns, name: str) -> list[Numbers]:
    """The same for one unit; a name is read in every region of the store, so what that gave is remembered."""
    known = _known.setdefault(columns, {})
    positions = known.get(name)
    if positions is None:
        namings = columns.namings if _OF_ISSUER.search(name) else columns.naming_regions
        canonical = sorted({_resolved(name, region, issuer) for region, issuer in namings})
        found = [columns.by_unit_name.of(name), *map(columns.by_canonical.of, canonical)]
        positions = known[name] = [some for some in found if len(some)]
        while len(known) > _REMEMBERED:
            known.pop(next(iter(known)), None)
    return positions


def names_unit(asked: AskedUnit, unit: Unit, notice: NoticeCard) -> bool:
    """Whether the unit that a question names is this unit of this notice."""
    if _folded(unit.name) == asked.name:
        return True
    issuer = notice.issuer if _OF_ISSUER.search(asked.name) else None
    if _resolved(asked.name, notice.region, issuer) == unit.canonical:
        return True
    return (
        unit.place is not None
        and _resolved(asked.name, unit.place, issuer) == unit.canonical
        and not re.match(r"[市省](?!场)", asked.name)
    )
