"""What real notices do that the samples do not: lines lost, bodies twice, documents run together, decrees, contents."""

from __future__ import annotations

from itertools import pairwise

import pytest

from corpus.parse import parse
from corpus.readers.types import Extract, Row, Table
from corpus.structure.flat import cuts
from corpus.structure.header import Header
from corpus.structure.numbering import read_number
from corpus.types import Notice, Span
from tests.notices import all_sections, check_invariants, items

BODY = "各区各部门要结合实际开展质量月活动，压实工作责任，加强协调配合，确保各项任务落到实处、取得实效，及时报送工作进展情况。"
LETTER = f"某市人民政府关于开展活动的通知\n某政发〔2024〕5号\n各区人民政府：\n{BODY}\n一、加强领导\n{BODY}\n某市人民政府\n2024年8月30日"


def one(text: str | Extract) -> Notice:
    (notice,) = parse(text, "x.txt")
    check_invariants(notice)
    return notice


def headings(notice: Notice) -> list[str]:
    return [section.heading for section in all_sections(notice.sections)]


# A body that is printed twice


def test_a_body_printed_twice_is_read_once() -> None:
    twice = one(LETTER + "\n" + LETTER.split("\n", 2)[2])
    once = one(LETTER)
    assert [(p.passage_id, p.text) for p in twice.passages] == [(p.passage_id, p.text) for p in once.passages]
    assert [f.code for f in twice.findings] == ["repeated_text"]


def test_a_line_that_comes_again_is_no_copy() -> None:
    notice = one(f"{LETTER}\n{BODY}")
    assert sum(p.text == BODY for p in notice.passages) == 3


# Documents run together


def test_documents_run_together_become_notices_of_their_own() -> None:
    other = LETTER.replace("某市", "另市").replace("某政发", "另政发").replace("2024年8月30日", "2023年1月2日")
    first, second = parse(f"{LETTER}\n{other}", "x.txt")
    check_invariants(first)
    check_invariants(second)
    assert (first.header.document_number, second.header.document_number) == ("某政发〔2024〕5号", "另政发〔2024〕5号")
    assert (first.header.issued_on, second.header.issued_on) == ("2024-08-30", "2023-01-02")
    assert first.text + second.text == f"{LETTER}\n{other}"


def test_a_document_printed_as_an_attachment_stays_with_its_letter() -> None:
    attached = LETTER.replace("某市", "另市").replace("某政发", "另政发")
    assert len(parse(f"{LETTER}\n附件1\n{attached}", "x.txt")) == 1


def test_tables_and_pages_move_with_their_document() -> None:
    other = LETTER.replace("某市", "另市").replace("某政发", "另政发") + "\n序号\t责任单位\n1\t区商务局"
    text = f"{LETTER}\n{other}"
    at = text.index("序号")
    head = Row((Span(at, at + 2), Span(at + 3, at + 7)), header=True)
    row = Row((Span(at + 8, at + 9), Span(at + 10, at + 14)))
    page = len(LETTER) + 40
    first, second = parse(Extract(text, (), (Table((head, row)),), (0, page)), "x.pdf")
    assert first.pages == (0,)
    assert second.pages == (0, page - len(LETTER) - 1)
    assert [[u.name for u in p.units] for p in items(second) if p.printed_number == "1"] == [["区商务局"]]


# Lost line breaks


def lines_of(flat: str) -> list[str]:
    bounds = [0, *cuts(flat), len(flat)]
    return [flat[a:b].strip() for a, b in pairwise(bounds)]


def test_flattened_chapters_articles_and_signature() -> None:
    pieces = [
        "某市人民政府关于印发管理办法的通知", "某政发〔2024〕5号", "各区人民政府：", f"现印发给你们。{BODY}", "某市人民政府", "2024年8月24日",
        "（此件公开发布）", "某市管理办法", "第一章　总则", f"第一条　{BODY}", f"第二条　依照第一条、第三条办理。{BODY}", "第二章　附则",
        f"第三条　{BODY}", f"第四条　{BODY}",
    ]  # fmt: skip
    flat = "".join(pieces[:8]) + pieces[8] + " " + " ".join(pieces[9:])
    lines = lines_of(flat)
    for piece in pieces[:7] + pieces[8:]:
        assert piece in lines, piece


