"""Words across a line break: 意|式风情街 cuts none, 市水务局开展的活|动 cuts one."""

from __future__ import annotations

import re

_REACH = 6  # code points on each side of the break that are looked at
_HAN = re.compile(r"[\u4e00-\u9fff]")


def crossed(ahead: str, behind: str) -> bool:
    """Whether a word of the segmenter's dictionary lies across the seam of two texts."""
    ahead, behind = ahead.rstrip()[-_REACH:], behind.lstrip()[:_REACH]
    if not ahead or not behind or not _HAN.match(ahead[-1]) or not _HAN.match(behind[0]):
        return False
    import rjieba  # loads a dictionary: only a text whose lines are damaged pays for it

    at = 0
    for word in rjieba.cut(ahead + behind, False):
        if at < len(ahead) < at + len(word):
            return True
        at += len(word)
    return False
