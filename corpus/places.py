"""Places: the gazetteer, and which region a text speaks of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from corpus.lexicon import alternatives, rows
from corpus.names import NameIndex
from corpus.types import Level

_UNLISTED_DISTRICT = re.compile(r"[\u4e00-\u9fff]{2,4}?(?:新区|自治县|区|县|旗)(?=[\u4e00-\u9fff]|$)")
_NO_PLACE = re.compile(
    r"(?:地|社|辖|全|园|城|山|景|小|街|片|牧|林|灾|厂|校|各|省|市|分|专|战|专属|示范|开发|保税|高新|经济|工业|功能|自贸)区$"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the gazetteer. ``path`` is its full name: 天津市滨海新区."""

    name: str
    level: Level
    parent: str
    path: str
    aliases: tuple[str, ...]
    english: tuple[str, ...]


@cache
def gazetteer() -> tuple[Place, ...]:
    """All listed places: provinces, cities, and the districts of the municipalities."""
    entries = rows("corpus", "places.tsv", 5)
    parents = {name: parent for name, _, parent, _, _ in entries}
    places = []
    for name, level, parent, aliases, english in entries:
        top = parents.get(parent, "")
        places.append(
            Place(
                name,
                _LEVELS.get(level, "unknown"),
                parent,
                top + parent + name,
                tuple(alternatives(aliases)),
                tuple(alternatives(english)),
            )
        )
    return tuple(places)


_LEVELS: dict[str, Level] = {"province": "province", "city": "city", "district": "district"}


@cache
def _by_name() -> dict[str, list[Place]]:
    index: dict[str, list[Place]] = {}
    for place in gazetteer():
        for name in (place.name, *place.aliases):
            index.setdefault(name, []).append(place)
    return index


@cache
def place_names() -> NameIndex:
    """Every name and alias of a listed place."""
    return NameIndex(_by_name())


def places_in(text: str) -> list[tuple[int, int, tuple[Place, ...]]]:
    """Listed places named in ``text``: (start, end, candidates); longest name first at each position."""
    return [
        (a, b, tuple(_by_name()[text[a:b]]))
        for a, b in place_names().find(text)
        if not (text[b - 1] == "市" and text[b : b + 1] == "场")  # 新民市场 is a market
    ]


def find_region(texts: Iterable[str]) -> str | None:
    """Full name of the region that the first of ``texts`` to name one speaks of, as specific as it says."""
    for text in texts:
        found = places_in(text)
        if not found:
            continue
        counts = Counter(place.path for _, _, candidates in found for place in candidates if len(candidates) == 1)
        tops = [p for _, _, candidates in found for p in candidates if p.level != "district"]
        districts = [candidates for _, _, candidates in found if candidates[0].level == "district"]
        top = max(tops, key=lambda p: (counts[p.path], p.level == "city"), default=None)
        for candidates in districts:
            chosen = [p for p in candidates if top is None or p.parent == top.name] if len(text) < 200 else []
            if chosen:
                return chosen[0].path
        if top:
            return top.path + (_unlisted(text, found) if len(text) < 200 else "")
    return None


def _unlisted(text: str, found: list[tuple[int, int, tuple[Place, ...]]]) -> str:
    """A district or county that follows a listed place but is not listed itself (湖北省宜昌市→夷陵区)."""
    match = _UNLISTED_DISTRICT.match(text, max(end for _, end, _ in found))
    return match.group() if match and not _NO_PLACE.search(match.group()) else ""


def region_level(region: str | None, issuer: str) -> Level:
    """Level of the body that issues a notice for ``region``."""
    if region is None:
        return "national" if re.search(r"国务院|^国家|总局|部(?:办公厅)?(?:关于|$)", issuer) else "unknown"
    if re.search(r"(?:区|县|旗)$", region) and not region.endswith("自治区"):
        return "district"
    if re.search(r"(?:市|州|盟|地区)$", region):
        return "city"
    return "province"


def qualify(place: str, region: str | None) -> str:
    """Full name of ``place`` as it is meant in a notice of ``region`` (河北区 → 天津市河北区)."""
    candidates = _by_name().get(place, [])
    for candidate in candidates:
        if region and region.startswith(candidate.parent or candidate.name):
            return candidate.path
    if candidates:
        return candidates[0].path
    top = city_of(region)
    return place if top is None or place.startswith(top) else top + place


def city_of(region: str | None) -> str | None:
    """The city part of a region's full name, or the region itself where it has none."""
    if region is None:
        return None
    match = re.match(r"(?:.{2,8}?(?:省|自治区))?.{2,8}?(?:市|州|盟|地区)", region)
    return match.group() if match else region


def short_name(place: str) -> str:
    """The last part of a full name: 天津市滨海新区 → 滨海新区."""
    parts = places_in(place)
    return place[parts[-1][0] :] if parts else place
