"""What was judged, as TREC judgements, as a question set over notices, or as a BEIR folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from assistant.types import Question
from eval.errors import BadDataset
from eval.formats import beir, questions, trec
from eval.formats.questions import Judged, Label
from eval.labelling.agreement import settled
from eval.labelling.pool import Candidate
from eval.labelling.session import Asked, Session
from eval.types import Dataset, Document, Qrels, Query
from index.filters import from_mapping


def export(session: Session, target: Path) -> tuple[int, int]:
    """Write what was judged in the form that the name of ``target`` asks; gives the numbers of questions and judgements.

    ``.qrels`` (TREC), ``.jsonl`` (question set, for passages of notices), else a new folder (BEIR). What nobody judged is
    left out: unjudged is not irrelevant.

    :raises BadDataset: nothing was judged, or the documents are no passages of notices
    """
    qrels: Qrels = {}
    for (question_id, doc_id), grade in settled(session).items():
        qrels.setdefault(question_id, {})[doc_id] = grade
    asked = {a.question_id: a for a in session.questions() if a.question_id in qrels}
    if not asked:
        raise BadDataset(f"nothing has been judged in {session.path}; label some with `notices-eval serve --session …`")
    name = target.name.removesuffix(".gz")
    if name.endswith(".qrels"):
        trec.write_qrels(target, {question_id: qrels[question_id] for question_id in asked})
    elif name.endswith(".jsonl"):
        questions.write(target, [_judged(one, session.candidates(i), qrels[i]) for i, one in asked.items()])
    else:
        beir.write(target, _dataset(target.name, asked, session, qrels))
    return len(asked), sum(len(qrels[question_id]) for question_id in asked)


def _judged(asked: Asked, candidates: Mapping[str, Candidate], grades: Mapping[str, int]) -> Judged:
    gold = []
    for doc_id, grade in grades.items():
        found = candidates[doc_id]
        if not found.notice:
            raise BadDataset("these documents are no passages of notices; export to .qrels or to a folder instead")
        gold.append(Label(found.notice, found.text, (), found.start, found.end, grade))
    line = {
        "id": asked.question_id, "kind": "lookup", "question": asked.text, "history": list(asked.history),
        "filters": asked.filters, "note": "labelled",
    }  # fmt: skip
    question = Question(asked.text, asked.history, from_mapping(asked.filters))
    return Judged(asked.question_id, "lookup", question, tuple(gold), line=line)


def _dataset(name: str, asked: Mapping[str, Asked], session: Session, qrels: Qrels) -> Dataset:
    """The judged questions over the documents that were pooled for them."""
    documents = {c.doc_id: Document(c.doc_id, c.title, c.text) for i in asked for c in session.candidates(i).values()}
    queries = {i: Query(i, a.text, a.history) for i, a in asked.items()}
    return Dataset(name, "test", tuple(documents.values()), queries, {i: qrels[i] for i in asked})
