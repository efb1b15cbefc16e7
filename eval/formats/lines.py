"""Lines of a text file, gzipped or not, each with its place for error messages."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from eval.errors import BadDataset, BadRun, EvalError


def read_lines(path: Path) -> Iterator[tuple[str, str]]:
    """The lines that hold something, each with its place (``file:line``).

    :raises BadDataset: the file cannot be read, or is not UTF-8
    """
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for raw in file:
                number += 1
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                if line.strip():
                    yield f"{path}:{number}", line
    except (UnicodeDecodeError, EOFError, zlib.error, OSError) as error:
        raise BadDataset(f"{path}:{number or 1}: cannot be read ({error}); save it anew as UTF-8") from error


def read_objects(path: Path, key: str = "_id") -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Place, id and value of each line of a JSON Lines file.

    :raises BadDataset: a line is no object, or its ``key`` is missing, not text, or stands in an earlier line, too
    """
    seen: set[str] = set()
    for place, line in read_lines(path):
        try:
            value = json.loads(line)
        except ValueError as error:
            raise BadDataset(f"{place}: not JSON ({error}); mend or remove the line") from error
        identity = value.get(key) if isinstance(value, dict) else None
        if not isinstance(identity, str) or not identity:
            raise BadDataset(f'{place}: no "{key}"; each line is an object such as {{"{key}": "d1", …}}')
        if identity in seen:
            raise BadDataset(f'{place}: "{key}" {identity!r} stands in an earlier line, too; ids must be unique')
        seen.add(identity)
        yield place, identity, value


def read_text(place: str, value: dict[str, Any], key: str, default: str | None = None) -> str:
    """A field that must be text. :raises BadDataset: it is not"""
    text = value.get(key, default)
    if not isinstance(text, str):
        raise BadDataset(f'{place}: "{key}" must be text')
    return text


def write_text(path: Path, text: str | Iterable[str], error: type[EvalError] = BadRun) -> None:
    """Write a file whole or not at all; a name that ends with ``.gz`` is compressed, the same bytes each time.

    :raises EvalError: (the class given) the file cannot be written
    """
    content = (text if isinstance(text, str) else "".join(text)).encode("utf-8")
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        aside.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
        aside.replace(path)
    except OSError as failure:
        aside.unlink(missing_ok=True)
        raise error(f"cannot write {path} ({failure.strerror}); name a file in a folder that is there") from failure


def check_writable(path: Path) -> None:
    """Raise :class:`BadRun` before any work is done where a result could not be written to ``path``."""
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise BadRun(f"cannot write to {path}; name a file in a folder that is there")
