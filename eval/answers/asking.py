"""Every question of a set asked and scored: by the product's own assistant, or answers that somebody else gave."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant import as_json
from eval.answers import scoring
from eval.collection import Collection, Progress
from eval.errors import BadDataset
from eval.evaluation import Cost, Evaluated, Evaluation, environment, means
from eval.formats.lines import read_objects
from eval.formats.questions import Judged
from eval.labelled import digest_of, slices_of
from eval.retrieval import digest, peak_rss_mb
from eval.systems.product import settings
from index import analysis

_SHOWN = 80  # characters of a passage that a report shows


def evaluate(
    name: str, questions: Sequence[Judged], collection: Collection, given: Mapping[str, Mapping[str, Any]] | None = None,
    done: Progress = lambda _: None,
) -> Evaluation:  # fmt: skip
    """Ask and score every question.

    :param given: answers by question id (design.md §4), when they come from elsewhere
    """
    asked: dict[str, Evaluated] = {}
    for judged in questions:
        started = time.perf_counter()
        answer = given[judged.question_id] if given is not None else _ask(judged, collection)
        took = (time.perf_counter() - started) * 1000 if given is None else float(answer.get("took_ms") or 0.0)
        values, notes = scoring.score(judged, answer, collection)
        cited = list(dict.fromkeys(c["passage_id"] for c in answer.get("citations", [])))
        relevant = {i: label.relevance for label in judged.gold for i in sorted(collection.passage_ids(label))}
        ranking = [(passage_id, 1 / rank) for rank, passage_id in enumerate(cited, 1)]
        shown = " ▸ ".join((*judged.asked.history, judged.asked.text))
        by = slices_of(judged, collection)
        asked[judged.question_id] = Evaluated(shown, by, values, round(took, 3), ranking, relevant, {}, notes)
        done(1)
    wanted = {doc_id for q in asked.values() for doc_id in (*(d for d, _ in q.ranking), *q.relevant)}
    stored = collection.assistant.store.passages()
    titles = {s.passage.passage_id: s.passage.text[:_SHOWN] for s in stored if s.passage.passage_id in wanted}
    disk = sum(p.stat().st_size for p in collection.assistant.store.folder.rglob("*") if p.is_file()) / 2**20
    identity = _identity(collection) if given is None else "answers given"
    setup = digest([identity, [[s.passage.passage_id, s.passage.text] for s in stored]])
    return Evaluation(
        "answers", name, "all", "notices" if given is None else "given", means(asked), asked,
        Cost(round(collection.built_s, 3), peak_rss_mb(), round(disk, 1)),
        digest_of(questions, collection)[:12], setup, identity, titles=titles, environment=environment(),
    )  # fmt: skip


def read_answers(path: Path, questions: Sequence[Judged]) -> dict[str, dict[str, Any]]:
    """Answers from JSON Lines, as ``notices ask --batch --json`` prints them.

    :raises BadDataset: a line is broken, or a question has no answer
    """
    if not path.is_file():
        raise BadDataset(f"no file {path}; name the answers that `notices ask --batch FILE --json` printed")
    answers = {}
    for place, identity, value in read_objects(path, "id"):
        if not isinstance(value.get("answer"), str) or not isinstance(value.get("citations"), list):
            raise BadDataset(f'{place}: no "answer" and "citations"; give what `notices ask --json` prints')
        answers[identity] = value
    lacking = [q.question_id for q in questions if q.question_id not in answers]
    if lacking:
        raise BadDataset(f"{path} has no answer for {', '.join(lacking[:5])}; every question needs one")
    return answers


def _ask(judged: Judged, collection: Collection) -> dict[str, Any]:
    return as_json.answer(collection.assistant.ask(judged.asked))


def _identity(collection: Collection) -> list[object]:
    store = collection.assistant.store
    names = [store.encoder.name] if store.reranker is None else [store.encoder.name, store.reranker.name]
    return ["answers", analysis.fingerprint(), *names, settings()]
