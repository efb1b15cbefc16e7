"""A PDF page as pdfium sees it: its characters with positions and what hides them, its ruled lines, its images.

Coordinates are points (1/72 inch) from the page's top left corner, as the page is shown (rotation applied).
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

INVISIBLE = 3  # text rendering mode 3: neither filled nor stroked (ISO 32000-1, table 106)
_ASCENT, _DESCENT = 0.88, 0.12  # of the em, above and below the line that Chinese stands on
_TINY = 2.0  # points; nobody reads smaller print
_PALE = 200  # of 255; paler colours are compared with what lies behind them
_CONTRAST = 24  # of 255; less than this between a letter and its ground is not seen
_MAX_PIXELS = 40_000_000  # of a rendered page
_MAX_PATHS = 20_000  # more are a drawing, no table
# Source Han and Noto draw these radicals and the characters with one glyph; PDF writers often name the radical.
_RADICALS = dict(
    zip(
        "⺁⺟⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰⻳",
        "厂母民虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟麦黄齐齿龙龟",
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class Glyph:
    """A printed character (or, from recognition, a word). ``size`` is the font size in points."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A ruled line, horizontal (``top == bottom``) or vertical (``x0 == x1``)."""

    x0: float
    x1: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on a page. ``slanted`` holds text at an angle (watermarks), ``hidden`` what a reader cannot see,
    ``layer`` the part of it that is invisible by its rendering mode; ``pictured`` is the share of the page under images.
    """

    width: float
    height: float
    glyphs: tuple[Glyph, ...]
    slanted: tuple[Glyph, ...]
    hidden: tuple[Glyph, ...]
    layer: tuple[Glyph, ...]
    rules: tuple[Rule, ...]
    pictured: float
    marked: bool  # anything at all is drawn on it

    def unreadable(self) -> float:
        """Share of the characters that the font gives no meaning to."""
        return sum(glyph.text == "\ufffd" for glyph in self.glyphs) / max(1, len(self.glyphs))


@dataclass(frozen=True, slots=True)
class _Style:
    """What the characters of one text object share."""

    size: float
    angle: int  # degrees, clockwise
    invisible: bool
    pale: bool


class _View:
    """From page space to what is shown: the crop box's corner, the page's rotation, and the text's own."""

    def __init__(self, page: Any) -> None:
        self.left, self.bottom, self.right, self.top = page.get_bbox()
        self.rotation = page.get_rotation() % 360

    @property
    def size(self) -> tuple[float, float]:
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.rotation in (90, 270) else (width, height)

    def point(self, x: float, y: float) -> tuple[float, float]:
        if self.rotation == 90:
            return y - self.bottom, x - self.left
        if self.rotation == 180:
            return self.right - x, y - self.bottom
        if self.rotation == 270:
            return self.top - y, self.right - x
        return x - self.left, self.top - y

    def box(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        """``(x0, x1, top, bottom)`` of a rectangle given by two corners."""
        (a, b), (c, d) = self.point(x0, y0), self.point(x1, y1)
        return min(a, c), max(a, c), min(b, d), max(b, d)


def read_page(page: Any) -> Page:
    """:param page: a ``pypdfium2.PdfPage``"""
    view = _View(page)
    chars = list(_chars(page))
    angles = Counter(style.angle for _, _, _, style in chars if style.angle % 90 == 0)
    # Turned until most of the text is upright, whatever the page says: a table may be printed sideways.
    upright = angles.most_common(1)[0][0] if angles else -view.rotation % 360
    turned = (-upright - view.rotation) % 360
    view.rotation = -upright % 360
    width, height = view.size
    seen: list[Glyph] = []
    pale: list[Glyph] = []
    slanted: list[Glyph] = []
    hidden: list[Glyph] = []
    layer: list[Glyph] = []
    for text, corners, origin, style in chars:
        # Fonts give their characters boxes of different heights; the line that they stand on is the same for all.
        x0, x1, _, _ = view.box(*corners)
        base = view.point(*origin)[1]
        glyph = Glyph(text, x0, x1, base - _ASCENT * style.size, base + _DESCENT * style.size, style.size)
        x, y = (glyph.x0 + glyph.x1) / 2, (glyph.top + glyph.bottom) / 2
        if style.invisible:
            layer.append(glyph)
        elif not (0 <= x <= width and 0 <= y <= height) or style.size < _TINY:
            hidden.append(glyph)
        elif style.angle != upright:
            slanted.append(glyph)
        else:
            (pale if style.pale else seen).append(glyph)
    if any(not glyph.text.isspace() for glyph in pale):
        lost = _without_contrast(page, pale, turned)
        hidden += [glyph for glyph, gone in zip(pale, lost, strict=True) if gone]
        seen += [glyph for glyph, gone in zip(pale, lost, strict=True) if not gone]
    else:
        seen += pale
    rules, pictured, marked = _drawn(page, view)
    return Page(
        width, height, tuple(seen), tuple(slanted), tuple(hidden + layer), tuple(layer), tuple(rules),
        min(1.0, pictured / max(1.0, width * height)), marked or bool(chars),
    )  # fmt: skip


def _chars(page: Any) -> Iterator[tuple[str, tuple[float, float, float, float], tuple[float, float], _Style]]:
    """Characters of the text layer in the file's order: text, box and origin in page space, style. Blanks that pdfium adds
    between words are left out: :func:`corpus.readers.pdf_lines.line_text` infers them, also for Chinese."""
    import pypdfium2.raw as pdfium

    textpage = page.get_textpage()
    raw = textpage.raw
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    styles: dict[int, _Style] = {}
    high = 0
    for index in range(textpage.count_chars()):
        code = pdfium.FPDFText_GetUnicode(raw, index)
        if pdfium.FPDFText_IsGenerated(raw, index) == 1:
            continue
        if 0xD800 <= code < 0xDC00:  # the first half of a character outside the basic plane
            high = code
            continue
        if 0xDC00 <= code < 0xE000 and high:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)
        high = 0
        text = _char(
            code, pdfium.FPDFText_HasUnicodeMapError(raw, index) == 1, pdfium.FPDFText_IsHyphen(raw, index) == 1
        )
        if not text or not pdfium.FPDFText_GetLooseCharBox(raw, index, box):
            continue
        pointer = pdfium.FPDFText_GetTextObject(raw, index)
        key = ctypes.addressof(pointer.contents) if pointer else 0
        if key not in styles:
            styles[key] = _style(pdfium, raw, index, pointer)
        pdfium.FPDFText_GetCharOrigin(raw, index, x, y)
        yield text, (box.left, box.bottom, box.right, box.top), (x.value, y.value), styles[key]
    textpage.close()


