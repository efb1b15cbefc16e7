"""The hand-written lexicons: their form, and a few entries that must not get lost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.fold import fold

ROOT = Path(__file__).resolve().parent.parent
UNITS = ROOT / "corpus" / "data" / "units.tsv"
PLACES = ROOT / "corpus" / "data" / "places.tsv"
TERMS = ROOT / "index" / "data" / "terms.txt"
SYNONYMS = ROOT / "index" / "data" / "synonyms.tsv"
GLOSSARY = ROOT / "index" / "data" / "glossary.tsv"
TABLES = {UNITS: 4, PLACES: 5, SYNONYMS: 3, GLOSSARY: 2}
HAN = re.compile(r"[\u4e00-\u9fff]")


def read(path: Path) -> Iterator[list[str]]:
    """Fields of each line that is not a comment."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def repeated(values: list[str]) -> list[str]:
    """Values that stand more than once."""
    return [value for value, count in Counter(values).items() if count > 1]


@pytest.mark.parametrize("path", [*TABLES, TERMS], ids=lambda path: path.name)
def test_text_is_clean(path: Path) -> None:
    text = path.read_bytes().decode("utf-8")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert not re.search("[\r\u3000\u00a0\ufeff\u200b]", text)
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("#"):
            assert line == line.strip(" "), (number, line)
            assert " \t" not in line, (number, line)
            assert "\t " not in line, (number, line)
            assert "  " not in line, (number, line)
            assert " |" not in line, (number, line)
            assert "| " not in line, (number, line)


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name)
def test_columns_and_alternatives(path: Path) -> None:
    for fields in read(path):
        assert len(fields) == TABLES[path], fields
        for field in fields:
            parts = field.split("|") if field else []
            assert all(parts), fields
            assert not repeated(parts), fields


