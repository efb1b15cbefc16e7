"""Several documents in one file: where the next one begins with its own title and document number."""

from __future__ import annotations

from corpus.structure.head_lines import ATTACHMENT_LABEL, DOCUMENT_NUMBER, classify
from corpus.structure.lines import Line
from corpus.structure.numbering import read_number
from corpus.structure.repair import heading_like
from corpus.types import PassageKind

_MAX_TITLE = 4  # lines of a title above its document number


def run_together(lines: list[Line]) -> list[int]:
    """Where the second document of a text begins, the third …: as far as its lines show before they are mended.

    A file of many notices need not be mended as a whole only to be taken apart.
    """
    numbers = sum(1 for line in lines if line.text[-1] == "号" and DOCUMENT_NUMBER.fullmatch(line.text))
    return [lines[index].start for index in starts(lines, classify(lines))[1:]] if numbers > 1 else []


def starts(lines: list[Line], kinds: dict[int, PassageKind]) -> list[int]:
    """Index of the first line of each document, 0 first.

    A document printed behind a label (附件1) belongs to the one that it is attached to.
    """
    found = [0]
    for index, kind in sorted(kinds.items()):
        if kind != "document_number" or kinds.get(index - 1) == "document_number":
            continue
        first = _title_start(lines, kinds, index)
        if first == index or not _has_body(found[-1], first, kinds) or not _numbered(found[-1], first, kinds):
            continue
        if "关于" in "".join(line.text for line in lines[first:index]) and not _attached(lines, first):
            found.append(first)
    return found


def _title_start(lines: list[Line], kinds: dict[int, PassageKind], number: int) -> int:
    first = number
    while first > 0 and number - first < _MAX_TITLE and kinds.get(first - 1, "title") in ("title", "banner"):
        text = lines[first - 1].text
        if read_number(text) or not heading_like(text.replace("\n", "")[:200]) or text[-1] in "：:":
            break
        first -= 1
    return first


def _has_body(start: int, end: int, kinds: dict[int, PassageKind]) -> bool:
    return any(index not in kinds for index in range(start, end))


def _numbered(start: int, end: int, kinds: dict[int, PassageKind]) -> bool:
    """Whether the document so far has a head or a foot of its own."""
    return any(kinds.get(index) in ("document_number", "signature", "addressee") for index in range(start, end))


def _attached(lines: list[Line], first: int) -> bool:
    return first > 0 and bool(ATTACHMENT_LABEL.fullmatch(lines[first - 1].text))
