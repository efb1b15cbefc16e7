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
_QUOTED = re.compile("[「」『』‘’＂]")
# Nearly all that NFKC changes in a notice; a text without them is seen to be NFKC at once.
_FULL_WIDTH = "，：；（）？！％"


def visible(text: str) -> str:
    """``text`` without characters that nobody sees."""
    return _INVISIBLE.sub("", text)


def fold(text: str) -> str:
    """``text`` in NFKC, lower case, simplified characters. Idempotent; offsets are not kept."""
    plain = visible(text)
    for wide in _FULL_WIDTH:
        plain = plain.replace(wide, chr(ord(wide) - 0xFEE0))
    plain = unicodedata.normalize("NFKC", plain)
    if _QUOTED.search(plain):  # translating takes ten times as long as looking
        plain = plain.translate(_QUOTES)
    plain = unicodedata.normalize("NFKC", plain.lower())
    return _simplified(plain) if holds_traditional(plain) else plain


def _simplified(text: str) -> str:
    """Simplified characters; twice, since a few take two steps (薴 → 苧 → 苎)."""
    return str(_converter().convert(_converter().convert(text)))


def holds_traditional(text: str) -> bool:
    """Whether a text holds Han characters outside GB 2312: traditional or rare ones."""
    return not in_gb2312(text) and any("\u4e00" <= ch <= "\u9fff" and not in_gb2312(ch) for ch in text)


def in_gb2312(text: str) -> bool:
    """Whether GB 2312 has all characters of a text: then none is traditional."""
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _converter() -> OpenCC:
    from opencc import OpenCC  # loaded only where a character outside GB 2312 asks for it

    return OpenCC("t2s")


def fold_aligned(text: str) -> str:
    """:func:`fold` character by character: the result has the length of ``text``, so that offsets hold."""
    plain = text.translate(_FOLDED)
    if holds_traditional(plain):
        simplified = _simplified(plain)
        return simplified if len(simplified) == len(plain) else plain
    return plain


class _Folded(dict[int, str]):
    """What each code point is folded to, worked out when it first comes; one that would become several stays."""

    def __missing__(self, code: int) -> str:
        folded = unicodedata.normalize("NFKC", chr(code)).translate(_QUOTES).lower()
        self[code] = kept = folded if len(folded) == 1 else chr(code)
        return kept


_FOLDED = _Folded()
