"""Units in every form in which notices name them: written for this test, in none of the real notices."""

from __future__ import annotations

import pytest

from corpus.parse import parse
from corpus.readers.html import read_html
from corpus.types import Passage

HEAD = "某某区人民政府办公室关于印发2024年重点工作分工的通知\n某政办发〔2024〕3号\n各街道办事处，区政府各部门：\n"
FOOT = "\n某某区人民政府办公室\n2024年3月5日\n"


def passages(body: str) -> list[Passage]:
    (notice,) = parse(HEAD + body + FOOT, "notice.txt")
    for passage in notice.passages:
        for unit in passage.units:
            assert notice.text[unit.start : unit.end] == unit.name
    return [p for p in notice.passages if p.kind in ("item", "paragraph", "preamble")]


def units(body: str) -> dict[str, str]:
    """Names and roles of the item that begins with 1."""
    (found,) = (p for p in passages("一、主要任务\n" + body + "\n2.做好总结。") if p.printed_number == "1.")
    return {unit.name: unit.role for unit in found.units}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("1.压缩开办时间。（区商务局、区市场监管局负责）", {"区商务局": "responsible", "区市场监管局": "responsible"}),
        (
            "1.推广电子证照。（区政务服务办牵头，区司法局、区信访局配合）",
            {"区政务服务办": "lead", "区司法局": "cooperate", "区信访局": "cooperate"},
        ),
        (
            "1.整治非标油。（省公安厅、省交通运输厅等部门和各设区市人民政府按职责分工负责）",
            {"省公安厅": "responsible", "省交通运输厅": "responsible", "各设区市人民政府": "responsible"},
        ),
        (
            "1.扩大供给。（责任单位：省卫生健康委，各市、州、县人民政府）",
            {"省卫生健康委": "responsible", "各市、州、县人民政府": "responsible"},
        ),
        (
            "1.改造管网。牵头单位：区住房城乡建设局；配合单位：区水务局、区财政局。",
            {"区住房城乡建设局": "lead", "区水务局": "cooperate", "区财政局": "cooperate"},
        ),
        ("1.改造管网。（负责部门：自然资源部，适用范围：所有试验区）", {"自然资源部": "responsible"}),
        ("1.举办大赛。\n主办单位：区总工会\n承办单位：区职教中心", {"区总工会": "lead", "区职教中心": "responsible"}),
        (
            "1.建设口袋公园。由区城市管理委牵头，区规划资源分局、区财政局配合，6月底前完成。",
            {"区城市管理委": "lead", "区规划资源分局": "cooperate", "区财政局": "cooperate"},
        ),
        ("1.区消防救援支队会同各街道开展夜查。", {"区消防救援支队": "lead", "各街道": "cooperate"}),
        ("1.登记主管部门应当自受理之日起五日内办结。", {"登记主管部门": "responsible"}),
        ("1.各镇人民政府、街道办事处要落实属地责任。", {"各镇人民政府": "responsible", "街道办事处": "responsible"}),
        ("1.逾期不改的，由城市管理执法机关处以罚款。", {"城市管理执法机关": "responsible"}),
        ("1.本办法由区河长制办公室负责解释。", {"区河长制办公室": "responsible"}),
        ("1.区河长办：督促巡查，定期通报。", {"区河长办": "responsible"}),
        ("1.地方各级人民政府及其有关部门要加强值守。", {"地方各级人民政府": "responsible", "有关部门": "responsible"}),
        ("1.各高校、科研院所要修订管理办法。", {"各高校": "responsible", "科研院所": "responsible"}),
        (
            "1.联席会议由教育部、民政部、财政部3个部门组成，教育部为牵头单位。",
            {"教育部": "lead", "民政部": "responsible", "财政部": "responsible"},
        ),
        ("1.街道公共服务中心出具《登记回执》，当场交给申请人。", {"街道公共服务中心": "responsible"}),
        ("1.上报的方案由同级人民政府评审机构进行评审。", {"同级人民政府评审机构": "responsible"}),
        ("1.行政许可承办机构要在三日内补正。", {"行政许可承办机构": "responsible"}),
        ("1.轨道运营企业承担站内巡查责任。", {"轨道运营企业": "responsible"}),
        ("1.各省、自治区、直辖市人民政府要完善配套。", {"各省、自治区、直辖市人民政府": "responsible"}),
        ("1.市、县两级政府逐年增加投入。", {"市、县两级政府": "responsible"}),
        ("1.各地各有关部门要广泛宣传。", {"各地": "responsible", "各有关部门": "responsible"}),
        ("1.请有关乡镇和相关部门严格照此执行。", {"有关乡镇": "responsible", "相关部门": "responsible"}),
        ("1.鼓励区有关部门和街道办事处开展评比。", {"区有关部门": "responsible", "街道办事处": "responsible"}),
        ("1.各部门、各生产班组，要用好晨会。", {"各部门": "responsible", "各生产班组": "responsible"}),
        (
            "1.市政府办公室是全市网站的主管单位，各部门办公室（室）或指定的专门处室是本部门网站的主管单位。",
            {"市政府办公室": "responsible", "各部门办公室（室）": "responsible"},
        ),
        (
            "1.各镇街、部门要多渠道投入。镇(街道)也应安排经费。",
            dict.fromkeys(("各镇街", "部门", "镇(街道)"), "responsible"),
        ),
        (
            "1.成立由市科委、市财政局、奉贤区、港湾集团等部门和单位负责同志参加的领导小组。",
            dict.fromkeys(("市科委", "市财政局", "奉贤区", "港湾集团"), "responsible"),
        ),
        (
            "1.各地、各部门，特别是水库下游各村，要备足沙袋。",
            {"各地": "responsible", "各部门": "responsible"},
        ),
        ("1.区农商银行加快放款，区财政局定额补贴。", {"区农商银行": "responsible", "区财政局": "responsible"}),
        ("1.经费由中国农业发展银行贷款。", {"中国农业发展银行": "responsible"}),
        (
            "1.登记机关、主办单位和场地单位都要从严把关。",
            {"登记机关": "responsible", "主办单位": "responsible", "场地单位": "responsible"},
        ),
        ("1.基金会统一由各级民政部门登记管理。", {"各级民政部门": "responsible"}),
        ("1.各省、自治区、直辖市档案主管部门要逐级上报。", {"各省、自治区、直辖市档案主管部门": "responsible"}),
        ("1.差额由承担任务的县（市）人民政府予以补贴。", {"县（市）人民政府": "responsible"}),
        ("1.湖滨管委会负责人才引进。", {"湖滨管委会": "responsible"}),
        ("1.各省、自治区、直辖市可制定细则。", {"各省、自治区、直辖市": "responsible"}),
        ("1.供水集团应当公布水质。", {"供水集团": "responsible"}),
        ("1.接到报警的县应急管理部门，应当立即核实。", {"县应急管理部门": "responsible"}),
        ("1.区教育局及其委托的检测机构，及时取样。", {"区教育局": "responsible"}),
        ("1.成立区级治水办公室，负责日常调度。", {"区级治水办公室": "responsible"}),
        ("1.方案经生态环境部会同有关部门评审后实施。", {"生态环境部": "lead", "有关部门": "cooperate"}),
        (
            "1.松柏镇、石桥镇和沙河镇（以下统称“三镇”）重点做好安置。",
            {"松柏镇": "responsible", "石桥镇": "responsible", "沙河镇": "responsible"},
        ),
        (
            "1.细则由市财政局会同浦东新区、奉贤区和园区管委会制定。",
            {"市财政局": "lead", "浦东新区": "cooperate", "奉贤区": "cooperate", "园区管委会": "cooperate"},
        ),
    ],
)
def test_units_and_roles(body: str, expected: dict[str, str]) -> None:
    assert units(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        "1.由于资金不足，整改工作全部要延期。",
        "1.由各单位主要负责同志签字。",
        "1.用地布局要优化，机构能力要提升。",
        "1.经理由充分说明后可以变更。",
        "1.（以下简称实施方案）认真落实各项要求。",
        "1.坚持政府引导、社会参与。",
        "1.市政府办公室印发的旧方案同时废止。",
        "1.区政府决定的事项一律公开。",
        "1.申请入驻企业须按时纳税。",
        "1.过去由哪家银行贷款，今后照旧。",
        "1.各级政府领导高度重视，要求加快进度。",
        "1.本市方案中规定的事项一律照办。",
        "1.特色小镇、田园综合体建设要提速。",
    ],
)
def test_what_is_no_unit(body: str) -> None:
    assert units(body) == {}


