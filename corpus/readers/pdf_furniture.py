"""Running heads, running feet and page numbers: what repeats at a page's edge, or stands there as a number alone."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from corpus.readers.pdf_lines import PrintedLine

_MARGIN = 0.13  # of a page's height, at its head and at its foot
_EDGE_LINES = 3  # a running head of more lines is rare
_NUMERAL = r"(?:[0-9０-９]{1,4}|[ivxlcIVXLC]{1,6}|[一二三四五六七八九十百〇]{1,4})"
_PAGE_NUMBER = re.compile(
    rf"[-—–－_·•.~\s]*(?:第\s*{_NUMERAL}\s*页|Page\s*{_NUMERAL}|{_NUMERAL})"
    rf"(?:\s*[,，/／]?\s*(?:共|of|/|／)?\s*{_NUMERAL}\s*页?)?[-—–－_·•.~\s]*",
    re.IGNORECASE,
)
_BETWEEN_DASHES = re.compile(r"[-—–－_一]\s*\S{1,3}\s*[-—–－_一]")  # a page number that was badly recognised
_SHORT = 5
_ALIKE = 0.7  # share of its characters that a recognised running head keeps from page to page


def furniture(pages: list[list[PrintedLine]], heights: list[float], recognised: bool = False) -> set[tuple[int, int]]:
    """``(page, line)`` of the lines that are page furniture.

    A line counts when it is the outermost at its page's head or foot (or behind such a line) and either is a page
    number or repeats, apart from its digits, at the same height of another page.

    :param heights: of the pages, in points
    :param recognised: the text may hold errors, so a line repeats where most of its characters do
    """
    seen: dict[int, set[tuple[int, str]]] = {}  # height → page and text of lines at the edges
    for page, lines in enumerate(pages):
        order = _by_height(lines)
        for index in {*order[:_EDGE_LINES], *order[-_EDGE_LINES:]}:
            seen.setdefault(_level(lines[index]), set()).add((page, _key(lines[index])))

    def repeats(page: int, line: PrintedLine) -> bool:
        level, key = _level(line), _key(line)
        near = {text for step in (-1, 0, 1) for other, text in seen.get(level + step, ()) if other != page}
        if key in near or not recognised:
            return key in near
        if len(key) <= _SHORT:  # page numbers are easily misread
            return any(len(text) <= _SHORT and _is_page_number(text) for text in near)
        return any(_alike(key, text) for text in near)

    found: set[tuple[int, int]] = set()
    for page, lines in enumerate(pages):
        order = _by_height(lines)
        for edge in (order[:_EDGE_LINES], order[::-1][:_EDGE_LINES]):
            for index in edge:
                line = lines[index]
                if not repeats(page, line) and not (
                    _is_page_number(line.text) and _stands_apart(line, lines) and _in_margin(line, heights[page])
                ):
                    break
                found.add((page, index))
    return found


def _by_height(lines: list[PrintedLine]) -> list[int]:
    return sorted(range(len(lines)), key=lambda index: lines[index].middle)


def _key(line: PrintedLine) -> str:
    return re.sub(r"[0-9０-９]+", "0", re.sub(r"\s+", "", line.text))


def _level(line: PrintedLine) -> int:
    return round(line.middle / 4)


def _alike(a: str, b: str) -> bool:
    return SequenceMatcher(None, a, b, autojunk=False).ratio() >= _ALIKE


def _is_page_number(text: str) -> bool:
    return bool(_PAGE_NUMBER.fullmatch(text) or _BETWEEN_DASHES.fullmatch(text))


def _in_margin(line: PrintedLine, height: float) -> bool:
    return not _MARGIN * height < line.middle < (1 - _MARGIN) * height


def _stands_apart(line: PrintedLine, lines: list[PrintedLine]) -> bool:
    """Whether a number is not simply the last line of a list: it keeps more distance than lines do."""
    others = [other for other in lines if other is not line]
    if not others:
        return True
    gap = min(max(other.top - line.bottom, line.top - other.bottom) for other in others)
    return gap > 0.6 * line.size
