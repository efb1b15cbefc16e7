"""Units that a passage names as responsible: behind labels, in brackets, in lists, in 由X牵头、Y配合."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise

from corpus.extract.unit_names import SUFFIX, UNIT_LIKE
from corpus.places import place_names
from corpus.types import Role, Unit
from corpus.units import kinds_by_name, resolve

_LEAD = "牵头|主办|主责"
_COOPERATE = "配合|协办|协助|参与|参加|会办"
_BODIES = r"(?:单位|部门|科室|处室|机构|地区|主体|方)"
_LABEL = rf"(?:主办责任|牵头责任|责任|{_LEAD}|{_COOPERATE}|承办|落实|负责|实施|组织|主管|督办|成员){_BODIES}?(?:[及和、](?:责任|配合)?{_BODIES})?"
_LABELLED = re.compile(
    rf"(?<![\u4e00-\u9fff])({_LABEL})\s*[:：]\s*([^；;。）)\n]+)|({_BODIES})\s*[:：](?=[^；;。）)\n]*负责)"
)
_LABEL_LINE = re.compile(rf"\s*[（(【]?\s*({_LABEL})\s*[:：]")
_OTHER_LABEL = re.compile(r"[，,；;\s]\s*[\u4e00-\u9fff]{2,8}[:：]")
_PARENTHESES = re.compile(r"[（(]([^（）()]{2,600}(?:[（(][^（）()]{1,24}[）)][^（）()]{0,400})*)[）)]")
# What is done by the units that stand in front of it.
_DOES = re.compile(
    r"(?:共同|分别|具体|联合|总)?(?:(?P<lead>(?:负责)?牵头(?:负责|组织|落实|实施|推进|抓总)?|主办|组织牵头)|"
    r"(?P<cooperate>(?:按(?:照)?(?:各自)?职责(?:分工)?)?(?:配合|协助|参与|参加|协办)(?:实施|落实)?)|"
    r"(?P<responsible>(?:按(?:照)?|依)(?:各自)?职责(?:和)?(?:分工)?(?:分别|共同)?(?:负责|落实|抓好落实|做好相关工作|推进|组织实施|实施)?|"
    r"负责(?:落实|实施|组织实施|指导)?|承办|落实|实施|组织实施|指导|督办))"
    r"(?=[，,；;。、\s]|$)"
)
_SEPARATOR = re.compile(
    r"等(?:有关|相关)?(?:国务院)?(?:有关|相关)?(?:部门|单位)?(?:和单位)?(?:和|及|以及|[，,])(?!单位|部门)|[、，,；;\s]|以及|"
    r"(?<=[局委办厅部府会院社行署所站联司组团关])(?:和|及其|及|与|或)(?=[\u4e00-\u9fff])|(?<=单位)和|(?<=门)(?:和|及|与)(?!单位)|(?<=公司)(?:和|及|与)"
)
_REST = re.compile(r"等(?:有关|相关)?(?:国务院)?(?:有关|相关)?(?:职能)?(?:部门|单位)?(?:和单位)?$")
_LEVELS = re.compile(
    r"\s*各?(?:有关)?(?:自治区|直辖市|地区|[省市州县区旗镇乡])(?:、(?:自治区|直辖市|[省市州县区旗镇乡]))*"
)  # 各市、州、县人民政府 is one name
_FIRST_LEADS = re.compile(
    r"(?:列|排|排名|排列)(?:在|名)?(?:第一|首)(?:位|个)?(?:的|者)?(?:单位|部门)?为牵头|第一(?:个|家)?(?:责任)?(?:单位|部门)为牵头"
)
_MADE_OF = re.compile(
    r"(?:等)?(?:[\d一二三四五六七八九十]+个)?(?:相关|有关|成员)?(?:部门|单位|成员){0,3}(?:和(?:有关|相关)?(?:部门|单位))?"
    r"(?:的?(?:分管|有关|主要|相关)?负责(?:同志|人))?(?:组成|参加(?=的[^，。；]{0,12}(?:小组|指挥部|委员会|联席会议|专班)))"
)
_IS_LEAD = re.compile(r"([\u4e00-\u9fff]{2,20}?)(?:为|是|担任)(?:牵头|召集人)(?:单位|部门)")
_LED = re.compile(r"(?:负责)?牵头[^，,。；;、]{0,6}[，,、]\s*(?:会同)?")
_JOIN = re.compile(r"([^。；;]{2,240}?)(?:等(?:部门|单位)?)?(?:参加|配合|参与|协助|按职责)")
_PLACE_ENDS = tuple("省市区县旗州")
_STOP = re.compile(r"[；;。]")
_MAX_LIST = 600  # code points of a list in a sentence


def explicit_units(
    text: str, start: int, end: int, region: str | None, issuer: str | None, first_leads: bool = False
) -> list[Unit]:
    """Units that a passage names in brackets, behind a label, or in a list of members. Spans are in ``text``.

    :param first_leads: the notice says that the first of a list leads (列第一位者为牵头单位)
    """
    units: list[Unit] = []
    for match in _PARENTHESES.finditer(text, start, end):
        a, b = match.span(1)
        found = labelled_units(text, a, b, region, issuer) or clause_units(text, a, b, region, issuer)
        if not found and _ends_sentence(text, match.end(), end):
            found = _plain_list(text, a, b, region, issuer)
        if first_leads and found and all(unit.role == "responsible" for unit in found):
            found = [_with_role(found[0], "lead"), *found[1:]]
        units += found
    units = units or labelled_units(text, start, end, region, issuer)
    return _merged(units or named_units(text, start, end, region, issuer))


def says_first_leads(text: str) -> int | None:
    """Where a notice says that the first unit of each list leads; None where it does not."""
    match = _FIRST_LEADS.search(text)
    return match.start() if match else None


def is_label_line(text: str) -> bool:
    """Whether a line says who is responsible, and nothing else: 责任单位：区商务局."""
    return bool(_LABEL_LINE.match(text)) and "。" not in text.rstrip("。 \u3000）)")


def labelled_units(text: str, start: int, end: int, region: str | None, issuer: str | None) -> list[Unit]:
    """Units behind labels: 牵头单位：区商务局；配合单位：区教育局."""
    units: list[Unit] = []
    if text.find("：", start, end) < 0 and text.find(":", start, end) < 0:
        return units
    for label in _LABELLED.finditer(text, start, end):
        if label.group(1) is None:
            units += clause_units(text, label.end(), end, region, issuer)
            continue
        a, b = label.span(2)
        other = _OTHER_LABEL.search(text, a, b)
        b = other.start() if other else b
        units += clause_units(text, a, b, region, issuer) or listed_units(
            text, a, b, role_of(label.group(1)), region, issuer
        )
    return units


def clause_units(text: str, start: int, end: int, region: str | None, issuer: str | None) -> list[Unit]:
    """Units of a clause that says what they do: 省公安厅牵头，省教育厅、省财政厅配合；各市政府按职责分工负责."""
    units: list[Unit] = []
    if not _DOES.search(text, start, end):
        return units
    for a, b in _between(text, start, end, _STOP):
        position = a
        for does in _DOES.finditer(text, a, b):
            first = position + (1 if text[position : position + 1] == "由" else 0)
            parts = list(_parts(text, first, does.start()))
            if not parts or not all(_is_unit(text[x:y]) for x, y in parts):
                break
            role: Role = "lead" if does.group("lead") else "cooperate" if does.group("cooperate") else "responsible"
            units += [unit_at(text, x, y, role, region, issuer) for x, y in parts]
            position = does.end()
            while position < b and text[position] in "，,、 \u3000":
                position += 1
    return units


def named_units(text: str, start: int, end: int, region: str | None, issuer: str | None) -> list[Unit]:
    """Units that a sentence lists: 由X牵头，Y、Z参加; 联席会议由X、Y、Z组成，X为牵头单位."""
    units: list[Unit] = []
    for match in _LED.finditer(text, start, end) if text.find("牵头", start, end) >= 0 else ():
        first = _behind_by(text, max(start, match.start() - 120), match.start())
        rest = _JOIN.match(text, match.end(), end) if first else None
        if first and rest:
            groups = list(_parts(text, first, match.start())), list(_parts(text, *rest.span(1)))
            if all(parts and all(_is_unit(text[a:b]) for a, b in parts) for parts in groups):
                units += [unit_at(text, a, b, "lead", region, issuer) for a, b in groups[0]]
                units += [unit_at(text, a, b, "cooperate", region, issuer) for a, b in groups[1]]
    joint = any(text.find(word, start, end) >= 0 for word in ("组成", "参加的"))
    for match in _MADE_OF.finditer(text, start, end) if joint else ():
        first = _behind_by(text, max(start, match.start() - _MAX_LIST), match.start())
        members = list(_parts(text, first, match.start())) if first else []
        if len(members) > 2 and all(_is_unit(text[a:b]) for a, b in members):
            leads = {lead.group(1) for lead in _IS_LEAD.finditer(text, match.end(), min(end, match.end() + _MAX_LIST))}
            for a, b in members:
                units.append(unit_at(text, a, b, "lead" if text[a:b] in leads else "responsible", region, issuer))
    return units


def _behind_by(text: str, start: int, end: int) -> int | None:
    """Where a list begins: behind the last 由 of the sentence that ends at ``end``."""
    stop = max(text.rfind(mark, start, end) for mark in "。；;")
    by = text.rfind("由", max(start, stop + 1), end)
    return by + 1 if by >= 0 and text[by - 1 : by] not in ("自", "理", "缘", "事") else None


def listed_units(text: str, start: int, end: int, role: Role, region: str | None, issuer: str | None) -> list[Unit]:
    """Every name of a list (区商务局、区教育局) as a unit of one role."""
    return [unit_at(text, a, b, role, region, issuer) for a, b in _parts(text, start, end)]


@cache
def role_of(label: str) -> Role:
    """The role that a label (牵头单位, 配合部门) gives."""
    if any(word in label for word in _LEAD.split("|")):
        return "lead"
    return "cooperate" if any(word in label for word in _COOPERATE.split("|")) else "responsible"


def unit_at(text: str, start: int, end: int, role: Role, region: str | None, issuer: str | None) -> Unit:
    """The unit whose name is printed between two offsets."""
    name = resolve(text[start:end], region, issuer)
    return Unit(text[start:end], name.canonical, name.level, name.place, role, start, end)


def _with_role(unit: Unit, role: Role) -> Unit:
    return Unit(unit.name, unit.canonical, unit.level, unit.place, role, unit.start, unit.end)


def _merged(units: Iterable[Unit]) -> list[Unit]:
    """Each unit once, with the first role it was given."""
    first: dict[str, Unit] = {}
    for unit in units:
        first.setdefault(unit.canonical, unit)
    return list(first.values())


def _plain_list(text: str, start: int, end: int, region: str | None, issuer: str | None) -> list[Unit]:
    """Brackets that hold names and nothing else: （质量科、执法大队）."""
    parts = list(_parts(text, start, end))
    if not parts or not all(UNIT_LIKE.fullmatch(text[a:b]) for a, b in parts):
        return []
    return listed_units(text, start, end, "responsible", region, issuer)


@cache
def _suffix() -> re.Pattern[str]:
    return re.compile(rf".*(?:{SUFFIX}|[社团会])")


def _is_unit(name: str) -> bool:
    levels = _LEVELS.match(name)
    if levels and "、" in levels.group():
        name = name[levels.end() :]
    if UNIT_LIKE.fullmatch(name) or name in kinds_by_name() or _ALIASED.fullmatch(name):
        return True
    return name[-1:] in _PLACE_ENDS and len(name) in place_names().ends(name, 0, len(name))


_ALIASED = re.compile(
    rf"[\u4e00-\u9fff]{{2,20}}{SUFFIX}[（(][\u4e00-\u9fff]{{2,14}}[）)]|[\u4e00-\u9fff]{{2,4}}[（(][\u4e00-\u9fff、]{{1,8}}[）)]{SUFFIX}"
)


def _ends_sentence(text: str, position: int, end: int) -> bool:
    return text[position:end].strip("。；;. \n\u3000") == ""


def _between(text: str, start: int, end: int, separator: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    cuts = [start]
    for match in separator.finditer(text, start, end):
        cuts += match.span()
    for a, b in list(pairwise([*cuts, end]))[::2]:
        if text[a:b].strip():
            yield a, b


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The names of a list, without blanks and 等有关部门; separators inside brackets do not count."""
    position = start
    brackets = any(text.find(bracket, start, end) >= 0 for bracket in "（(）)")
    for separator in [*_SEPARATOR.finditer(text, start, end), None]:
        stop = separator.start() if separator else end
        if separator and ((brackets and _open(text, position, stop)) or _LEVELS.fullmatch(text, position, stop)):
            continue
        a, b = position, stop
        while a < b and text[a].isspace():
            a += 1
        rest = _REST.search(text[a:b]) if text.find("等", a, b) >= 0 else None
        if rest and rest.start():
            b = a + rest.start()
        while b > a and text[b - 1].isspace():
            b -= 1
        if b > a:
            yield a, b
        position = separator.end() if separator else end


def _open(text: str, start: int, end: int) -> bool:
    """Whether a bracket is open."""
    return sum(text.count(c, start, end) for c in "（(") > sum(text.count(c, start, end) for c in "）)")
