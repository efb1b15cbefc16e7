"""Which of the two-byte encodings a Chinese text is in: nearly all bytes are valid in several of them.

What tells is what comes out: a notice is made of the characters of everyday use, and these stand in the first levels of
GB 2312 and Big5. Bytes read in the wrong encoding give characters that hardly anybody writes.
"""

from __future__ import annotations

from functools import cache

COMMON = 0.65  # share of everyday characters from which a decoding is believed: of notices 0.81 to 1, of wrong ones below 0.45
_ENCODINGS = ("gb18030", "big5hkscs", "utf-16-le", "utf-16-be")
_ENOUGH = 4  # characters beyond ASCII; of fewer nothing can be said
_SAMPLE = 20_000  # characters that are looked at
_PUNCTUATION = range(0x3000, 0x3030)  # of CJK; forms of full width follow
_WIDE = range(0xFF00, 0xFFF0)


def decode_chinese(data: bytes) -> str | None:
    """The text in GB 18030, Big5 or UTF-16 without a mark, whichever reads as Chinese; None where none does.

    Other languages than Chinese are not looked for, and Korean bytes (EUC-KR) happen to be everyday Chinese.
    """
    read = [(share_common(text), text) for text in (_decoded(data, encoding) for encoding in _ENCODINGS) if text]
    if not read:
        return None
    share, text = max(read, key=lambda pair: pair[0])  # the first of equals
    return text if share >= COMMON else None


def share_common(text: str) -> float:
    """Of the characters beyond ASCII, the share that everyday Chinese is written with: 1 where there are hardly any."""
    foreign = [ch for ch in text[:_SAMPLE] if ch > "\x7f"]
    if len(foreign) < _ENOUGH:
        return 1.0
    return sum(ch in _everyday() or ord(ch) in _PUNCTUATION or ord(ch) in _WIDE for ch in foreign) / len(foreign)


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return ""


@cache
def _everyday() -> frozenset[str]:
    """First levels of GB 2312 (simplified) and Big5 (traditional), the symbols of GB 2312, and its list marks ①, Ⅰ, ⒈."""
    gb = ((high, low) for high in (*range(0xA1, 0xA4), *range(0xB0, 0xD8)) for low in range(0xA1, 0xFF))
    big5 = ((high, low) for high in range(0xA4, 0xC7) for low in (*range(0x40, 0x7F), *range(0xA1, 0xFF)))
    found = {bytes(pair).decode("gb2312", "ignore") for pair in gb}
    return frozenset(found | {bytes(pair).decode("big5", "ignore") for pair in big5}) - {""}
