"""Which units act in a passage: named in parentheses, in the heading above, as partners, or as the subject."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from corpus.names import NameIndex
from corpus.places import gazetteer, place_names
from corpus.structure.numbering import read_number
from corpus.types import Role, Span, Unit
from corpus.units import kinds_by_name, resolve

_LEAD = "牵头|主办"
_COOPERATE = "配合|协办|协助|参与|参加"
_LABELS = rf"责任|{_LEAD}|{_COOPERATE}|承办|落实|负责|实施|组织"
_LABELLED = re.compile(rf"((?:{_LABELS})(?:单位|部门|科室|处室|机构)?)\s*[:：]\s*([^；;。）)\n]+)")
_PARENTHESES = re.compile(r"[（(]([^（）()]{2,400})[）)]")
_SEPARATOR = re.compile(r"[、，,；;\s]|以及|(?<=[局委办科室厅部])(?:和|及|与)")
_SUFFIX = (
    r"(?:委员会办公室|领导小组办公室|人民政府|办公室|办公厅|委员会|检察院|研究院|总工会|联合会|供销社|委办|领导小组|指挥部|工作专班|"
    r"分局|支行|分行|海关|街道|支队|大队|中心|科室|局|委|办|厅|署|部|处|科|室|所|站|队|院|会|协|联|社|行|政府)"
)
_UNIT_LIKE = re.compile(
    rf"(?!设在|含|包括|不含|详见|见|由|以|不)(?:各|全|区|市|县|省)?[\u4e00-\u9fffA-Za-z]{{0,22}}{_SUFFIX}|[\u4e00-\u9fff]{{0,8}}(?:各部门|各单位|各科室|有关部门|有关单位)"
)
VERBS = (
    r"(?:开展|组织|成立|组建|举办|举行|推动|推进|推行|召开|印发|发布|制定|出台|牵头|会同|联合|联手|配合|协同|对(?!口)|督促|指导|提前|通报|负责|"
    r"向|将(?!军)|要(?!求)|加强|落实|实施|聚焦|深入|积极|主办|承办|协办|启动|建立|执法人员|工作人员|主要负责|负责人|负责同志|"
    r"在(?!建|施|线)|介绍|表示|严格|创新|持续|全面|充分|利用|结合|围绕|依托|查处|查办|检查|走访|走进|筹备|承担|推出|提供|编制|打造|完善|强化|整合|征集|赴|为(?!主)|以(?!上|下))"
)
_LEAD_VERB = re.compile(rf"{_LEAD}")
_COOPERATE_VERB = re.compile(r"配合|协助|协同")
_HEADING_TAIL = re.compile(
    r"^(.{2,30}?)((?:开展|组织|举办|负责|牵头|承担)(?:的|实施的)?(?:主要|重点|各项|相关)?(?:活动|工作|任务|事项)?|的?(?:活动|职责|任务)|)[：:]?$"
)
_JOINT = re.compile(r"[、，,]|和|与|以及|及")
_PARTNER = re.compile(r"(?:会同|联合|协同|商)(?!主办|印发|开展|发布|执法|整治|体|会|办)")


_LEVEL = re.compile(r"[市区县省](?!场|区|域|级|属|内|民(?![政族宗]))|团(?=[市区省]委)|各[市区县](?!场)|国家(?!级)")
_AFTER_PLACE = re.compile(r"[市区省县](?!场|域|级)")
_TAIL = re.compile(rf"[、，,：:]|和|与|及|等|联合|{VERBS}|$")
_GROUP = re.compile(  # may hold what elsewhere is a verb: 协调推进
    rf"[\u4e00-\u9fff]{{2,24}}?(?:领导小组|指挥部|联席会议|委员会)(?:办公室)?(?=[、，,]|和|与|及|等|联合|{VERBS}|$)"
)
_GENERIC = re.compile(
    rf"(?:(?!{VERBS})[\u4e00-\u9fff]){{0,20}}?{_SUFFIX}(?:社)?(?=[、，,：:]|和|与|及|等|联合|{VERBS}|$)"
)


@cache
def _registered() -> NameIndex:
    return NameIndex(name for name in kinds_by_name() if len(name) >= 2)


def _name_end(text: str, position: int, end: int) -> int | None:
    """End of a unit's name in running text: it starts with a place or a level, and ends where a verb or a list goes on."""
    for start in _starts(text, position, end):
        for stop in _registered().ends(text, start, end):
            if _TAIL.match(text, stop, end):
                return stop
        for pattern in (_GENERIC, _GROUP):
            match = pattern.match(text, start, end)
            if match:
                return match.end()
    return None


