"""Words across a line break (意|式风情街 cuts none, 市水务局开展的活|动 cuts one), and their parts of speech."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import rjieba

_REACH = 6  # code points on each side of the break that are looked at
_HAN = re.compile(r"[\u4e00-\u9fff]")


def crossed(ahead: str, behind: str) -> bool:
    """Whether a word of the segmenter's dictionary lies across the seam of two texts."""
    ahead, behind = ahead.rstrip()[-_REACH:], behind.lstrip()[:_REACH]
    if not ahead or not behind or not _HAN.match(ahead[-1]) or not _HAN.match(behind[0]):
        return False
    at = 0
    for word in _segmenter().cut(ahead + behind, False):
        if at < len(ahead) < at + len(word):
            return True
        at += len(word)
    return False


def tagged(text: str) -> list[tuple[str, str]]:
    """The words of a text with their parts of speech, as jieba's dictionary has them: ``("建设", "vn")``."""
    return list(_segmenter().tag(text, False))


@cache
def _segmenter() -> rjieba.Jieba:
    """A segmenter of its own: what a text is read as must not hang on the words that search adds to the shared one."""
    import rjieba  # loads a dictionary: only a text whose lines are damaged pays for it

    return rjieba.Jieba()
