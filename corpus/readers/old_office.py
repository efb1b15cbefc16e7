"""Old office documents (doc, wps, rtf, xls, et): LibreOffice converts them, our readers read what comes out."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from corpus.errors import UnreadableFile
from corpus.readers.office import NEEDS_PASSWORD
from corpus.readers.types import Extract

_LIMIT = 90  # seconds; a cold start of LibreOffice takes five to ten
_SHEET = "Workbook".encode("utf-16-le"), "Book".encode("utf-16-le")
_WORD = "WordDocument".encode("utf-16-le")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_INSTALL = "apt-get install libreoffice-writer libreoffice-calc"


def read(data: bytes) -> Extract:
    """Convert and read.

    :raises UnreadableFile: LibreOffice is not installed, the file is encrypted, or the conversion fails
    """
    if _ENCRYPTED in data:
        raise UnreadableFile(NEEDS_PASSWORD)
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise UnreadableFile(
            f"an old Office document (doc, wps, xls); install LibreOffice ({_INSTALL}) or save it as docx or xlsx"
        )
    sheet = _WORD not in data and any(mark in data for mark in _SHEET)
    with TemporaryDirectory(prefix="notices-office-") as temporary:
        folder = Path(temporary)
        form = "xlsx" if sheet else "docx"
        source = folder / ("in.rtf" if data.startswith(b"{\\rtf") else "in.xls" if sheet else "in.doc")
        source.write_bytes(data)
        _convert(program, source, form, folder)
        made = folder / f"in.{form}"
        if not made.is_file():
            raise UnreadableFile("LibreOffice cannot convert this document; save it as docx or PDF and index that")
        converted = made.read_bytes()
    from corpus.readers import office

    return office.read_xlsx(converted) if sheet else office.read_docx(converted)


def _convert(program: str, source: Path, form: str, folder: Path) -> None:
    """Run LibreOffice with a profile of its own; it and what it started are killed when it takes too long."""
    command = [
        program, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore", "--nologo",
        "--convert-to", form, "--outdir", str(folder), str(source),
    ]  # fmt: skip
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        process.wait(_LIMIT)
    except subprocess.TimeoutExpired:
        raise UnreadableFile(
            f"LibreOffice took more than {_LIMIT} s over this document; save it as docx or PDF and index that"
        ) from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
