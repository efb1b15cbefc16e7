"""The labelling page and what its script asks for. Judgements are kept at once; which system found what is never told."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from eval.labelling.agreement import disagreements
from eval.labelling.session import ADJUDICATED, Judgement, Session
from eval.web.pages import shell

_HEAD = '<script type="module" src="/static/eval/label.js"></script>'
_BODY = '<main id="label"><noscript>标注需要 JavaScript。<span lang="en">Labelling needs JavaScript.</span></noscript></main>'

router = APIRouter(include_in_schema=False)


class JudgementBody(BaseModel):
    """A judgement; ``grade`` null is a skip, ``undo`` takes an earlier one back."""

    model_config = ConfigDict(extra="forbid", strict=True)

    annotator: str = Field(min_length=1, max_length=80)
    question: str = Field(max_length=200)
    document: str = Field(max_length=500)
    grade: int | None = Field(default=None, ge=0, le=3)
    note: str = Field(default="", max_length=2000)
    undo: bool = False


def _session(request: Request, name: str) -> Session:
    sessions: dict[str, Session] = request.app.state.sessions
    if name not in sessions:
        raise HTTPException(404, "没有这个标注任务 (no such session); /eval/ lists them")
    return sessions[name]


def _same_origin(request: Request) -> None:
    """Only the page itself may write: a form or a script of another site cannot."""
    origin = request.headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    json_sent = request.headers.get("content-type", "").partition(";")[0].strip() == "application/json"
    if foreign or not json_sent or request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403, "只接受本页面的请求 (requests of this page alone are taken)")


Opened = Annotated[Session, Depends(_session)]
Annotator = Annotated[str, Query(min_length=1, max_length=80)]


@router.get("/eval/label/{name}")
def page(session: Opened) -> HTMLResponse:
    """The page; its script does the rest."""
    return shell(f"标注 {session.path.stem} · Labelling", _BODY, _HEAD)


@router.get("/eval/label/{name}/state")
def state(session: Opened, annotator: Annotator) -> JSONResponse:
    """All questions with how many of their documents the annotator has judged."""
    judged = session.judgements(annotator)
    rows = []
    for asked in session.questions():
        order = _order(session, annotator, asked.question_id)
        if order:
            done = sum((asked.question_id, doc_id) in judged for doc_id in order)
            rows.append({"id": asked.question_id, "text": asked.text, "total": len(order), "done": done})
    return JSONResponse({"questions": rows})


@router.get("/eval/label/{name}/question/{question_id}")
def question(request: Request, session: Opened, question_id: str, annotator: Annotator) -> JSONResponse:
    """One question with its documents, in the annotator's own order."""
    asked = next((a for a in session.questions() if a.question_id == question_id), None)
    if asked is None:
        raise HTTPException(404, "没有这个问题 (no such question)")
    candidates, judged = session.candidates(question_id), session.judgements(annotator)
    others = {person: session.judgements(person) for person in _shown_annotators(session, annotator)}
    known = request.app.state.assistant.store.cards()
    documents: list[dict[str, Any]] = []
    for doc_id in _order(session, annotator, question_id):
        found, mine = candidates[doc_id], judged.get((question_id, doc_id))
        address = f"/n/{quote(found.notice_id)}?start={found.start}&end={found.end}#{quote(doc_id)}"
        grades = {p: j[key].grade for p, j in others.items() if (key := (question_id, doc_id)) in j}
        documents.append({
            "id": doc_id, "title": found.title, "text": found.text, "url": address if found.notice_id in known else None,
            "judged": mine is not None, "grade": mine.grade if mine else None, "note": mine.note if mine else "",
            "grades": grades,
        })  # fmt: skip
    return JSONResponse(
        {
            "id": asked.question_id,
            "text": asked.text,
            "history": asked.history,
            "filters": asked.filters,
            "documents": documents,
        }
    )


@router.post("/eval/label/{name}/judgement", dependencies=[Depends(_same_origin)])
def judge(session: Opened, body: JudgementBody) -> JSONResponse:
    """Keep one judgement, or take it back; it is on disk when this answers."""
    if body.annotator.startswith("=") and body.annotator != ADJUDICATED:
        raise HTTPException(422, "名字不能以 = 开头 (a name must not begin with =)")
    judgement = None if body.undo else Judgement(body.grade, body.note)
    session.judge(body.annotator, body.question, body.document, judgement)
    return JSONResponse({"kept": not body.undo})


def _order(session: Session, annotator: str, question_id: str) -> list[str]:
    """What an annotator is shown; the adjudicator only what others disagree on or has been settled already."""
    order = session.order(annotator, question_id)
    if annotator != ADJUDICATED:
        return order
    cases = {*disagreements(session), *session.judgements(ADJUDICATED)}
    return [doc_id for doc_id in order if (question_id, doc_id) in cases]


def _shown_annotators(session: Session, annotator: str) -> list[str]:
    """Whose grades one may see: the adjudicator everybody's, others nobody's."""
    return session.annotators() if annotator == ADJUDICATED else []
