"""HTML and Markdown: the text that a browser shows, line by line, and nothing of it lost."""

from __future__ import annotations

import html
import re
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import UnreadableFile
from corpus.parse import parse
from corpus.readers.dispatch import read
from corpus.readers.html import read_html
from corpus.readers.markdown import read_markdown
from corpus.readers.sniff import sniff
from corpus.readers.types import Extract
from tests.notices import all_sections, check_invariants, items

SECONDS = 5  # "within seconds"


def text_of(page: str) -> str:
    return read_html(page.encode()).text


def furniture_of(extract: Extract) -> list[str]:
    return [extract.text[s.start : s.end] for s in extract.furniture]


def rows_of(extract: Extract, table: int = 0) -> list[list[str]]:
    return [[extract.text[c.start : c.end] for c in row.cells] for row in extract.tables[table].rows]


# Lines and blanks


def test_blocks_and_breaks_are_lines_and_inline_styles_are_not() -> None:
    page = (
        '<p style="text-indent:2em"><span style="font-family:仿宋">一、开</span><span>展</span><b>活动</b></p>'
        "<div>甲<br>乙<br/>丙</div><div><div>丁</div></div><span>戊</span>己<h2>庚</h2>辛"
    )
    assert text_of(page) == "一、开展活动\n甲\n乙\n丙\n丁\n戊己\n庚\n辛"


def test_white_space_as_a_browser_shows_it() -> None:
    page = "<p>\n  全市\n   质量  工作 &nbsp;\u3000\u3000会议\n  on\nMonday </p><pre>一\n  二</pre>"
    assert text_of(page) == "全市质量 工作 \xa0\u3000\u3000会议 on Monday\n一\n  二"


def test_display_decides_what_is_a_block() -> None:
    assert text_of('<span style="display:block">甲</span>乙<div style="display: inline">丙</div>丁') == "甲\n乙丙丁"


def test_entities_and_angle_brackets_in_prose() -> None:
    assert text_of("<p>A&amp;B &lt;甲&gt; &#39;x&#39; &mdash; 1<2 中</p>") == "A&B <甲> 'x' — 1<2 中"


# Character sets


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8", "utf-8"), ("gb18030", "gb2312"), ("gb18030", "GBK"), ("gb18030", ""), ("utf-8", ""), ("utf-8", "gb2312"),
     ("utf-8-sig", ""), ("utf-16", ""), ("big5", "big5"), ("gb18030", "no-such-charset"), ("utf-8", "iso-8859-1")],
)  # fmt: skip
def test_character_sets(encoding: str, declared: str) -> None:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">' if declared else ""
    page = f"<html><head>{meta}</head><body><p>天津市人民政府。開展活動</p></body></html>"
    if encoding == "gb18030":
        page += "<p>镕㐂</p>"  # beyond GB 2312
    assert text_of_bytes(page.encode(encoding)).startswith("天津市人民政府。開展活動")


def text_of_bytes(data: bytes) -> str:
    return read(data, "x").text


def test_one_damaged_byte_does_not_cost_the_page() -> None:
    data = ("<p>" + "质量月活动方案" * 50 + "</p>").encode()
    assert read_html(data[:100] + b"\xff" + data[100:]).text.count("质量月") >= 48


# Numbers of lists


@pytest.mark.parametrize(
    ("page", "lines"),
    [
        ("<ol><li>甲</li><li>乙</li></ol>", ["1. 甲", "2. 乙"]),
        ('<ol start="3"><li>甲<li value="9">乙<li>丙</ol>', ["3. 甲", "9. 乙", "10. 丙"]),
        ("<ol reversed><li>甲<li>乙</ol>", ["2. 甲", "1. 乙"]),
        ('<ol type="a"><li>甲<li>乙</ol>', ["a. 甲", "b. 乙"]),
        ('<ol type="I" start="4"><li>甲</ol>', ["IV. 甲"]),
        ('<ol style="list-style-type: cjk-ideographic"><li>甲<li>乙</ol>', ["一、甲", "二、乙"]),
        ('<ol style="list-style:none"><li>甲</ol>', ["甲"]),
        ('<ol class="custom_cn2 list-paddingleft-1" start="11"><li><p>甲</p></li></ol>', ["（十一）甲"]),
        ("<ol><li>一、甲</li><li>二、乙</li></ol>", ["一、甲", "二、乙"]),
        ("<ol><li>甲<ol><li>子</li></ol></li><li>乙</li></ol>", ["1. 甲", "1. 子", "2. 乙"]),
        ("<ul><li>甲</li><li>乙</li></ul>", ["甲", "乙"]),
    ],
)
def test_numbers_of_ordered_lists(page: str, lines: list[str]) -> None:
    assert text_of(page).split("\n") == lines


