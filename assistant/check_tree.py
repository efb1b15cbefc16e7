"""What the parser made of a notice, as a tree to read in a terminal: headings, items, who acts, facts, warnings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from corpus.extract.contacts import masked
from corpus.structure.numbering import to_int

ROLES = {"lead": "牵头", "cooperate": "配合", "responsible": ""}
FACTS = {
    "deadline": "期限", "date": "日期", "theme": "主题", "contact": "联系", "place": "地点", "amount": "金额", "target": "指标",
    "photo": "照片", "attachment": "附件", "reference": "依据", "reporting": "报送",
}  # fmt: skip
_WORDS = 36  # code points of an item's words
_BODY = ("item", "paragraph", "preamble")

Json = dict[str, Any]


def tree(notice: Json) -> Iterator[str]:
    """Lines of the tree of one notice (:func:`corpus.as_json.outline`)."""
    shown: list[str] = []
    numbers = dict(_numbers(notice["sections"], ()))
    for passage in notice["passages"]:
        if passage["kind"] not in _BODY:
            continue
        path = passage["section_path"]
        for depth, heading in enumerate(path):
            if shown[depth : depth + 1] != [heading]:
                shown = [*shown[:depth], heading]
                yield f"{'  ' * depth}■ {numbers.get(tuple(path[: depth + 1]), '')}{heading}"
        shown = shown[: len(path)]
        yield f"{'  ' * len(path)}{_item(passage)}"
    for fact in notice["facts"]:
        yield f"· {FACTS.get(fact['kind'], fact['kind'])} {fact['kind']}: {listed(fact['kind'], fact['value'])}"


def listed(kind: str, value: str) -> str:
    """A fact's value in a list: contacts are masked there, and shown in full where a question asks for them."""
    return masked(value) if kind == "contact" else value


def _numbers(sections: list[Json], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """The number of each heading as printed; where it is missing or repaired, the one that it stands for: 〔2〕."""
    for section in sections:
        path = (*above, section["heading"])
        if section["heading"].startswith(section["printed_number"] or " "):  # the label of an attachment
            yield path, ""
            yield from _numbers(section["children"], path)
            continue
        printed, number = section["printed_number"] or "", section["number"]
        plain = printed and str(to_int(printed.strip("（()）、.． 第章节条部分"))) == (number or "").rpartition(".")[2]
        yield path, printed + ("" if plain or not number else f"〔{number}〕") + (" " if printed or number else "")
        yield from _numbers(section["children"], path)


def with_role(unit: Json) -> str:
    """A unit's name, and its role where it leads or cooperates: 区商务局（牵头）."""
    role = ROLES[unit["role"]]
    return f"{unit['name']}（{role}）" if role else str(unit["name"])


def _item(passage: Json) -> str:
    words = " ".join(passage["text"].split())
    words = words if len(words) <= _WORDS else words[: _WORDS - 1] + "…"
    units = "、".join(map(with_role, passage["units"]))
    return f"{words}  [{passage['number'] or '–'}]" + (f"  → {units}" if units else "")
