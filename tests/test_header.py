"""What head and foot say, however they are printed."""

import pytest

from corpus.parse import parse
from corpus.types import Header

BODY = "一、加强领导。各单位要落实责任。\n二、做好总结。各单位要按时报告。\n"


def header(text: str, name: str = "notice.txt") -> Header:
    [notice] = parse(text, name)
    return notice.header


def test_issuer_and_date_on_one_line_without_a_blank() -> None:
    got = header(f"关于做好监测工作的通知\n各县林业局：\n现就有关事项通知如下。\n{BODY}陕西省林业局2019年12月26日\n")
    assert (got.issuer, got.issued_on, got.region) == ("陕西省林业局", "2019-12-26", "陕西省")


def test_the_category_of_disclosure_before_the_note_that_it_may_be_published() -> None:
    got = header(
        f"关于下达任务的通知\n各区人民政府：\n现通知如下。\n{BODY}\n杭州市人民政府\n2023年3月3日\n（此件公开发布）\n公开方式：主动公开\n"
    )
    assert got.disclosure == "主动公开"


def test_what_the_nation_says_of_several_places_holds_for_none_alone() -> None:
    foot = f"\n各省、自治区、直辖市人民政府：\n现予以通报。\n{BODY}\n国务院办公厅\n2024年1月16日\n"
    assert header("国务院办公厅关于山东、河南省两起事故处理情况的通报" + foot).region is None
    assert header("国务院办公厅关于山东省济南市有关问题的复函" + foot).region == "山东省济南市"


def test_issuer_and_date_glued_to_the_last_sentence() -> None:
    head = "国务院办公厅转发意见的通知\n国办函〔2021〕49号\n各省、自治区、直辖市人民政府：\n"
    got = header(head + "现转发给你们，请认真贯彻落实。国务院办公厅2021年5月19日（此件公开发布）\n" + BODY)
    assert (got.issuer, got.issued_on, got.disclosure) == ("国务院办公厅", "2021-05-19", "公开发布")


def test_number_glued_to_the_addressee_tells_the_province() -> None:
    got = header(
        f"关于印发措施的通知\n津市场监管垄〔2021〕5号 各区人民政府：\n现将有关事项通知如下。\n{BODY}2021年11月5日\n"
    )
    assert (got.document_number, got.region) == ("津市场监管垄〔2021〕5号", "天津市")


def test_those_addressed_tell_the_province() -> None:
    got = header(f"市人社局关于清算工作的通知\n各中央驻津机关事业单位财务部门：\n现通知如下。\n{BODY}2021年11月18日\n")
    assert (got.issuer, got.region) == ("市人社局", "天津市")


def test_who_signs_issues_unless_the_signature_left_something_out() -> None:
    head = "泰安市某集团有限公司文件\n泰安字[2024]4号\n关于做好安全工作的通知\n各部门：\n现通知如下。\n"
    assert (
        header(f"{head}{BODY}某集团安全生产管理委员会办公室\n2024年2月5日\n").issuer == "某集团安全生产管理委员会办公室"
    )
    title = "义乌市人民政府办公室印发《关于监督管理工作的实施意见》的通知\n各镇人民政府：\n现印发给你们。\n"
    assert header(f"{title}{BODY}义乌民政府办公室\n2013年7月19日\n").issuer == "义乌市人民政府办公室"


def test_a_letter_without_a_title_takes_the_name_of_its_file() -> None:
    letter = "各乡镇人民政府：\n现将名录公布如下。\n仙居县人民政府\n2013年11月14日\n附件\n仙居县第一批湿地保护名录\n1、永安溪。\n2、朱溪港。\n"
    assert header(letter, "关于公布第一批湿地保护名录的通知.txt").title == "关于公布第一批湿地保护名录的通知"
    assert header(letter, "a.txt").title == "仙居县第一批湿地保护名录"


def test_the_number_in_a_title_names_the_issuer() -> None:
    got = header("餐饮服务监督管理办法（卫生部令第71号）\n第一条 为加强监督管理，制定本办法。\n第二条 适用本办法。\n")
    assert (got.title, got.document_number, got.issuer) == ("餐饮服务监督管理办法", "卫生部令第71号", "卫生部")
    assert got.level == "national"