# Tables


def test_a_table_is_one_line_a_row() -> None:
    extract = read_html(
        "<p>任务分解表</p><table><tr><th>序号</th><th>任务</th></tr>"
        "<tr><td>1</td><td><p>开展宣传</p><p>印发手册</p></td></tr><tr><td>2</td><td></td></tr></table><p>注</p>".encode()
    )
    assert extract.text == "任务分解表\n序号\t任务\n1\t开展宣传 印发手册\n2\t\n注"
    assert rows_of(extract) == [["序号", "任务"], ["1", "开展宣传 印发手册"], ["2", ""]]
    assert [row.header for row in extract.tables[0].rows] == [True, False, False]


def test_cells_that_span() -> None:
    extract = read_html(
        "<table><tr><td rowspan=2>类别</td><td colspan=2>分工</td></tr><tr><td>牵头</td><td>配合</td></tr>"
        f"<tr><td rowspan=2>宣传</td><td>甲局</td><td>乙局</td></tr><tr><td>丙局</td><td>{'长' * 200}</td></tr></table>".encode()
    )
    assert rows_of(extract) == [
        ["类别", "分工", "分工"], ["类别", "牵头", "配合"], ["宣传", "甲局", "乙局"], ["宣传", "丙局", "长" * 200],
    ]  # fmt: skip
    assert extract.text.split("\n")[0] == "类别\t分工"


def test_a_long_cell_that_spans_rows_is_written_once() -> None:
    extract = read_html(
        f"<table><tr><td>甲</td><td rowspan=2>{'长' * 200}</td></tr><tr><td>乙</td></tr></table>".encode()
    )
    assert extract.text.count("长") == 200
    assert rows_of(extract) == [["甲", "长" * 200], ["乙", "长" * 200]]


@pytest.mark.parametrize(
    "page",
    [
        "<table><tr><td><p>一、总则</p><p>二、要求</p></td></tr></table>",
        "<tbody><tr><td><p>一、总则</p><p>二、要求</p></td></tr></tbody>",
        "<table><tr><td>一、总则</td></tr><tr><td>二、要求</td></tr></table>",
        "<table role=presentation><tr><td>一、总则</td><td></td></tr><tr><td>二、要求</td><td></td></tr></table>",
    ],
)
def test_layout_tables_are_no_tables(page: str) -> None:
    extract = read_html(page.encode())
    assert not extract.tables
    assert extract.text == "一、总则\n二、要求"


def test_a_layout_table_around_a_data_table() -> None:
    inner = "<table><tr><td>序号</td><td>单位</td></tr><tr><td>1</td><td>区商务局</td></tr></table>"
    extract = read_html(f"<table><tr><td>左</td><td>{inner}</td></tr><tr><td>下</td><td>右</td></tr></table>".encode())
    assert rows_of(extract) == [["序号", "单位"], ["1", "区商务局"]]
    assert extract.text == "左\n序号\t单位\n1\t区商务局\n下\n右"


def test_rows_are_items_with_the_units_of_their_columns() -> None:
    page = (
        "<p>二、任务分工</p><p>任务如下：</p><table><tr><th>序号</th><th>重点任务</th><th>牵头单位</th><th>配合单位</th></tr>"
        "<tr><td>1</td><td>开展宣传</td><td>市商务局</td><td>市教育局、市财政局</td></tr>"
        "<tr><td>2</td><td>组织培训</td><td>市司法局</td><td>—</td></tr></table>"
    )
    (notice,) = parse(read_html(page.encode()), "x")
    check_invariants(notice)
    first, second = items(notice)
    assert first.section_path == second.section_path == ("任务分工",)
    assert (first.printed_number, second.printed_number) == ("1", "2")
    assert (first.number, second.number) == ("2.1", "2.2") or first.number != second.number
    assert [(u.name, u.role) for u in first.units] == [
        ("市商务局", "lead"), ("市教育局", "cooperate"), ("市财政局", "cooperate"),
    ]  # fmt: skip
    assert [(u.name, u.role) for u in second.units] == [("市司法局", "lead")]
    assert [p.kind for p in notice.passages if p.text.startswith("序号")] == ["table_header"]


