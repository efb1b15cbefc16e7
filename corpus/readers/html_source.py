"""From bytes to an HTML tree: character set, template code, the parser and its limits."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from lxml import etree

from corpus.errors import UnreadableFile
from corpus.readers.chinese_bytes import COMMON, decode_chinese, share_common

MAX_DEPTH = 2048  # libxml2's own limit on nested elements; what lies deeper would be lost
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_\-:]{2,30})", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Browsers read these names as their supersets (WHATWG Encoding Standard, "names and labels").
_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030", "big5": "big5hkscs"}
_DAMAGED = 20  # one undecodable character in so many is damage; more is another encoding or no text
# Template code that a server would have run: JSP, ASP and PHP.
_TEMPLATES = {"<%--": "--%>", "<%": "%>", "<?php": "?>", "<?=": "?>", "<?xml": "?>"}
_OPENING = re.compile("|".join(map(re.escape, _TEMPLATES)), re.IGNORECASE)
_PLACEHOLDER = re.compile(r"[$#]\{[^{}\n]{0,200}\}")


def characters(data: bytes) -> str:
    """The characters of a page: byte-order mark, then the charset it declares, then UTF-8 and GB18030.

    :raises UnreadableFile: none of them fits
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, "replace")
    if data[:4096].count(0) > len(data[:4096]) // 8:
        return data.decode("utf-16-le" if data[1:4096:2].count(0) > data[0:4096:2].count(0) else "utf-16-be", "replace")
    # UTF-8 first: text of another character set is hardly ever valid UTF-8, and declarations are often wrong.
    tried = list(dict.fromkeys(["utf-8", *_declared(data), "gb18030"]))
    for encoding in tried:
        try:
            text = data.decode(encoding)
            if encoding == "utf-8" or share_common(text) >= COMMON:
                return text
            return decode_chinese(data) or text  # most likely a page in Big5 that does not say so
        except UnicodeDecodeError:
            if encoding == "utf-8" and _nearly_utf8(text := data.decode("utf-8", "replace")):
                return text
    best = min((data.decode(encoding, "replace") for encoding in tried), key=lambda text: text.count("\ufffd"))
    if best.count("\ufffd") * _DAMAGED > len(best):
        raise UnreadableFile(
            f"an HTML page that is none of {', '.join(tried)}; open it in a browser and save it as UTF-8"
        )
    return best


def _nearly_utf8(text: str) -> bool:
    """Whether UTF-8 has come out of decoding with a damaged byte here and there."""
    foreign = sum(ch > "\x7f" for ch in text)
    return text.count("\ufffd") * _DAMAGED <= foreign


def _declared(data: bytes) -> Iterator[str]:
    match = _META.search(data, 0, 8192)
    name = match.group(1).decode("ascii").lower() if match else ""
    try:
        codec = codecs.lookup(_SUPERSETS.get(name, name)).name if name else ""
    except LookupError:
        return
    # A page of ASCII bytes that says latin-1 by habit; UTF-16 cannot be declared in ASCII bytes.
    if codec and not codec.startswith(("utf-16", "utf-32", "iso8859-1", "cp1252", "ascii")):
        yield codec


def tree(page: str) -> etree._Element | None:
    """The tree of a page, or None where it holds no element at all. Nothing is fetched, no entity is defined.

    :raises UnreadableFile: elements are nested deeper than ``MAX_DEPTH``
    """
    page = _PLACEHOLDER.sub("", _without_templates(page)).replace("\0", "")
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True, recover=True
    )
    try:
        root = etree.fromstring(page.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        if error.msg and "Document is empty" in error.msg:
            return None
        raise UnreadableFile(f"a damaged HTML page ({error.msg}); save it again from a browser") from error
    if any("depth" in entry.message for entry in parser.error_log):
        raise UnreadableFile(
            f"HTML elements nested deeper than {MAX_DEPTH}; open the page in a browser and save its text as .txt"
        )
    return root


def _without_templates(page: str) -> str:
    """The page without template code; an opening that nothing closes is text. Linear in the page's length."""
    kept: list[str] = []
    position = 0
    unclosed: set[str] = set()
    for opening in _OPENING.finditer(page):
        if opening.start() < position:
            continue
        closing = _TEMPLATES[opening.group().lower()]
        end = -1 if closing in unclosed else page.find(closing, opening.end())
        if end < 0:
            unclosed.add(closing)
            continue
        kept.append(page[position : opening.start()])
        position = end + len(closing)
    return "".join(kept) + page[position:]