def test_flattened_decimals() -> None:
    flat = f"某规范 1 总 则 1.1 {BODY} 1.2 依照3.1 办理。{BODY} 2 建设要求 2.1 {BODY} 2.2 占地8 亩。{BODY} 3 附 则 3.1 {BODY} {BODY}"
    assert [line.split(" ")[0] for line in lines_of(flat)] == [
        "某规范",
        "1",
        "1.1",
        "1.2",
        "2",
        "2.1",
        "2.2",
        "3",
        "3.1",
    ]


def test_flattened_paragraphs_behind_blanks() -> None:
    pieces = ["某局关于简化手续的通知", "各分局，有关单位：", "为了方便群众，现就有关事项通知如下："]
    pieces += [f"{n}、{BODY}" for n in "一二三四五六"]
    pieces.append("本通知自2024年3月1日起执行。此前规定同时废止。")
    assert [line for line in lines_of(" ".join(pieces)) if line] == pieces
    assert len(lines_of(" ".join(pieces).replace("，", "。 "))) < 2 * len(pieces)  # blanks behind every sentence


def test_a_word_that_ends_in_a_numeral_is_no_heading() -> None:
    text = f"{LETTER.split(chr(10))[0]}\n一、总体要求\n（一）指导思想。维护标准统一、口径一致。{BODY}\n（二）基本原则。{BODY}\n二、工作任务\n{BODY}"
    (notice,) = parse(text, "x.txt")
    assert any("维护标准统一、口径一致。" in p.text for p in notice.passages)


def test_a_last_chapter_without_parts() -> None:
    flat = f"某规范 1 总 则 1.1 {BODY * 2} 1.2 {BODY * 2} 2 建设要求 2.1 {BODY * 2} 2.2 {BODY} 3 档案资料 施工单位应当保存图纸、记录和合同，以备查阅。"
    assert lines_of(flat)[-2:] == ["3 档案资料", "施工单位应当保存图纸、记录和合同，以备查阅。"]
    (notice,) = parse("\n".join(lines_of(flat)), "x.txt")
    assert notice.passages[-1].section_path == ("档案资料",)


def test_a_flattened_disclosure_is_a_line() -> None:
    flat = f"某局关于印发规范的通知 各分局： {BODY} 某局 2024年5月6日 （联系人：何某；联系电话：28450000） （此件主动公开） 某规范 一、{BODY} 二、{BODY} 三、{BODY}"
    assert "（此件主动公开）" in lines_of(flat + BODY * 4)


def test_a_heading_with_a_full_stop_among_headings_without() -> None:
    text = "\n".join(
        f"（{n}）着力{what}建设，不断提升服务能力{stop}\n加快{what}，{BODY}\n{i}、{what}试点。{BODY}"
        for i, (n, what, stop) in enumerate((("一", "平台", ""), ("二", "产业", "。"), ("三", "队伍", "")), 1)
    )
    (notice,) = parse(f"一、主要任务\n{text}", "x.txt")
    (item,) = (p for p in notice.passages if p.printed_number == "2、")
    assert item.section_path[-1] == "着力产业建设，不断提升服务能力"


def test_a_short_paragraph_below_a_heading_beside_others() -> None:
    body = "甲乙丙丁团体一律由街道登记管理，别处不予办理和发证。"
    text = f"一、办理原则\n（一）分级负责的原则。\n{BODY}\n（二）从严的原则。\n{BODY}\n（三）归口的原则。\n{body}\n二、办理时限\n{BODY}"
    (notice,) = parse(text, "x.txt")
    (found,) = (p for p in notice.passages if p.text == body)
    assert found.section_path == ("办理原则", "归口的原则")


def test_flattened_serial_numbers() -> None:
    flat = "名录（共359部）" + "".join(f"{n:03d} 古籍若干卷　某图书馆藏，共{n + 100}册，存全" * 1 for n in range(1, 40))
    assert len(lines_of(flat)) == 40


# Numbers and headings


@pytest.mark.parametrize(
    ("line", "family", "value"),
    [("1.2　编制依据", "decimal2", 2), ("3.1.4 检查", "decimal3", 4), ("2.10 附则", "decimal2", 10)],
)
def test_decimal_numbers(line: str, family: str, value: int) -> None:
    number = read_number(line)
    assert number is not None
    assert (number.family, number.value) == (family, value)


def test_decimal_outline() -> None:
    notice = one(
        f"某市应急预案\n1　总则\n1.1　编制目的\n{BODY}\n1.2　编制依据\n{BODY}\n2　组织机构\n2.1　指挥部\n（1）{BODY}\n2 台设备备用。"
    )
    assert headings(notice) == ["总则", "编制目的", "编制依据", "组织机构", "指挥部"]
    assert [s.number for s in all_sections(notice.sections)] == ["1", "1.1", "1.2", "2", "2.1"]


