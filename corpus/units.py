"""Names of units: the registry of what they are called, their level, and the place they belong to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from corpus.lexicon import alternatives, rows
from corpus.places import city_of, gazetteer, places_in, qualify
from corpus.types import Level

_OFFICE = re.compile(r"(?:科|股|所|大队|中队|支队|中心|科室)$")
_SECTION = re.compile(r"(?:科|股|处|科室)$")  # an inner section: it belongs to the issuer


@dataclass(frozen=True, slots=True)
class UnitKind:
    """A row of the registry: one kind of unit, without its place."""

    core: str
    aliases: tuple[str, ...]
    family: str
    english: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitName:
    """A name resolved: ``place`` + ``core`` make the canonical name."""

    canonical: str
    core: str
    family: str
    level: Level
    place: str | None


@cache
def registry() -> tuple[UnitKind, ...]:
    """All kinds of units that the registry lists."""
    return tuple(
        UnitKind(core, tuple(alternatives(aliases)), family or core, tuple(alternatives(english)))
        for core, aliases, family, english in rows("corpus", "units.tsv", 4)
    )


@cache
def kinds_by_name() -> dict[str, UnitKind]:
    """Registry rows by every name they go by."""
    index: dict[str, UnitKind] = {}
    for kind in registry():
        for name in (kind.core, *kind.aliases):
            index.setdefault(name, kind)
    return index


@lru_cache(maxsize=4096)  # a notice names the same units over and over
def resolve(printed: str, region: str | None = None, issuer: str | None = None) -> UnitName:
    """What a printed name means in a notice of ``region`` by ``issuer`` (区市场监管局 → 天津市滨海新区市场监督管理局)."""
    name = re.sub(r"\s+", "", printed)
    place, level, core = _split_place(name, region)
    if not core:
        return UnitName(place or name, "", "", level, place)
    kind = kinds_by_name().get(core)
    if kind is None and len(core) > 2 and core[-1] == core[-2]:  # a slip of the pen: 市供销社社
        kind = kinds_by_name().get(core[:-1])
    if kind is None and place is None and name in kinds_by_name():
        kind = kinds_by_name()[name]
    full = (
        kind.core if kind and kind.core != "有关单位" else core
    )  # 各有关部门 stays as printed: nobody knows who they are
    if level == "unknown" and _OFFICE.search(core):
        level = "office"
        if issuer and _SECTION.search(core):
            place = region
            return UnitName(_long_form(issuer, region) + full, full, kind.family if kind else full, level, region)
    if place is None and level in ("unknown", "office"):
        place = region
    return UnitName((place or "") + full, full, kind.family if kind else full, level, place)


def _long_form(issuer: str, region: str | None) -> str:
    """Canonical name of an issuer: 河北区市场监管局 → 天津市河北区市场监督管理局."""
    place, _, core = _split_place(issuer, region)
    kind = kinds_by_name().get(core)
    return (place or "") + (kind.core if kind else core)


def _split_place(name: str, region: str | None) -> tuple[str | None, Level, str]:
    """Place, level and the rest of a unit's name."""
    every = re.match(r"(?:全[市区县]|本?[市区县])?各([市区县])(?!场)", name)
    if every:
        return city_of(region), "district" if every.group(1) != "市" else "city", name
    if name.endswith(("海关", "分行", "支行")):
        return None, "city", name
    if name.startswith(("国务院", "国家", "中华", "全国")):
        return None, "national", name
    listed = places_in(name)
    if listed and listed[0][0] == 0:
        end, candidates = listed[0][1], listed[0][2]
        place = qualify(name[:end], region)
        level: Level = candidates[0].level
        rest = name[end:]
        if rest and level != "district":
            inner, inner_level, rest_core = _split_place(rest, place)
            if inner and inner.startswith(place) and inner != place:
                return inner, inner_level, rest_core
        return place, level, rest
    head = re.match(r"([市省区县州旗])(?!场)(?=[\u4e00-\u9fff]{2})", name)
    if head:
        top = city_of(region)
        if head.group(1) in "市州":
            return top, "city", name[1:]
        if head.group(1) == "省":
            return _province_of(region), "province", name[1:]
        return (region if region != top else None), "district", name[1:]
    if re.match(r"团[市区县省]委", name):
        return city_of(region), "city", name
    return None, "unknown", name


def _province_of(region: str | None) -> str | None:
    return next((p.path for p in gazetteer() if p.level == "province" and region and region.startswith(p.path)), None)
