"""Names of uploaded files: what they may hold, and under which a file is listed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

from corpus.ids import edition_of

LONGEST = 200  # characters
_SUFFIX = 20
_UNNAMED = "未命名 unnamed"
# Control and format characters (line breaks, bidirectional overrides, zero width), surrogates and private ones.
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def clean(name: str) -> str:
    """A file's name for display: its last part, without invisible characters, of bounded length. It names no place on disk."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(" " if unicodedata.category(ch) in _INVISIBLE else ch for ch in last)
    shown = re.sub(r"\s+", " ", shown).strip(" .")
    if not shown:
        return _UNNAMED
    if len(shown) <= LONGEST:
        return shown
    stem, dot, suffix = shown.rpartition(".")
    kept = dot + suffix if stem and len(suffix) < _SUFFIX else ""
    return shown[: LONGEST - len(kept)] + kept


def source_for(name: str, ids: Iterable[str], held: Callable[[str], frozenset[str]]) -> str:
    """The source that a file's notices are listed under: its name, or the name with a number.

    Many offices send a ``通知.docx``: a file replaces what an earlier one of its name gave only if they share a notice.

    :param ids: ids of the notices that the file gives
    :param held: ids of the notices that a source has given
    """
    own = {edition_of(notice_id)[0] for notice_id in ids}
    stem, dot, suffix = name.rpartition(".")
    number = 1
    while True:
        source = name if number == 1 else f"{stem} ({number}){dot}{suffix}" if stem else f"{name} ({number})"
        there = {edition_of(notice_id)[0] for notice_id in held(source)}
        if not there or there & own:
            return source
        number += 1