@pytest.mark.parametrize(
    ("path", "least", "most"),
    [(UNITS, 150, 1200), (PLACES, 450, 4000), (TERMS, 800, 3500), (SYNONYMS, 400, 2000), (GLOSSARY, 1200, 6000)],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
def test_sizes(path: Path, least: int, most: int) -> None:
    assert least <= sum(1 for _ in read(path)) <= most


def test_units_belong_to_one_core() -> None:
    owner: dict[str, str] = {}
    for core, aliases, family, english in read(UNITS):
        assert core, core
        assert family, core
        assert english, core
        assert HAN.search(core), core
        assert HAN.search(family), core
        assert not HAN.search(english), core
        for name in (core, *filter(None, aliases.split("|"))):
            assert owner.setdefault(name, core) == core, (name, owner[name], core)
            assert " " not in name


def test_places_have_known_parents() -> None:
    rows = list(read(PLACES))
    names = [row[0] for row in rows]
    assert not repeated(names)
    level = {row[0]: row[1] for row in rows}
    for name, kind, parent, aliases, english in rows:
        assert kind in ("province", "city", "district"), name
        assert english, name
        assert not HAN.search(english), name
        assert all(HAN.search(alias) and alias != name for alias in filter(None, aliases.split("|"))), name
        assert not (parent and kind == "province"), name
        if parent:
            assert level[parent] == ("province" if kind == "city" else level[parent])
            assert level[parent] != "district", name
        elif kind != "province":
            assert name in ("北京市", "天津市", "上海市", "重庆市")
    top = [row[0] for row in rows if not row[2]]
    assert len(top) == 34
    by_parent = Counter(row[2] for row in rows if row[1] == "district")
    assert by_parent["天津市"] == 16
    assert by_parent["北京市"] == 16
    assert by_parent["上海市"] == 16
    assert by_parent["重庆市"] == 38 + 1  # its districts and counties, and the new area of 两江


def test_short_names_of_places_are_not_shared() -> None:
    shared = repeated([alias for row in read(PLACES) for alias in row[3].split("|") if alias])
    assert shared == []


def test_terms() -> None:
    words = [row[0] for row in read(TERMS)]
    assert not repeated(words)
    assert all(2 <= len(word) <= 14 and " " not in word and HAN.search(word) for word in words)


def test_synonyms() -> None:
    heads, equal = [], []
    for term, relation, others in read(SYNONYMS):
        assert relation in ("=", ">"), term
        assert others, term
        group = others.split("|")
        assert term, term
        assert term not in group, term
        heads.append(f"{term} {relation}")
        if relation == "=":
            equal += [term, *group]
    assert not repeated(heads)
    assert not repeated(equal)  # two groups that share a word would have to be one group


def test_glossary() -> None:
    rows = list(read(GLOSSARY))
    assert not repeated([row[0] for row in rows])
    for english, chinese in rows:
        assert english == english.lower(), english
        assert re.fullmatch(r"[a-z0-9][a-z0-9'’ .&/-]*", english), english
        assert chinese, english
        for term in chinese.split("|"):
            assert HAN.search(term) or term.isascii() or term == "3·15", english


def test_glossary_repeats_no_place() -> None:
    places = {name.lower() for row in read(PLACES) for name in row[4].split("|")}
    assert not places & {row[0] for row in read(GLOSSARY)}


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("市场监管委", "市场监督管理委员会"),
        ("市场监管局", "市场监督管理局"),
        ("住建委", "住房和城乡建设委员会"),
        ("住房城乡建设委", "住房和城乡建设委员会"),
        ("住房建设委", "住房和城乡建设委员会"),
        ("工信局", "工业和信息化局"),
        ("文旅局", "文化和旅游局"),
        ("卫健委", "卫生健康委员会"),
        ("教委", "教育委员会"),
        ("教体局", "教育体育局"),
        ("农委", "农业农村委员会"),
        ("人社局", "人力资源和社会保障局"),
        ("发改委", "发展和改革委员会"),
        ("国资委", "国有资产监督管理委员会"),
        ("团市委", "共青团委员会"),
        ("消协", "消费者协会"),
        ("质协", "质量协会"),
        ("供销社", "供销合作社"),
        ("工商联", "工商业联合会"),
        ("药监局", "药品监督管理局"),
        ("特设科", "特种设备安全监察科"),
        ("市场监管所", "市场监督管理所"),
    ],
)
def test_unit_names(name: str, core: str) -> None:
    owner = {alias: row[0] for row in read(UNITS) for alias in (row[0], *row[1].split("|"))}
    assert owner[name] == core


def test_families_join_the_levels() -> None:
    family = {row[0]: row[2] for row in read(UNITS)}
    names = ("市场监督管理委员会", "市场监督管理局", "国家市场监督管理总局", "市场监管部门")
    assert len({family[name] for name in names}) == 1
    assert family["教育委员会"] == family["教育局"] == family["教育部"] == family["教育行政部门"]
    assert family["食品科"] != family["食品协调科"]


def test_meanings() -> None:
    synonyms = {(row[0], row[1]): row[2].split("|") for row in read(SYNONYMS)}
    assert "电动车" in synonyms["电动自行车", "="]
    assert "新能源汽车" not in synonyms["电动自行车", "="]
    assert "景区" in synonyms["旅游", ">"]
    assert "养老机构" in synonyms["养老院", "="]
    assert "虚假违法广告" in synonyms["假广告", "="]
    glossary = {row[0]: row[1].split("|") for row in read(GLOSSARY)}
    assert glossary["e-bike"][0] == "电动自行车"
    assert glossary["internet-famous restaurant"] == ["网红餐厅"]
    assert "截止" in glossary["deadline"]
    english = {row[0]: row[4].split("|") for row in read(PLACES)}
    assert english["河北区"] == ["Hebei District"]
    assert english["河北省"] == ["Hebei Province"]


def test_synonyms_are_folded() -> None:
    """index/synonyms.py reads them as they stand."""
    for line in SYNONYMS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            assert fold(line) == line
