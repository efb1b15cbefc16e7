"""What random damage does to the structure of the five notices, by kind of damage.

    .venv/bin/python -m tests.damage [--trials N] [--seed S] [--edition digest|verbatim|real] [--misses] [KIND …]

A trial damages one place of one notice (the kind ``width``: any number of its numbers); all places of all five notices
are equally likely. Printed are the share of trials whose structure stays right, and the share of those where every word
and unit does (``tests/damage_measure.py`` says what both mean). The edition ``real`` is no promise: plain texts of other
offices, many of which lost their line breaks; only lost numbers were looked at there while the parser was mended. Of the kind ``join`` the places beside a title or a
heading without a number are a kind of their own, ``join headline``: where such a headline ends, only its sense says.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

from corpus.parse import parse
from corpus.structure.numbering import read_number
from tests.damage_measure import BODY, Exact, Node, exact, is_right, structure
from tests.notices import DIGEST, all_sections, read

VERBATIM = DIGEST.parents[2] / "shared" / "notices"
REAL = DIGEST.parents[2] / "shared" / "real-notices" / "files"
EDITIONS = {"digest": DIGEST, "verbatim": VERBATIM, "real": REAL}
_LONGEST = 9000  # code points of a text of the edition "real"; the five notices are taken whatever their length
_HAN = "一二三四五六七八九十"
_WIDTHS = dict(zip("0123456789().､", "０１２３４５６７８９（）．、", strict=True))
_WIDTHS |= {wide: narrow for narrow, wide in _WIDTHS.items()}

Span = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Source:
    """An undamaged notice: its structure, and the places where it can be damaged."""

    name: str
    text: str
    structure: list[list[Node]]
    exact: Exact
    numbers: dict[str, list[Span]]  # printed numbers of "heading" and "item"
    joints: dict[str, list[Span]]  # line breaks with the blanks around them, one side in the body, by what they part
    lines: dict[str, list[Span]]  # lines of "heading" and "body"


Edit = tuple[int, int, str]
"""A span of the text and what stands in its place afterwards."""


def sources(folder: Path) -> list[Source]:
    """The five notices of an edition; or the shorter ones of the real notices that are plain text."""
    found = [_source(path) for path in sorted(folder.glob("*.txt"))]
    return [source for source in found if folder != REAL or len(source.text) <= _LONGEST]


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
            if passage.kind not in BODY:
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
    return Source(path.name, text, structure(notices), exact(notices), numbers, joints, lines)


@dataclass(frozen=True)
class Kind:
    """A kind of damage: where a notice can be damaged like that, and how it is."""

    places: Callable[[Source], list[Span]]
    edits: Callable[[Source, Span, Random], list[Edit]]


def _number(which: str, change: Callable[[str, Random], str]) -> Kind:
    def edits(source: Source, place: Span, chance: Random) -> list[Edit]:
        return [(*place, change(source.text[slice(*place)], chance))]

    return Kind(lambda source: source.numbers[which], edits)


def _drop(printed: str, chance: Random) -> str:
    return ""


def _repeat(printed: str, chance: Random) -> str:
    """The number in front of it once more."""
    number = read_number(printed)
    assert number is not None
    return _with_value(printed, max(number.value - 1, 1))


def _alter(printed: str, chance: Random) -> str:
    """Another value, another family (1、 for 一、), or both."""
    number = read_number(printed)
    assert number is not None
    value = chance.choice([v for v in range(1, 20) if v != number.value])
    how = chance.randrange(3)
    other = {"han": "{}、", "arabic": "{}、", "han_paren": "（{}）", "arabic_paren": "（{}）"}.get(number.family)
    if how == 0 or other is None:
        return _with_value(printed, value)
    kept = number.value if how == 1 else value
    return other.format(kept if number.family.startswith("han") else _numeral(kept))


def _with_value(printed: str, value: int) -> str:
    numeral = str(value) if re.search(r"\d", printed) else _numeral(value)
    return re.sub(rf"\d+|[{_HAN}]+", numeral, printed, count=1)


def _numeral(value: int) -> str:
    tens, ones = divmod(value, 10)
    head = "" if not tens else "十" if tens == 1 else _HAN[tens - 1] + "十"
    return head + (_HAN[ones - 1] if ones else "")


def _numbers(source: Source) -> list[Span]:
    return [span for own in source.numbers.values() for span in own]


def _width(source: Source, place: Span, chance: Random) -> list[Edit]:
    """Digits, brackets and points of all numbers, each as likely wide as narrow."""
    return [
        (at, at + 1, _WIDTHS[source.text[at]])
        for start, end in _numbers(source)
        for at in range(start, end)
        if source.text[at] in _WIDTHS and chance.random() < 0.5
    ]


def _join(which: str) -> Kind:
    return Kind(lambda source: source.joints[which], lambda source, place, chance: [(*place, "")])


def _break(which: str) -> Kind:
    @lru_cache
    def places(source: Source) -> list[Span]:
        lines = source.lines[which]
        return [(at, at) for a, b in lines for at in range(a + 1, b) if _inside(source.text, a, at, b)]

    return Kind(places, lambda source, place, chance: [(*place, "\n")])


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


KINDS: dict[str, Kind] = {
    "drop heading": _number("heading", _drop),
    "drop item": _number("item", _drop),
    "repeat heading": _number("heading", _repeat),
    "repeat item": _number("item", _repeat),
    "alter heading": _number("heading", _alter),
    "alter item": _number("item", _alter),
    "width": Kind(_numbers, _width),
    "join": _join("lines"),
    "join headline": _join("headline"),
    "break heading": _break("heading"),
    "break sentence": _break("body"),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """A damaged notice: whether its structure stayed right, and whether every word and unit did."""

    source: Source
    damaged: str
    place: int
    right: bool
    exact: bool


def trials(kind: str, count: int, seed: int, notices: list[Source]) -> Iterator[Trial]:
    """``count`` trials of one kind."""
    chance = Random(f"{kind} {seed}")
    places, edits = KINDS[kind].places, KINDS[kind].edits
    weights = [len(places(source)) for source in notices]
    while count:
        source = chance.choices(notices, weights)[0]
        place = chance.choice(places(source))
        damaged = source.text
        for start, end, words in sorted(edits(source, place, chance), reverse=True):
            damaged = damaged[:start] + words + damaged[end:]
        if damaged == source.text:
            continue
        count -= 1
        read = parse(damaged, source.name)
        right = is_right(source.structure, structure(read))
        yield Trial(source, damaged, place[0], right, exact(read) == source.exact)


def main() -> None:
    """Print a line a kind; with ``--misses`` where the structure was lost, and the first nodes that differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--edition", choices=EDITIONS, default="digest")
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("kinds", nargs="*", metavar="KIND")
    arguments = parser.parse_args()
    notices = sources(EDITIONS[arguments.edition])
    shares: list[tuple[float, float]] = []
    print(f"{'':15} structure exact  places")
    for kind in arguments.kinds or KINDS:
        done = list(trials(kind, arguments.trials, arguments.seed, notices))
        share = sum(t.right for t in done) / len(done), sum(t.exact for t in done) / len(done)
        shares.append(share)
        places = sum(len(KINDS[kind].places(source)) for source in notices)
        print(f"{kind:15}     {share[0]:.3f} {share[1]:.3f}  {places:6}", flush=True)
        for trial in {(t.source.name, t.place): t for t in done if not t.right}.values() if arguments.misses else ():
            _explain(trial)
    print(
        f"{'all kinds':15}     " + " ".join(f"{sum(column) / len(shares):.3f}" for column in zip(*shares, strict=True))
    )


def _explain(trial: Trial) -> None:
    at = trial.place
    print(f"    {trial.source.name[:3]} {trial.damaged[max(at - 25, 0) : at + 25]!r}")
    want, got = trial.source.structure, structure(parse(trial.damaged, trial.source.name))
    if len(want) != len(got):
        print(f"        {len(want)} notices, not {len(got)}")
        return
    for before, after in zip(want, got, strict=True):
        first = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if not a.is_like(b)), -1)
        if first >= 0 or len(before) != len(after):
            for sign, nodes in (("-", before), ("+", after)):
                print("".join(f"        {sign} {_brief(node)}\n" for node in nodes[first:][:2]), end="")


def _brief(node: Node) -> str:
    words = "".join(node.words)
    words = words if len(words) < 40 else f"{words[:20]}…{words[-15:]}"
    return f"{'item' if node.item else 'node'} {node.number} under {'/'.join(node.parents)} {node.heading}: {words}"


if __name__ == "__main__":
    main()
