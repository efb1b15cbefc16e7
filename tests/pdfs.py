"""PDF files written by hand, for what word processors do not write: hidden text, loops, fonts without a Unicode table."""

from __future__ import annotations

import itertools
import zlib
from dataclasses import dataclass, field

import numpy as np

A4 = (595, 842)
# A font that is not in the file; its predefined CMap names characters by UTF-16 codes.
SONG = (
    b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[<</Type/Font"
    b"/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>"
    b"/FontDescriptor<</Type/FontDescriptor/FontName/STSong-Light/Flags 4/FontBBox[0 -200 1000 900]/ItalicAngle 0"
    b"/Ascent 880/Descent -120/CapHeight 700/StemV 80>>/DW 1000>>]>>"
)
# Codes that mean glyphs of this font alone, and no table that says which characters they are.
NAMELESS = (
    b"<</Type/Font/Subtype/Type0/BaseFont/ABCDEF+Nameless/Encoding/Identity-H/DescendantFonts[<</Type/Font"
    b"/Subtype/CIDFontType2/BaseFont/ABCDEF+Nameless/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
    b"/FontDescriptor<</Type/FontDescriptor/FontName/ABCDEF+Nameless/Flags 4/FontBBox[0 -200 1000 900]/ItalicAngle 0"
    b"/Ascent 880/Descent -120/CapHeight 700/StemV 80>>/DW 1000>>]>>"
)
# The same with a table that gives every code its own number as character.
NAMED = NAMELESS.replace(b"Nameless", b"Named").replace(b"/DescendantFonts", b"/ToUnicode 6 0 R/DescendantFonts")
_CMAP = (
    b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /T def /CMapType 2 def\n"
    b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
    b"3 beginbfrange <2E80> <2EFF> <2E80> <2F00> <2FFF> <2F00> <4E00> <4EFF> <4E00> endbfrange\n"
    b"endcmap CMapName currentdict /CMap defineresource pop end end\n"
)


def text(x: float, y: float, words: str, size: float = 16, before: str = "", font: str = "S") -> str:
    """Words at a point, ``y`` points from the page's foot. ``before``: operators such as ``3 Tr`` or ``1 1 1 rg``."""
    return f"q BT {before} /{font} {size} Tf {x} {y} Td <{words.encode('utf-16-be').hex()}> Tj ET Q\n"


def paragraph(y: float, lines: list[str], x: float = 90, size: float = 16, pitch: float = 28) -> str:
    """Lines below one another, the first one indented by two characters."""
    return "".join(text(x + (2 * size if n == 0 else 0), y - n * pitch, line, size) for n, line in enumerate(lines))


def grid(x: float, y: float, widths: list[float], height: float, rows: list[list[str]], size: float = 12) -> str:
    """A ruled table whose top left corner is at ``(x, y)``."""
    right, bottom = x + sum(widths), y - height * len(rows)
    lines = [f"{x} {y - height * n} m {right} {y - height * n} l S\n" for n in range(len(rows) + 1)]
    edges = [x + sum(widths[:n]) for n in range(len(widths) + 1)]
    lines += [f"{edge} {y} m {edge} {bottom} l S\n" for edge in edges]
    for n, row in enumerate(rows):
        for edge, cell in zip(edges, row, strict=False):
            for k, line in enumerate(cell.split("\n")):
                lines.append(text(edge + 4, y - height * n - 1.3 * size * (k + 1), line, size))
    return "".join(lines)


@dataclass
class Pdf:
    """Pages by their content streams; ``extra`` holds further objects, numbered from 100 on."""

    pages: list[str] = field(default_factory=list)
    sizes: dict[int, tuple[float, float]] = field(default_factory=dict)
    entries: dict[int, str] = field(default_factory=dict)  # what else a page's dictionary says
    xobjects: str = ""
    extra: dict[int, bytes] = field(default_factory=dict)
    trailer: str = ""

    def page(self, content: str, size: tuple[float, float] = A4, entry: str = "") -> Pdf:
        self.sizes[len(self.pages)], self.entries[len(self.pages)] = size, entry
        self.pages.append(content)
        return self

    def image(self, name: str, number: int, width: int, height: int, grey: bytes) -> Pdf:
        """A grey image that content streams draw by ``/name Do``."""
        data = zlib.compress(grey)
        head = (
            f"<</Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace/DeviceGray/BitsPerComponent 8"
            f"/Filter/FlateDecode/Length {len(data)}>>stream\n"
        )
        self.extra[number] = head.encode() + data + b"\nendstream"
        self.xobjects += f"/{name} {number} 0 R "
        return self

    def bytes(self) -> bytes:
        objects: dict[int, bytes] = {1: b"<</Type/Catalog/Pages 2 0 R>>", 3: SONG, 4: NAMELESS, 5: NAMED}
        objects[6] = b"<</Length %d>>stream\n" % len(_CMAP) + _CMAP + b"endstream"
        kids = []
        for n, content in enumerate(self.pages):
            number = 10_000 + 2 * n
            kids.append(f"{number} 0 R")
            width, height = self.sizes[n]
            objects[number] = (
                f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width} {height}]/Contents {number + 1} 0 R{self.entries[n]}"
                f"/Resources<</Font<</S 3 0 R/N 4 0 R/R 5 0 R>>/XObject<<{self.xobjects}>>>>>>"
            ).encode()
            data = content.encode("latin-1")
            objects[number + 1] = b"<</Length %d>>stream\n" % len(data) + data + b"endstream"
        objects[2] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>".encode()
        objects.update(self.extra)
        out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), {}
        for number, body in sorted(objects.items()):
            places[number] = len(out)
            out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
        start = len(out)
        out += b"xref\n0 1\n0000000000 65535 f \n"
        for number, place in sorted(places.items()):
            out += b"%d 1\n%010d 00000 n \n" % (number, place)
        out += f"trailer<</Size {max(objects) + 1}/Root 1 0 R{self.trailer}>>\nstartxref\n{start}\n%%EOF\n".encode()
        return bytes(out)


