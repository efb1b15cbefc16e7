"""Places: the gazetteer, and which region a text speaks of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from corpus.lexicon import alternatives, rows
from corpus.names import NameIndex
from corpus.types import Level

_UNLISTED_DISTRICT = re.compile(r"[\u4e00-\u9fff]{2,4}?(?:新区|自治县|区|县|旗)(?=[\u4e00-\u9fff]|$)")
_NO_PLACE = re.compile(
    r"(?:地|社|辖|全|园|城|山|景|小|街|片|牧|林|灾|厂|校|各|省|市|分|专|战|专属|示范|开发|保税|高新|经济|工业|功能|自贸)区$"
)
# What a body that issues notices begins with behind its place's name: 仙居县 | 人民政府, 茂林镇 | 党政办公室
_GOVERNMENT = re.compile(r"(?:人民)?政府|人大|党委|党政|(?:工作)?委员会|委|(?:党)?工委|办事处|街道|人民法院|人民检察院")
_BODY = re.compile(rf"{_GOVERNMENT.pattern}|[\u4e00-\u9fff]{{2,12}}?(?:局|厅|办公室|指挥部)(?:$|[、，,\s关印转对])")
_NO_UNLISTED = re.compile(
    r"[各全本我该两外在对和与及委府局厅]|关于|印发|转发|批转|有关|所有|相关|部分|乡镇|省市|市县|地州"
)
_UNLISTED = re.compile(r"(?:中共|共青团)?([\u4e00-\u9fff]{1,8}?(?:自治县|自治州|[省市县区州旗镇乡]|街道))")
_NATIONAL = re.compile(r"国务院|^国家|^中华人民共和国|^全国|^中共中央|总局|部(?:办公厅)?(?:关于|、|$)")
_LONG = 200  # code points from which on a text speaks of places by the way, not of one by its name
# 津政发〔2021〕5号, 中央驻津单位: the provinces' one-character names, without those that cities use as well (宁, 青, 新 …)
_ABBREVIATED = {
    "津": "天津市", "沪": "上海市", "渝": "重庆市", "冀": "河北省", "晋": "山西省", "辽": "辽宁省", "苏": "江苏省", "浙": "浙江省",
    "皖": "安徽省", "闽": "福建省", "赣": "江西省", "鲁": "山东省", "豫": "河南省", "鄂": "湖北省", "湘": "湖南省", "粤": "广东省",
    "桂": "广西壮族自治区", "琼": "海南省", "黔": "贵州省", "滇": "云南省", "藏": "西藏自治区", "陕": "陕西省",
}  # fmt: skip
_STATIONED = re.compile(rf"驻([{''.join(_ABBREVIATED)}])(?![\u4e00-\u9fff]?(?:市|县|区))")


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the gazetteer. ``path`` is its full name: 天津市滨海新区.

    ``word``: the name alone is a word as well (城区, 会同县教育局); it counts only behind the name of a place that it
    lies in, or in front of its government.
    """

    name: str
    level: Level
    parent: str
    path: str
    aliases: tuple[str, ...]
    english: tuple[str, ...]
    word: bool = False


@cache
def gazetteer() -> tuple[Place, ...]:
    """All listed places: provinces, cities, counties and districts; those with short forms and English names first."""
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
    listed = {place.name for place in places}
    counties = rows("corpus", "counties.tsv", 3)
    often = Counter(name for name, _, _ in counties)
    for name, parent, word in counties:
        shared = often[name] > 1 and name not in listed  # 鼓楼区 lies in four cities
        path = parents[parent] + parent + name
        places.append(Place(name, "district", parent, path, (), (), bool(word) or shared))
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
    """Every name and alias of a listed place that is no word as well."""
    return NameIndex(name for name, places in _by_name().items() if not all(place.word for place in places))


@cache
def _every_name() -> NameIndex:
    return NameIndex(_by_name())


def places_in(text: str) -> list[tuple[int, int, tuple[Place, ...]]]:
    """Listed places named in ``text``: (start, end, candidates); longest name first at each position."""
    found: list[tuple[int, int, tuple[Place, ...]]] = []
    position = 0
    while position < len(text):
        end = _every_name().match(text, position)
        if end is None:
            position += 1
            continue
        candidates = tuple(_by_name()[text[position:end]])
        before = found[-1] if found and found[-1][1] == position else None
        within = before and tuple(c for c in candidates if any(c.path.startswith(b.path) for b in before[2]))
        if text[end - 1] == "市" and text[end : end + 1] == "场":  # 新民市场 is a market
            position += 1
        elif within:
            found.append((position, end, within))
            position = end
        elif all(c.word for c in candidates) and not _governed(text, position, end):
            position += 1
        else:
            found.append((position, end, tuple(c for c in candidates if not c.word) or candidates))
            position = end
    return found


