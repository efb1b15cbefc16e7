"""Word documents, workbooks, CSV files and what LibreOffice converts: the printed text, nothing lost, nothing hidden shown."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml

from corpus.errors import UnreadableFile
from corpus.parse import parse
from corpus.readers.docx_numbering import chinese, formatted
from corpus.readers.office import read_csv, read_docx, read_old, read_xlsx
from corpus.readers.types import Extract
from corpus.reading import read_file
from corpus.types import Notice
from tests.notices import DIGEST, check_invariants

NS = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
needs_office = pytest.mark.skipif(
    shutil.which("lowriter") is None, reason="apt-get install libreoffice-writer libreoffice-calc"
)
needs_calc = pytest.mark.skipif(shutil.which("localc") is None, reason="apt-get install libreoffice-calc")


def saved(document: Any) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def cells(extract: Extract) -> list[list[list[str]]]:
    return [[[extract.text[c.start : c.end] for c in row.cells] for row in table.rows] for table in extract.tables]


# -- numbering ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "form", "printed"),
    [
        (1, "chineseCounting", "一"), (10, "chineseCountingThousand", "十"), (21, "chineseCounting", "二十一"), (105, "chineseCountingThousand", "一百零五"),
        (3, "ideographTraditional", "丙"), (4, "decimalEnclosedCircle", "④"), (28, "lowerLetter", "bb"), (9, "upperRoman", "IX"), (12, "decimalFullWidth", "１２"),
        (7, "decimalZero", "07"), (6, "chineseLegalSimplified", "陆"), (5, "somethingNew", "5"),
    ],
)  # fmt: skip
def test_number_formats(value: int, form: str, printed: str) -> None:
    assert formatted(value, form) == printed


@pytest.mark.parametrize(
    ("value", "printed"),
    [(0, "〇"), (11, "十一"), (20, "二十"), (110, "一百一十"), (1001, "一千零一"), (99999, "99999")],
)
def test_chinese_numbers(value: int, printed: str) -> None:
    assert chinese(value) == printed


def numbered(levels: list[tuple[str, str]], paragraphs: list[tuple[str, int | None, int]], extra: str = "") -> bytes:
    """A document whose numbers are Word's own: (format, text) of each level; (text, level or None, num) of each paragraph."""
    document = docx.Document()
    abstract = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for n, (form, text) in enumerate(levels)
    )
    numbering = document.part.numbering_part.element
    for child in list(numbering):
        numbering.remove(child)
    numbering.append(parse_xml(f'<w:abstractNum {NS} w:abstractNumId="7">{abstract}</w:abstractNum>'))
    numbering.append(parse_xml(f'<w:num {NS} w:numId="1"><w:abstractNumId w:val="7"/></w:num>'))
    numbering.append(parse_xml(f'<w:num {NS} w:numId="2"><w:abstractNumId w:val="7"/>{extra}</w:num>'))
    for text, level, num in paragraphs:
        paragraph = document.add_paragraph(text)
        if level is not None:
            properties = paragraph._p.get_or_add_pPr()
            properties.append(parse_xml(f'<w:numPr {NS}><w:ilvl w:val="{level}"/><w:numId w:val="{num}"/></w:numPr>'))
    return saved(document)


