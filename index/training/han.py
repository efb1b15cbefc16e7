"""What counts as a Han character."""

from __future__ import annotations

import re

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇々]")


def is_han(text: str) -> bool:
    """Whether the text's first character is a Han character."""
    return bool(_HAN.match(text))