def outline(nodes: int, words: str, last: bytes = b"") -> bytes:
    """A page, and an outline of so many entries one behind the other, in compressed object streams.

    :param last: what the last entry says of its place, such as ``/Next 1000 0 R`` for a loop
    """
    first, each = 1000, 20_000  # number of the first entry; entries in one stream
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Resources<</Font<</S 3 0 R>>>>>>"
    content = text(90, 700, words).encode()
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R/Outlines 6 0 R/PageMode/UseOutlines>>", 2: b"<</Type/Pages/Count 1/Kids[4 0 R]>>",
        3: SONG, 4: page, 5: b"<</Length %d>>stream\n" % len(content) + content + b"endstream",
        6: b"<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>" % (first, first + nodes - 1, nodes),
    }  # fmt: skip
    table = np.zeros(first + nodes, [("kind", "u1"), ("place", ">u4"), ("index", ">u2")])
    table["kind"][first:] = 2
    for stream, begin in enumerate(range(0, nodes, each), 10):
        end = min(begin + each, nodes)
        bodies = [b"<</Title(x)/Parent 6 0 R/Next %d 0 R>>" % n for n in range(first + begin + 1, first + end + 1)]
        if end == nodes:
            bodies[-1] = b"<</Title(x)/Parent 6 0 R%s>>" % last
        places = itertools.accumulate(map(len, bodies), initial=0)
        head = b"".join(
            b"%d %d " % numbered for numbered in zip(range(first + begin, first + end), places, strict=False)
        )
        data = zlib.compress(head + b"".join(bodies), 1)
        says = b"<</Type/ObjStm/N %d/First %d/Filter/FlateDecode/Length %d>>" % (len(bodies), len(head), len(data))
        objects[stream] = says + b"stream\n" + data + b"\nendstream"
        table["place"][first + begin : first + end] = stream
        table["index"][first + begin : first + end] = np.arange(len(bodies))
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    for number, body in sorted(objects.items()):
        table[number] = (1, len(out), 0)
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    data = zlib.compress(table.tobytes(), 1)
    xref = len(out)
    out += b"%d 0 obj\n<</Type/XRef/Size %d/W[1 4 2]/Root 1 0 R/Filter/FlateDecode/Length %d>>stream\n" % (
        first - 1, first + nodes, len(data),
    )  # fmt: skip
    out += data + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % xref
    return bytes(out)