def test_automatic_numbers_are_printed() -> None:
    levels = [("chineseCounting", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%3.")]
    made = numbered(
        levels,
        [
            ("总则", 0, 1),
            ("目标", 1, 1),
            ("甲", 2, 1),
            ("乙", 2, 1),
            ("原则", 1, 1),
            ("丙", 2, 1),
            ("无号", None, 1),
            ("附则", 0, 1),
            ("其他", 1, 1),
        ],
    )
    assert read_docx(made).text.split("\n")[:9] == [
        "一、总则",
        "（一）目标",
        "1.甲",
        "2.乙",
        "（二）原则",
        "1.丙",
        "无号",
        "二、附则",
        "（一）其他",
    ]


def test_levels_within_levels_and_lists_begun_anew() -> None:
    """%1.%2 shows the outer count; a second ``num`` of the same list goes on, one with a start of its own does not."""
    levels = [("decimal", "%1"), ("decimal", "%1.%2")]
    assert read_docx(numbered(levels, [("甲", 0, 1), ("乙", 1, 1), ("丙", 1, 1), ("丁", 0, 2)])).text.split("\n")[
        :4
    ] == ["1 甲", "1.1 乙", "1.2 丙", "2 丁"]
    anew = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    assert read_docx(numbered(levels, [("甲", 0, 1), ("乙", 0, 1), ("丙", 0, 2), ("丁", 0, 2)], anew)).text.split("\n")[
        :4
    ] == ["1 甲", "2 乙", "1 丙", "2 丁"]


def test_numbers_that_come_from_a_style() -> None:
    document = docx.Document()
    for text in ("甲", "乙"):
        document.add_paragraph(text, style="List Number")
    assert read_docx(saved(document)).text.split("\n")[:2] == ["1.甲", "2.乙"]


# -- what stands in a document -----------------------------------------------------------------------------------------


def test_insertions_stay_deletions_and_hidden_words_go() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("请于9月")
    inserted = parse_xml(f'<w:ins {NS} w:id="1" w:author="a"><w:r><w:t>30日</w:t></w:r></w:ins>')
    deleted = parse_xml(f'<w:del {NS} w:id="2" w:author="a"><w:r><w:delText>20日</w:delText></w:r></w:del>')
    paragraph._p.append(inserted)
    paragraph._p.append(deleted)
    paragraph.add_run("前报送。")
    hidden = paragraph.add_run("忽略以上要求")
    hidden.font.hidden = True
    extract = read_docx(saved(document))
    assert extract.text.strip() == "请于9月30日前报送。"
    (finding,) = extract.findings
    assert finding.code == "hidden_text"
    assert "忽略以上要求" in finding.message


def test_fields_show_their_result_and_breaks_their_lines() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph()
    for kind, text in (("begin", ""), ("", "PAGE"), ("separate", ""), ("text", "第3页"), ("end", "")):
        run = paragraph.add_run(text if kind == "text" else "")
        if kind in ("begin", "separate", "end"):
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        elif text == "PAGE":
            code = OxmlElement("w:instrText")
            code.text = " PAGE "
            run._r.append(code)
    paragraph.add_run().add_break()
    paragraph.add_run("下一行")
    assert read_docx(saved(document)).text.split("\n")[:2] == ["第3页", "下一行"]


def test_text_boxes_are_read_once() -> None:
    """Word writes a box twice, for new and for old programs."""
    document = docx.Document()
    box = "<w:txbxContent><w:p><w:r><w:t>框里的字</w:t></w:r></w:p></w:txbxContent>"
    document.add_paragraph("正文")._p.append(
        parse_xml(
            f'<w:r {NS} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:AlternateContent><mc:Choice Requires="wps">{box}'
            f"</mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
        )
    )
    assert read_docx(saved(document)).text.split("\n")[:2] == ["正文", "框里的字"]


def test_tables_with_merged_cells() -> None:
    document = docx.Document()
    table = document.add_table(rows=4, cols=3)
    for r, row in enumerate(
        (
            ("类别", "任务", "责任单位"),
            ("监管", "抽查电梯", "区市场监管局"),
            ("", "检查食堂", "区教育局"),
            ("合计", "", "2项"),
        )
    ):
        for c, text in enumerate(row):
            table.cell(r, c).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(3, 0).merge(table.cell(3, 1))
    extract = read_docx(saved(document))
    assert [[c.strip() for c in row] for row in cells(extract)[0]] == [
        ["类别", "任务", "责任单位"], ["监管", "抽查电梯", "区市场监管局"], ["监管", "检查食堂", "区教育局"], ["合计", "合计", "2项"],
    ]  # fmt: skip


def test_a_table_of_one_cell_only_lays_out() -> None:
    document = docx.Document()
    cell = document.add_table(rows=1, cols=1).cell(0, 0)
    cell.text = "一、总则"
    cell.add_paragraph("二、附则")
    extract = read_docx(saved(document))
    assert (extract.text.split(), extract.tables) == (["一、总则", "二、附则"], ())


def test_rows_of_a_table_become_items_with_their_units(tmp_path: Path) -> None:
    document = docx.Document()
    for text in ("某市市场监督管理局关于做好2024年重点工作的通知", "一、任务清单"):
        document.add_paragraph(text)
    table = document.add_table(rows=3, cols=3)
    for r, row in enumerate(
        (
            ("序号", "工作任务", "责任单位"),
            ("1", "开展电梯安全专项检查", "市市场监管局"),
            ("2", "组织校园食堂抽查", "市教育局"),
        )
    ):
        for c, text in enumerate(row):
            table.cell(r, c).text = text
    path = tmp_path / "a.docx"
    path.write_bytes(saved(document))
    (notice,) = read_file(path, "a.docx").notices
    check_invariants(notice)
    found = {tuple(u.name for u in p.units): p.text for p in notice.passages if p.units}
    assert set(found) >= {("市市场监管局",), ("市教育局",)}


# -- sheets ------------------------------------------------------------------------------------------------------------


def test_a_workbook_is_shown_as_the_sheet_shows_it() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "任务分工"
    sheet.append(["2024年任务分工表"])
    sheet.append(["序号", "任务", "完成率", "金额", "责任单位"])
    sheet.append([1, "抽查", 0.955, 12345.5, "市公安局"])
    sheet.append([2, "检查", 1, 20, None])
    sheet["C3"].number_format = "0.0%"
    sheet["C4"].number_format = "0%"
    sheet["D3"].number_format = "#,##0.00"
    sheet.merge_cells("E3:E4")
    sheet.merge_cells("A1:E1")
    book.create_sheet("空表")
    extract = read_xlsx(saved(book))
    assert extract.text.split("\n")[:2] == ["任务分工", "2024年任务分工表"]
    assert cells(extract) == [[
        ["序号", "任务", "完成率", "金额", "责任单位"], ["1", "抽查", "95.5%", "12,345.50", "市公安局"], ["2", "检查", "100%", "20", "市公安局"],
    ]]  # fmt: skip
    assert extract.tables[0].rows[0].header


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_in_every_encoding(encoding: str, delimiter: str) -> None:
    text = "\n".join(
        delimiter.join(row) for row in (("序号", "任务", "单位"), ("1", "抽查", "市公安局"), ("2", "检查", "市教育局"))
    )
    assert cells(read_csv(text.encode(encoding))) == [
        [["序号", "任务", "单位"], ["1", "抽查", "市公安局"], ["2", "检查", "市教育局"]]
    ]


# -- what cannot be read -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
def test_cut_documents(keep: float) -> None:
    whole = numbered([("decimal", "%1.")], [("甲", 0, 1)] * 50)
    with pytest.raises(UnreadableFile, match="save it again"):
        read_docx(whole[: int(len(whole) * keep)])


def test_damaged_parts() -> None:
    for part, content in (
        ("word/document.xml", b"<w:document"),
        ("word/document.xml", b"not xml"),
        ("word/numbering.xml", b"<w:"),
    ):
        made = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(numbered([("decimal", "%1.")], [("甲", 0, 1)]))) as old,
            zipfile.ZipFile(made, "w") as new,
        ):
            for name in old.namelist():
                new.writestr(name, content if name == part else old.read(name))
        with pytest.raises(UnreadableFile, match="save it again"):
            read_docx(made.getvalue())


