"""PDF files: their text layer where they have one, recognised text where a page is an image."""

from __future__ import annotations

from typing import Any

from corpus.errors import UnreadableFile
from corpus.readers import ocr
from corpus.readers.pdf_flow import Sheet, extract
from corpus.readers.pdf_lines import printed_lines
from corpus.readers.pdf_page import Page, read_page
from corpus.readers.pdf_tables import find_grids
from corpus.readers.types import Extract
from corpus.readers.worker_alive import still_working

_PASSWORD = (
    "需要密码；请用密码打开后另存为不加密的 PDF 再试 (encrypted; open it with its password, save it without one)"
)
_DAMAGED = "PDF 已损坏，无法打开；请重新下载或导出 (damaged PDF; download or export it again)"
_BROKEN_OFF = "PDF 不完整，文件尾缺失；请重新下载或导出 (the PDF breaks off; download or export it again)"
_NO_GLYPHS = (
    "字体没有文字对照表，读不出文字；请用原文件重新导出，或安装 Tesseract 识别 "
    "(fonts without a Unicode table; export it again from the original)"
)
_SCANNED = 0.5  # share of a page under images from which on its few letters are taken for a stamp on a scan
_FEW = 40  # letters
_UNREADABLE = 0.3  # share of letters without meaning from which on a page is recognised instead
_RENDER_DPI = 300  # recognition takes the size that it needs
_MAX_BROKEN_PAGES = 50  # in a row: a page count that lies


def read_pdf(data: bytes) -> Extract:
    """Read a PDF.

    Page by page: a text layer is read; a page that is an image, or whose letters have no meaning, is recognised.

    :raises UnreadableFile: encrypted, damaged or incomplete; no page gives any text
    """
    import pypdfium2

    if data.rfind(b"startxref") < data.rfind(b"endobj"):
        raise UnreadableFile(_BROKEN_OFF)  # pdfium would mend it, and half a notice would look like a whole one
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise UnreadableFile(_PASSWORD if "assword" in str(error) else f"{_DAMAGED}") from error
    try:
        sheets = _sheets(document)
    finally:
        document.close()
    if not any(sheet.lines or sheet.grids for sheet in sheets):
        reasons = [sheet.failure for sheet in sheets if sheet.failure]
        raise UnreadableFile(reasons[0] if reasons else "PDF 里没有文字；请换文字版 (no text on any page)")
    return extract(sheets)


def _sheets(document: Any) -> list[Sheet]:
    import pypdfium2

    sheets: list[Sheet] = []
    broken = 0
    for number in range(len(document)):
        still_working()
        try:
            page = _with_annotations(document, number)
            try:
                sheets.append(_sheet(page))
            finally:
                page.close()
            broken = 0
        except (pypdfium2.PdfiumError, UnreadableFile) as error:
            broken += 1
            sheets.append(Sheet(0.0, 0.0, failure=str(error) if isinstance(error, UnreadableFile) else _DAMAGED))
            if broken >= _MAX_BROKEN_PAGES:
                raise UnreadableFile(_DAMAGED) from error
    return sheets


def _with_annotations(document: Any, number: int) -> Any:
    """A page with what is laid over it (text boxes, stamps, filled-in forms) as part of it."""
    import pypdfium2.raw as pdfium

    page = document[number]
    if pdfium.FPDFPage_GetAnnotCount(page) > 0 and page.flatten() == pdfium.FLATTEN_SUCCESS:
        page.close()
        page = document[number]
    return page


def _sheet(page: Any) -> Sheet:
    content = read_page(page)
    letters = sum(not glyph.text.isspace() for glyph in content.glyphs)
    scan = content.pictured >= _SCANNED and letters < _FEW
    if scan and sum(not g.text.isspace() for g in content.layer) > letters:
        return _from_layer(content)
    meaningless = content.unreadable() > _UNREADABLE
    if (scan or meaningless or not letters) and content.marked:
        return _recognised(page, content, meaningless, letters)
    grids, rest = find_grids(content.rules, content.glyphs)
    return Sheet(
        content.width,
        content.height,
        printed_lines(rest, content.width),
        grids,
        asides=_slanted(content),
        hidden=[line.text for line in printed_lines(content.hidden, content.width)],
    )


def _from_layer(content: Page) -> Sheet:
    """A scan that already holds recognised text, laid invisibly over the image."""
    return Sheet(
        content.width, content.height, printed_lines([*content.glyphs, *content.layer], content.width), layer=True
    )


def _recognised(page: Any, content: Page, meaningless: bool, letters: int) -> Sheet:
    sheet = Sheet(content.width, content.height)
    if ocr.available():
        scale = min(_RENDER_DPI / 72, (ocr.MAX_PIXELS / max(1.0, content.width * content.height)) ** 0.5)
        image = page.render(scale=scale, grayscale=True).to_pil().convert("L")
        found = ocr.recognise(image, content.width)
        if found.lines:
            sheet.lines, sheet.confidence = list(found.lines), found.confidence
            return sheet
    elif letters == 0 or not meaningless:
        sheet.failure = ocr.NO_TEXT_LAYER
    if letters and not all(glyph.text == "\ufffd" for glyph in content.glyphs if not glyph.text.isspace()):
        sheet.lines = printed_lines(content.glyphs, content.width)
    elif letters:
        sheet.failure = _NO_GLYPHS
    elif not sheet.failure and content.pictured >= _SCANNED:
        sheet.failure = ocr.NO_TEXT_FOUND
    return sheet


def _slanted(content: Page) -> list[str]:
    """Watermarks: letters at an angle, in the file's order."""
    text = "".join(glyph.text for glyph in content.slanted).strip()
    return [text] if text else []
