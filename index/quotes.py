"""Words in quotation marks: they are meant as they are typed."""

from __future__ import annotations

import re
import unicodedata

_QUOTED = re.compile(r"[“„]([^“”„]+)”|\"([^\"“”]+)\"|＂([^＂]+)＂|「([^「」]+)」|『([^『』]+)』")
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_BLANK = re.compile(r"\s+")


def quoted_spans(text: str) -> list[tuple[int, int]]:
    """Where quoted words stand in a text as typed, the marks left out."""
    spans = [match.span(match.lastindex or 0) for match in _QUOTED.finditer(text)]
    return [(start, end) for start, end in spans if text[start:end].strip()]


def spellings(phrase: str) -> tuple[str, ...]:
    """The forms in which a text can hold a phrase word for word: as typed, in half width and in full width.

    Lower case, without blanks: a line may end inside a phrase. Simplified characters do not stand for traditional ones.
    """
    half = unicodedata.normalize("NFKC", phrase)
    forms = (phrase, half, half.translate(_WIDE))
    return tuple(dict.fromkeys(_BLANK.sub("", form).lower() for form in forms))
