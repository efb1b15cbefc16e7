"""Units that act in running sentences: as subject (市公安局开展…), behind 由, as partners (会同…)."""

from __future__ import annotations

import re

from corpus.extract.explicit import unit_at
from corpus.extract.unit_names import (
    MODAL,
    SUFFIX,
    VERBS,
    acts,
    acts_not,
    behind_names,
    describes,
    entitled_end,
    names_from,
    registered_end,
)
from corpus.structure.numbering import read_number
from corpus.types import Role, Unit

_LEAD_IN = r"[\s\u3000]*(?:其中|同时|必要时|原则上)?请?"
_OPENING = re.compile(_LEAD_IN)
_CLAUSE = re.compile(rf"(?<=[。；;，,：:►●\n]){_LEAD_IN}")
_AGENT = re.compile(
    r"(?<![自理缘事经情因])由(?!于|此|来|衷|头|浅|表|点|各地|[^，。]{0,4}组成)|经(?=[\u4e00-\u9fff]{2,16}会同)"
)
_RELATIVE = re.compile(
    rf"(?<=的)(?<!相应的)(?<!设区的)(?=[\u4e00-\u9fff（）()、]{{2,40}}?{MODAL})"
)  # 发布信息的地方政府应当…
_WHICH = re.compile(r"(?![^的]*(?:领导|牵头|负责))[^，。；、由的]{2,12}的(?!其他)")
_MUST = re.compile(rf"(?![，,]负责){MODAL}")
_PLAIN = re.compile(
    rf"各[\u4e00-\u9fff]{{1,8}}|[\u4e00-\u9fff（）()、]{{0,20}}{SUFFIX}|[\u4e00-\u9fff（）()]{{1,8}}组织"
)
_SET_UP = re.compile(r"(?:设立|成立|组建|建立)(?=[\u4e00-\u9fff]{2,20}(?:，|,)?(?:具体)?(?:负责|承担|统筹))")
_SET_UP_FOR = re.compile(r"[，,]?(?:具体)?(?:负责(?!人(?![才力口防民事工社大])|同志)|承担|统筹)")
_ENCOURAGED = re.compile(r"鼓励(?!和|企业)")
_TOLD = re.compile(rf"[，,](?={MODAL}|及时|切实|认真|立即|务必)")
_LEADS = re.compile(
    r"(?:负责|正在|要|应|应当|应及时)?(?:牵头|主办|会同|商(?!会|业|务))|(?:将|要|应|可|已|应当)?(?:会同|与[^，。；]{2,40}(?:一起|联合|共同))"
)
_COOPERATES = re.compile(r"(?:予以|积极|做好)?(?:配合|协助|协同|协办)|(?:参加|参与)(?=[。；;]|$)")
_PARTNER = re.compile(r"(?:会同|联合|协同|(?<=[部局委厅办院会署])商)(?!主办|印发|开展|发布|执法|整治|体|会|办|业|务)")
_PARTNERS = ("会同", "联合", "协同", "商")  # without one of them there is none
_NAME_ONLY = re.compile(r"[。．.：:]")


def subject_units(text: str, start: int, end: int, region: str | None, issuer: str | None) -> list[Unit]:
    """Units that act in a passage's clauses, in order (市公安局开展…, 由A与B联合主办)."""
    units: list[Unit] = []
    body = _body(text, start, end)
    units += _subjects(text, body, end, region, issuer, opening=True)
    for clause in _CLAUSE.finditer(text, body, end):
        units += _subjects(text, clause.end(), end, region, issuer, opening=False)
    for agent in _AGENT.finditer(text, body, end):
        found = _agents(text, agent.end(), end, region, issuer)
        which = None if found else _WHICH.match(text, agent.end(), end)  # 由承担任务的县人民政府补贴
        units += _agents(text, which.end(), end, region, issuer) if which else found
    for clause in _RELATIVE.finditer(text, body, end) if text.find("的", body, end) >= 0 else ():
        names = names_from(text, clause.end(), end)
        if names and _MUST.match(text, behind_names(text, names[-1][1], end), end):
            units += [unit_at(text, a, b, "responsible", region, issuer) for a, b in names]
    for founded in _SET_UP.finditer(text, body, end):
        names = names_from(text, founded.end(), end)
        if len(names) == 1 and _SET_UP_FOR.match(text, names[0][1], end):
            units.append(unit_at(text, *names[0], "responsible", region, issuer))
    for told in _ENCOURAGED.finditer(text, body, end):
        units += _subjects(text, told.end(), end, region, issuer, opening=False)
    first: dict[str, Unit] = {}
    for unit in sorted(units, key=lambda unit: unit.start):
        first.setdefault(unit.canonical, unit)
    return list(first.values())


