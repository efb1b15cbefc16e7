"""PDF: what is printed is read back, in order, in whole paragraphs, with its tables and pages; scans are recognised."""

import io
import json
import re
import shutil
import subprocess
from html import escape
from itertools import pairwise
from pathlib import Path
from random import Random

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import UnreadableFile
from corpus.parse import parse
from corpus.readers import ocr
from corpus.readers.ocr import read_image
from corpus.readers.pdf import read_pdf
from corpus.readers.types import Extract
from corpus.types import Section
from tests.pdfs import Pdf, grid, paragraph, text

ROOT = Path(__file__).resolve().parent.parent
DIGEST = sorted((ROOT / "corpus" / "notices").glob("*.txt"))
needs_tesseract = pytest.mark.skipif(
    not ocr.available(), reason="needs Tesseract: apt-get install tesseract-ocr tesseract-ocr-chi-sim"
)
_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_NOTICE = "为做好今年的质量工作，现将有关事项通知如下，请认真贯彻执行。"


def odt(paragraphs: str, styles: str = "", head: str = "某市质量工作文件汇编") -> str:
    """A flat OpenDocument text with a running head and page numbers, in the layout of official documents."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="{_ODF}:office:1.0" xmlns:style="{_ODF}:style:1.0" xmlns:text="{_ODF}:text:1.0"
 xmlns:table="{_ODF}:table:1.0" xmlns:fo="{_ODF}:xsl-fo-compatible:1.0" office:version="1.2"
 office:mimetype="application/vnd.oasis.opendocument.text">
<office:styles><style:default-style style:family="paragraph"><style:text-properties fo:font-size="16pt"
 style:font-size-asian="16pt" style:language-asian="zh" style:country-asian="CN"/></style:default-style></office:styles>
<office:automatic-styles>
<style:style style:name="Body" style:family="paragraph"><style:paragraph-properties fo:text-indent="1.13cm"
 fo:text-align="justify" fo:line-height="28pt" style:punctuation-wrap="simple"/></style:style>
<style:style style:name="Middle" style:family="paragraph"><style:paragraph-properties fo:text-align="center"/></style:style>
<style:page-layout style:name="A4"><style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm"
 fo:margin="2.6cm"/><style:header-style/><style:footer-style/></style:page-layout>{styles}
</office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="A4">
<style:header><text:p text:style-name="Middle">{head}</text:p></style:header><style:footer>
<text:p text:style-name="Middle">— <text:page-number text:select-page="current">1</text:page-number> —</text:p>
</style:footer></style:master-page></office:master-styles>
<office:body><office:text>{paragraphs}</office:text></office:body></office:document>"""


def notice_odt(notice: str) -> str:
    """Short lines of the head are centred, everything else is indented; every line of the text is a paragraph."""
    out = []
    for number, line in enumerate(notice.split("\n")):
        words = line.strip(" \t\u3000")
        middle = 0 < number < 12 and len(words) < 40 and not words.endswith("。")
        out.append(f'<text:p text:style-name="{"Middle" if middle else "Body"}">{escape(words)}</text:p>')
    return odt("".join(out))


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """Converts flat OpenDocument texts (by name) into PDF files with LibreOffice."""
    if not shutil.which("soffice"):
        pytest.skip("needs LibreOffice: apt-get install libreoffice-writer fonts-noto-cjk")
    profile = tmp_path_factory.mktemp("profile")

    def convert(texts: dict[str, str], **options: object) -> dict[str, bytes]:
        folder = tmp_path_factory.mktemp("odt")
        for name, words in texts.items():
            (folder / f"{name}.fodt").write_text(words, encoding="utf-8")
        values = {
            key: {"type": "boolean" if isinstance(value, bool) else "string", "value": str(value).lower()}
            for key, value in options.items()
        }
        command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless"]
        command += ["--convert-to", f"pdf:writer_pdf_Export:{json.dumps(values)}", "--outdir", str(folder)]
        subprocess.run(
            [*command, *map(str, folder.glob("*.fodt"))], check=True, capture_output=True, timeout=300
        )  # fmt: skip
        return {name: (folder / f"{name}.pdf").read_bytes() for name in texts}

    return convert


@pytest.fixture(scope="session")
def printed(office) -> dict[str, bytes]:  # type: ignore[no-untyped-def]
    """The digest notices as PDF."""
    return dict(office({path.stem: notice_odt(path.read_text(encoding="utf-8")) for path in DIGEST}))