def test_lines_of_labels_hold_for_the_section_below_or_for_the_item_above() -> None:
    found = passages(
        "一、优化环境\n责任单位：区商务局\n配合单位：区财政局\n（一）压缩时间。\n（二）推广证照。（区司法局负责）\n"
        "二、保障民生\n1.新增托位300个。\n牵头单位：区卫生健康委\n配合单位：区教育局\n2.改造小区。\n责任单位：区住房城乡建设委"
    )
    by_number = {p.number: p for p in found if p.kind == "item"}
    assert {n: {u.name: u.role for u in p.units} for n, p in by_number.items()} == {
        "1.1": {"区商务局": "responsible", "区财政局": "cooperate"},
        "1.2": {"区司法局": "responsible"},
        "2.1": {"区卫生健康委": "lead", "区教育局": "cooperate"},
        "2.2": {"区住房城乡建设委": "responsible"},
    }
    assert by_number["2.1"].text.endswith("配合单位：区教育局")


def test_a_heading_hands_its_units_down_and_subjects_stand_beside_them() -> None:
    found = passages(
        "一、加强监管（牵头单位：区应急局）\n1.排查燃气。\n2.排查自建房。区消防救援支队组织夜查。\n3.公布结果。"
    )
    items = [[u.name for u in p.units] for p in found if p.kind == "item"]
    assert items == [["区应急局"], ["区应急局", "区消防救援支队"], ["区应急局"]]


