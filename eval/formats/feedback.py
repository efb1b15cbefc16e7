"""Readers' verdicts as a question set: what they called right is relevant, what they called wrong is not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from assistant.feedback import Feedback
from assistant.types import Question
from eval.errors import BadDataset
from eval.formats.questions import Judged, Label
from index.filters import from_mapping


def questions(entries: Iterable[Feedback]) -> tuple[Judged, ...]:
    """A question for each that was judged, its labels the citations judged; the latest verdict on the same words holds.

    Verdicts on a whole answer label nothing and are left out.

    :raises BadDataset: no citation was judged
    """
    asked: dict[str, Feedback] = {}
    labels: dict[str, dict[tuple[str, int, int], Label]] = {}
    for entry in entries:
        if not entry.citations:
            continue
        identity = _identity(entry)
        asked[identity] = entry
        for cited in entry.citations:
            relevance = 1 if entry.verdict == "good" else 0
            labels.setdefault(identity, {})[(cited.source, cited.start, cited.end)] = Label(
                cited.source, cited.quote, (), cited.start, cited.end, relevance
            )
    if not asked:
        raise BadDataset("no verdict in the store names a citation; judge some on the page or with POST /v1/feedback")
    return tuple(_judged(identity, entry, tuple(labels[identity].values())) for identity, entry in asked.items())


def _judged(identity: str, entry: Feedback, gold: tuple[Label, ...]) -> Judged:
    line = {
        "id": identity, "kind": "lookup", "question": entry.question, "history": list(entry.history),
        "filters": entry.filters, "note": f"feedback {entry.time}",
    }  # fmt: skip
    question = Question(entry.question, entry.history, from_mapping(entry.filters))
    return Judged(identity, "lookup", question, gold, slices={"kind": "lookup"}, line=line)


def _identity(entry: Feedback) -> str:
    asked = "\0".join((entry.question, *entry.history, str(sorted(entry.filters.items()))))
    return "f" + hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:10]