def test_headings_that_end_with_a_full_stop() -> None:
    notice = one(
        f"关于防火工作的通知\n各部门：\n{BODY}\n一、压实责任，抓好落实。\n{BODY}\n{BODY}\n二、开展检查，消除隐患。\n{BODY}"
    )
    assert headings(notice) == ["压实责任，抓好落实", "开展检查，消除隐患"]


def test_items_above_their_unit_stay_items() -> None:
    notice = one(
        "质量月活动\n一、活动内容\n1.开展质量宣传进社区活动。\n责任单位：市商务局\n2.开展质量知识竞赛活动。\n责任单位：市教育局"
    )
    assert len([p for p in items(notice) if p.text.startswith(("1.", "2."))]) == 2


def test_contents_are_no_headings() -> None:
    notice = one(
        f"某市管理办法\n目　录\n第一章 总则\n第二章 附则\n第三章 其他\n第一章 总则\n第一条 {BODY}\n第二章 附则\n第二条 {BODY}\n第三章 其他\n第三条 {BODY}"
    )
    assert headings(notice) == ["总则", "附则", "其他"]
    assert [p.kind for p in notice.passages].count("contents") == 4


def test_what_is_printed_behind_a_letter_begins_anew() -> None:
    notice = one(f"{LETTER}\n某市活动方案\n{BODY}\n一、活动主题\n{BODY}")
    preamble = [p for p in notice.passages if p.text == BODY]
    assert [p.section_path for p in preamble] == [(), ("加强领导",), (), ("活动主题",)]


# Heads


def header(text: str) -> Header:
    return one(text).header


def test_decrees() -> None:
    head = header(
        f"中华人民共和国国务院令\n第707号\n{BODY}\n总理 某某\n二○一八年十二月十八日\n某某法实施条例\n第一条 {BODY}\n第二条 {BODY}"
    )
    assert (head.document_number, head.title, head.issued_on) == (
        "中华人民共和国国务院令第707号",
        "某某法实施条例",
        "2018-12-18",
    )
    assert head.issuer == "国务院"


@pytest.mark.parametrize(
    ("title", "issuer"),
    [
        ("国务院办公厅转发民政部关于清理整顿社会团体意见的通知", "国务院办公厅"),
        ("重庆市人民政府办公厅关于成立领导小组的通知", "重庆市人民政府办公厅"),
        ("国务院办公厅对全国政协第4626号提案的答复", "国务院办公厅"),
        ("国务院办公厅、中央军委办公厅关于加强管理工作的通知", "国务院办公厅、中央军委办公厅"),
    ],
)
def test_issuers_in_titles(title: str, issuer: str) -> None:
    head = header(f"{title}\n国办发〔1997〕11号\n各省人民政府：\n{BODY}\n民政部\n一九九七年四月八日")
    assert head.issuer == issuer
    assert head.issued_on == "1997-04-08"
    assert head.region is None or head.region.startswith("重庆")


def test_a_widened_title_and_a_number_behind_it() -> None:
    assert (
        header(f"国务院关于深圳湾口岸\n土 地 使 用 期 限 的 批 复\n国函〔2006〕132号\n{BODY}").title
        == "国务院关于深圳湾口岸土地使用期限的批复"
    )
    head = header(f"国务院办公厅关于印发应急预案\n的通知国办函〔2014〕119号\n各省人民政府：\n{BODY}")
    assert (head.title, head.document_number) == ("国务院办公厅关于印发应急预案的通知", "国办函〔2014〕119号")


def test_lines_of_metadata_are_no_title() -> None:
    head = header(
        f"发文单位：湖北省人大常委会\n发布日期：2016-7-28\n执行日期：2016-12-1\n湖北省某某条例\n（2016年7月28日常委会会议通过）\n{BODY}"
    )
    assert (head.title, head.issuer, head.issued_on) == ("湖北省某某条例", "湖北省人大常委会", "2016-07-28")


def test_several_metadata_on_one_line() -> None:
    head = header(f"关于开展活动的通知\n发布日期：2024-08-30 来源：某局 浏览次数：12\n各单位：\n{BODY}")
    assert (head.title, head.issued_on) == ("关于开展活动的通知", "2024-08-30")
