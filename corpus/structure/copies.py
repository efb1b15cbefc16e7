"""A body that is printed twice: content systems keep it once for the screen and once for the printer."""

from __future__ import annotations

from corpus.structure.lines import Line

_MIN_LINES = 3
_MIN_LENGTH = 100  # code points of the copy
_MAX_BEFORE = 6  # lines in front of the first of both: title, banner, number


def second_copy(lines: list[Line]) -> int:
    """Index at which the second copy of the whole body begins; the number of lines where there is none."""
    count = len(lines)
    keys = ["".join(line.text.split()) for line in lines]
    for start in range((count + 1) // 2, count - _MIN_LINES + 1):
        size = count - start
        first = start - size
        if first > _MAX_BEFORE:
            continue
        if keys[first] == keys[start] and keys[first:start] == keys[start:]:
            return start if sum(map(len, keys[start:])) >= _MIN_LENGTH else count
    return count
