"""Plain text in the encodings that Chinese offices use."""

from __future__ import annotations

import codecs

from corpus.errors import UnreadableFile
from corpus.readers.chinese_bytes import decode_chinese

MAX_BYTES = 20 * 1024 * 1024
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = {
    b"%PDF": "a PDF", b"PK\x03\x04": "a zip container (docx, xlsx, …)", b"\xd0\xcf\x11\xe0": "an old Office file",
    b"\x89PNG": "an image", b"\xff\xd8\xff": "an image", b"GIF8": "an image", b"\x1f\x8b": "a gzip archive",
}  # fmt: skip
_NO_ENCODING = (
    "编码无法辨认，请另存为 UTF-8 文本 (Chinese text in neither UTF-8, GB18030, Big5 nor UTF-16, see byte {at}; "
    "save the notice as UTF-8 text and index that)"
)


def decode(data: bytes) -> str:
    """Text of a plain-text file: UTF-8, GB18030, Big5 or UTF-16, with or without a byte-order mark; line ends become ``\\n``.

    :raises UnreadableFile: the file is empty, too large, or holds something other than text
    """
    if len(data) > MAX_BYTES:
        raise UnreadableFile(f"larger than {MAX_BYTES >> 20} MB; split the file and index the parts")
    if not data.strip():
        raise UnreadableFile("the file is empty; remove it or put the notice's text into it")
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            raise UnreadableFile(f"this is {what}, not plain text; save the notice as .txt (UTF-8) and index that")
    text = _decode(data).replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text or sum(ch < " " and ch not in "\n\t\f\v" for ch in text) > len(text) // 100:
        raise UnreadableFile("binary data, not text; save the notice as .txt (UTF-8) and index that")
    if not text.strip("\ufeff \t\n\u3000"):
        raise UnreadableFile("the file holds only blanks; remove it or put the notice's text into it")
    return text


def _decode(data: bytes) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _strict(data, encoding)
    if data[:4096].count(0) > len(data[:4096]) // 8:
        return _strict(data, "utf-16-le" if data[1::2][:2048].count(0) > data[0::2][:2048].count(0) else "utf-16-be")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        text = decode_chinese(data)
        if text is None:
            raise UnreadableFile(_NO_ENCODING.format(at=error.start)) from error
        return text


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFile(_NO_ENCODING.format(at=error.start)) from error