def opening_units(text: str, start: int, end: int, region: str | None, issuer: str | None) -> list[Unit]:
    """The units with which an item begins and that act in it: （3）公安部负责…; 2.各中小学校。由…; 4.县财政局：…"""
    return _subjects(text, _body(text, start, end), end, region, issuer, opening=True)


def partner_units(text: str, start: int, end: int, region: str | None, issuer: str | None) -> list[Unit]:
    """Units with which the acting unit works: 会同…, 联合…."""
    units: list[Unit] = []
    if not any(text.find(word, start, end) >= 0 for word in _PARTNERS):
        return units
    for trigger in _PARTNER.finditer(text, start, end):
        names = names_from(text, trigger.end(), end)
        stop = None if names else registered_end(text, trigger.end(), end)
        for a, b in names or ([(trigger.end(), stop)] if stop else []):
            units.append(unit_at(text, a, b, "cooperate", region, issuer))
    return units


def leads_sentence(sentence: str) -> bool:
    """Whether a sentence begins with a unit that acts in it."""
    names = names_from(sentence, 0, len(sentence))
    return bool(names) and bool(re.match(VERBS, sentence[names[-1][1] :]))


def _body(text: str, start: int, end: int) -> int:
    """Where the words of a passage begin, behind its number."""
    number = read_number(text[start:end])
    opening = _OPENING.match(text, start + (number.width if number else 0), end)
    return opening.end() if opening else start


def _subjects(text: str, position: int, end: int, region: str | None, issuer: str | None, opening: bool) -> list[Unit]:
    names = names_from(text, position, end)
    if not names:
        entitled = entitled_end(text, position, end) if opening else None
        return [unit_at(text, position, entitled, "responsible", region, issuer)] if entitled else []
    stop = names[-1][1]
    if opening and _NAME_ONLY.match(text, stop, end):  # 4.县财政局：落实…
        return [unit_at(text, a, b, "responsible", region, issuer) for a, b in names]
    if text[names[0][0] : stop] == "党中央、国务院":  # has decided long ago
        return []
    behind = behind_names(text, stop, end)
    told = _TOLD.match(text, behind, end) if all(_PLAIN.fullmatch(text, a, b) for a, b in names) else None
    behind = told.end() if told else behind
    if behind < end and not acts(text, behind, end):
        return []
    if behind >= end or text[behind] in "，,。；;、：:":
        return []
    return _in_role(text, names, behind, end, region, issuer)


def _agents(text: str, position: int, end: int, region: str | None, issuer: str | None) -> list[Unit]:
    names = names_from(text, position, end, agent=True)
    if not names:
        return []
    behind = behind_names(text, names[-1][1], end)
    if acts_not(text, behind, end) or behind >= end or describes(text, behind, end):
        return []
    return _in_role(text, names, behind, end, region, issuer)


def _in_role(
    text: str, names: list[tuple[int, int]], behind: int, end: int, region: str | None, issuer: str | None
) -> list[Unit]:
    role: Role = "responsible"
    if _LEADS.match(text, behind, end):
        role = "lead"
    elif _COOPERATES.match(text, behind, end):
        role = "cooperate"
    return [unit_at(text, a, b, role, region, issuer) for a, b in names]