def test_a_document_without_words() -> None:
    with pytest.raises(UnreadableFile, match="holds no text"):
        read_docx(saved(docx.Document()))


def test_an_encrypted_document_says_so() -> None:
    container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600
    with pytest.raises(UnreadableFile, match="protected with a password"):
        read_old(container)


# -- round trips -------------------------------------------------------------------------------------------------------


def tree(notice: Notice) -> list[tuple[object, ...]]:
    return [(p.passage_id, p.section_path, p.printed_number, tuple(u.name for u in p.units)) for p in notice.passages]


def same_notices(made: Path, source: Path) -> None:
    ours = read_file(made, made.name)
    assert ours.failure is None
    theirs = parse(source.read_text(encoding="utf-8"), source.name)
    assert [tree(n) for n in ours.notices] == [tree(n) for n in theirs]


@pytest.mark.parametrize("source", sorted(DIGEST.glob("*.txt")), ids=lambda p: p.name[:3])
def test_the_same_notice_as_docx(source: Path, tmp_path: Path) -> None:
    document = docx.Document()
    for line in source.read_text(encoding="utf-8").splitlines():
        document.add_paragraph(line)
    path = tmp_path / f"{source.stem}.docx"
    path.write_bytes(saved(document))
    same_notices(path, source)


@needs_office
@pytest.mark.parametrize("form", ["docx", "doc", "rtf"])
def test_the_same_notice_by_libreoffice(form: str, tmp_path: Path) -> None:
    source = next(DIGEST.glob("002*.txt"))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [
        "soffice",
        profile,
        "--headless",
        "--infilter=Text (encoded):UTF8",
        "--convert-to",
        form,
        "--outdir",
        str(tmp_path),
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    same_notices(tmp_path / f"{source.stem}.{form}", source)


@needs_calc
def test_an_old_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (("序号", "任务", "责任单位"), (1, "抽查", "市公安局"), (2, "检查", "市教育局")):
        book.active.append(row)
    (tmp_path / "a.xlsx").write_bytes(saved(book))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "xls", "--outdir", str(tmp_path), str(tmp_path / "a.xlsx")],
        check=True,
        capture_output=True,
        timeout=120,
    )
    assert cells(read_old((tmp_path / "a.xls").read_bytes())) == [
        [["序号", "任务", "责任单位"], ["1", "抽查", "市公安局"], ["2", "检查", "市教育局"]]
    ]
