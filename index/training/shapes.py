"""``python -m index.training.shapes FONT > index/data/shapes.tsv``: which characters of GB 2312 look alike.

Each is drawn, blurred and compared with all others by the cosine of what is left; only the list of neighbours is kept.
"""

from __future__ import annotations

import sys

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

ALIKE, SURE, MOST = 0.75, 0.86, 5  # a neighbour: above SURE, or above ALIKE and among the MOST likest of one of both
_SIZE, _CANVAS, _KEPT, _BLUR = 64, 72, 36, 2.0  # pixels
_HEAD = """# Characters that look alike, the likest first: written by `python -m index.training.shapes FONT`.
# Font: {font}; cosine of blurred drawings above {sure}, or above {alike} for the {most} likest.
"""


def characters() -> list[str]:
    """The 6,763 characters of GB 2312."""
    cells = [bytes([a, b]) for a in range(0xB0, 0xF8) for b in range(0xA1, 0xFF)]
    return [cell.decode("gb2312") for cell in cells if not (cell[0] == 0xD7 and cell[1] > 0xF9)]


def drawn(font: ImageFont.FreeTypeFont, texts: list[str]) -> npt.NDArray[np.float32]:
    """float32 [n, pixels]: blurred drawings without their mean, of unit length."""
    out = np.empty((len(texts), _KEPT * _KEPT), np.float32)
    for row, text in enumerate(texts):
        image = Image.new("L", (_CANVAS, _CANVAS), 0)
        ImageDraw.Draw(image).text((4, -8), text, font=font, fill=255)
        small = image.filter(ImageFilter.GaussianBlur(_BLUR)).resize((_KEPT, _KEPT), Image.Resampling.BILINEAR)
        pixels = np.asarray(small, np.float32).ravel()
        out[row] = pixels - pixels.mean()
    return np.asarray(out / np.linalg.norm(out, axis=1, keepdims=True), np.float32)


def neighbours(likeness: npt.NDArray[np.float32]) -> list[list[int]]:
    """The places of each row's neighbours, the likest first. A neighbour's neighbour is the row itself.

    :param likeness: float32 [n, n], symmetric
    """
    likeness = likeness.copy()
    np.fill_diagonal(likeness, -1.0)
    close = likeness >= SURE
    near = np.argsort(-likeness, axis=1, kind="stable")[:, :MOST]
    for row, others in enumerate(near):
        close[row, others] |= likeness[row, others] >= ALIKE
    close |= close.T
    return [sorted(np.flatnonzero(row).tolist(), key=lambda j: -likeness[i, j]) for i, row in enumerate(close)]


def main() -> int:
    """Print the table; the font is a file, an index behind a colon names a face of a collection."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    path, _, face = sys.argv[1].partition(":")
    font = ImageFont.truetype(path, _SIZE, index=int(face or 0))
    every = characters()
    pictures = drawn(font, every)
    sys.stdout.write(_HEAD.format(font=" ".join(map(str, font.getname())), sure=SURE, alike=ALIKE, most=MOST))
    for character, others in zip(every, neighbours(pictures @ pictures.T), strict=True):
        if others:
            print(character, "".join(every[j] for j in others), sep="\t")
    return 0


if __name__ == "__main__":
    sys.exit(main())
