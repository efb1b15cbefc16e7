"""Automatic numbering of Word: the number that is printed in front of a paragraph, which its text does not hold.

ECMA-376 Part 1, 17.9: a paragraph names a ``num``, that an ``abstractNum``, whose levels say how they count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from docx.oxml.ns import qn

_HAN = "〇一二三四五六七八九"
_LEGAL = "零壹贰叁肆伍陆柒捌玖"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_FULL_STOPPED = {"chineseLegalSimplified": (_LEGAL, "拾佰仟")}
_MAX_STYLES = 20  # a chain of styles that is longer goes round in a circle
Element = Any


@dataclass(slots=True)
class _Level:
    format: str
    text: str
    start: int
    legal: bool
    restart: int | None


@dataclass
class Numbering:
    """Counts as Word does, paragraph by paragraph, in the order of the document."""

    numbering: Element | None
    styles: Element | None
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)
    _started: set[tuple[str, int]] = field(default_factory=set)

    def label(self, paragraph: Element) -> str:
        """The number printed in front of a paragraph; blank for none, and for bullets."""
        found = self._of(paragraph)
        if found is None or self.numbering is None:
            return ""
        number, depth = found
        levels, abstract, overrides = self._levels(number)
        level = levels.get(depth)
        if level is None or level.format == "none":
            return ""
        counts = self._counts.setdefault(abstract, {})
        if depth in overrides and (number, depth) not in self._started:
            counts.pop(depth, None)
        self._started.add((number, depth))
        counts[depth] = counts.get(depth, overrides.get(depth, level.start) - 1) + 1
        for deeper in [d for d in counts if d > depth and self._restarts(levels.get(d), depth)]:
            del counts[deeper]
        if level.format == "bullet":
            return ""
        text = level.text
        for n, other in sorted(levels.items(), reverse=True):
            value = counts.get(n, other.start)
            shown = str(value) if level.legal and n < depth else formatted(value, other.format)
            text = text.replace(f"%{n + 1}", shown)
        text = text.strip()
        return text if not text or text[-1] in "、）)．.，：:" else text + " "

    @staticmethod
    def _restarts(level: _Level | None, depth: int) -> bool:
        """Whether a level begins anew after one at ``depth``; a level may say never (0) or only after an outer one."""
        return level is None or level.restart is None or (level.restart != 0 and depth < level.restart)

    def _of(self, paragraph: Element) -> tuple[str, int] | None:
        """The ``num`` and the level of a paragraph: its own, else its style's."""
        properties = paragraph.find(qn("w:pPr"))
        own = properties.find(qn("w:numPr")) if properties is not None else None
        number, depth = _number_of(own)
        if number is None and properties is not None:
            style = properties.find(qn("w:pStyle"))
            for inherited, style_id in self._style_chain(style.get(qn("w:val")) if style is not None else None):
                number, level = _number_of(inherited)
                if number is not None:
                    depth = (
                        depth
                        if depth is not None
                        else self._level_of_style(number, style_id)
                        if level is None
                        else level
                    )
                    break
        return None if number in (None, "0") else (str(number), depth or 0)

    def _style_chain(self, style_id: str | None) -> Iterator[tuple[Element, str]]:
        for _ in range(_MAX_STYLES):
            style = self._styles.get(style_id or "")
            if style is None:
                return
            own = style.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
            if own is not None:
                yield own, str(style_id)
            based = style.find(qn("w:basedOn"))
            style_id = based.get(qn("w:val")) if based is not None else None

    def _level_of_style(self, number: str, style_id: str) -> int:
        """The level that is linked with a style."""
        abstract = self._abstract(number)
        for level in abstract.iterfind(qn("w:lvl")) if abstract is not None else ():
            style = level.find(qn("w:pStyle"))
            if style is not None and style.get(qn("w:val")) == style_id:
                return int(level.get(qn("w:ilvl"), "0"))
        return 0

    @cached_property
    def _styles(self) -> dict[str, Element]:
        found = self.styles.iterfind(qn("w:style")) if self.styles is not None else ()
        return {style.get(qn("w:styleId"), ""): style for style in found}

    @cached_property
    def _nums(self) -> dict[str, Element]:
        found = self.numbering.iterfind(qn("w:num")) if self.numbering is not None else ()
        return {num.get(qn("w:numId"), ""): num for num in found}

    @cached_property
    def _abstracts(self) -> dict[str, Element]:
        found = self.numbering.iterfind(qn("w:abstractNum")) if self.numbering is not None else ()
        return {abstract.get(qn("w:abstractNumId"), ""): abstract for abstract in found}

    def _abstract(self, number: str) -> Element | None:
        num = self._nums.get(number)
        identity = num.find(qn("w:abstractNumId")) if num is not None else None
        return self._abstracts.get(identity.get(qn("w:val"), "")) if identity is not None else None

    def _levels(self, number: str) -> tuple[dict[int, _Level], str, dict[int, int]]:
        """Levels by depth, the id that their counters are kept under, and the starts that this ``num`` sets anew."""
        abstract = self._abstract(number)
        if abstract is None:
            return {}, "", {}
        levels = {int(lvl.get(qn("w:ilvl"), "0")): _level(lvl) for lvl in abstract.iterfind(qn("w:lvl"))}
        overrides: dict[int, int] = {}
        for override in self._nums[number].iterfind(qn("w:lvlOverride")):
            depth = int(override.get(qn("w:ilvl"), "0"))
            own, start = override.find(qn("w:lvl")), override.find(qn("w:startOverride"))
            if own is not None:
                levels[depth] = _level(own)
            if start is not None:
                overrides[depth] = int(start.get(qn("w:val"), "1"))
        return levels, abstract.get(qn("w:abstractNumId"), ""), overrides


