"""Colours on a terminal: where stdout is one, and neither ``NO_COLOR`` (no-color.org) nor ``--no-color`` is set."""

from __future__ import annotations

import os
import sys
import unicodedata
from typing import Literal

Style = Literal["mark", "title", "quote", "faint", "warning"]
_CODES: dict[Style, str] = {"mark": "36", "title": "1", "quote": "1;33", "faint": "2", "warning": "33"}


def coloured() -> bool:
    """Whether what is printed now may hold colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def switch_off() -> None:
    """No colours in this process and those it starts."""
    os.environ["NO_COLOR"] = "1"


def paint(text: str, style: Style) -> str:
    """``text`` in a style; as it is where there are no colours."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if text and coloured() else text


def width(text: str) -> int:
    """Columns that a terminal gives to ``text``: two to a Chinese character."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def pad(text: str, columns: int) -> str:
    """``text`` with blanks up to so many columns."""
    return text + " " * (columns - width(text))