def _starts(text: str, position: int, end: int) -> Iterator[int]:
    """Where the name proper may begin: behind the place or the level that opens it."""
    for first in place_names().ends(text, position, end):
        for second in (*place_names().ends(text, first, end), first):
            level = _AFTER_PLACE.match(text, second, end)
            if level:
                yield level.end()
            yield second
    level = _LEVEL.match(text, position, end)
    if level:
        yield level.end()


def _bare_end(text: str, position: int, end: int) -> int | None:
    """End of a partner's name, which may lack place and level (会同市场监管委召开…): only names that the registry lists."""
    return next((stop for stop in _registered().ends(text, position, end) if stop - position >= 3), None)


_LED = re.compile(r"由([^，。；;（）()]{2,80}?)牵头[，,、]\s*([^。；;]{2,160}?)(?:等)?(?:参加|配合|参与|协助|按职责)")
_MADE_OF = re.compile(r"由([^。；;]{4,400}?)(?:等)?(?:\d+个)?(?:部门|单位|成员)*组成")


def named_units(text: str, start: int, end: int, region: str | None, issuer: str | None) -> list[Unit]:
    """Units that a sentence lists: 由X牵头，Y、Z参加; 联席会议由X、Y、Z组成."""
    units: list[Unit] = []
    for match in _LED.finditer(text, start, end):
        units += listed_units(text, *match.span(1), "lead", region, issuer)
        units += listed_units(text, *match.span(2), "cooperate", region, issuer)
    for match in _MADE_OF.finditer(text, start, end):
        parts = list(_parts(text, *match.span(1)))
        if len(parts) > 2 and all(_UNIT_LIKE.fullmatch(text[a:b]) for a, b in parts):
            units += listed_units(text, *match.span(1), "responsible", region, issuer)
    return units


def explicit_units(text: str, start: int, end: int, region: str | None, issuer: str | None) -> list[Unit]:
    """Units that the passage names in parentheses: （责任单位：…） or a trailing （质量科）. Spans are in ``text``."""
    units: list[Unit] = []
    for match in _PARENTHESES.finditer(text, start, end):
        labelled = labelled_units(text, match.start(1), match.end(1), region, issuer)
        units += labelled
        if not labelled and text[match.end() : end].strip("。；;. \n\u3000") == "":
            parts = list(_parts(text, match.start(1), match.end(1)))
            if parts and all(_UNIT_LIKE.fullmatch(text[a:b]) for a, b in parts):
                units += listed_units(text, match.start(1), match.end(1), "responsible", region, issuer)
    tail = _LABELLED.match(text, max(start, text.rfind("\n", start, end) + 1), end)
    if not units and tail:  # a line of its own: 责任单位：区商务局
        units += listed_units(text, tail.start(2), tail.end(2), role_of(tail.group(1)), region, issuer)
    return units or named_units(text, start, end, region, issuer)


@cache
def _districts() -> frozenset[str]:
    return frozenset(place.name for place in gazetteer() if place.level == "district")


def heading_units(
    text: str, headings: tuple[Span, ...], number_free: tuple[str, ...], region: str | None, issuer: str | None
) -> list[Unit]:
    """The unit that the nearest heading above names: ``市公安局开展的活动``, ``和平区``."""
    for span, heading in reversed(list(zip(headings, number_free, strict=True))):
        match = _HEADING_TAIL.match(heading)
        name, tail = (match.group(1), match.group(2)) if match else (heading, "")
        offset = text.find(heading, span.start, span.end)
        if offset < 0:
            continue
        if name in _districts() or (_UNIT_LIKE.fullmatch(name) and (tail or _is_name(name) or name in kinds_by_name())):
            return [_unit(text, offset, offset + len(name), "responsible", region, issuer)]
    return []


