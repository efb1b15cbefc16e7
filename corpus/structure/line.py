"""A logical line, and what can be said of one by itself: whether it ends a sentence or reads as a heading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_TERMINAL = "。！？；：！?;:…"
_CLOSERS = "”’」』）)》】\"'"
_ENDING, _CLOSING = frozenset(_TERMINAL), frozenset(_CLOSERS)
_ASIDE = re.compile(r"[。！？；][（(](?:[^（()）]|[（(][^（()）]*[）)])*[）)]$")  # …工作。（市教委牵头）
_MAX_ASIDE = 200  # code points of such brackets
_PAIRS = {"（(": "）)", "《": "》", "“": "”"}
MAX_HEADING = 45  # code points of a line that may be a heading
# A line that leads into the list below it, rather than entitles it: 符合下列条件之一的：, C类人才，其中：
_LEAD_IN = re.compile(r"(?:下列|以下|如下|之一|其中|应当|包括)[^。]{0,12}[：:]$|(?:是|为|有|的|由|至|将)[：:]$")
BULLETS = "►●■▲◆★"
_MIN_GAPS = 3  # between lines, from which on blank lines are a habit
_SPACED = 0.9  # share of them that are blank lines; one more may lack
LONG_LINE = 60  # code points; a shorter line without a full stop is more likely a heading than a broken sentence


@dataclass(frozen=True, slots=True)
class Line:
    """A logical line: ``text == notice_text[start:end]``; it may hold line breaks where printed lines were joined."""

    start: int
    end: int
    text: str


def is_spaced(text: str, lines: Sequence[Line]) -> bool:
    """Whether blank lines part nearly all lines of a text."""
    gaps = [text.count("\n", a.end, b.start) > 1 for a, b in pairwise(lines)]
    return len(gaps) > _MIN_GAPS and sum(gaps) >= min(_SPACED * len(gaps), len(gaps) - 1)


def ends_sentence(text: str) -> bool:
    """Whether a text ends with a full stop or its like, closing brackets aside."""
    last = text[-1:]
    if last not in _CLOSING:
        return last in _ENDING
    if text.rstrip(_CLOSERS)[-1:] in _ENDING:
        return True
    return last in "）)" and bool(_ASIDE.search(text[-_MAX_ASIDE:]))


def heading_like(text: str) -> bool:
    """Whether a line (its number cut off) reads as a heading: short, and no sentence."""
    return 0 < len(text) <= MAX_HEADING and "。" not in text and not ends_sentence(text.rstrip("：:"))


def leads_in(text: str) -> bool:
    """Whether a line ends with a colon and goes on in the list below it."""
    return bool(_LEAD_IN.search(text[-24:]))


def unclosed(text: str) -> str | None:
    """The closing brackets or quotation marks one of which a text lacks, if any."""
    for left, right in _PAIRS.items():
        if sum(map(text.count, left)) > sum(map(text.count, right)):
            return right
    return None