def test_items_of_members_name_each_its_own() -> None:
    found = passages(
        "一、指挥部成员单位职责\n1.区公安局负责维护秩序。\n2.区气象局：发布预警。\n3.其他有关部门做好配合。"
    )
    items = [[u.name for u in p.units] for p in found if p.kind == "item"]
    assert items == [["区公安局"], ["区气象局"], ["其他有关部门"]]


def test_the_first_of_a_list_leads_where_the_notice_says_so() -> None:
    found = passages(
        "一、稳岗\n1.返还保费。（区人社局、区财政局负责。列第一位者为牵头单位，下同）\n2.发放补贴。（区财政局、区教育局负责）\n3.总结。"
    )
    roles = [[(u.name, u.role) for u in p.units] for p in found if p.kind == "item"]
    assert roles[:2] == [
        [("区人社局", "lead"), ("区财政局", "responsible")],
        [("区财政局", "lead"), ("区教育局", "responsible")],
    ]


def test_who_manages_what_a_row_names() -> None:
    page = "<table><tr><th>序号</th><th>名称</th><th>安置单位名称</th><th>主管部门</th></tr>" + "".join(
        f"<tr><td>{n}</td><td>{lake}</td><td>{lake}管理站</td><td>县林业局</td></tr>"
        for n, lake in enumerate(("柳湖", "月湖"), 1)
    )
    (notice,) = parse(read_html(f"<p>某县人民政府关于公布湖泊名录的通知</p>{page}</table>".encode()), "x.html")
    assert {u.name for p in notice.passages for u in p.units} == {"柳湖管理站", "月湖管理站", "县林业局"}


def test_short_names_that_the_text_gives() -> None:
    said = "管理方是某港城开发(集团)有限公司（以下简称“某港集团”）和某新城投资有限公司（以下简称“新城某投”）。"
    found = units(f"1.{said}由某港集团和新城某投出具通知书。")
    assert found == {"某港集团": "responsible", "新城某投": "responsible"}