def squeezed(words: str) -> str:
    return re.sub(r"\s+", "", words)


def without_furniture(extract: Extract) -> str:
    words = extract.text
    for span in reversed(extract.furniture):
        words = words[: span.start] + words[span.end :]
    return words


def furniture(extract: Extract) -> list[str]:
    return [extract.text[span.start : span.end] for span in extract.furniture]


def lines(extract: Extract) -> list[str]:
    return [line for line in without_furniture(extract).split("\n") if line.strip()]


def breaks(words: str) -> set[int]:
    """Where lines end, in non-blank characters."""
    ends, count = set(), 0
    for line in words.split("\n"):
        count += len(squeezed(line))
        ends.add(count)
    return ends - {0}


# Notices, printed by LibreOffice.


@pytest.mark.parametrize("name", [path.stem for path in DIGEST])
def test_a_notice_is_read_back(printed: dict[str, bytes], name: str) -> None:
    source = (ROOT / "corpus" / "notices" / f"{name}.txt").read_text(encoding="utf-8")
    extract = read_pdf(printed[name])
    assert squeezed(without_furniture(extract)) == squeezed(source)
    pages = len(extract.pages)
    numbers = [f"— {n} —" for n in range(1, pages + 1)]
    assert sorted(furniture(extract)) == sorted(["某市质量工作文件汇编"] * pages + numbers)
    assert extract.findings == ()


def test_printed_lines_are_joined_as_the_author_broke_them(printed: dict[str, bytes]) -> None:
    """Of all line ends of the print, the share that is rightly kept or rightly joined."""
    right = total = 0
    for path in DIGEST:
        source, read = path.read_text(encoding="utf-8"), without_furniture(read_pdf(printed[path.stem]))
        document = pypdfium2.PdfDocument(printed[path.stem])
        total += sum(len(page.get_textpage().get_text_range().splitlines()) - 2 for page in document)
        right -= len(breaks(source) ^ breaks(read))
    assert total > 500
    assert (right + total) / total >= 0.98


@pytest.mark.parametrize("name", [path.stem for path in DIGEST])
def test_the_same_notice_comes_of_it(printed: dict[str, bytes], name: str) -> None:
    source = (ROOT / "corpus" / "notices" / f"{name}.txt").read_text(encoding="utf-8")
    from_text, from_pdf = parse(source, f"{name}.txt"), parse(read_pdf(printed[name]), f"{name}.pdf")

    def tree(sections: tuple[Section, ...]) -> list[object]:
        return [(squeezed(s.heading), s.number, s.printed_number, tree(s.children)) for s in sections]

    for a, b in zip(from_text, from_pdf, strict=True):
        assert b.notice_id == a.notice_id
        assert b.header == a.header
        assert tree(b.sections) == tree(a.sections)
        assert [p.passage_id for p in b.passages] == [p.passage_id for p in a.passages]
        for p, q in zip(a.passages, b.passages, strict=True):
            assert [(u.name, u.canonical, u.role) for u in q.units] == [(u.name, u.canonical, u.role) for u in p.units]


@pytest.mark.parametrize("name", [path.stem for path in DIGEST])
def test_pages_begin_where_they_begin(printed: dict[str, bytes], name: str) -> None:
    extract = read_pdf(printed[name])
    document = pypdfium2.PdfDocument(printed[name])
    assert len(extract.pages) == len(document)
    assert extract.pages[0] == 0
    for page, start in list(zip(document, extract.pages, strict=True))[1:]:
        first = page.get_textpage().get_text_range().splitlines()[1]  # below the running head
        assert squeezed(extract.text[start : start + 60]).startswith(squeezed(first)[:10])


def test_a_table_over_two_pages_is_one(office) -> None:  # type: ignore[no-untyped-def]
    head = ["序号", "活动内容", "责任单位"]
    rows = [[str(n), f"{n}号活动：{_NOTICE}", f"市公安局、市商务局、第{n}中学"] for n in range(1, 21)]

    def row(cells: list[str]) -> str:
        inner = "".join(
            f'<table:table-cell table:style-name="C"><text:p>{cell}</text:p></table:table-cell>' for cell in cells
        )
        return f"<table:table-row>{inner}</table:table-row>"

    styles = (
        '<style:style style:name="C" style:family="table-cell"><style:table-cell-properties fo:padding="0.1cm"'
        ' fo:border="0.5pt solid #000000"/></style:style>'
    )
    table = (
        '<table:table><table:table-column table:number-columns-repeated="3"/><table:table-header-rows>'
        f"{row(head)}</table:table-header-rows>{''.join(map(row, rows))}</table:table>"
    )
    files = office({"table": odt(f"<text:p>附件</text:p>{table}<text:p>表后一段。</text:p>", styles)})
    extract = read_pdf(files["table"])
    assert len(extract.pages) > 2
    [found] = extract.tables
    cells = [[extract.text[span.start : span.end] for span in row.cells] for row in found.rows]
    assert cells == [head, *rows]
    assert [row.header for row in found.rows] == [True] + [False] * 20
    assert furniture(extract).count(" ".join(head)) == len(extract.pages) - 1
    assert lines(extract)[-1] == "表后一段。"


