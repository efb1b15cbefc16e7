"""From a question set over notices to a retrieval data set, whose documents are the passages of this splitting."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from eval import slices
from eval.collection import Collection
from eval.formats.questions import Judged, Label
from eval.types import Dataset, Document, Query


def dataset(name: str, questions: Iterable[Judged], collection: Collection) -> Dataset:
    """Passages as documents, their title and headings as title; a passage is relevant that holds half of a label.

    A label whose words are lost counts as a document that no system finds. Questions that nothing answers are left
    out, and the notes say how many.
    """
    asked = list(questions)
    queries, qrels, states = {}, {}, Counter[str]()
    for judged in asked:
        relevant: dict[str, int] = {}
        for n, label in enumerate(judged.gold):
            states[collection.locate(label).state] += 1
            for doc_id in collection.passage_ids(label) or {f"lost:{label.notice}#{judged.question_id}.{n}"}:
                relevant[doc_id] = max(label.relevance, relevant.get(doc_id, 0))
        if not relevant:
            continue
        queries[judged.question_id] = _query(judged, collection)
        qrels[judged.question_id] = relevant
    notes = (
        [f"{len(asked) - len(queries)} questions that nothing answers are left out"]
        if len(queries) < len(asked)
        else []
    )
    notes += [
        f"labels {state}: {states[state]}; `notices-eval check` names them"
        for state in ("lost", "ambiguous")
        if states[state]
    ]
    notes += [f"not read: {reason}" for reason in collection.failed]
    return Dataset(
        name, "all", _documents(collection), queries, qrels, tuple(notes), digest_of(asked, collection),
        collection.assistant, collection.built_s,
    )  # fmt: skip


def unlabelled(name: str, questions: Iterable[Judged], collection: Collection) -> Dataset:
    """The same without judgements: questions that are to be labelled."""
    queries = {judged.question_id: _query(judged, collection) for judged in questions}
    return Dataset(name, "all", _documents(collection), queries, {}, assistant=collection.assistant)


def _documents(collection: Collection) -> tuple[Document, ...]:
    return tuple(
        Document(s.passage.passage_id, " ".join((s.notice.title, *s.passage.section_path)), s.passage.text)
        for s in collection.assistant.store.passages()
    )


def _query(judged: Judged, collection: Collection) -> Query:
    limits = judged.asked.filters
    found = () if limits.empty else collection.assistant.store.passages(limits)
    admitted = None if limits.empty else frozenset(s.passage.passage_id for s in found)
    return Query(
        judged.question_id, judged.asked.text, judged.asked.history, limits, admitted, slices_of(judged, collection)
    )


def digest_of(questions: Iterable[Judged], collection: Collection) -> str:
    """What identifies questions and notices, whatever the parser makes of them."""
    lines = [[q.question_id, q.line, [_plain(label) for label in q.optional]] for q in questions]
    return hashlib.sha256(
        json.dumps([lines, collection.digest], ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
    ).hexdigest()


def _plain(label: Label) -> list[object]:
    return [label.notice, label.quote, label.relevance]


def slices_of(judged: Judged, collection: Collection) -> dict[str, str]:
    """Language, length, kind; the notice and the year that the labels lie in, when it is one."""
    ids = {collection.locate(label).notice_id for label in judged.gold} - {""}
    years = {str(collection.notices[i].header.year or "–") for i in ids}
    keys = {label.notice for label in judged.gold}
    return {
        **slices.of_text(judged.asked.text),
        **judged.slices,
        "document": keys.pop() if len(keys) == 1 else "several",
        "year": years.pop() if len(years) == 1 else "several",
    }


def relocated(questions: Iterable[Judged], collection: Collection) -> tuple[Judged, ...]:
    """The same questions, each label with the offsets that its words have now; lost ones keep what they had."""
    return tuple(
        replace(
            q,
            gold=tuple(_relocated(label, collection) for label in q.gold),
            optional=tuple(_relocated(label, collection) for label in q.optional),
        )
        for q in questions
    )


def _relocated(label: Label, collection: Collection) -> Label:
    place = collection.locate(label)
    return label if place.state == "lost" else replace(label, start=place.start, end=place.end)
