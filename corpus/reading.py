"""Files and folders in, notices out; one bad file never stops the rest."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import MissingPath, UnreadableFile
from corpus.parse import parse
from corpus.readers.dispatch import read
from corpus.readers.sniff import sniff
from corpus.readers.text import MAX_BYTES
from corpus.readers.worker import read_in_workers
from corpus.readers.worker_alive import still_working
from corpus.types import Notice

_AT_ONCE = 64 << 10  # bytes; notices as plain text are smaller
_AT_ONCE_TOGETHER = 1 << 20
_HIDDEN = (".", "~$")  # ~$: what Word and Excel put beside a file that somebody has open


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What became of one file: its notices, or the reason why there are none."""

    source: str
    notices: tuple[Notice, ...]
    failure: str | None = None


def find_files(paths: Iterable[Path]) -> list[tuple[Path, str]]:
    """Files under ``paths`` with their sources (relative to the PATH that they were found under), sorted.

    :raises MissingPath: a path is not there
    """
    found: dict[Path, str] = {}
    for path in paths:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                relative = file.relative_to(path)
                if file.is_file() and not any(part.startswith(_HIDDEN) for part in relative.parts):
                    found.setdefault(file.resolve(), _source(relative))
        elif path.exists():
            found.setdefault(path.resolve(), _source(Path(path.name)))
        else:
            raise MissingPath(f"no such file or folder: {path}; check the path (路径不存在)")
    return list(found.items())


def _source(path: Path) -> str:
    """A path as text: names that come from Windows, out of an archive, are often in GB 18030."""
    name = os.fsencode(path.as_posix())
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name.decode("utf-8", "replace")


def read_file(path: Path, source: str) -> ReadFile:
    """Read one file."""
    try:
        if path.exists() and not path.is_file():
            raise UnreadableFile("a device or a pipe, not a file; give the path of a file or a folder")
        if path.stat().st_size > MAX_BYTES:
            raise UnreadableFile(f"larger than {MAX_BYTES >> 20} MB; split the file and index the parts")
        extract = read(path.read_bytes(), path.name)
        still_working("parsing")
        notices = tuple(parse(extract, source))
        if not any(notice.passages for notice in notices):
            raise UnreadableFile("the file holds no text that could be read; put the notice's text into it")
        return ReadFile(source, notices)
    except UnreadableFile as error:
        return ReadFile(source, (), str(error))
    except OSError as error:
        return ReadFile(source, (), f"cannot be opened ({error.strerror}); check its permissions")


def read_files(
    files: Sequence[tuple[Path, str]], progress: Callable[[int, str], None] = lambda position, stage: None
) -> Iterator[ReadFile]:
    """Read files, given with their sources, in worker processes that can be killed; results in the order given.

    ``progress`` is told the position of a file and what is done with it now: ``reading``, ``parsing``.

    Small plain texts are read here: that takes milliseconds, starting a worker a quarter of a second, and decoding and
    parsing are linear in size. Where there is a megabyte of them, sharing the work out pays, so workers read all.
    """
    sizes = {path: _size(path) for path, _ in files}
    small = {path for path, size in sizes.items() if size <= _AT_ONCE}
    if sum(sizes[path] for path in small) > _AT_ONCE_TOGETHER:
        small = set()
    return read_in_workers(
        files, read_file, _failed, at_once=lambda path: path in small and _is_text(path), progress=progress
    )


def read_paths(paths: Iterable[Path]) -> Iterator[ReadFile]:
    """Read everything under ``paths``.

    :raises MissingPath: a path is not there; nothing has been read then
    """
    yield from read_files(find_files(paths))


def _failed(source: str, reason: str) -> ReadFile:
    return ReadFile(source, (), reason)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else _AT_ONCE + 1  # a device has no size
    except OSError:
        return 0


def _is_text(path: Path) -> bool:
    try:
        return sniff(path.read_bytes()) == "text"
    except (OSError, UnreadableFile):
        return True  # reading gives the reason
