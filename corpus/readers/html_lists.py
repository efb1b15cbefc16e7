"""The printed numbers of ordered lists, which HTML leaves to the browser."""

from __future__ import annotations

import re

from lxml import etree

_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([a-z-]+)", re.IGNORECASE)
_HAN = "〇一二三四五六七八九"
# Classes of UEditor, the editor of most Chinese content systems (its option insertorderedlist).
_UEDITOR = {"cn": "{han}、", "cn1": "{han}）", "cn2": "（{han}）", "num": "{n}、", "num1": "{n}）", "num2": "（{n}）"}
_CUSTOM = re.compile(r"custom_(cn2?|cn1|num[12]?)\b")
_TYPES = {"1": "{n}. ", "a": "{low}. ", "A": "{up}. ", "i": "{rom}. ", "I": "{ROM}. "}
_STYLES = {
    "decimal": "{n}. ", "decimal-leading-zero": "{n}. ", "lower-alpha": "{low}. ", "lower-latin": "{low}. ",
    "upper-alpha": "{up}. ", "upper-latin": "{up}. ", "lower-roman": "{rom}. ", "upper-roman": "{ROM}. ",
    "cjk-ideographic": "{han}、", "simp-chinese-informal": "{han}、", "simp-chinese-formal": "{han}、",
    "trad-chinese-informal": "{han}、", "cjk-decimal": "{han}、", "none": "", "disc": "", "circle": "", "square": "",
}  # fmt: skip
_ROMAN = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_OWN = re.compile(
    r"\s*(?:[（(]?[\d０-９一二三四五六七八九十]{1,3}[、.．）)]|第[\d一二三四五六七八九十百]+[条章]|[①-⑳])"
)


class OrderedList:
    """Counts the items of one ``<ol>`` and prints their numbers."""

    def __init__(self, element: etree._Element) -> None:
        self._pattern = _pattern(element)
        self._step = -1 if element.get("reversed") is not None else 1
        items = sum(child.tag == "li" for child in element) if self._step < 0 else 0
        self._next = _integer(element.get("start"), items if self._step < 0 else 1)

    def label(self, item: etree._Element) -> str:
        """The number in front of ``item``; empty where the list shows none or the text has its own."""
        value = _integer(item.get("value"), self._next)
        self._next = value + self._step
        own = _STYLE.search(item.get("style") or "")
        pattern = _STYLES.get(own.group(1).lower(), self._pattern) if own else self._pattern
        if not pattern or _OWN.match(_beginning(item)):
            return ""
        return pattern.format(
            n=value, han=han(value), low=_letters(value), up=_letters(value).upper(), rom=_roman(value),
            ROM=_roman(value).upper(),
        )  # fmt: skip


def han(value: int) -> str:
    """A number below 1000 in Chinese numerals (二十三); others in digits."""
    if not 0 < value < 1000:
        return str(value)
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    text = f"{_HAN[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else _HAN[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (_HAN[ones] if ones else "")


def _pattern(element: etree._Element) -> str:
    custom = _CUSTOM.search(element.get("class") or "")
    if custom:
        return _UEDITOR[custom.group(1)]
    style = _STYLE.search(element.get("style") or "")
    if style and style.group(1).lower() in _STYLES:
        return _STYLES[style.group(1).lower()]
    return _TYPES.get(element.get("type") or "1", _TYPES["1"])


def _integer(text: str | None, default: int) -> int:
    try:
        return max(-(10**6), min(int(text or ""), 10**6))
    except ValueError:
        return default


def _letters(value: int) -> str:
    text = ""
    while value > 0:
        value, digit = divmod(value - 1, 26)
        text = chr(ord("a") + digit) + text
    return text or "0"


def _roman(value: int) -> str:
    if not 0 < value < 400:
        return str(value)
    text = ""
    for weight, letters in _ROMAN:
        count, value = divmod(value, weight)
        text += letters * count
    return text


def _beginning(item: etree._Element) -> str:
    text = ""
    for piece in item.itertext():
        text += piece.strip()
        if len(text) > 8:
            break
    return text
