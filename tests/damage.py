"""What random damage does to the structure of the five notices: the share of trials in which it stays right, by kind.

    .venv/bin/python -m tests.damage [--trials N] [--seed S] [--edition digest|verbatim] [--misses] [KIND …]

A trial damages one place of one notice (the kind ``width``: any number of its numbers). Its structure is right when all
sections, all items, their headings and their units are those of the undamaged notice. Unnumbered paragraphs that follow
one another under the same heading may merge or part: nothing in print but the line break tells them apart.
The kind ``join headline`` (a title or a heading without a number runs into its neighbour) is measured but not promised:
where such a headline ends, only its sense says.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from random import Random

from corpus.parse import parse
from corpus.structure.numbering import read_number
from corpus.types import Notice, Passage
from tests.notices import DIGEST, all_sections, read

VERBATIM = DIGEST.parents[2] / "shared" / "notices"
EDITIONS = {"digest": DIGEST, "verbatim": VERBATIM}
_HAN = "一二三四五六七八九十"
_WIDTHS = dict(zip("0123456789().､", "０１２３４５６７８９（）．、", strict=True))
_WIDTHS |= {wide: narrow for narrow, wide in _WIDTHS.items()}
_BODY = ("item", "paragraph", "preamble")

Span = tuple[int, int]
Shape = tuple[object, ...]


@dataclass(frozen=True)
class Source:
    """An undamaged notice: its structure, and the places where it can be damaged."""

    name: str
    text: str
    shape: Shape
    numbers: dict[str, list[Span]]  # printed numbers of "heading" and "item"
    joints: dict[str, list[Span]]  # line breaks with the blanks around them, one side in the body, by what they part
    lines: dict[str, list[Span]]  # lines of "heading" and "body"


Edit = tuple[int, int, str]
"""A span of the text and what stands in its place afterwards."""


def shape(notices: list[Notice]) -> Shape:
    """What has to stay: sections, items alone, headings and units of each."""
    return tuple((_sections(notice), *_passages(notice)) for notice in notices)


def _sections(notice: Notice) -> tuple[str, ...]:
    return tuple(_squeeze(section.heading) for section in all_sections(notice.sections))


def _passages(notice: Notice) -> Iterator[Shape]:
    body = [p for p in notice.passages if p.kind in _BODY]
    for (item, path), group in groupby(body, key=lambda p: (p.kind == "item" and p.passage_id, _path(p))):
        own = list(group)
        units = frozenset((u.canonical, u.role) for p in own for u in p.units)
        if path or item or units:  # what stands above the first heading is head
            yield "".join(_squeeze(_unnumbered(p)) for p in own), path, units


def _path(passage: Passage) -> tuple[str, ...]:
    return tuple(map(_squeeze, passage.section_path))


def _unnumbered(passage: Passage) -> str:
    number = read_number(passage.text) if passage.printed_number else None
    return passage.text[number.width :] if number else passage.text


def _squeeze(text: str) -> str:
    return "".join(text.split())


def sources(folder: Path) -> list[Source]:
    """The five notices of an edition."""
    return [_source(path) for path in sorted(folder.glob("00*.txt"))]


def _source(path: Path) -> Source:
    notices = read(path)
    numbers: dict[str, list[Span]] = {"heading": [], "item": []}
    headlines: list[Span] = []  # titles, and headings without a number
    lines: dict[str, list[Span]] = {"heading": [], "body": []}
    offset, text = 0, ""
    for notice in notices:
        for section in all_sections(notice.sections):
            printed = read_number(notice.text[section.start : section.end])
            if printed:
                numbers["heading"].append((offset + section.start, offset + section.start + printed.width))
            else:
                headlines.append((offset + section.start, offset + section.end))
            lines["heading"].append((offset + section.start, offset + section.end))
        for passage in notice.passages:
            if passage.kind == "title":
                headlines.append((offset + passage.start, offset + passage.end))
            if passage.kind not in _BODY:
                continue
            printed = read_number(passage.text) if passage.kind == "item" else None
            if printed:
                numbers["item"].append((offset + passage.start, offset + passage.start + printed.width))
            lines["body"].append((offset + passage.start, offset + passage.end))
        text += notice.text
        offset += len(notice.text)
    body = sorted(lines["heading"] + lines["body"])
    joints: dict[str, list[Span]] = {"lines": [], "headline": []}
    for match in re.finditer(r"(?<=\S)[^\S\n]*\n\s*(?=\S)", text):
        start, end = match.span()
        inside = any(a <= start and end < b for a, b in body)
        if any(a <= start < b or b == start or a == end for a, b in body) and not inside:
            beside = any(b == start or a == end for a, b in headlines)
            joints["headline" if beside else "lines"].append((start, end))
    return Source(path.name, text, shape(notices), numbers, joints, lines)


def _number(which: str, change: Callable[[str, Source, Random], str]) -> Callable[[Source, Random], list[Edit]]:
    def edits(source: Source, chance: Random) -> list[Edit]:
        if not source.numbers[which]:
            return []
        start, end = chance.choice(source.numbers[which])
        return [(start, end, change(source.text[start:end], source, chance))]

    return edits


def _drop(printed: str, source: Source, chance: Random) -> str:
    return ""


def _repeat(printed: str, source: Source, chance: Random) -> str:
    """The number in front of it once more."""
    number = read_number(printed)
    assert number is not None
    return _with_value(printed, max(number.value - 1, 1))


def _alter(printed: str, source: Source, chance: Random) -> str:
    """Another value, another family (1、 for 一、), or both."""
    number = read_number(printed)
    assert number is not None
    value = chance.choice([v for v in range(1, 20) if v != number.value])
    how = chance.randrange(3)
    if how == 0:
        return _with_value(printed, value)
    other = {"han": "{}、", "arabic": "{}、", "han_paren": "（{}）", "arabic_paren": "（{}）"}[number.family]
    kept = number.value if how == 1 else value
    return other.format(kept if number.family.startswith("han") else _numeral(kept))


def _with_value(printed: str, value: int) -> str:
    numeral = str(value) if re.search(r"\d", printed) else _numeral(value)
    return re.sub(rf"\d+|[{_HAN}]+", numeral, printed, count=1)


def _numeral(value: int) -> str:
    tens, ones = divmod(value, 10)
    head = "" if not tens else "十" if tens == 1 else _HAN[tens - 1] + "十"
    return head + (_HAN[ones - 1] if ones else "")


def _width(source: Source, chance: Random) -> list[Edit]:
    """Digits, brackets and points of the numbers, each as likely wide as narrow."""
    spans = [span for own in source.numbers.values() for span in own]
    return [
        (at, at + 1, _WIDTHS[source.text[at]])
        for start, end in spans
        for at in range(start, end)
        if source.text[at] in _WIDTHS and chance.random() < 0.5
    ]


def _join(which: str) -> Callable[[Source, Random], list[Edit]]:
    def edits(source: Source, chance: Random) -> list[Edit]:
        if not source.joints[which]:
            return []
        start, end = chance.choice(source.joints[which])
        return [(start, end, "")]

    return edits


def _break(which: str) -> Callable[[Source, Random], list[Edit]]:
    def edits(source: Source, chance: Random) -> list[Edit]:
        lines = source.lines[which]
        places = [at for a, b in lines for at in range(a + 1, b) if _inside(source.text, a, at, b)]
        if not places:
            return []
        at = chance.choice(places)
        return [(at, at, "\n")]

    return edits


def _inside(text: str, start: int, at: int, end: int) -> bool:
    """Whether a line that breaks there is a sentence cut in two: words on both sides, no number and no full stop before."""
    ahead, behind = text[start:at], text[at:end]
    number = read_number(text[start:end])
    return (
        at - start > (number.width if number else 0)
        and not text[at - 1].isspace()
        and not text[at].isspace()
        and ahead[-1] not in "。；！？"
        and behind[0] not in "。；！？，、：,）)”》"
    )


KINDS: dict[str, Callable[[Source, Random], list[Edit]]] = {
    "drop heading": _number("heading", _drop),
    "drop item": _number("item", _drop),
    "repeat heading": _number("heading", _repeat),
    "repeat item": _number("item", _repeat),
    "alter heading": _number("heading", _alter),
    "alter item": _number("item", _alter),
    "width": _width,
    "join": _join("lines"),
    "join headline": _join("headline"),
    "break heading": _break("heading"),
    "break sentence": _break("body"),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """A damaged notice and whether its structure stayed right."""

    source: Source
    damaged: str
    place: int
    right: bool


def trials(kind: str, count: int, seed: int, notices: list[Source]) -> Iterator[Trial]:
    """``count`` trials; a notice is drawn as often as it has lines, and anew where it has no such place."""
    chance = Random(f"{kind} {seed}")
    weights = [sum(map(len, source.lines.values())) for source in notices]
    while count:
        source = chance.choices(notices, weights)[0]
        edits = KINDS[kind](source, chance)
        damaged = source.text
        for start, end, words in sorted(edits, reverse=True):
            damaged = damaged[:start] + words + damaged[end:]
        if damaged == source.text:
            continue
        count -= 1
        right = shape(parse(damaged, source.name)) == source.shape
        yield Trial(source, damaged, edits[0][0], right)


def main() -> None:
    """Print a line a kind; with ``--misses`` where the structure was lost, and the first thing that differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--edition", choices=EDITIONS, default="digest")
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("kinds", nargs="*", metavar="KIND")
    arguments = parser.parse_args()
    notices = sources(EDITIONS[arguments.edition])
    for kind in arguments.kinds or KINDS:
        done = list(trials(kind, arguments.trials, arguments.seed, notices))
        print(f"{kind:15} {sum(trial.right for trial in done) / len(done):.3f}  of {len(done)}", flush=True)
        for trial in done if arguments.misses else ():
            if not trial.right:
                _explain(trial)


def _explain(trial: Trial) -> None:
    at = trial.place
    print(f"    {trial.source.name[:3]} {trial.damaged[max(at - 25, 0) : at + 25]!r}")
    want, got = trial.source.shape, shape(parse(trial.damaged, trial.source.name))
    if len(want) != len(got):
        print(f"        {len(want)} notices, not {len(got)}")
        return
    for a, b in zip(want, got, strict=True):
        assert isinstance(a, tuple)
        assert isinstance(b, tuple)
        missing, more = [x for x in a if x not in b], [x for x in b if x not in a]
        for sign, left in (("-", missing), ("+", more)):
            print("".join(f"        {sign} {_brief(x)}\n" for x in left[:3]), end="")


def _brief(part: object) -> str:
    assert isinstance(part, tuple)
    if len(part) == 3 and isinstance(part[1], tuple):
        words = part[0] if len(part[0]) < 50 else f"{part[0][:25]}…{part[0][-20:]}"
        return f"{words} {part[1]} {sorted(u for u, _ in part[2])[:4]}"
    return str(part)


if __name__ == "__main__":
    main()
