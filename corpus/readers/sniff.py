"""Which reader a file's content asks for. The name of a file says nothing: a ``.doc`` is often HTML, a ``.xls`` CSV."""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from typing import Literal

from corpus.errors import UnreadableFile

Kind = Literal["text", "markdown", "html", "csv", "docx", "xlsx", "old", "pdf", "image"]

_HEAD = 20_000  # bytes that are looked at
_MANY_TAGS = 8  # closing tags in the first bytes: a text may mention one, a page is made of them
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # compound file: doc, xls, wps, et
_IMAGES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"BM")
_ARCHIVES = (b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
_PARTS: tuple[tuple[str, Kind], ...] = (("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx"))
_NO_READER = {
    "ppt/presentation.xml": "a presentation (pptx)",
    "OFD.xml": "an OFD document",
    "content.xml": "an OpenDocument file",
}
_HTML_START = re.compile(
    rb"[\xef\xbb\xbf\s]*<(?:!doctype html|html|head|body|div|meta|p|table|span|title|style|%@)\b|"
    rb"[\xef\xbb\xbf\s]*<\?xml[^>]*>\s*<(?:!doctype html|html)\b",
    re.IGNORECASE,
)
_TAG = re.compile(rb"</(?:p|div|span|td|tr|table|font|strong|li|ul|h\d|a|body|html)>|<br\s*/?>", re.IGNORECASE)
_MARKDOWN_BLOCK = re.compile(rb"^[ \t]{0,3}(?:#{1,6}[ \t]+\S|\|?[ \t]*:?-{3,}:?[ \t]*\|)", re.MULTILINE)
_MARKDOWN_INLINE = re.compile(rb"\*\*[^*\n]{1,200}\*\*|\]\([^)\s]{1,500}\)")
_MIN_ROWS = 3  # lines with the same number of fields that make a text a table


def sniff(data: bytes) -> Kind:
    """The kind of file that ``data`` is.

    :raises UnreadableFile: it is something that no reader reads; the message says what to do
    """
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _in_zip(data)
    if data.startswith((_OLE, b"{\\rtf")):
        return "old"
    if data.startswith(_IMAGES[:-1]) or (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
        return "image"
    if data.startswith(_IMAGES[-1]) and data[6:10] == b"\0\0\0\0":  # BM alone may begin a text
        return "image"
    if data.startswith(_ARCHIVES):
        raise UnreadableFile("this is an archive; unpack it and index the files in it (请先解压)")
    return _of_text(_without_nuls(data[:_HEAD]))


def _in_zip(data: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableFile(
            f"a damaged zip container (docx, xlsx, …): {error}; save the file again or index another copy"
        ) from error
    for part, kind in _PARTS:
        if part in names:
            return kind
    for part, what in _NO_READER.items():
        if part in names:
            raise UnreadableFile(f"this is {what}, which is not read; save it as docx or PDF and index that")
    raise UnreadableFile("this is a zip archive; unpack it and index the files in it (请先解压)")


def _without_nuls(head: bytes) -> bytes:
    """UTF-16 and UTF-32 text without byte-order mark and zero bytes, so that ASCII marks show."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or head.count(0) > len(head) // 8:
        return head.lstrip(b"\xff\xfe").replace(b"\0", b"")
    return head


def _of_text(head: bytes) -> Kind:
    tags = len(_TAG.findall(head))
    blocks, inline = len(_MARKDOWN_BLOCK.findall(head)), len(_MARKDOWN_INLINE.findall(head))
    if _HTML_START.match(head) and not blocks:
        return "html"
    if blocks or inline >= _MIN_ROWS:
        return "markdown"
    if tags >= _MANY_TAGS:
        return "html"
    return "csv" if _is_csv(head) else "text"


def _is_csv(head: bytes) -> bool:
    """Whether all lines have the same number of fields. Chinese prose has no ASCII commas between short fields."""
    text = head.decode("utf-8", "replace")
    lines = [line for line in text.splitlines() if line.strip()]
    if len(head) == _HEAD:
        lines = lines[:-1]
    for delimiter in (",", "\t", ";"):
        if sum(delimiter in line for line in lines) < max(2, len(lines) // 2):
            continue
        try:
            rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(row)][: len(lines)]
        except csv.Error:
            continue
        rows = rows[:-1] if len(head) == _HEAD else rows
        if len(rows) >= _MIN_ROWS and len(rows[0]) >= 2 and _regular(rows):
            return True
    return False


def _regular(rows: list[list[str]]) -> bool:
    width = len(rows[0])
    same = sum(len(row) == width for row in rows)
    # a title above the header and a note below the last row are usual
    return same >= max(_MIN_ROWS, len(rows) - 2) and not any("。" in cell for cell in rows[0])
