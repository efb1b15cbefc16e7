"""The JSON shapes of notices, passages, units and facts (the contract of the command line and of HTTP)."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from corpus.types import Fact, Finding, Header, Notice, Passage, Section, Unit

Json = dict[str, Any]
_UNIT = tuple(field.name for field in fields(Unit))  # asdict copies deeply, and answers hold many


def unit(value: Unit) -> Json:
    """A unit: name, canonical, level, place, role, start, end."""
    return {name: getattr(value, name) for name in _UNIT}


def passage(value: Passage) -> Json:
    """A passage, its units included."""
    return {
        "passage_id": value.passage_id,
        "kind": value.kind,
        "section_path": list(value.section_path),
        "number": value.number,
        "printed_number": value.printed_number,
        "start": value.start,
        "end": value.end,
        "text": value.text,
        "units": [unit(u) for u in value.units],
    }


def section(value: Section) -> Json:
    """A section and those below it; ``start``/``end`` span its heading line."""
    return {
        "heading": value.heading,
        "number": value.number,
        "printed_number": value.printed_number,
        "level": value.level,
        "start": value.start,
        "end": value.end,
        "children": [section(child) for child in value.children],
    }


def header(value: Header) -> Json:
    """Header fields."""
    return asdict(value)


def fact(value: Fact) -> Json:
    """A fact with its quote."""
    return asdict(value)


def finding(value: Finding) -> Json:
    """A warning about the document."""
    return asdict(value)


def card(value: Notice) -> Json:
    """A notice without its text: id, source, header fields, warnings."""
    return {
        "notice_id": value.notice_id,
        "source": value.source,
        **header(value.header),
        "warnings": [finding(f) for f in value.findings],
    }


def notice(value: Notice) -> Json:
    """A whole notice."""
    return {**outline(value), "text": value.text}


def outline(value: Notice) -> Json:
    """A whole notice but for its text: what the parser made of it."""
    return {
        **card(value),
        "sections": [section(s) for s in value.sections],
        "passages": [passage(p) for p in value.passages],
        "facts": [fact(f) for f in value.facts],
        "furniture": [{"start": s.start, "end": s.end} for s in value.furniture],
        "pages": list(value.pages),
    }
