"""Identifiers that derive from what identifies a document, not from its file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from corpus.types import Header, Span

EDITION = ".e"  # between a notice's id and the number of its edition


def notice_id(header: Header, text: str) -> str:
    """Id of a notice: year and a digest of its document number, else of issuer, title and date.

    Readable where it can be (``2024-4-1f3a9c2e``: year, serial number, digest), stable across files and formats.
    """
    if header.document_number:
        serial = re.search(r"(\d+)\s*号$", header.document_number)
        identity, middle = _plain(header.document_number), f"{serial.group(1)}-" if serial else ""
    else:
        identity, middle = "|".join(_plain(part or "") for part in (header.issuer, header.title, header.issued_on)), ""
    if not identity.strip("|"):
        identity = text_digest(text)
    year = header.year or "undated"
    return f"{year}-{middle}{hashlib.sha256(identity.encode()).hexdigest()[:8]}"


def edition_of(notice_id: str) -> tuple[str, int]:
    """The id that all editions of a notice share, and the number of this one (``2024-4-1f3a9c2e.e2`` is the second)."""
    base, _, number = notice_id.partition(EDITION)
    return base, int(number) if number.isdecimal() else 1


def text_digest(text: str, furniture: Iterable[Span] = ()) -> str:
    """Digest of a text's non-blank characters: equal for the same notice in two formats.

    :param furniture: stretches that are no part of the notice (running heads, page numbers)
    """
    kept, at = [], 0
    for span in sorted(furniture, key=lambda span: span.start):
        kept.append(text[at : span.start])
        at = max(at, span.end)
    return hashlib.sha256(_plain("".join([*kept, text[at:]])).encode()).hexdigest()


def _plain(text: str) -> str:
    return re.sub(r"[\s\u200b-\u200d\u2060\ufeff]+", "", text)