def test_who_explains_a_regulation_without_a_letter_issued_it() -> None:
    text = (
        "人才公寓管理办法\n第一条 为加强管理，制定本办法。\n第二条 本办法由上海市临港地区开发建设管理委员会负责解释。\n"
    )
    assert header(text).issuer == "上海市临港地区开发建设管理委员会"


@pytest.mark.parametrize(
    ("head", "foot", "year"),
    [
        ("关于做好2020年监测工作的通知", "陕西省林业局\n2019年12月26日", 2020),
        ("国务院关于2008年北京奥运会协调委员会的批复\n国函〔2006〕38号", "国务院\n2006年5月23日", 2006),
        ("国务院关于印发2030年前碳达峰行动方案的通知\n国发〔2021〕23号", "国务院\n2021年10月24日", 2021),
        ("举办政策大讲堂活动", "10月15日举办了2021年大讲堂。", 2021),
        ("举办政策大讲堂活动", "到2025年建成，依据《办法（2009年版）》。", None),
        ("举办政策大讲堂活动", "2019年举办，2021年又举办。", None),
    ],
)
def test_year(head: str, foot: str, year: int | None) -> None:
    assert header(f"{head}\n各单位：\n现通知如下。\n{BODY}{foot}\n").year == year


def test_a_town_lies_where_the_text_says() -> None:
    head = "茂林镇党政办公室关于印发工作方案的通知\n办发〔2021〕15号\n各社区：\n根据玉林市要求通知如下。\n"
    got = header(f"{head}{BODY}茂林镇党政办公室\n2021年10月19日\n")
    assert got.region == "广西壮族自治区玉林市茂林镇"
    assert got.level == "district"


def test_what_content_systems_print_around_a_notice_is_no_title() -> None:
    page = "当前位置：首页 > 政务公开\n关于开展检查的通知\n发布时间：2023-03-05　来源：市商务局\n浏览次数\n各县商务局：\n现通知如下。\n"
    got = header(f"{page}{BODY}杭州市商务局\n2023年3月3日\n（此件主动公开）\n")
    assert (got.title, got.issued_on, got.disclosure) == ("关于开展检查的通知", "2023-03-03", "主动公开")
    table = "索 引 号：0001/2021\t主题分类：交通\n发文机关：国务院办公厅\t成文日期：2021年05月19日\n标　　题：关于加强治理的通知\n发文字号：国办函〔2021〕49号\n"
    got = header(f"{table}各省人民政府：\n现通知如下。\n{BODY}")
    assert (got.title, got.document_number, got.issuer) == ("关于加强治理的通知", "国办函〔2021〕49号", "国务院办公厅")
    assert got.issued_on == "2021-05-19"


def test_lines_above_the_banner_are_no_title() -> None:
    text = f"000001\n特急\n武汉市教育局\n武教规〔2021〕3号\n签发人：张三\n关于印发办法的通知\n各区教育局：\n现通知如下。\n{BODY}"
    got = header(text)
    assert (got.title, got.document_number, got.region) == ("关于印发办法的通知", "武教规〔2021〕3号", "湖北省武汉市")


def test_an_announcement_is_numbered_within_its_body() -> None:
    got = header(f"上海市某管理局公告\n2023年第5号\n关于招聘的公告\n现将有关事项公告如下。\n{BODY}")
    assert (got.title, got.issuer) == ("关于招聘的公告", "上海市某管理局")
    assert got.document_number == "上海市某管理局公告2023年第5号"


def test_several_sign_together() -> None:
    head = "中共某县五良太乡委员会\n某县五良太乡人民政府\n"
    got = header(f"关于调整领导小组的通知\n各村：\n现通知如下。\n{BODY}{head}2021年10月14日\n")
    assert got.issuer == "中共某县五良太乡委员会、某县五良太乡人民政府"
    got = header(
        f"市人社局关于退休手续的通知\n各单位：\n现通知如下。\n{BODY}天津市人力资源和社会保障局\n2021年11月17日\n"
    )
    assert got.issuer == "天津市人力资源和社会保障局"
