"""A flattened text with a table of contents: where its entries end, and where each is printed again as a heading."""

from __future__ import annotations

import re
from itertools import pairwise

_TITLE = re.compile(r"目[\s　]*录(?=[\s　]*(?:第[一1]|一、))")
_HAN = "一二三四五六七八九十百"
_ENTRY = re.compile(
    rf"第[{_HAN}]{{1,4}}[编章节篇](?:[\s　]|(?=[“《\u4e00-\u9fff]))|(?<![\u4e00-\u9fff])[{_HAN}]{{1,3}}、|[（(][{_HAN}]{{1,3}}[）)]"
)
_MAX_ENTRY = 60  # code points
_MIN_ENTRIES = 4


def contents_cuts(line: str) -> list[int]:
    """Offsets at which the entries of a table of contents, and the headings that repeat them, begin and end."""
    title = _TITLE.search(line, 0, len(line) // 2)
    if title is None:
        return []
    starts = _entries(line, title.end())
    if len(starts) < _MIN_ENTRIES:
        return []
    cuts = [*title.span(), *starts]
    texts = [line[a:b].rstrip() for a, b in pairwise(starts)]
    position = starts[-1] + 1
    for text in texts:
        at = line.find(text, position)
        if at >= 0:
            cuts += [at, at + len(text)]
            position = at + len(text)
    number = _ENTRY.match(line, starts[-1])
    again = line.find(line[starts[-1] : number.end()], position) if number else -1
    if again < 0:
        return []
    same = _common(line, starts[-1], again)  # the last entry: what follows it is the body
    cuts += [starts[-1] + same, again, again + same]
    above = line[: title.start()].rstrip()
    name = _common_end(
        above, line, starts[-1] + same
    )  # the document's title in front of the contents, and again behind
    if name:
        cuts += [len(above) - name, starts[-1] + same + name]
    return cuts


def _entries(line: str, position: int) -> list[int]:
    """Where the entries begin: numbers that follow one another closely, without a full stop between."""
    starts: list[int] = []
    for match in _ENTRY.finditer(line, position):
        if starts and (match.start() - starts[-1] > _MAX_ENTRY or "。" in line[starts[-1] : match.start()]):
            break
        if starts and line[match.start() : match.end() + 6] == line[starts[0] : starts[0] + len(match.group()) + 6]:
            break  # the first entry is printed again: the body begins
        starts.append(match.start())
    return starts


def _common(line: str, a: int, b: int) -> int:
    """Length of what two places of a line have in common."""
    length = 0
    while b + length < len(line) and line[a + length] == line[b + length] and length < _MAX_ENTRY:
        length += 1
    return length


def _common_end(above: str, line: str, position: int) -> int:
    """Length of the end of ``above`` that is printed again at ``position``; 0 for none."""
    for length in range(min(_MAX_ENTRY, len(above)), 5, -1):
        if line.startswith(above[-length:], position):
            return length
    return 0