def partner_units(text: str, start: int, end: int, region: str | None, issuer: str | None) -> list[Unit]:
    """Units with which the acting unit works: 会同…, 联合…."""
    units: list[Unit] = []
    for trigger in _PARTNER.finditer(text, start, end):
        for a, b in _names_from(text, trigger.end(), end, bare=True):
            units.append(_unit(text, a, b, "cooperate", region, issuer))
    return units


def subject_units(text: str, start: int, end: int, region: str | None, issuer: str | None) -> list[Unit]:
    """Units that act as the subject of a clause (市公安局开展…, 由A与B联合主办)."""
    units: list[Unit] = []
    for clause in re.finditer(r"(?:^|(?<=[。；;，,：:►●\n]))\s*(?:由(?!于))?", text[start:end]):
        first = start + clause.end()
        number = read_number(text[first:end]) if clause.end() == 0 else None
        first += number.width if number else 0
        names = list(_names_from(text, first, end, bare=False))
        if not names:
            continue
        if first <= start + (number.width if number else 0) and text[names[-1][1] : names[-1][1] + 1] in ("：", ":"):
            units += [_unit(text, a, b, "responsible", region, issuer) for a, b in names]  # 4.县财政局：落实…
            continue
        behind = text[names[-1][1] : min(end, names[-1][1] + 14)]
        if not re.match(rf"(?:等[\d一二三四五六七八九十多]*[个家]?(?:部门|单位)?)?{VERBS}", behind):
            continue
        role: Role = "responsible"
        if _LEAD_VERB.search(behind[:6]):
            role = "lead"
        elif _COOPERATE_VERB.match(behind):
            role = "cooperate"
        units += [_unit(text, a, b, role, region, issuer) for a, b in names]
    return list({unit.canonical: unit for unit in reversed(units)}.values())[::-1]


def labelled_units(text: str, start: int, end: int, region: str | None, issuer: str | None) -> list[Unit]:
    """Units behind labels: 牵头单位：区商务局；配合单位：区教育局."""
    return [
        unit
        for label in _LABELLED.finditer(text, start, end)
        for unit in listed_units(text, label.start(2), label.end(2), role_of(label.group(1)), region, issuer)
    ]


def leads_sentence(sentence: str) -> bool:
    """Whether a sentence begins with a unit that acts in it."""
    names = list(_names_from(sentence, 0, len(sentence), bare=False))
    return bool(names) and bool(re.match(VERBS, sentence[names[-1][1] :]))


def _names_from(text: str, position: int, end: int, bare: bool) -> Iterator[tuple[int, int]]:
    """Consecutive names from ``position`` on, joined by 、 和 与 及."""
    while True:
        stop = _name_end(text, position, end)
        if stop is None and bare:
            stop = _bare_end(text, position, end)
        if stop is None:
            return
        yield position, stop
        joint = _JOINT.match(text, stop, end)
        if not joint:
            return
        position = joint.end()


def _is_name(name: str) -> bool:
    return _name_end(name, 0, len(name)) == len(name)


def role_of(label: str) -> Role:
    """The role that a label (牵头单位, 配合部门) gives."""
    if re.search(_LEAD, label):
        return "lead"
    return "cooperate" if re.search(_COOPERATE, label) else "responsible"


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    position = start
    for separator in [*_SEPARATOR.finditer(text, start, end), None]:
        stop = separator.start() if separator else end
        a, b = position, stop
        while a < b and text[a].isspace():
            a += 1
        while b > a and (text[b - 1].isspace() or text[b - 1] == "等"):
            b -= 1
        if b > a:
            yield a, b
        position = separator.end() if separator else end


def listed_units(text: str, start: int, end: int, role: Role, region: str | None, issuer: str | None) -> list[Unit]:
    """Every name of a list (区商务局、区教育局) as a unit of one role."""
    return [_unit(text, a, b, role, region, issuer) for a, b in _parts(text, start, end)]


def _unit(text: str, start: int, end: int, role: Role, region: str | None, issuer: str | None) -> Unit:
    name = resolve(text[start:end], region, issuer)
    return Unit(text[start:end], name.canonical, name.level, name.place, role, start, end)
