"""The chunk probe: what splitters make of numbered items below headings, in the notices 000, 001 and 002.

Items and headings are found here by their lines, not by our parser, so that ours is probed like the others.
"""

from __future__ import annotations

import json
import re
import subprocess
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import environments

KEYS = ("000", "001", "002")
OURS = "notice-assistant passages (section path as metadata)"

_ITEM = re.compile(r"\s*(\d+)\s*[、.]")
_NUMBERED = re.compile(r"(?:\[[^\]]*\])?\s*(?:[一二三四五六七八九十]+、|\d+、|[（(][一二三四五六七八九十\d]+[）)])(.+)")
_LONGEST_HEADING = 30  # characters; what is longer, or ends as a sentence, is no heading
_UNNUMBERED = ("活动内容",)  # label: the one heading of 002 that its printer left without a number


@dataclass(frozen=True)
class Line:
    """A line that is an item or a heading: its words without blanks, and where they lie in the text without blanks."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Item:
    """An item, the heading it stands under and all headings of the file."""

    line: Line
    own: Line
    headings: tuple[Line, ...]


@dataclass(frozen=True)
class Chunk:
    """A chunk's words without blanks, what its metadata says (likewise), and its place in the text without blanks."""

    text: str
    metadata: str
    start: int
    end: int


@dataclass(frozen=True)
class Probe:
    """What became of the items: each figure counts items, except ``chunks``."""

    chunker: str
    chunks: int = 0
    whole: int = 0
    alone: int = 0
    own_heading: int = 0
    foreign: int = 0
    items: int = 0
    error: str = ""


def squeeze(text: str) -> str:
    """A text without blanks: splitters differ in which they keep."""
    return re.sub(r"\s+", "", text)


def items_of(text: str) -> list[Item]:
    """The longest list 1, 2, 3 … of a text, each item one line, and the headings between and before its items."""
    lines, at = [], 0
    for raw in text.splitlines():
        words = squeeze(raw)
        if words:
            lines.append(Line(words, at, at + len(words)))
            at += len(words)
    numbers = [int(found[1]) if (found := _ITEM.match(line.text)) else None for line in lines]
    chain = _longest_chain(numbers)
    headings = tuple(line for row, line in enumerate(lines) if row not in chain and _is_heading(line.text))
    starts = [heading.start for heading in headings]
    return [Item(lines[row], headings[bisect_right(starts, lines[row].start) - 1], headings) for row in sorted(chain)]


def _longest_chain(numbers: Sequence[int | None]) -> set[int]:
    """Rows of the longest run 1, 2, 3 …; of several rows with one number, the nearest before the next number counts."""
    best: list[int] = []
    for last in range(len(numbers)):
        chain, wanted = [], numbers[last]
        for row in range(last, -1, -1):
            if wanted and numbers[row] == wanted:
                chain.append(row)
                wanted -= 1
        if wanted == 0 and len(chain) > len(best):
            best = chain
    return set(best)


def _is_heading(words: str) -> bool:
    found = _NUMBERED.fullmatch(words)
    return words in _UNNUMBERED or bool(found and len(words) <= _LONGEST_HEADING and words[-1] not in "。；，：）")


def located(text: str, chunks: Sequence[tuple[str, str]]) -> list[Chunk]:
    """Chunks (text, metadata) with their places: each begins behind the beginning of the one before it."""
    squeezed, found, at = squeeze(text), [], 0
    for words, metadata in chunks:
        words = squeeze(words)
        start = squeezed.find(words, at)
        if words and start >= 0:
            found.append(Chunk(words, squeeze(metadata), start, start + len(words)))
            at = start + 1
    return found


def probe(chunker: str, files: Mapping[str, tuple[str, Sequence[tuple[str, str]]]]) -> Probe:
    """Count over files: name → (text, chunks as (text, metadata) in order)."""
    counts = dict.fromkeys(("chunks", "whole", "alone", "own_heading", "foreign", "items"), 0)
    for text, made in files.values():
        items, chunks = items_of(text), located(text, made)
        counts["chunks"] += len(made)
        counts["items"] += len(items)
        for item in items:
            holding = [c for c in chunks if c.start <= item.line.start and item.line.end <= c.end]
            if not holding:
                continue
            chunk = min(holding, key=lambda c: c.end - c.start)
            counts["whole"] += 1
            counts["alone"] += not any(_overlap(chunk, other.line) for other in items if other is not item)
            inside = chunk.start <= item.own.start and item.own.end <= chunk.end
            counts["own_heading"] += inside or _bare(item.own.text) in chunk.metadata
            counts["foreign"] += any(_overlap(chunk, h) for h in item.headings if h.start >= item.line.end)
    return Probe(chunker, **counts)


def _overlap(chunk: Chunk, line: Line) -> bool:
    return min(chunk.end, line.end) > max(chunk.start, line.start)


def _bare(heading: str) -> str:
    """A heading without its number."""
    found = _NUMBERED.fullmatch(heading)
    return found[1] if found else heading


def ours(files: Sequence[Path]) -> Probe:
    """Our passages; the headings above a passage are its metadata."""
    from corpus.reading import read_file

    made = {}
    for path in files:
        passages = [p for notice in read_file(path, path.name).notices for p in notice.passages]
        texts = [(p.text, " ".join(p.section_path)) for p in sorted(passages, key=lambda p: p.start)]
        made[path.name] = (path.read_text(encoding="utf-8"), texts)
    return probe(OURS, made)


def peers(files: Sequence[Path]) -> tuple[list[Probe], dict[str, str]]:
    """The peers' splitters, run in their own environment, and their versions."""
    command = [environments.python_of("chunkers"), environments.HERE / "chunkers.py", *files]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return [Probe("peers", error=environments.last_line(done.stderr))], {}
    first, *lines = map(json.loads, done.stdout.splitlines())
    texts = {path.name: path.read_text(encoding="utf-8") for path in files}
    chunks: dict[str, dict[str, list[tuple[str, str]]]] = {}
    errors = {line["chunker"]: line["error"] for line in lines if "error" in line}
    for line in lines:
        by_file = chunks.setdefault(line["chunker"], {name: [] for name in texts})
        if "error" not in line:
            by_file[line["file"]].append((line["text"], ""))
    found = [
        Probe(name, error=errors[name]) if name in errors else probe(name, {f: (texts[f], c) for f, c in made.items()})
        for name, made in chunks.items()
    ]
    return found, first["versions"]


def table(files: Sequence[Path]) -> str:
    """The probe as Markdown: ours first, then the peers' splitters."""
    found, versions = peers(files)
    lines = [
        "| chunker | chunks | item whole in one chunk | alone in it | own heading before it or in its metadata | a later heading glued behind it |",
        "|---|---|---|---|---|---|",
    ]
    for p in (ours(files), *found):
        figures = [p.chunks, *(f"{n}/{p.items}" for n in (p.whole, p.alone, p.own_heading)), p.foreign]
        lines.append(f"| {p.chunker} | " + (p.error or " | ".join(map(str, figures))) + " |")
    said = {"notice-assistant": version("notice-assistant")} | versions
    return "\n".join([*lines, "", "Versions: " + ", ".join(f"{name} {number}" for name, number in said.items()) + "."])


def files_of(folder: Path) -> list[Path]:
    """The notices that the probe is about."""
    return [path for key in KEYS for path in sorted(folder.glob(f"{key}*.txt"))]