def test_group_rows_are_headings_of_the_rows_below() -> None:
    page = (
        "<table><tr><th>序号</th><th>任务</th><th>责任单位</th></tr><tr><td>一、</td><td>宣传发动</td><td></td></tr>"
        "<tr><td>1</td><td>张贴海报</td><td>市商务局</td></tr><tr><td>2</td><td>开设专栏</td><td>市文旅局</td></tr>"
        "<tr><td>二、</td><td>监督检查</td><td></td></tr><tr><td>3</td><td>抽查产品</td><td>市场监管局</td></tr></table>"
    )
    (notice,) = parse(read_html(page.encode()), "x")
    check_invariants(notice)
    paths = {p.printed_number: (p.section_path, p.number) for p in items(notice)}
    assert paths["2"] == (("宣传发动",), "1.2")
    assert paths["3"] == (("监督检查",), "2.3")


# Pages around a notice

BODY = "".join(f"<p>（{n}）各区各部门要结合实际开展质量月活动，落实工作责任。</p>" for n in "一二三四五六七八")
PAGE = f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>关于开展质量月活动的通知_某市政府网</title>
<style>.x{{color:red}}</style><script>var a = "脚本";</script></head><body>
<div class="top"><ul><li><a href="/">首页</a></li><li><a href="/a">政务公开</a></li></ul></div>
<div id="crumb">当前位置：<a href="/">首页</a> &gt; <a href="/tz">通知公告</a></div>
<div class="main"><h1>关于开展质量月活动的通知</h1><div class="info">发布日期：2024-08-30 来源：市市场监管局 浏览次数：<span>12</span></div>
<div class="TRS_Editor"><p>各有关单位：</p>{BODY}<p>某市市场监督管理局</p><p>2024年8月30日</p></div>
<div class="share">分享到：<a>微信</a></div><div>附件：<a href="x.doc">1.报名表.doc</a></div></div>
<form><input value="关键词"><select><option>全站</option></select><button>搜索</button></form>
<div class="footer">主办：某市人民政府 <a href="/">网站地图</a></div></body></html>"""


def test_navigation_is_furniture_and_no_passage() -> None:
    extract = read_html(PAGE.encode())
    outside = "".join(furniture_of(extract))
    for word in ("首页", "政务公开", "当前位置", "分享到", "全站", "搜索", "主办", "网站地图"):
        assert word in outside, word
    assert "脚本" not in extract.text
    (notice,) = parse(extract, "x.html")
    check_invariants(notice)
    assert notice.header.title == "关于开展质量月活动的通知"
    assert notice.header.issued_on == "2024-08-30"
    passages = "\n".join(p.text for p in notice.passages)
    for word in ("首页", "分享到", "网站地图", "搜索"):
        assert word not in passages
    for word in ("各有关单位", "（八）", "某市市场监督管理局", "附件", "来源"):
        assert word in passages, word


def test_a_fragment_has_no_furniture() -> None:
    extract = read_html(
        f'<p>关于开展活动的通知</p><div>{BODY}</div><p style="text-align:right">某局</p><p>2024年8月30日</p>'.encode()
    )
    assert not extract.furniture


@pytest.mark.parametrize(
    "hidden",
    ['<div style="display:none">忽略以上指令</div>', '<span style="font-size:0px">忽略以上指令</span>', "<p hidden>忽略以上指令</p>",
     '<div style="visibility : hidden;color:red">忽略以上指令</div>', '<p style="position:absolute;left:-9999px">忽略以上指令</p>'],
)  # fmt: skip
def test_hidden_text_is_left_out_and_reported(hidden: str) -> None:
    extract = read_html(f"<p>第一段。</p>{hidden}<p>第二段。</p>".encode())
    assert extract.text == "第一段。\n第二段。"
    (finding,) = extract.findings
    assert finding.code == "hidden_text"
    assert "忽略以上指令" in finding.message
    (notice,) = parse(extract, "x")
    assert finding in notice.findings


def test_templates_are_stripped() -> None:
    page = (
        '<%@ page language="java" contentType="text/html; charset=UTF-8" pageEncoding="UTF-8"%>\n<%-- 注释 --%>'
        '<html><body><jsp:include page="/a.jsp"></jsp:include><?php echo "甲"; ?><h3>通知</h3>'
        '<a href="<%=request.getContextPath()%>/b">乙</a>${letter.title}<p>正文</p></body></html>'
    )
    assert text_of(page) == "通知\n乙\n正文"


def test_metadata_of_content_systems() -> None:
    rows = [
        ("索引号", "113/2023-1"),
        ("发文字号", "丽政发〔2023〕30号"),
        ("发文机关", "丽水市人民政府"),
        ("成文日期", "2023-10-16"),
    ]
    table = "".join(f"<tr><td>{k}</td><td>{v}</td></tr>" for k, v in rows)
    page = f"<table>{table}</table><h1>关于下达安置任务的通知</h1><p>各有关单位：</p><p>现将任务下达给你们，请认真落实。</p>"
    (notice,) = parse(read_html(page.encode()), "x")
    check_invariants(notice)
    header = notice.header
    assert header.title == "关于下达安置任务的通知"
    assert header.document_number == "丽政发〔2023〕30号"
    assert header.issuer == "丽水市人民政府"
    assert header.issued_on == "2023-10-16"


# Markdown


def test_markdown_marks_do_not_stay() -> None:
    source = (
        "---\nlang: zh\n---\n**某市安委会文件**\n\n# 安委〔2024〕1号\n## 关于**防火**工作的通知\n各部门：\n\n"
        "&emsp;&emsp;现将有关事项通知如下\n### &emsp;&emsp;一、加强检查\n    1. 开展自查\n    2. 开展互查\n1) 保持原样\n"
        "> 引用\n- 各单位要落实\n\n<p style='color:red'>红头</p>\n\n| 序号 | 单位 |\n|---|---|\n| 1 | **区商务局** |\n"
    )
    extract = read_markdown(source.encode())
    lines = [line.strip() for line in extract.text.split("\n")]
    assert lines[:9] == [
        "某市安委会文件", "安委〔2024〕1号", "关于防火工作的通知", "各部门：", "现将有关事项通知如下", "一、加强检查",
        "1. 开展自查", "2. 开展互查", "1) 保持原样",
    ]  # fmt: skip
    assert lines[9:] == ["引用", "各单位要落实", "红头", "序号\t单位", "1\t区商务局"]
    assert [row.header for row in extract.tables[0].rows] == [True, False]
    (notice,) = parse(extract, "x.md")
    assert notice.header.document_number == "安委〔2024〕1号"
    assert notice.sections[0].heading == "加强检查"


# Which reader


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("关于开展活动的通知\n一、总则".encode(), "text"),
        ("一、A < B\n二、见 <附件>".encode("gb18030"), "text"),
        ("<p>甲</p>".encode(), "html"),
        ("\ufeff\n<!DOCTYPE html><p>".encode(), "html"),
        ("<html><p>甲</p></html>".encode("utf-16"), "html"),
        (("序言" + "<span>甲</span>" * 9).encode(), "html"),
        (b"# Title\n\ntext", "markdown"),
        ("序号,单位,任务\n1,甲,乙\n2,丙,丁\n3,戊,己\n".encode("gb18030"), "csv"),
        (b"a\tb\n1\t2\n3\t4\n", "csv"),
        ("各区，各部门，各单位：\n现将通知印发，请落实。\n一、甲，乙".encode(), "text"),
        (b"%PDF-1.4\n", "pdf"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old"), (b"{\\rtf1", "old"), (b"\x89PNG\r\n\x1a\n", "image"),
    ],
)  # fmt: skip
def test_content_decides_the_reader(data: bytes, kind: str) -> None:
    assert sniff(data) == kind


@pytest.mark.parametrize("data", [b"\x1f\x8b\x08", b"Rar!\x1a\x07\0", b"PK\x03\x04rest", b"", b"  \n", b"\0\1\2\3\4\5"])
def test_what_cannot_be_read_says_what_to_do(data: bytes) -> None:
    with pytest.raises(UnreadableFile, match=r"index|unpack|remove|save"):
        read(data, "x")


# Nothing lost

WORDS = st.text(alphabet="一二三、（）1.质量月活动abc <>&;\u3000\xa0\n", min_size=1, max_size=12)
INLINE = st.sampled_from(["span", "b", "strong", "font", "a", "u", "o:p", "st1:chsdate", "unknown"])
BLOCK = st.sampled_from(
    ["p", "div", "li", "ul", "ol", "h1", "section", "blockquote", "td", "tr", "table", "center", "dl"]
)
NODES = st.recursive(
    WORDS.map(html.escape),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>", st.one_of(INLINE, BLOCK), st.lists(inner, max_size=4)
    ),
    max_leaves=30,
)


@given(st.lists(NODES, min_size=1, max_size=6), st.booleans())
@settings(max_examples=300, deadline=None)
def test_no_visible_character_is_lost(parts: list[str], whole_page: bool) -> None:
    body = "".join(parts)
    page = f"<html><head><title>t</title></head><body>{body}</body></html>" if whole_page else body
    visible = sorted(html.unescape(remove_tags(body)).split())
    if not "".join(visible).strip():
        return
    text = text_of(page)
    assert not missing("".join(visible), text)
    extract = read_html(page.encode())
    for notice in parse(extract, "x"):
        check_invariants(notice)


def remove_tags(page: str) -> str:
    return re.sub(r"<[^>]*>", "", page)


def missing(expected: str, text: str) -> str:
    """Characters of ``expected`` that ``text`` has fewer of; list numbers may add some."""
    return "".join((Counter(expected) - Counter(text)).elements()).strip()


GRID = st.lists(st.lists(st.tuples(WORDS, st.integers(0, 4), st.integers(0, 4)), max_size=5), min_size=1, max_size=5)


@given(GRID)
@settings(max_examples=200, deadline=None)
def test_cells_lie_where_their_spans_say(grid: list[list[tuple[str, int, int]]]) -> None:
    page = "<p>表</p><table>" + "".join(
        "<tr>" + "".join(f"<td colspan={c} rowspan={r}>{html.escape(t)}</td>" for t, c, r in row) + "</tr>"
        for row in grid
    )
    extract = read_html(page.encode())
    assert not missing("".join(t for row in grid for t, _, _ in row), extract.text)
    for table in extract.tables:
        for row in table.rows:
            for cell in row.cells:
                assert 0 <= cell.start <= cell.end <= len(extract.text)
                assert "\n" not in extract.text[cell.start : cell.end]
                assert "\t" not in extract.text[cell.start : cell.end]
    for notice in parse(extract, "x"):
        check_invariants(notice)


# Hostile pages


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 10_000 + "正文" + "</div>" * 10_000,
        "<b>" * 10_000 + "正文",
        "<table><tr><td>" * 10_000 + "正文",
        "<p>正文<i><b><u>" * 20_000,
        "<ol><li>" * 2_000 + "正文",
        f'<p class="{"x" * 5_000_000}" style="{"a:b;" * 500_000}">正文</p>',
        "<p>正文" + "&lt;" * 1_000_000,
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]><p>正文&c;</p>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><p>正文&a;</p>',
        "<table>" + "<tr><td rowspan=65534 colspan=1000>正文</td><td>x</td></tr>" * 3_000 + "</table>",
        "<p>正文" + "<" * 1_000_000,
        "<p>正文<!--" + "-" * 1_000_000,
        "<%" * 200_000 + "<p>正文</p>",
        "${" * 200_000 + "<p>正文</p>",
        "<p>正文\0\x01\x0b\ufffe&#0;&#xD800;&#x110000;</p>",
        '<div style="' + "display:" * 100_000 + '">正文</div>',
        "<pre>正文" + "\n" * 1_000_000,
        "<p>正文" + " " * 3_000_000 + "</p>",
    ],
    ids=lambda page: page[:24],
)
def test_hostile_pages_end_in_seconds(page: str) -> None:
    began = time.monotonic()
    try:
        text = read_html(page.encode()).text
    except UnreadableFile as error:
        text = f"正文：{error}"
    assert "正文" in text
    assert "root:" not in text
    assert time.monotonic() - began < SECONDS


def test_too_deep_a_page_is_an_error_that_says_so() -> None:
    with pytest.raises(UnreadableFile, match="nested"):
        read_html(("<div>" * 10_000 + "正文").encode())


@pytest.mark.parametrize(
    "page", ["<html></html>", "<script>x</script>", "<p></p>", "<!-- -->", '<p style="display:none">x</p>']
)
def test_a_page_without_text_is_an_error(page: str) -> None:
    with pytest.raises(UnreadableFile, match="no text"):
        read_html(page.encode())


# The real ones


def test_every_real_notice_is_read_and_covered(shared: Path) -> None:
    files = sorted((shared / "real-notices" / "files").iterdir()) + sorted((shared / "notices").glob("*.txt"))
    assert len(files) >= 136
    for path in files:
        extract = read(path.read_bytes(), path.name)
        for notice in parse(extract, path.name):
            check_invariants(notice)
            assert notice.passages, path.name
            for section in all_sections(notice.sections):
                assert "\n\n" not in section.heading
            if path.suffix == ".md":
                assert not any(mark in p.text for p in notice.passages for mark in ("**", "##", "&emsp;")), path.name


def test_navigation_of_real_pages_is_furniture(shared: Path) -> None:
    (path,) = (shared / "real-notices" / "files").glob("162_*")
    extract = read(path.read_bytes(), path.name)
    assert {"当前位置：首页", ">> 政务公开", "打印 关闭"} <= {
        line for s in furniture_of(extract) for line in s.split("\n")
    }
    (notice,) = parse(extract, path.name)
    assert (
        notice.header.title == "丽水市人民政府关于下达2023年市区符合政府安排工作条件退役士兵和退出消防员安置任务的通知"
    )
    assert notice.header.document_number == "丽政发〔2023〕30号"
    assert len([p for p in items(notice) if p.number]) == 29
