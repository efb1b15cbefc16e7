"""One door to all readers: bytes in, an Extract out."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from corpus.errors import UnreadableFile
from corpus.readers.sniff import Kind, sniff
from corpus.readers.text import MAX_BYTES, decode
from corpus.readers.types import Extract

# Imported when a file asks for them: their libraries take time to load.
_READERS: dict[Kind, tuple[str, str]] = {
    "docx": ("corpus.readers.office", "read_docx"),
    "xlsx": ("corpus.readers.office", "read_xlsx"),
    "csv": ("corpus.readers.office", "read_csv"),
    "old": ("corpus.readers.office", "read_old"),
    "pdf": ("corpus.readers.pdf", "read_pdf"),
    "image": ("corpus.readers.ocr", "read_image"),
    "html": ("corpus.readers.html", "read_html"),
    "markdown": ("corpus.readers.markdown", "read_markdown"),
}


def read(data: bytes, name: str) -> Extract:
    """What the reader that ``data`` asks for makes of it.

    :param name: the file's name, for error messages only: the reader is chosen by content
    :raises UnreadableFile: the file holds no text that could be read; the message says what to do next
    """
    if len(data) > MAX_BYTES:
        raise UnreadableFile(f"larger than {MAX_BYTES >> 20} MB; split the file and index the parts")
    if not data.strip():
        raise UnreadableFile("the file is empty; remove it or put the notice's text into it")
    kind = sniff(data)
    if kind == "text":
        return Extract(decode(data))
    return _reader(kind, name)(data)


def _reader(kind: Kind, name: str) -> Callable[[bytes], Extract]:
    module, function = _READERS[kind]
    try:
        reader: Callable[[bytes], Extract] = getattr(import_module(module), function)
    except ModuleNotFoundError as error:
        raise UnreadableFile(
            f"{name}: reading {kind} needs the Python module {error.name}, which is not installed; "
            "run `make install`, or save the notice as .txt (UTF-8) and index that"
        ) from error
    return reader
