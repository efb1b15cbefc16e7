"""Question sets: JSON Lines with the passages that answer, as ``../shared/questions/SCHEMA.md`` describes them.

Relevance lies on a notice and a stretch of its words, not on a passage, so that labels survive another splitting. A
label may carry ``start``, ``end`` and ``relevance`` beside its quote; the quote is what counts where they differ.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.batch import question_of
from assistant.errors import AssistantError
from assistant.types import Question
from eval.errors import BadDataset
from eval.formats.lines import read_objects, read_text, write_text
from index.errors import BadQuery

KINDS = ("units", "activities", "lookup", "fact", "compare", "count", "summary", "tasks", "anomaly", "abstain", "followup")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Label:
    """Words that answer a question. ``notice`` is a file's name, its stem, or the beginning of it (``"000"``)."""

    notice: str
    quote: str
    units: tuple[str, ...] = ()
    start: int | None = None
    end: int | None = None
    relevance: int = 1


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with everything that a right answer must hold.

    ``gold``: every passage that must be cited; ``optional``: those that may be. ``units``: the accepted names of each
    expected unit. ``contains``: the accepted spellings of each required fact. No gold: nothing answers it.
    """

    question_id: str
    kind: str
    asked: Question
    gold: tuple[Label, ...]
    optional: tuple[Label, ...] = ()
    units: tuple[tuple[str, ...], ...] = ()
    contains: tuple[tuple[str, ...], ...] = ()
    slices: dict[str, str] = field(default_factory=dict)
    line: dict[str, Any] = field(default_factory=dict, repr=False)


def load(path: Path, optional: Path | None = None, labelled: bool = True) -> tuple[Judged, ...]:
    """The questions of a file; optional labels from ``optional``, else from ``NAME_optional.jsonl`` where it is there.

    :param labelled: without, questions need no labels: they are to be labelled

    :raises BadDataset: a file or a line of it is missing or broken
    """
    if not path.is_file():
        raise BadDataset(f"no file {path}; name a question set (JSON Lines)")
    beside = optional or path.with_name(f"{path.stem}_optional.jsonl")
    if optional is not None and not optional.is_file():
        raise BadDataset(f"no file {optional}; check the path")
    extra = {}
    if beside.is_file():
        for place, identity, value in read_objects(beside, "id"):
            extra[identity] = _labels(place, value, "optional")
    questions = []
    for place, identity, value in read_objects(path, "id"):
        more = _labels(place, value, "optional") + extra.pop(identity, ())
        questions.append(_judged(place, identity, value, more, labelled))
    if not questions:
        raise BadDataset(f"{path} holds no questions; add some")
    if extra:
        raise BadDataset(f"{beside}: optional labels for {', '.join(sorted(extra))}, which {path.name} does not hold")
    return tuple(questions)


def write(path: Path, questions: Iterable[Judged]) -> None:
    """Write questions as they were read, with their labels as they are now, optional ones in the same line."""
    write_text(path, (json.dumps(_line(question), ensure_ascii=False) + "\n" for question in questions), BadDataset)


def _line(question: Judged) -> dict[str, Any]:
    optional = {"optional": [label_json(label) for label in question.optional]} if question.optional else {}
    return {**question.line, "gold": [label_json(label) for label in question.gold], **optional}


def label_json(label: Label) -> dict[str, Any]:
    """A label in the form of a question set."""
    value: dict[str, Any] = {"notice": label.notice, "quote": label.quote, "units": list(label.units)}
    if label.start is not None:
        value |= {"start": label.start, "end": label.end}
    return value if label.relevance == 1 else value | {"relevance": label.relevance}


def _judged(place: str, identity: str, value: dict[str, Any], optional: tuple[Label, ...], labelled: bool) -> Judged:
    kind = read_text(place, value, "kind", "lookup")
    if kind not in KINDS:
        raise BadDataset(f'{place}: "kind" {kind!r} is none of {", ".join(KINDS)}')
    try:
        asked = question_of({key: value.get(key) for key in ("question", "history", "filters")})
    except (AssistantError, BadQuery) as error:
        raise BadDataset(f"{place}: {error}") from error
    if not asked.text.strip():
        raise BadDataset(f"{place}: a blank question; write it or remove the line")
    gold = _labels(place, value, "gold")
    if labelled and bool(gold) == (kind == "abstain"):
        raise BadDataset(f'{place}: a question of kind abstain has no "gold", every other has some')
    units, contains = _names(place, value, "units"), _names(place, value, "answer_contains")
    sorted_by = {"kind": kind, **{key: value[key] for key in ("lang", "difficulty") if isinstance(value.get(key), str)}}
    return Judged(identity, kind, asked, gold, optional, units, contains, sorted_by, value)


def _labels(place: str, value: dict[str, Any], key: str) -> tuple[Label, ...]:
    labels = value.get(key) or []
    if not isinstance(labels, list) or not all(isinstance(label, dict) for label in labels):
        raise BadDataset(f'{place}: "{key}" must be a list of objects such as {{"notice": "000", "quote": "…"}}')
    return tuple(_label(place, label) for label in labels)


def _label(place: str, value: dict[str, Any]) -> Label:
    notice, quote = read_text(place, value, "notice"), read_text(place, value, "quote")
    if not quote.strip():
        raise BadDataset(f'{place}: a label for notice {notice!r} with a blank "quote"; quote the words that answer')
    units = value.get("units") or []
    if not isinstance(units, list) or not all(isinstance(unit, str) for unit in units):
        raise BadDataset(f'{place}: "units" of a label must be a list of names')
    start, end, relevance = value.get("start"), value.get("end"), value.get("relevance", 1)
    numbers = [n for n in (start, end, relevance) if n is not None]
    if any(not isinstance(n, int) or isinstance(n, bool) or n < 0 for n in numbers) or (start is None) != (end is None):
        raise BadDataset(f'{place}: "start", "end" (both or none) and "relevance" must be whole numbers from 0 on')
    return Label(notice, quote, tuple(units), start, end, relevance)


def _names(place: str, value: dict[str, Any], key: str) -> tuple[tuple[str, ...], ...]:
    names = value.get(key) or []
    if not isinstance(names, list) or not all(
        isinstance(group, list) and group and all(isinstance(name, str) and name.strip() for name in group)
        for group in names
    ):
        raise BadDataset(f'{place}: "{key}" must be a list of lists of spellings, such as [["市公安局", "公安局"]]')
    return tuple(tuple(group) for group in names)
