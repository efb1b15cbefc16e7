"""Office documents: what the dispatch calls, and the limits that hold for every container."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from corpus.errors import UnreadableFile
from corpus.readers.types import Extract

_MAX_PARTS = 5_000
_MAX_UNPACKED = 256 << 20  # bytes of all parts together
_MAX_RATIO = 200  # unpacked to packed, of a part that is large; office documents shrink to a tenth or so
_LARGE = 8 << 20
NEEDS_PASSWORD = "需要密码；请去除密码后另存再试 (protected with a password; save it without one and index that)"


def read_docx(data: bytes) -> Extract:
    """A Word document. :raises UnreadableFile: it is damaged or hostile"""
    check_container(data)
    from corpus.readers import docx

    with _damage_is_said():
        return docx.read(data)


def read_xlsx(data: bytes) -> Extract:
    """A workbook, each sheet a table. :raises UnreadableFile: it is damaged, hostile, or too large for a notice"""
    check_container(data)
    from corpus.readers import sheets

    with _damage_is_said():
        return sheets.read_xlsx(data)


def read_csv(data: bytes) -> Extract:
    """A table as text. :raises UnreadableFile: no encoding fits"""
    from corpus.readers import sheets

    return sheets.read_csv(data)


def read_old(data: bytes) -> Extract:
    """doc, wps, rtf, xls, et: converted by LibreOffice. :raises UnreadableFile: that is not installed, or fails"""
    from corpus.readers import old_office

    return old_office.read(data)


@contextmanager
def _damage_is_said() -> Iterator[None]:
    """What libraries raise over a container whose parts are damaged, missing, or no XML: one error that says so."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        SyntaxError,
        LookupError,
        ValueError,
        TypeError,
    ) as error:
        raise UnreadableFile(
            f"文件已损坏，请重新保存或换一份 (a damaged document: {type(error).__name__} {str(error)[:100]}; save it again with "
            "Word or WPS, or index another copy)"
        ) from error


def check_container(data: bytes) -> None:
    """Refuse a zip that would unpack to far more than a document holds. Python unpacks no more than what is declared."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableFile(f"a damaged document ({error}); save it again or index another copy") from error
    swollen = any(p.file_size > _LARGE and p.file_size > _MAX_RATIO * max(1, p.compress_size) for p in parts)
    if len(parts) > _MAX_PARTS or sum(p.file_size for p in parts) > _MAX_UNPACKED or swollen:
        raise UnreadableFile(
            "解压后过大，疑为压缩炸弹；请用 Word 或 WPS 重新保存 (unpacks to far more than a document holds; save it anew, or index its text)"
        )
    if any(p.flag_bits & 1 for p in parts):
        raise UnreadableFile(NEEDS_PASSWORD)
