"""Which units act in a passage: what it says itself, what the headings above say, who acts in its sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from corpus.extract.columns import column_units
from corpus.extract.explicit import explicit_units, unit_at
from corpus.extract.subjects import opening_units, partner_units, subject_units
from corpus.extract.unit_names import UNIT_LIKE, place_led_end
from corpus.places import gazetteer
from corpus.structure.tables import TableRow
from corpus.types import Span, Unit
from corpus.units import kinds_by_name

_HEADING_TAIL = re.compile(
    r"^(.{2,30}?)((?:开展|组织|举办|负责|牵头|承担)(?:的|实施的)?(?:主要|重点|各项|相关)?(?:活动|工作|任务|事项)?|"
    r"(?:及其|的)?(?:主要|工作)?(?:活动|职责|任务)|)[：:]?$"
)
_GROUP = re.compile(r"[\u4e00-\u9fff]{2,10}(?<![小重改分])组")  # （一）安全保卫组
_ANYBODY = re.compile(r"各|有关|相关|其他")  # says nothing of who they are: 各有关部门按职责分工负责
_OF_SEVERAL = re.compile(r"成员单位|各部门|各单位|有关部门|相关部门|^各")


@dataclass(frozen=True, slots=True)
class Context:
    """What a passage's units are resolved against."""

    region: str | None
    issuer: str | None
    first_leads: int | None = None  # offset from which on the first of a list leads
    labels: Mapping[int, Span] = field(default_factory=dict)  # lines of labels that hold for a section, by its heading


def units_of(
    text: str,
    start: int,
    end: int,
    context: Context,
    headings: tuple[Span, ...] = (),
    section_path: tuple[str, ...] = (),
    row: TableRow | None = None,
    press: bool = False,
) -> tuple[Unit, ...]:
    """Units of the passage ``text[start:end]``: those it names itself, else those it inherits, else its subjects.

    Partners (会同…) come last. A unit is listed once.

    :param headings: spans of the headings above, outermost first; ``section_path`` holds their words
    :param row: the table row that the passage is
    :param press: a newspaper article: its headings name no units
    """
    region, issuer = context.region, context.issuer
    if row is not None:
        units = column_units(text, row.fields, region, issuer)
        if units or row.has_unit_column:
            return tuple(units)
    leads = context.first_leads is not None and end >= context.first_leads
    units = explicit_units(text, start, end, region, issuer, leads)
    if not units and not press:
        units = opening_units(text, start, end, region, issuer) and subject_units(text, start, end, region, issuer)
        if not units:
            units = heading_units(text, headings, section_path, context)
            if units:
                units += subject_units(text, start, end, region, issuer)
    if not units or all(_ANYBODY.match(unit.name) for unit in units):
        units += subject_units(text, start, end, region, issuer)
    units = list({unit.canonical: unit for unit in reversed(units)}.values())[::-1]
    known = {unit.canonical for unit in units}
    near = next((u.place for u in units if u.level == "district" and u.place), region)  # 蓟州区市场监管局联合区教育局…
    for unit in partner_units(text, start, end, near, issuer):
        if unit.canonical not in known:
            units.append(unit)
            known.add(unit.canonical)
    return tuple(units)


@cache
def _districts() -> frozenset[str]:
    return frozenset(place.name for place in gazetteer() if place.level == "district")


def heading_units(text: str, headings: Sequence[Span], section_path: Sequence[str], context: Context) -> list[Unit]:
    """The units that the nearest heading above names: ``市公安局开展的活动``, ``和平区``, ``…（责任单位：…）``."""
    region, issuer = context.region, context.issuer
    for span, heading in reversed(list(zip(headings, section_path, strict=True))):
        below = context.labels.get(span.start)
        units = explicit_units(text, span.start, span.end, region, issuer)
        units += explicit_units(text, below.start, below.end, region, issuer) if below else []
        if units:
            return units
        offset = text.find(heading, span.start, span.end)
        if offset < 0:
            continue
        match = _HEADING_TAIL.match(heading)
        name, tail = (match.group(1), match.group(2)) if match else (heading, "")
        if (
            name in _districts()
            or _GROUP.fullmatch(name)
            or (UNIT_LIKE.fullmatch(name) and (tail or _is_name(name) or name in kinds_by_name()))
        ):
            return (
                []
                if _OF_SEVERAL.search(name)
                else [unit_at(text, offset, offset + len(name), "responsible", region, issuer)]
            )
        if _OF_SEVERAL.search(heading):  # the items below name each its own
            return []
    return []


def _is_name(name: str) -> bool:
    return place_led_end(name, 0, len(name)) == len(name)
