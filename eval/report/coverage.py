"""What the parser made of a folder of notices: passages, headings, furniture, findings, and whether a character was lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.reading import ReadFile, find_files, read_files
from corpus.types import Finding, Notice, Passage, Section, Span
from eval.errors import BadDataset

_AROUND = 12  # characters of a stretch that is shown


@dataclass(frozen=True, slots=True)
class Node:
    """A heading: its level from 1 on, and how many passages lie directly below it."""

    level: int
    printed_number: str | None
    heading: str
    passages: int


@dataclass(frozen=True, slots=True)
class Document:
    """One notice. ``characters`` are non-blank ones; ``lost``: the beginnings of stretches that lie in nothing."""

    notice_id: str
    source: str
    title: str
    year: int | None
    characters: int
    covered: int
    passages: int
    kinds: Mapping[str, int]
    headings: int
    furniture: int
    units: int
    facts: int
    findings: Sequence[Finding]
    tree: Sequence[Node]
    lost: Sequence[str]

    @property
    def share(self) -> float:
        """Share of the non-blank characters that lie in a passage, a heading or furniture: 1 where nothing is lost."""
        return self.covered / self.characters if self.characters else 1.0


@dataclass(frozen=True, slots=True)
class Coverage:
    """A folder. ``failed``: (source, reason) of the files that gave nothing."""

    folder: Path
    files: int
    documents: Sequence[Document]
    failed: Sequence[tuple[str, str]]

    @property
    def characters(self) -> int:
        """Non-blank characters of all documents."""
        return sum(d.characters for d in self.documents)

    @property
    def share(self) -> float:
        """Share of them that is covered."""
        return sum(d.covered for d in self.documents) / self.characters if self.characters else 1.0


def coverage(folder: Path) -> Coverage:
    """Read a folder and look at what became of it.

    :raises MissingPath: there is no such folder
    :raises BadDataset: it holds no file
    """
    files = find_files([folder])
    if not files:
        raise BadDataset(f"no files in {folder}; name the folder of the notices")
    read: list[ReadFile] = list(read_files(files))
    documents = [_document(notice) for file in read for notice in file.notices]
    return Coverage(folder, len(files), documents, [(file.source, file.failure) for file in read if file.failure])


def _document(notice: Notice) -> Document:
    text = notice.text
    sections = list(_walk(notice.sections))
    covered = bytearray(len(text))
    spans: list[Passage | Section | Span] = [*notice.passages, *(section for section, _ in sections), *notice.furniture]
    for span in spans:
        covered[span.start : span.end] = b"\1" * (span.end - span.start)
    solid = [i for i, ch in enumerate(text) if not ch.isspace()]
    missed = [i for i in solid if not covered[i]]
    below = Counter((p.headings[-1].start, p.headings[-1].end) for p in notice.passages if p.headings)
    return Document(
        notice.notice_id, notice.source, notice.header.title, notice.header.year, len(solid), len(solid) - len(missed),
        len(notice.passages), dict(Counter(p.kind for p in notice.passages).most_common()), len(sections),
        len(notice.furniture), sum(len(p.units) for p in notice.passages), len(notice.facts), notice.findings,
        [Node(depth, s.printed_number, s.heading, below[(s.start, s.end)]) for s, depth in sections],
        [text[start : start + _AROUND] for start in _starts(missed)],
    )  # fmt: skip


def _walk(sections: Iterable[Section], depth: int = 1) -> Iterator[tuple[Section, int]]:
    for section in sections:
        yield section, depth
        yield from _walk(section.children, depth + 1)


def _starts(offsets: Sequence[int]) -> list[int]:
    """Where each stretch of neighbouring offsets begins."""
    return [offset for i, offset in enumerate(offsets) if i == 0 or offset != offsets[i - 1] + 1]
