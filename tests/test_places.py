"""Places: every county, names that are words as well, and the region that a text speaks of."""

import pytest

from corpus.lexicon import rows
from corpus.places import (
    city_of,
    find_region,
    gazetteer,
    issuing_place,
    places_in,
    qualify,
    region_level,
    region_of_number,
    short_name,
    stationed_region,
)


def named(text: str) -> list[str]:
    return [text[a:b] for a, b, _ in places_in(text)]


def test_every_county_has_a_listed_parent_and_stands_once_below_it() -> None:
    listed = {name: level for name, level, _, _, _ in rows("corpus", "places.tsv", 5)}
    counties = rows("corpus", "counties.tsv", 3)
    assert len(counties) > 2300
    assert len({(name, parent) for name, parent, _ in counties}) == len(counties)
    for name, parent, word in counties:
        assert listed[parent] in ("province", "city"), name
        assert name[-1] in "区县旗市", name
        assert word in ("", "word"), name
    assert len({place.path for place in gazetteer()}) == len(gazetteer())


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("仙居县人民政府", "浙江省台州市仙居县"),
        ("石城县2018年度河长制考核细则", "江西省赣州市石城县"),
        ("玉泉区举办中小企业政策大讲堂活动", "内蒙古自治区呼和浩特市玉泉区"),
        ("湖北省巴东县", "湖北省恩施土家族苗族自治州巴东县"),
        ("乌审旗教育局", "内蒙古自治区鄂尔多斯市乌审旗"),
        ("河北区市场监管局", "天津市河北区"),
        ("和平区", "天津市和平区"),  # the municipality's, where nothing says otherwise
        ("沈阳市和平区", "辽宁省沈阳市和平区"),
        ("福建省鼓楼区教育局", "福建省福州市鼓楼区"),
        ("赵县人民政府", "河北省石家庄市赵县"),
        ("洛阳市老城区改造", "河南省洛阳市老城区"),
        ("会同县人民政府", "湖南省怀化市会同县"),
        ("国务院办公厅", None),
    ],
)
def test_region(text: str, region: str | None) -> None:
    assert find_region([text]) == region


@pytest.mark.parametrize(
    "text",
    [
        "由省教育厅会同县人民政府办理",
        "老城区改造",
        "各县和县级市",
        "公安县级联动",
        "新民市场",
        "单县级以上",
        "各市县区人民政府",
    ],
)
def test_words_are_no_places(text: str) -> None:
    assert named(text) == []


def test_a_name_that_several_places_share_counts_only_behind_its_parent() -> None:
    assert find_region(["鼓楼区教育局"]) is None
    assert qualify("鼓楼区", "江苏省南京市") == "江苏省南京市鼓楼区"
    assert qualify("鼓楼区", "福建省福州市") == "福建省福州市鼓楼区"
    assert qualify("和平区", "辽宁省沈阳市") == "辽宁省沈阳市和平区"
    assert qualify("和平区", "天津市") == "天津市和平区"
    assert qualify("和平区", None) == "天津市和平区"


@pytest.mark.parametrize(
    ("issuer", "place"),
    [
        ("茂林镇党政办公室", "茂林镇"),
        ("中共清水河县五良太乡委员会", "五良太乡"),
        ("东莞市长安镇人民政府", "长安镇"),
        ("仙居县人民政府", ""),  # listed
        ("市教育局", ""),
        ("国务院办公厅", ""),
        ("各县人民政府", ""),
        ("中共泰安市委泰安市人民政府安全生产委员会办公室", ""),
    ],
)
def test_the_place_of_an_issuer_need_not_be_listed(issuer: str, place: str) -> None:
    assert issuing_place(issuer) == place


def test_provinces_by_their_character() -> None:
    assert region_of_number("津市场监管垄〔2021〕5号") == "天津市"
    assert region_of_number("国办发〔2019〕3号") is None
    assert stationed_region("各中央驻津机关事业单位") == "天津市"
    assert stationed_region("驻地部队") is None


def test_levels_and_parts() -> None:
    assert region_level("浙江省台州市仙居县", "仙居县人民政府") == "district"
    assert region_level("广西壮族自治区玉林市茂林镇", "茂林镇党政办公室") == "district"
    assert region_level("广西壮族自治区", "") == "province"
    assert region_level(None, "中华人民共和国主席") == "national"
    assert region_level(None, "卫生部") == "national"
    assert region_level(None, "某公司") == "unknown"
    assert city_of("浙江省台州市仙居县") == "浙江省台州市"
    assert short_name("浙江省台州市仙居县") == "仙居县"
