"""Measures of one answer against what a right one must hold, as ``../shared/questions/score.py`` defines them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eval.answers import citations
from eval.collection import Collection
from eval.formats.questions import Judged, Label

#: In the order that tables show them. ``sound``: the citation checker finds nothing.
MEASURES = (
    "right", "verbatim", "sound", "abstain", "unit_precision", "unit_recall", "unit_f1", "gold_recall",
    "cite_precision", "facts",
)  # fmt: skip
_PLACE = re.compile(r"[一-鿿]{2,3}[省市]")  # 天津市教委 and 教委 are one


def score(judged: Judged, answer: Mapping[str, Any], collection: Collection) -> tuple[dict[str, float], list[str]]:
    """Values by measure, and what is wrong in words.

    right: verbatim, the decision to answer right, unit F1 1 (kind units), gold recall 1, citation precision at least
    0.5 and all facts there. Measures that do not apply to a question are left out.
    """
    faults = citations.check(answer, collection.notices)
    notes = [str(fault) for fault in faults]
    values = {
        "verbatim": citations.verbatim(answer, collection.notices),
        "sound": float(not faults),
        "abstain": float(bool(answer.get("abstained")) == (judged.kind == "abstain")),
    }
    if not values["abstain"]:
        notes.append("answered what nothing answers" if judged.kind == "abstain" else "abstained")
    values |= _passages(judged, answer, collection, notes)
    if judged.contains:
        text = _squeeze(answer["answer"] + json.dumps(answer.get("table") or "", ensure_ascii=False))
        missing = [group[0] for group in judged.contains if not any(_squeeze(name) in text for name in group)]
        values["facts"] = 1 - len(missing) / len(judged.contains)
        notes += [f"fact missing: {name}" for name in missing]
    if judged.kind == "units":
        values |= _units(judged, answer, collection, notes)
    whole = ("verbatim", "abstain", "gold_recall", "facts", "unit_f1")
    right = all(values.get(name, 1.0) == 1 for name in whole) and values.get("cite_precision", 1.0) >= 0.5
    return {name: v for name in MEASURES if (v := ({"right": float(right)} | values).get(name)) is not None}, notes


def _passages(judged: Judged, answer: Mapping[str, Any], collection: Collection, notes: list[str]) -> dict[str, float]:
    """Share of gold passages cited, and share of citations that lie in a gold or an optional passage."""
    if not judged.gold:
        return {}
    gold = [(label, collection.passage_ids(label)) for label in judged.gold]
    cited = {c["passage_id"] for c in answer.get("citations", [])}
    missed = [label for label, ids in gold if not ids & cited]
    notes += [f"not cited: {label.notice} {label.quote}" for label in missed]
    good = frozenset().union(*(ids for _, ids in gold), *(collection.passage_ids(label) for label in judged.optional))
    notes += [f"cited beside the answer: {passage_id}" for passage_id in sorted(cited - good)]
    return {
        "gold_recall": 1 - len(missed) / len(gold),
        "cite_precision": len(cited & good) / len(cited) if cited else 0.0,
    }


def _units(judged: Judged, answer: Mapping[str, Any], collection: Collection, notes: list[str]) -> dict[str, float]:
    """Precision, recall and F1 of the units in the table; a unit counts only with a citation in a notice that says so."""
    notice_of = {c["number"]: c["notice_id"] for c in answer.get("citations", [])}
    where = [_notices_of(accepted, judged.gold, collection) for accepted in judged.units]
    hit: set[int] = set()
    wrong: set[tuple[str, frozenset[str]]] = set()
    for row in (answer.get("table") or {}).get("rows", []):
        name = row["cells"].get("unit", "")
        notices = frozenset(notice_of[n] for n in row["citations"] if n in notice_of)
        groups = {i for i, accepted in enumerate(judged.units) if same_unit(name, accepted) and notices & where[i]}
        hit |= groups
        if not groups and not notices & _notices_of([name], judged.optional, collection):
            wrong.add((name, frozenset(str(collection.notices[i].source) for i in notices)))
    notes += [f"wrong unit: {name} ({', '.join(sorted(sources))})" for name, sources in sorted(wrong, key=str)]
    notes += [f"unit missing: {accepted[0]}" for i, accepted in enumerate(judged.units) if i not in hit]
    precision = len(hit) / (len(hit) + len(wrong)) if hit or wrong else 0.0
    recall = len(hit) / len(judged.units) if judged.units else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"unit_precision": precision, "unit_recall": recall, "unit_f1": f1}


def _notices_of(accepted: Sequence[str], labels: Iterable[Label], collection: Collection) -> frozenset[str]:
    """The notices whose labels name a unit."""
    keys = [label.notice for label in labels if any(same_unit(unit, accepted) for unit in label.units)]
    return frozenset(i for key in keys for i in collection.of_key(key))


def same_unit(name: str, accepted: Sequence[str]) -> bool:
    """Whether a printed name is one of the accepted ones, or the two end alike (three characters at least)."""
    short = _bare(name)
    for other in map(_bare, accepted):
        if short.lower() == other.lower():
            return True
        if min(len(short), len(other)) >= 3 and (short.endswith(other) or other.endswith(short)):
            return True
    return False


def _bare(name: str) -> str:
    squeezed = _squeeze(name)
    return squeezed[len(place[0]) :] if (place := _PLACE.match(squeezed)) and place.end() < len(squeezed) else squeezed


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)
