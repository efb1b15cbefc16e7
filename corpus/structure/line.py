"""A logical line, and what can be said of one by itself: whether it ends a sentence or reads as a heading."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TERMINAL = "。！？；：！?;:…"
_CLOSERS = "”’」』）)》】\"'"
_ASIDE = re.compile(r"[。！？；][（(](?:[^（()）]|[（(][^（()）]*[）)])*[）)]$")  # …工作。（市教委牵头）
_MAX_ASIDE = 200  # code points of such brackets
_PAIRS = {"（(": "）)", "《": "》", "“": "”"}
MAX_HEADING = 45  # code points of a line that may be a heading
# A line that leads into the list below it, rather than entitles it: 符合下列条件之一的：, C类人才，其中：
_LEAD_IN = re.compile(r"(?:下列|以下|如下|之一|其中|应当|包括)[^。]{0,12}[：:]$|(?:是|为|有|的|由|至|将)[：:]$")
LONG_LINE = 60  # code points; a shorter line without a full stop is more likely a heading than a broken sentence


@dataclass(frozen=True, slots=True)
class Line:
    """A logical line: ``text == notice_text[start:end]``; it may hold line breaks where printed lines were joined."""

    start: int
    end: int
    text: str


def ends_sentence(text: str) -> bool:
    """Whether a text ends with a full stop or its like, closing brackets aside."""
    if text[-1:] in tuple(_TERMINAL) or text.rstrip(_CLOSERS)[-1:] in tuple(_TERMINAL):
        return True
    return text[-1:] in ("）", ")") and bool(_ASIDE.search(text[-_MAX_ASIDE:]))


def heading_like(text: str) -> bool:
    """Whether a line (its number cut off) reads as a heading: short, and no sentence."""
    return 0 < len(text) <= MAX_HEADING and not ends_sentence(text.rstrip("：:")) and "。" not in text


def leads_in(text: str) -> bool:
    """Whether a line ends with a colon and goes on in the list below it."""
    return bool(_LEAD_IN.search(text[-24:]))


def unclosed(text: str) -> str | None:
    """The closing brackets or quotation marks one of which a text lacks, if any."""
    for left, right in _PAIRS.items():
        if sum(map(text.count, left)) > sum(map(text.count, right)):
            return right
    return None