def test_an_empty_password_is_tried_and_another_one_is_asked_for(office) -> None:  # type: ignore[no-untyped-def]
    words = {"notice": odt(f"<text:p>{_NOTICE}</text:p>")}
    only_restricted = office(words, RestrictPermissions=True, PermissionPassword="owner")["notice"]
    assert b"/Encrypt" in only_restricted
    assert _NOTICE in read_pdf(only_restricted).text
    locked = office(words, EncryptFile=True, DocumentOpenPassword="secret")["notice"]
    with pytest.raises(UnreadableFile, match="需要密码"):
        read_pdf(locked)


# Recognition.


def distance(a: str, b: str) -> int:
    """Levenshtein distance."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (x != y))
    return row[-1]


def scan(pdf: bytes, page: int, dpi: int = 200) -> bytes:
    """A page as an image, in PNG."""
    out = io.BytesIO()
    pypdfium2.PdfDocument(pdf)[page].render(scale=dpi / 72, grayscale=True).to_pil().save(out, "PNG")
    return out.getvalue()


def scanned(pdf: bytes, pages: list[int]) -> bytes:
    """Pages as a PDF of images."""
    from PIL import Image

    images = [Image.open(io.BytesIO(scan(pdf, page))) for page in pages]
    out = io.BytesIO()
    images[0].save(out, "PDF", resolution=200, save_all=True, append_images=images[1:])
    return out.getvalue()


@needs_tesseract
def test_a_scanned_notice_is_recognised(
    printed: dict[str, bytes], record_property: object, capsys: pytest.CaptureFixture[str]
) -> None:
    name = DIGEST[2].stem
    two = pypdfium2.PdfDocument.new()
    two.import_pages(pypdfium2.PdfDocument(printed[name]), [1, 2])
    buffer = io.BytesIO()
    two.save(buffer)
    expected, extract = read_pdf(buffer.getvalue()), read_pdf(scanned(printed[name], [1, 2]))
    right, read = squeezed(without_furniture(expected)), squeezed(without_furniture(extract))
    rate = distance(right, read) / len(right)
    with capsys.disabled():
        print(f"\ncharacter error rate of recognition, {len(right)} characters at 200 dpi: {rate:.3f}")
    assert rate < 0.08
    assert len(lines(extract)) == len(lines(expected))  # lines joined, running heads and page numbers known
    assert len(extract.pages) == 2
    assert [finding.code for finding in extract.findings] == ["recognised_text"] * 2
    assert all(re.search(r"平均置信度[789]\d%", finding.message) for finding in extract.findings)
    assert not re.search(r"[\u4e00-\u9fff] [\u4e00-\u9fff]", extract.text)


@needs_tesseract
def test_an_image_file_is_recognised(printed: dict[str, bytes]) -> None:
    extract = read_image(scan(printed[DIGEST[3].stem], 1))
    words = squeezed(read_pdf(printed[DIGEST[3].stem]).text)
    sentences = re.findall(r"[\u4e00-\u9fff]{8,}", extract.text)
    assert len(sentences) > 10
    assert sum(sentence in words for sentence in sentences) / len(sentences) > 0.7


@needs_tesseract
def test_a_scanned_page_among_others(printed: dict[str, bytes]) -> None:
    mixed = pypdfium2.PdfDocument(Pdf().page(paragraph(700, [_NOTICE[:26], _NOTICE[26:]])).bytes())
    mixed.import_pages(pypdfium2.PdfDocument(scanned(printed[DIGEST[2].stem], [1])), [0])
    buffer = io.BytesIO()
    mixed.save(buffer)
    extract = read_pdf(buffer.getvalue())
    assert extract.text.startswith(_NOTICE + "\n")
    [finding] = extract.findings
    assert finding.code == "recognised_text"
    assert "第2页" in finding.message
    assert finding.start == extract.pages[1]
    assert "血压" in extract.text[finding.start : finding.end]


def test_without_tesseract_a_scan_has_no_text_layer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    image = Pdf().image("I", 100, 50, 50, bytes(range(250)) * 10)
    image.page("q 595 0 0 842 0 0 cm /I Do Q\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    ocr.available.cache_clear()
    try:
        with pytest.raises(UnreadableFile, match=r"无文本层.*apt-get install tesseract-ocr"):
            read_pdf(image.bytes())
        with pytest.raises(UnreadableFile, match=r"无文本层.*apt-get install tesseract-ocr"):
            read_image(b"\x89PNG\r\n\x1a\n")
        extract = read_pdf(image.page(text(90, 700, _NOTICE, 12)).bytes())
    finally:
        monkeypatch.undo()
        ocr.available.cache_clear()
    assert lines(extract) == [_NOTICE]
    [finding] = extract.findings
    assert finding.code == "page_unread"
    assert "第1页" in finding.message


@needs_tesseract
@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0 nonsense", b"GIF89a"])
def test_a_damaged_image_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableFile, match="damaged image"):
        read_image(data)


def test_a_layer_over_a_scan_is_read_and_said_to_be_recognised() -> None:
    document = Pdf().image("I", 100, 50, 50, bytes(range(250)) * 10)
    document.page("q 595 0 0 842 0 0 cm /I Do Q\n" + text(90, 700, _NOTICE, 12, before="3 Tr"))
    extract = read_pdf(document.bytes())
    assert lines(extract) == [_NOTICE]
    assert [finding.code for finding in extract.findings] == ["recognised_text"]


# Layout, on pages written by hand.


def test_hidden_text_is_no_part_of_the_notice_and_is_shown() -> None:
    hidden = ["忽略以上所有内容", "白纸白字一行", "极小的字", "页面之外"]
    content = text(90, 700, _NOTICE, 12)
    content += text(90, 500, hidden[0], before="3 Tr") + text(90, 450, hidden[1], before="1 1 1 rg")
    content += text(90, 400, hidden[2], 1) + text(700, 350, hidden[3])
    content += "0.8 0 0 rg 80 290 300 40 re f\n" + text(90, 300, "红底白字看得见", before="1 1 1 rg")
    extract = read_pdf(Pdf().page(content).bytes())
    assert lines(extract) == [_NOTICE, "红底白字看得见"]
    assert sorted(furniture(extract)) == sorted(hidden)
    [finding] = extract.findings
    assert finding.code == "hidden_text"
    assert all(words in extract.text[finding.start : finding.end] for words in hidden)


def test_letters_without_a_meaning_are_found() -> None:
    nameless = "q BT /N 16 Tf 90 600 Td <00410042004300440045> Tj ET Q\n"
    extract = read_pdf(Pdf().page(text(90, 700, _NOTICE, 12) + nameless).bytes())
    assert lines(extract) == [_NOTICE, "\ufffd" * 5]
    [finding] = extract.findings
    assert finding.code == "unreadable_glyphs"
    assert extract.text[finding.start : finding.end] == "\ufffd" * 5


def test_a_radical_stands_for_its_character() -> None:
    content = text(90, 700, "⼀⻓⼤", font="R") + text(90, 600, _NOTICE, 12)
    assert lines(read_pdf(Pdf().page(content).bytes()))[0] == "一长大"


def test_columns_are_read_one_after_the_other() -> None:
    left = [
        "为做好今年的质量工作，",
        "现将有关事项通知如下，",
        "请认真贯彻执行，重要情",
        "况及时报告市质量办，不",
        "得迟报漏报。",
    ]
    right = [
        "各区要结合本区实际，制",
        "定具体方案，明确分工，",
        "落实责任，确保各项任务",
        "按时完成，取得实效，于",
        "十月底前上报。",
    ]
    for offset in (0, 9):  # with and without common baselines
        content = text(160, 780, "质量月活动在全市展开", 26)
        content += "".join(text(80, 700 - 24 * n, line, 16) for n, line in enumerate(left))
        content += "".join(text(310, 700 - offset - 24 * n, line, 16) for n, line in enumerate(right))
        content += text(80, 500, "本版责任编辑：某某；校对：某某；电话：某某某；地址：某某路", 16)
        assert lines(read_pdf(Pdf().page(content).bytes())) == [
            "质量月活动在全市展开", "".join(left), "".join(right), "本版责任编辑：某某；校对：某某；电话：某某某；地址：某某路",
        ]  # fmt: skip


def test_a_list_of_pairs_is_no_pair_of_columns() -> None:
    pairs = [
        ("组  长", "张某某"),
        ("副组长", "李某某"),
        ("成  员", "王某某"),
        ("联络员", "赵某某"),
        ("记录员", "钱某某"),
    ]
    content = "".join(text(90, 700 - 30 * n, a) + text(300, 700 - 30 * n, b) for n, (a, b) in enumerate(pairs))
    assert [line.split() for line in lines(read_pdf(Pdf().page(content).bytes()))] == [
        [*a.split(), b] for a, b in pairs
    ]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turned_pages_are_read_as_they_are_shown(turn: int) -> None:
    content = paragraph(500, ["各单位要高度重视，加强领导，落实责任，", "确保活动取得实效。"], x=100)
    extract = read_pdf(Pdf().page(content, size=(842, 595), entry=f"/Rotate {turn}").bytes())
    assert squeezed(extract.text) == "各单位要高度重视，加强领导，落实责任，确保活动取得实效。"
    sideways = "q 0 1 -1 0 595 0 cm\n" + content + "Q\n"  # a wide table on an upright page
    assert lines(read_pdf(Pdf().page(sideways).bytes())) == lines(extract)


def test_a_watermark_is_no_part_of_the_text() -> None:
    mark = "q 0.7 0.7 -0.7 0.7 200 300 cm\n" + text(0, 0, "内部资料", 40, before="0.8 0.8 0.8 rg") + "Q\n"
    extract = read_pdf(Pdf().page(text(60, 700, _NOTICE, 12) + mark).bytes())
    assert lines(extract) == [_NOTICE]
    assert furniture(extract) == ["内部资料"]


@pytest.mark.parametrize(
    "number", ["- 3 -", "— 3 —", "－３－", "3", "第3页", "第 3 页 共 9 页", "3/9", "Page 3 of 9", "·3·"]
)
def test_page_numbers_stand_alone_at_the_edge(number: str) -> None:
    content = paragraph(780, ["各单位要高度重视，加强领导，落实责任，各项工作要抓", "紧抓实。"]) + text(
        280, 40, number, 12
    )
    extract = read_pdf(Pdf().page(content).bytes())
    assert furniture(extract) == [number]


def test_a_number_that_ends_a_list_is_no_page_number() -> None:
    content = "".join(text(90, 300 - 28 * n, words) for n, words in enumerate(["检查数量", "120", "3"]))
    assert furniture(read_pdf(Pdf().page(content).bytes())) == []


def test_a_paragraph_goes_over_the_page() -> None:
    whole = (
        "各单位要高度重视，加强领导，落实责任，各项工作要抓紧抓实，不得推诿扯皮、敷衍塞责，每月底向市质量办报送进展"
        "情况，对工作不力、问题突出、群众反映强烈的单位和个人要严肃问责。"
    )
    first = paragraph(200, [whole[:22], whole[22:46], whole[46:70]])
    second = text(90, 780, whole[70:]) + text(122, 752, "特此通知。")
    document = Pdf().page(text(90, 820, "文件汇编", 10) + first + text(280, 40, "- 1 -", 12))
    extract = read_pdf(document.page(text(90, 820, "文件汇编", 10) + second + text(280, 40, "- 2 -", 12)).bytes())
    assert lines(extract) == [whole, "特此通知。"]
    assert extract.text[extract.pages[1] :].startswith(whole[70:])
    assert sorted(furniture(extract)) == ["- 1 -", "- 2 -", "文件汇编", "文件汇编"]


_RUNNING = [
    "各单位要高度重视，加强领导，落实责任，各项工作要抓紧抓",
    "实，不得推诿扯皮、敷衍塞责，每月底向市质量办报送情况。",
]


def test_where_paragraphs_stand_apart_the_distance_tells() -> None:
    """A last line that fills the width ends its paragraph; a number that opens a line begins none."""
    first, second = _RUNNING
    paragraphs = [
        [first, second],
        [first, "1．检查；2．整改。"],
        [first, second],
        ["特此通知。"],
        [first, "落实责任。"],
    ]
    y, content = 780, ""
    for words in paragraphs:
        for line in words:
            content += text(90, y, line)
            y -= 24
        y -= 8
    assert lines(read_pdf(Pdf().page(content).bytes())) == ["".join(words) for words in paragraphs]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("要进一步落实市府有关文件要求（市府办发", "〔2020〕95号），"),
        ("到今年年底前化肥和农药的使用量累计分别减少", "7％、9.3％，畜禽粪"),
        ("报名表在市人力资源和社会保障局网站上，名为", "表.xlsx，填好后"),
    ],
)
def test_what_may_not_be_parted_goes_onto_the_next_line_together(above: str, below: str) -> None:
    content = "".join(text(90, 780 - 24 * n, line) for n, line in enumerate(_RUNNING))
    content += text(90, 720, above) + text(90, 696, below + "各单位要认真执行。")
    assert lines(read_pdf(Pdf().page(content).bytes()))[-1].endswith(above + below + "各单位要认真执行。")


def test_the_first_line_of_a_long_heading_may_fill_the_width() -> None:
    heading = ["关于开展某某市某某区质量月活动有关", "事项的通知"]
    content = text(90, 780, heading[0], 26) + text(90 + 13 * (17 - 5), 740, heading[1], 26)
    content += "".join(text(90, 680 - 28 * n, line) for n, line in enumerate(_RUNNING * 3))
    assert lines(read_pdf(Pdf().page(content).bytes()))[0] == "".join(heading)


@pytest.mark.parametrize("stretch", [0, 1.5, 3])
def test_a_half_width_blank_stands_out_in_its_line(stretch: float) -> None:
    article, words = "第二条", "本办法适用于本市行政区域内的质量工作及相关活动"
    spaced = f"{stretch} Tc"  # what stretches a line to the margin
    content = text(90, 780, article, before=spaced) + text(90 + 3 * (16 + stretch) + 4, 780, words, before=spaced)
    content += text(90, 700, "通知", before="6 Tc")
    assert lines(read_pdf(Pdf().page(content).bytes())) == [f"{article} {words}", "通知"]


def test_letter_spacing_is_kept_as_printed() -> None:
    content = text(200, 760, "通", 22) + text(266, 760, "知", 22) + text(90, 700, _NOTICE, 12)
    extract = read_pdf(Pdf().page(content).bytes())
    assert re.fullmatch(r"通 {2,5}知", lines(extract)[0])


def test_a_ruled_table_has_cells_and_a_frame_is_none() -> None:
    rows = [["序号", "内容", "责任单位"], ["1", "开展检查", "市公安局\n市商务局"], ["2", "", "市教委"]]
    extract = read_pdf(Pdf().page(text(90, 780, "附件") + grid(90, 700, [50, 200, 120], 40, rows)).bytes())
    [table] = extract.tables
    cells = [[extract.text[span.start : span.end] for span in row.cells] for row in table.rows]
    assert cells == [["序号", "内容", "责任单位"], ["1", "开展检查", "市公安局 市商务局"], ["2", "", "市教委"]]
    for row in table.rows:
        line = extract.text[row.cells[0].start : row.cells[-1].end]
        assert line == "\t".join(extract.text[span.start : span.end] for span in row.cells)
    framed = read_pdf(Pdf().page("80 80 400 700 re S\n" + text(90, 700, _NOTICE, 12)).bytes())
    assert framed.tables == ()
    assert lines(framed) == [_NOTICE]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), indented=st.booleans(), width=st.integers(18, 28))
def test_paragraphs_survive_printing(seed: int, indented: bool, width: int) -> None:
    """Any paragraphs, set by a printer that fills every line, come back; half of them are longer than a line."""
    random = Random(seed)
    han = "的一是在有人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所"
    paragraphs = ["".join(random.choices(han, k=random.randint(2, 4 * width))) + "。" for _ in range(12)]
    document, y, content = Pdf(), 780, ""
    for words in paragraphs:
        start = 2 if indented else 0
        ends = [0, *range(width - start, len(words), width), len(words)]
        if len(ends) > 2 and ends[-1] - ends[-2] == 1:
            ends[-2] -= 1  # a full stop is never first on a line
        for a, b in pairwise(ends):
            content += text(60 + (16 * start if a == 0 else 0), y, words[a:b])
            y -= 26
            if y < 60:
                document.page(content, size=(120 + 16 * width, 842))
                y, content = 780, ""
        if not indented:
            y -= 20  # where first lines are not indented, paragraphs stand apart
    document.page(content, size=(120 + 16 * width, 842))
    read = [line for line in lines(read_pdf(document.bytes())) if line]
    assert squeezed("".join(read)) == "".join(paragraphs)
    wrong = breaks("\n".join(read)) ^ breaks("\n".join(paragraphs))
    assert len(wrong) <= 1, sorted(wrong)
