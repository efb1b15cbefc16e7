"""Personal contacts hidden: names, telephone numbers and mail addresses become asterisks of the same length.

The length stays, so offsets of citations hold in a masked text as they do in the printed one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import corpus.extract
from corpus.extract.contacts import contacts_in

MASK = "*"
_LONG_NUMBER = re.compile(r"\d(?:[\s\-—－–]?\d){6,}")
_HAN_OR_DIGIT = re.compile(r"[\u4e00-\u9fff\d]")
_BEFORE_AT = re.compile(r"[^@]+(?=@)")


def personal_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where names, numbers and mail addresses of contacts stand in a text; web addresses are nobody's own."""
    for _, value, start, end in contacts_in(text):
        label, _, contact = value.partition("：")
        at = text.rfind(contact, start, end)
        if label != "网址" and at >= 0:
            yield at, at + len(contact)


def mask(text: str) -> str:
    """A text of the same length without personal contacts."""
    characters = list(text)
    for start, end in personal_spans(text):
        part = text[start:end]
        hidden = _BEFORE_AT if "@" in part else _HAN_OR_DIGIT
        characters[start:end] = hidden.sub(lambda match: MASK * len(match.group()), part)
    return "".join(characters)


@cache
def masking() -> str:
    """What tells this way of hiding from that of another version of the program."""
    code = [Path(__file__), *sorted(Path(corpus.extract.__file__).parent.glob("*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in code)).hexdigest()[:16]


def without_numbers(query: str) -> str:
    """A query without long numbers: who may not see them is not told in which passage one stands."""
    return _LONG_NUMBER.sub(" ", query)
