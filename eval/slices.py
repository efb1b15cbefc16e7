"""Slices: what sorts queries into groups, for tables that show where a system is weak."""

from __future__ import annotations

import re

_HAN = re.compile(r"[㐀-鿿]")
_SHORT, _LONG = 10, 25  # characters of a Chinese question; English ones are counted in words of about three


def of_text(text: str) -> dict[str, str]:
    """The slices that a query's own words tell: language and length."""
    lang = "zh" if _HAN.search(text) else "en"
    length = len(text) if lang == "zh" else 3 * len(text.split())
    return {"lang": lang, "length": "short" if length <= _SHORT else "long" if length > _LONG else "medium"}
