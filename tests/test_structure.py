"""The grammar on the sample notices: items alone, under their own headings, damaged numbering repaired, nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.parse import parse
from tests.notices import DIGEST, all_sections, by_key, check_invariants, items, read

EDITIONS = pytest.mark.parametrize("edition", ["digest", "verbatim"])


@pytest.fixture
def folder(edition: str, request: pytest.FixtureRequest) -> Path:
    if edition == "digest":
        return DIGEST
    shared: Path = request.getfixturevalue("shared")
    return shared / "notices"


@EDITIONS
def test_invariants(folder: Path) -> None:
    for path in sorted(folder.glob("*.txt")):
        for notice in read(path):
            check_invariants(notice)


@EDITIONS
def test_all_97_items_stand_alone_under_their_own_headings(folder: Path) -> None:
    expected = {"000": 53, "001": 25, "002": 19}
    for key, count in expected.items():
        (notice,) = by_key(folder, key)
        numbered = [p for p in items(notice) if p.number and not p.number.startswith("3.")]
        assert [int((p.number or "").split(".")[-1]) for p in numbered] == list(range(1, count + 1))
        headings = {s.heading for s in all_sections(notice.sections)}
        for passage in numbered:
            assert passage.section_path, passage.passage_id
            assert set(passage.section_path) <= headings
            for section in all_sections(notice.sections):
                assert not (passage.start <= section.start < passage.end), (passage.passage_id, section.heading)


@EDITIONS
def test_items_lie_below_the_heading_that_precedes_them(folder: Path) -> None:
    """The path of an item ends with the last heading in front of it."""
    for key in ("000", "001", "002"):
        (notice,) = by_key(folder, key)
        sections = all_sections(notice.sections)
        for passage in items(notice):
            before = [s for s in sections if s.end <= passage.start]
            assert passage.section_path[-1] == max(before, key=lambda s: s.start).heading


@EDITIONS
def test_sixteen_districts(folder: Path) -> None:
    (notice,) = by_key(folder, "000")
    districts = [p for p in notice.passages if p.number and p.number.startswith("2.")]
    names = "和平区 河北区 河东区 河西区 南开区 红桥区 东丽区 津南区 西青区 北辰区 宝坻区 武清区 宁河区 静海区 蓟州区 滨海新区".split()
    assert [p.section_path for p in districts] == [("各区开展的活动", name) for name in names]
    assert [p.number for p in districts] == [f"2.{n}" for n in range(1, 17)]
    assert [p.units[0].name for p in districts] == names
    printed = {p.section_path[-1]: p.printed_number for p in districts}
    assert (printed["河东区"], printed["津南区"], printed["西青区"], printed["武清区"]) == (
        "（2）",
        "(八)",
        "（9）",
        "（十二）",
    )


@EDITIONS
def test_repaired_numbers_are_reported_and_the_printed_ones_kept(folder: Path) -> None:
    (city,), (binhai,), (hebei,) = (by_key(folder, key) for key in ("000", "001", "002"))
    top = [(s.number, s.printed_number, s.heading) for s in city.sections]
    assert top == [("1", "1、", "市级部门开展的活动"), ("2", "二、", "各区开展的活动")]
    assert [(s.number, s.printed_number) for s in binhai.sections] == [("1", "1、"), ("2", "二、"), ("3", "三、")]
    assert [(s.number, s.printed_number, s.heading) for s in hebei.sections] == [
        ("1", "一、", "活动主题"),
        ("2", None, "活动内容"),
        ("3", "三、", "活动要求"),
    ]
    codes = {n.notice_id: [f.code for f in n.findings if not f.code.startswith("unit_")] for n in (city, binhai, hebei)}
    assert codes[city.notice_id].count("numbering_repaired") == 4
    assert codes[binhai.notice_id] == ["numbering_repaired", "attachment_missing", "attachment_missing"]
    assert codes[hebei.notice_id] == ["attachment_missing", "date_conflict", "number_missing"]


@EDITIONS
def test_header_fields(folder: Path) -> None:
    headers = {key: by_key(folder, key)[0].header for key in ("000", "001", "002", "003")}
    assert headers["001"].document_number == "津滨质量组办〔2024〕4号"
    assert headers["002"].issuer == "天津市河北区市场监督管理局"
    assert headers["003"].issuer == "天津市质量工作领导小组办公室"
    assert {k: h.year for k, h in headers.items()} == {"000": 2022, "001": 2024, "002": 2021, "003": 2022}
    assert {k: h.region for k, h in headers.items()} == {
        "000": "天津市", "001": "天津市滨海新区", "002": "天津市河北区", "003": "天津市",
    }  # fmt: skip
    assert {k: h.level for k, h in headers.items()} == {
        "000": "city",
        "001": "district",
        "002": "district",
        "003": "city",
    }
    assert {k: h.issued_on for k, h in headers.items()} == {
        "000": None, "001": "2024-08-30", "002": "2019-09-08", "003": "2022-08-25",
    }  # fmt: skip
    assert {k: h.disclosure for k, h in headers.items() if h.disclosure} == {
        "001": "主动公开", "002": "主动公开", "003": "主动公开",
    }  # fmt: skip
    assert headers["002"].title == "河北区市场监管局关于印发开展2021年“质量月”活动方案的通知"


@EDITIONS
def test_the_newspaper_page_becomes_its_articles(folder: Path) -> None:
    articles = by_key(folder, "004")
    assert len(articles) == 6
    assert {a.header.year for a in articles} == {2025}
    assert articles[3].header.region == "天津市河西区"
    assert [s.heading[:4] for s in articles[4].sections] == ["链长组织", "链主引领", "基础支撑", "精准监管"]
    assert sum(len(a.text) for a in articles) == len((next(folder.glob("004*"))).read_text(encoding="utf-8"))
    civil = next(p for p in articles[0].passages if p.text.startswith("市民政局"))
    assert "\n" in civil.text
    assert civil.text.endswith("“开放日”活动。")
    assert [u.canonical for u in civil.units] == ["天津市民政局"]


@EDITIONS
def test_units_of_every_form(folder: Path) -> None:
    (city,), (binhai,), (hebei,) = (by_key(folder, key) for key in ("000", "001", "002"))
    at = {p.number: p for p in city.passages}
    assert [(u.name, u.role) for u in at["1.11.47"].units] == [("市公安局", "responsible"), ("市场监管委", "cooperate")]
    assert at["1.14.50"].units[0].name == "人民银行天津分行"
    plan = {p.number: p for p in binhai.passages}
    assert len(plan["2.1.1"].units) == 30
    assert [u.name for u in plan["2.4.19"].units] == ["区工商联", "区公安局", "区人社局"]
    assert plan["2.4.20"].units[0].canonical == "天津市滨海新区工业和信息化局"
    assert plan["2.1.1"].units[7].canonical == plan["2.4.20"].units[0].canonical  # 区工业和信息化局 = 区工信局
    sections = {p.number: [u.name for u in p.units] for p in hebei.passages if p.units}
    assert sections["2.17"] == ["食品科", "质量科", "市场监管所"]
    assert all(p.units for p in items(city) + items(binhai))


@EDITIONS
def test_names_of_units_that_vary_or_slip_are_reported(folder: Path) -> None:
    (binhai,), (page, *_) = by_key(folder, "001"), by_key(folder, "004")
    found = {(f.code, binhai.text[f.start : f.end]) for f in binhai.findings if f.code.startswith("unit_")}
    assert found == {("unit_name_varies", "区文旅局"), ("unit_name_varies", "区工信局")}
    assert [page.text[f.start : f.end] for f in page.findings if f.code == "unit_name_slip"] == ["市供销社社"]


def test_flattened_text_finds_its_lines_again() -> None:
    """A notice whose line breaks were lost gives the items it gave before."""
    (whole,) = by_key(DIGEST, "002")
    joined = "".join(
        "\u3000\u3000" + line.strip() for line in whole.text.splitlines() if line.strip() and "摘要版" not in line
    )
    (flat,) = parse(joined, "x.txt")
    check_invariants(flat)
    assert [(p.number, p.text, [u.name for u in p.units]) for p in items(flat)] == [
        (p.number, p.text, [u.name for u in p.units]) for p in items(whole)
    ]


@EDITIONS
def test_facts(folder: Path) -> None:
    facts = {key: {(f.kind, f.value) for f in by_key(folder, key)[0].facts} for key in ("001", "002", "003")}
    assert ("deadline", "2024-10-09") in facts["001"]
    assert ("theme", "加强质量支撑 推动质量强区") in facts["001"]
    assert ("reporting", "区质量强区建设协调推进领导小组办公室") in facts["001"]
    assert ("deadline", "2021-10-15") in facts["002"]
    assert ("contact", "电话：27182036") in facts["003"]
    assert ("contact", "联系人：孙梅") in facts["003"]
    assert sum(kind == "attachment" for kind, _ in facts["003"]) == 3