def _number_of(properties: Element | None) -> tuple[str | None, int | None]:
    if properties is None:
        return None, None
    number, depth = properties.find(qn("w:numId")), properties.find(qn("w:ilvl"))
    return (
        number.get(qn("w:val")) if number is not None else None,
        int(depth.get(qn("w:val"), "0")) if depth is not None else None,
    )


def _level(element: Element) -> _Level:
    def value(name: str, default: str) -> str:
        found = element.find(qn(name))
        return str(found.get(qn("w:val"), default)) if found is not None else default

    legal = element.find(qn("w:isLgl"))
    restart = element.find(qn("w:lvlRestart"))
    return _Level(
        value("w:numFmt", "decimal"),
        value("w:lvlText", ""),
        int(value("w:start", "1")),
        legal is not None and legal.get(qn("w:val"), "1") not in ("0", "false"),
        int(restart.get(qn("w:val"), "0")) if restart is not None else None,
    )


def formatted(value: int, form: str) -> str:
    """A count in one of Word's number formats (ST_NumberFormat); unknown ones are printed as decimals."""
    if form in (
        "chineseCounting",
        "chineseCountingThousand",
        "japaneseCounting",
        "taiwaneseCounting",
        "taiwaneseCountingThousand",
        "ideographDigital",
    ):
        return chinese(value)
    if form == "chineseLegalSimplified":
        return chinese(value, *_FULL_STOPPED[form])
    if form == "ideographTraditional":
        return _STEMS[(value - 1) % len(_STEMS)]
    if form == "ideographZodiac":
        return _BRANCHES[(value - 1) % len(_BRANCHES)]
    if form in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (value - 1) % 26) * ((value - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman"):
        return _roman(value).upper() if form == "upperRoman" else _roman(value)
    if form in ("decimalEnclosedCircle", "decimalEnclosedCircleChinese") and 1 <= value <= 20:
        return chr(ord("①") + value - 1)
    if form == "decimalEnclosedParen" and 1 <= value <= 20:
        return f"({value})"
    if form in ("decimalFullWidth", "decimalFullWidth2"):
        return str(value).translate({ord(str(d)): chr(ord("０") + d) for d in range(10)})
    if form == "decimalZero":
        return f"{value:02d}"
    return str(value)


def chinese(value: int, digits: str = _HAN, powers: str = "十百千") -> str:
    """A number up to 9999 in Chinese: 十一, 二十, 一百零三."""
    if value < 0 or value > 9999:
        return str(value)
    if value == 0:
        return digits[0]
    out, gap = "", False
    for power in range(3, -1, -1):
        digit = value // 10**power % 10
        if digit == 0:
            gap = bool(out)
            continue
        out += ("零" if gap else "") + digits[digit] + (powers[power - 1] if power else "")
        gap = False
    return out[1:] if out.startswith("一十") and digits == _HAN else out


def _roman(value: int) -> str:
    out = ""
    for number, letters in (
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ):
        while value >= number:
            out, value = out + letters, value - number
    return out
