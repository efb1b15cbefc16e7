"""The citation checker: what an answer says in quotation marks must stand in the notice, at the place it names.

For an answer made of quotes, being supported is being the same string, so it is decided and not judged. The answer is
taken as JSON (design.md §4), so that any program that gives this shape can be checked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from corpus.types import Notice

Code = Literal[
    "not_verbatim", "unknown_notice", "unknown_passage", "outside_passage", "unresolved_mark", "unused_citation",
    "misquoted", "uncited_line", "unit_not_cited",
]  # fmt: skip
_MARK = re.compile(r"\[(\d{1,3})\]")
_ITEM = re.compile(r"(?m)^(?=- )")  # an item goes on to the next one: a quote may hold line breaks


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with an answer's citations; ``number`` is the citation's mark, 0 where none is concerned."""

    code: Code
    number: int
    words: str

    def __str__(self) -> str:
        return f"{self.code} [{self.number}] {self.words}" if self.number else f"{self.code} {self.words}"


def check(answer: Mapping[str, Any], notices: Mapping[str, Notice]) -> list[Fault]:
    """All faults of an answer's citations; none when every claim can be followed to the words that make it.

    :param notices: the notices by id, as they were when the answer was given
    """
    citations = answer.get("citations", [])
    faults = [fault for citation in citations for fault in _check_place(citation, notices)]
    faults += _check_marks(answer, citations)
    faults += _check_words(answer, {c["number"]: c["quote"] for c in citations})
    return faults


def verbatim(answer: Mapping[str, Any], notices: Mapping[str, Notice]) -> float:
    """Share of citations with ``notice.text[start:end] == quote``; 0 when marks and citations do not match each other."""
    citations = answer.get("citations", [])
    if not citations:
        return 1.0
    if marks_of(answer) != {citation["number"] for citation in citations}:
        return 0.0
    return sum(_is_verbatim(citation, notices) for citation in citations) / len(citations)


def marks_of(answer: Mapping[str, Any]) -> set[int]:
    """The numbers that the answer's text and table name. A quote's own bracketed numbers, as in [2021], are none."""
    bare = _without_quotes(answer["answer"], [citation["quote"] for citation in answer.get("citations", [])])
    rows = (answer.get("table") or {}).get("rows", [])
    return {int(mark) for mark in _MARK.findall(bare)} | {number for row in rows for number in row["citations"]}


def _without_quotes(text: str, quotes: Sequence[str]) -> str:
    for quote in sorted(quotes, key=len, reverse=True):
        text = text.replace(quote, "")
    return text


def _is_verbatim(citation: Mapping[str, Any], notices: Mapping[str, Notice]) -> bool:
    notice = notices.get(citation["notice_id"])
    quote, start, end = citation["quote"], citation["start"], citation["end"]
    return notice is not None and bool(quote.strip()) and start >= 0 and notice.text[start:end] == quote


def _check_place(citation: Mapping[str, Any], notices: Mapping[str, Notice]) -> list[Fault]:
    number, quote = citation["number"], citation["quote"]
    notice = notices.get(citation["notice_id"])
    if notice is None:
        return [Fault("unknown_notice", number, citation["notice_id"])]
    faults = [] if _is_verbatim(citation, notices) else [Fault("not_verbatim", number, quote)]
    passage = next((p for p in notice.passages if p.passage_id == citation["passage_id"]), None)
    if passage is None:
        return [*faults, Fault("unknown_passage", number, citation["passage_id"])]
    spans = [(passage.start, passage.end), *((h.start, h.end) for h in passage.headings)]
    if not any(start <= citation["start"] and citation["end"] <= end for start, end in spans):
        faults.append(Fault("outside_passage", number, quote))
    return faults


def _check_marks(answer: Mapping[str, Any], citations: Sequence[Mapping[str, Any]]) -> list[Fault]:
    marks, numbers = marks_of(answer), {citation["number"] for citation in citations}
    faults = [Fault("unresolved_mark", number, "") for number in sorted(marks - numbers)]
    return faults + [Fault("unused_citation", number, "") for number in sorted(numbers - marks)]


def _check_words(answer: Mapping[str, Any], quotes: Mapping[int, str]) -> list[Fault]:
    """Quotation marks before a mark hold that citation's words; every list line is cited, every unit of a table, too.

    Blanks do not count: an answer shows a quote on one line, wherever the notice breaks it.
    """
    text = _squeeze(answer["answer"])
    for number, quote in quotes.items():
        text = text.replace(f"“{_squeeze(quote)}”[{number}]", "")  # said as it stands
    bare = _without_quotes(text, [_squeeze(quote) for quote in quotes.values()])
    faults = [
        Fault("misquoted", int(match[1]), bare[: match.start()][-40:])
        for match in _MARK.finditer(bare)
        if bare[: match.start()].endswith("”")
    ]
    if not answer.get("abstained"):
        items = [item for item in _ITEM.split(answer["answer"]) if item.startswith("- ")]
        faults += [Fault("uncited_line", 0, item[:40]) for item in items if not _MARK.search(item)]
    for row in (answer.get("table") or {}).get("rows", []):
        unit = row["cells"].get("unit")
        if unit and not any(unit in quotes.get(number, "") for number in row["citations"]):
            faults.append(Fault("unit_not_cited", 0, unit))
    return faults


def _squeeze(text: str) -> str:
    return "".join(text.split())