def _char(code: int, unmapped: bool, hyphen: bool) -> str:
    if hyphen:
        return "-"
    if unmapped or code in (0, 0xFFFE, 0xFFFF) or 0xD800 <= code < 0xE000:
        return "\ufffd"
    char = chr(code)
    if 0x2F00 <= code <= 0x2FD5:
        import unicodedata

        return unicodedata.normalize("NFKC", char)
    if char < " ":
        return " " if char in "\t\n\r" else ""
    return _RADICALS.get(char, char)


def _style(pdfium: Any, raw: Any, index: int, pointer: Any) -> _Style:
    matrix = pdfium.FS_MATRIX()
    scale = 1.0
    if pdfium.FPDFText_GetMatrix(raw, index, matrix):
        scale = math.hypot(matrix.c, matrix.d) or 1.0
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    pdfium.FPDFText_GetFillColor(raw, index, red, green, blue, alpha)
    pale = alpha.value < 32 or min(red.value, green.value, blue.value) > _PALE
    angle = round(math.degrees(pdfium.FPDFText_GetCharAngle(raw, index))) % 360
    nearest = round(angle / 90) * 90
    mode = pdfium.FPDFTextObj_GetTextRenderMode(pointer) if pointer else 0
    return _Style(
        pdfium.FPDFText_GetFontSize(raw, index) * scale,
        nearest % 360 if abs(angle - nearest) <= 2 else angle,
        mode == INVISIBLE,
        pale and mode == 0,
    )


def _without_contrast(page: Any, glyphs: list[Glyph], turned: int) -> list[bool]:
    """Whether each glyph differs from what lies around it, by looking at the rendered page."""
    width, height = page.get_size()
    scale = min(2.0, (_MAX_PIXELS / max(1.0, width * height)) ** 0.5)
    image = page.render(scale=scale, grayscale=True, rotation=turned, may_draw_forms=False).to_numpy()
    out = []
    for glyph in glyphs:
        rows = slice(int(glyph.top * scale), int(glyph.bottom * scale) + 1)
        columns = slice(int(glyph.x0 * scale), int(glyph.x1 * scale) + 1)
        part = image[rows, columns]
        out.append(part.size == 0 or int(part.max()) - int(part.min()) < _CONTRAST)
    return out


def _drawn(page: Any, view: _View) -> tuple[list[Rule], float, bool]:
    """Ruled lines, the area under images in square points, and whether anything is drawn."""
    import pypdfium2.raw as pdfium

    rules: list[Rule] = []
    area, marked, paths = 0.0, False, 0
    for item in page.get_objects(
        filter=[pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING]
    ):
        marked = True
        matrix = item.get_matrix()
        container = item.container
        while container is not None:
            matrix = matrix.multiply(container.get_matrix())
            container = container.container
        if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:  # an image fills the unit square
            x0, x1, top, bottom = view.box(*matrix.on_point(0, 0), *matrix.on_point(1, 1))
            area += (x1 - x0) * (bottom - top)
        elif item.type == pdfium.FPDF_PAGEOBJ_PATH:
            paths += 1
            if paths > _MAX_PATHS:
                return [], area, True
            rules += _path_rules(pdfium, item.raw, matrix, view)
    return rules, area, marked


def _path_rules(pdfium: Any, path: Any, matrix: Any, view: _View) -> Iterator[Rule]:
    """The axis-parallel lines of a path: thin filled bars, and the sides of what is stroked."""
    mode, stroked = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(path, mode, stroked)
    x, y = ctypes.c_float(), ctypes.c_float()
    strokes: list[list[tuple[float, float]]] = []
    for index in range(min(pdfium.FPDFPath_CountSegments(path), 2000)):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = view.point(*matrix.on_point(x.value, y.value))
        if pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_MOVETO or not strokes:
            strokes.append([])
        strokes[-1].append(point)
        if pdfium.FPDFPathSegment_GetClose(segment):
            strokes[-1].append(strokes[-1][0])
    for points in strokes:
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        x0, x1, top, bottom = min(xs), max(xs), min(ys), max(ys)
        if min(x1 - x0, bottom - top) <= 3 < max(x1 - x0, bottom - top):
            middle = (top + bottom) / 2 if x1 - x0 > bottom - top else (x0 + x1) / 2
            yield Rule(x0, x1, middle, middle) if x1 - x0 > bottom - top else Rule(middle, middle, top, bottom)
        elif stroked.value:
            for (a, b), (c, d) in pairwise(points):
                if min(abs(a - c), abs(b - d)) <= 1 < max(abs(a - c), abs(b - d)):
                    rule = Rule(min(a, c), max(a, c), min(b, d), max(b, d))
                    flat = abs(a - c) > abs(b - d)
                    yield replace(rule, bottom=rule.top) if flat else replace(rule, x1=rule.x0)
