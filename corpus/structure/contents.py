"""The table of contents (目录) that long documents print in front: its lines are no headings."""

from __future__ import annotations

import re

from corpus.structure.lines import Line

_TITLE = re.compile(r"[【\[]?目\s*[录次][】\]]?[:：]?")
_TAIL = re.compile(r"[\s.…·．\-—_]*[\divxIVX]{0,4}$")
_MIN_LINES = 3
_MAX_LENGTH = 80  # code points of an entry


def contents(lines: list[Line]) -> range:
    """Indexes of the table of contents, its title included; empty where there is none.

    It ends where its first entry is printed again, or where a line is no entry.
    """
    for index, line in enumerate(lines):
        if _TITLE.fullmatch(line.text):
            return _from(lines, index)
    return range(0)


def _from(lines: list[Line], start: int) -> range:
    plain = [_plain(line.text) for line in lines[start + 1 :]]
    if not plain:
        return range(0)
    later = set(plain[_MIN_LINES:])
    for count, text in enumerate(plain):
        again = count >= _MIN_LINES and text == plain[0]
        if again or len(text) > _MAX_LENGTH or "。" in text:
            known = sum(entry in later for entry in plain[:count])
            return range(start, start + 1 + count) if again or known * 2 > count >= _MIN_LINES else range(0)
    return range(0)


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", _TAIL.sub("", text))
