"""One spelling for many: full width to half width, traditional to simplified, upper to lower case."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\ud800-\udfff]")  # lone surrogates are no text
_QUOTES = str.maketrans({"「": "“", "」": "”", "『": "“", "』": "”", "‘": "'", "’": "'", "＂": '"'})


def fold(text: str) -> str:
    """``text`` in NFKC, lower case, simplified characters. Idempotent; offsets are not kept."""
    visible = _INVISIBLE.sub("", text)
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).translate(_QUOTES).lower())
    try:
        plain.encode("gb2312", errors="strict")
    except UnicodeEncodeError:
        return _simplified(plain) if _holds_traditional(plain) else plain
    return plain


def _simplified(text: str) -> str:
    """Simplified characters; twice, since a few take two steps (薴 → 苧 → 苎)."""
    return str(_converter().convert(_converter().convert(text)))


def _holds_traditional(text: str) -> bool:
    return any("\u4e00" <= ch <= "\u9fff" and not _in_gb2312(ch) for ch in text)


def _in_gb2312(ch: str) -> bool:
    try:
        ch.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _converter() -> OpenCC:
    from opencc import OpenCC  # loaded only where a character outside GB 2312 asks for it

    return OpenCC("t2s")


def fold_aligned(text: str) -> str:
    """:func:`fold` character by character: the result has the length of ``text``, so that offsets hold."""
    plain = "".join(_fold_char(ch) for ch in text)
    if _holds_traditional(plain):
        simplified = _simplified(plain)
        return simplified if len(simplified) == len(plain) else plain
    return plain


@cache
def _fold_char(ch: str) -> str:
    folded = unicodedata.normalize("NFKC", ch).translate(_QUOTES).lower()
    return folded if len(folded) == 1 else ch
