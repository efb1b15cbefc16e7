"""What several tests ask of notices: the digest edition, and the invariants of design.md §2."""

from __future__ import annotations

from pathlib import Path

from corpus.parse import parse
from corpus.readers.text import decode
from corpus.types import Notice, Passage, Section

DIGEST = Path(__file__).resolve().parent.parent / "corpus" / "notices"


def read(path: Path) -> list[Notice]:
    """The notices of one file."""
    return parse(decode(path.read_bytes()), path.name)


def by_key(folder: Path, key: str) -> list[Notice]:
    """The notices of the file whose name begins with ``key``."""
    return read(next(folder.glob(f"{key}*.txt")))


def all_sections(sections: tuple[Section, ...]) -> list[Section]:
    """The section tree, flat."""
    return [s for section in sections for s in (section, *all_sections(section.children))]


def items(notice: Notice) -> list[Passage]:
    """Numbered passages."""
    return [p for p in notice.passages if p.kind == "item"]


def check_invariants(notice: Notice) -> None:
    """Offsets are true, nothing is lost, ids are unique and well formed."""
    text = notice.text
    covered = bytearray(len(text))
    spans = [(p.start, p.end) for p in notice.passages]
    spans += [(s.start, s.end) for s in all_sections(notice.sections)] + [(s.start, s.end) for s in notice.furniture]
    for start, end in spans:
        assert 0 <= start < end <= len(text)
        covered[start:end] = b"\1" * (end - start)
    lost = [
        ch
        for ch, seen in zip(text, covered, strict=True)
        if not seen and not ch.isspace() and ch not in "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
    ]
    assert not lost, "".join(lost)[:80]
    ids = [p.passage_id for p in notice.passages]
    assert len(ids) == len(set(ids))
    for passage in notice.passages:
        assert text[passage.start : passage.end] == passage.text
        assert passage.passage_id.startswith(notice.notice_id + "/")
        assert all(ch.isascii() and (ch.isalnum() or ch in "._-/") for ch in passage.passage_id), passage.passage_id
        assert len(passage.headings) == len(passage.section_path)
        for heading, span in zip(passage.section_path, passage.headings, strict=True):
            assert heading in text[span.start : span.end]
        for unit in passage.units:
            assert text[unit.start : unit.end] == unit.name
    for fact in notice.facts:
        assert text[fact.start : fact.end] == fact.quote
    for section in all_sections(notice.sections):
        assert section.heading in text[section.start : section.end]