def _governed(text: str, start: int, end: int) -> bool:
    """Whether a name that is a word as well opens the name of a government: 赵县人民政府."""
    opens = start == 0 or not "\u4e00" <= text[start - 1] <= "\u9fff"
    return opens and bool(_GOVERNMENT.match(text, end))


def lists_places(text: str) -> bool:
    """Whether a text names several places side by side, none inside another: 山西、安徽省."""
    return any(
        text[a_end:b_start] in ("、", "和", "与", "及") and not b[0].path.startswith(a[0].path)
        for (_, a_end, a), (b_start, _, b) in pairwise(places_in(text))
    )


def find_region(texts: Iterable[str]) -> str | None:
    """Full name of the region that the first of ``texts`` to name one speaks of, as specific as it says."""
    for text in texts:
        region = _region(text)
        if region:
            return region
    return None


def _region(text: str) -> str | None:
    found = places_in(text)
    counts = Counter(c[0].path for _, _, c in found if len(c) == 1)
    tops = [place for _, _, candidates in found for place in candidates if place.level != "district"]
    top = max(tops, key=lambda p: (counts[p.path], p.level == "city"), default=None)
    districts = [c for _, _, c in found if c[0].level == "district"]
    if len(text) >= _LONG:
        within = [c[0].path for c in districts if len(c) == 1 and not c[0].word and not tops]
        return top.path if top else max(within, key=counts.__getitem__, default=None)
    for candidates in districts:
        chosen = [p for p in candidates if top is None or p.path.startswith(top.path)]
        if len(chosen) == 1 or (chosen and not chosen[0].word):
            return chosen[0].path
    return top.path + _unlisted(text, found) if top else None


def _unlisted(text: str, found: list[tuple[int, int, tuple[Place, ...]]]) -> str:
    """A district or county that follows a listed place but is not listed itself (湖北省宜昌市→夷陵区)."""
    match = _UNLISTED_DISTRICT.match(text, max(end for _, end, _ in found))
    return match.group() if match and not _NO_PLACE.search(match.group()) else ""


def issuing_place(issuer: str) -> str:
    """The place at the head of an issuer's name, listed or not, without what the gazetteer knows of it: 茂林镇.

    Empty where none stands there: 市教育局, 国务院.
    """
    end = 0
    for start, stop, _ in places_in(issuer):
        if start in (end, end + 2):
            end = stop
    if end and issuer.startswith("人民政府", end):  # 朝阳区人民政府望京街道办事处
        end += 4
    out = ""
    while match := _UNLISTED.match(issuer, end):
        name = match.group(1)
        known = bool(out or end)
        if len(name) < 3 - known or _NO_UNLISTED.search(name) or _NO_PLACE.search(name):
            break
        out, end = out + name, match.end()
    return out if out and _BODY.match(issuer, end) else ""


def region_of_number(number: str) -> str | None:
    """The province whose one-character name a document number begins with: 津政发〔2021〕5号."""
    return _ABBREVIATED.get(number[:1])


def stationed_region(text: str) -> str | None:
    """The province in which those addressed are stationed: 中央驻津单位."""
    match = _STATIONED.search(text)
    return _ABBREVIATED[match.group(1)] if match else None


def region_level(region: str | None, issuer: str) -> Level:
    """Level of the body that issues a notice for ``region``."""
    if region is None:
        return "national" if _NATIONAL.search(issuer) else "unknown"
    if re.search(r"(?:区|县|旗|镇|乡|街道)$", region) and not region.endswith("自治区"):
        return "district"
    if re.search(r"(?:市|州|盟|地区)$", region):
        return "city"
    return "province"


def qualify(place: str, region: str | None) -> str:
    """Full name of ``place`` as it is meant in a notice of ``region`` (河北区 → 天津市河北区)."""
    candidates = _by_name().get(place, [])
    for candidate in candidates:
        above = candidate.path.removesuffix(candidate.name) if candidate.parent else candidate.name
        if region and region.startswith(above):
            return candidate.path
    if candidates and (len(candidates) == 1 or not candidates[0].word):
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
