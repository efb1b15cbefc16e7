"""Text of images and scanned pages, recognised by Tesseract with its Simplified Chinese model."""

from __future__ import annotations

import functools
import io
import os
import shutil
import subprocess
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from corpus.errors import UnreadableFile
from corpus.readers.pdf_flow import Sheet, extract
from corpus.readers.pdf_lines import PrintedLine, first_word, is_wide
from corpus.readers.pdf_page import Glyph
from corpus.readers.types import Extract
from corpus.readers.worker_alive import still_working

if TYPE_CHECKING:
    from PIL import Image

# Tesseract's Chinese model reads lines of about 35 pixels best: 16 points at 160 dpi. Of a page of 16 points it reads
# 2.4 to 2.9 % of the characters wrong at 150 to 225 dpi, 4.1 % at 250 and 300.
DPI = 160
_SMALL, _BEST, _LARGE = 20, 35, 46  # pixels
MAX_PIXELS = 40_000_000  # A3 at 300 dpi has 17 million
_PAGE_WIDTH = 595.0  # points; an image that does not say its size is taken for a page of A4
_SECONDS = 60  # for one page
_LANGUAGE = "chi_sim"
_INSTALL = "apt-get install tesseract-ocr tesseract-ocr-chi-sim"
NO_TEXT_LAYER = (
    f"无文本层，是扫描图像；请安装 Tesseract 中文识别（{_INSTALL}）后重试，或改用文字版 "
    f"(no text layer; install Tesseract and its Chinese model with `{_INSTALL}` and index again)"
)
NO_TEXT_FOUND = "无文本层，图像中也没有识别出文字；请换更清晰的扫描件或文字版 (no text layer, and no text was recognised; use a sharper scan or a text version)"


@dataclass(frozen=True, slots=True)
class Recognised:
    """Printed lines of an image in reading order, and the mean confidence of their characters in percent."""

    lines: tuple[PrintedLine, ...]
    confidence: float


@functools.cache
def available() -> bool:
    """Whether Tesseract and its Simplified Chinese model are installed."""
    if not shutil.which("tesseract"):
        return False
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, timeout=20, check=False)
    return _LANGUAGE in listed.stdout.split()


def read_image(data: bytes) -> Extract:
    """Read an image file (PNG, JPEG, TIFF with several pages, BMP, GIF, WebP).

    :raises UnreadableFile: it is no image, it is too large, it shows no text, or Tesseract is missing
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    if not available():
        raise UnreadableFile(NO_TEXT_LAYER)
    sheets = []
    try:
        with Image.open(io.BytesIO(data)) as image:
            for frame in range(getattr(image, "n_frames", 1)):
                image.seek(frame)
                if image.width * image.height > MAX_PIXELS:
                    raise UnreadableFile(
                        f"图像超过{MAX_PIXELS // 10**6}百万像素；请缩小后重试 (too large; scale it down)"
                    )
                page = ImageOps.exif_transpose(image).convert("L")
                found = recognise(page, _PAGE_WIDTH)
                height = _PAGE_WIDTH * page.height / page.width
                sheets.append(Sheet(_PAGE_WIDTH, height, list(found.lines), confidence=found.confidence))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadableFile(f"图像已损坏，无法打开；请重新扫描或导出 (damaged image: {error})") from error
    if not any(sheet.lines for sheet in sheets):
        raise UnreadableFile(NO_TEXT_FOUND)
    return extract(sheets)


def recognise(image: Image.Image, width: float) -> Recognised:
    """Text of a grey image.

    :param width: of the page in points
    :raises UnreadableFile: Tesseract fails or takes too long
    """
    largest = (MAX_PIXELS / (image.width * image.height)) ** 0.5
    scale = min(width / 72 * DPI / image.width, largest)
    found, height = _run(image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale)))), width)
    if not found.lines or _SMALL <= height <= _LARGE:
        return found
    scale = min(scale * _BEST / height, largest)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    again = _run(image.resize(size), width)[0]
    return max(found, again, key=lambda one: one.confidence)


def _run(image: Image.Image, width: float) -> tuple[Recognised, float]:
    """What Tesseract sees on an image, and the usual height of its lines in pixels."""
    still_working()
    header = b"P5 %d %d 255\n" % image.size
    command = ["tesseract", "stdin", "stdout", "-l", _LANGUAGE, "--psm", "3", "--dpi", str(DPI), "tsv"]
    try:
        done = subprocess.run(
            command, input=header + image.tobytes(), capture_output=True, timeout=_SECONDS, check=True,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},  # files are read in parallel already
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile(f"一页识别超过{_SECONDS}秒；请降低分辨率 (recognising a page took too long)") from error
    except subprocess.CalledProcessError as error:
        last = error.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise UnreadableFile(f"文字识别失败；请重新扫描 (Tesseract failed: {' '.join(last)})") from error
    still_working()
    found, height = _lines(done.stdout.decode("utf-8", errors="replace"), width, width / image.width)
    return found, height * image.width / width


def _lines(table: str, width: float, scale: float) -> tuple[Recognised, float]:
    """Lines of Tesseract's TSV: level, page, block, paragraph, line, word, left, top, width, height, confidence, text."""
    rows: dict[tuple[str, ...], list[Glyph]] = {}
    heights: dict[tuple[str, ...], float] = {}
    weighed = characters = 0.0
    for record in table.splitlines()[1:]:
        cells = record.split("\t")
        if len(cells) < 12:
            continue
        key = tuple(cells[1:5])
        left, top, wide, high = (float(cell) * scale for cell in cells[6:10])
        if cells[0] == "4":
            heights[key] = high
        word = cells[11].strip()
        if cells[0] != "5" or not word:
            continue
        weighed += max(0.0, float(cells[10])) * len(word)
        characters += len(word)
        rows.setdefault(key, []).append(Glyph(word, left, left + wide, top, top + high, high))
    usual = median([heights[key] for key in rows]) if rows else 0.0
    lines = [_line(words, heights[key], usual, width) for key, words in rows.items()]
    return Recognised(tuple(lines), weighed / max(1.0, characters)), usual


def _line(words: list[Glyph], height: float, usual: float, width: float) -> PrintedLine:
    """A line of words. Its height tells the size of its letters only roughly, so the page's usual one is preferred."""
    size = height if height > 1.4 * usual else usual
    same: Any = [Glyph(w.text, w.x0, w.x1, w.top, w.bottom, size) for w in words]
    x1 = max(word.x1 for word in words)
    if words[-1].text[-1] in "，。、；：）》】”":  # ink in the left half of the em only
        x1 += 0.5 * size
    top, bottom = min(w.top for w in words), max(w.bottom for w in words)
    return PrintedLine(_words_text(same), words[0].x0, x1, top, bottom, size, 0.0, width, first_word(words))


def _words_text(words: list[Glyph]) -> str:
    """Words as a line. Tesseract takes single Chinese characters for words and its boxes are rough, so beside a Chinese
    character only a gap of more than two characters counts; Latin words stand apart."""
    parts = [words[0].text]
    for before, word in pairwise(words):
        gap = (word.x0 - before.x1) / word.size
        wide = is_wide(before.text[-1]) or is_wide(word.text[0])
        if gap > 2 or not wide:
            parts.append(" " * min(20, max(1, round(gap * 2))) if gap > 2 else " ")
        parts.append(word.text)
    return "".join(parts)
