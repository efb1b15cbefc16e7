"""Answers as files, and the permanent links to answers."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from assistant.exports import MEDIA_TYPES, Format, export
from assistant.permalink import link_of, state_of
from assistant.service import Assistant
from assistant.types import Question
from assistant.web import problems
from assistant.web.bodies import AskBody, ExportQuery
from assistant.web.dependencies import Asked

_FILES: dict[str, Any] = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES.values()}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The answer as a file", "content": _FILES},
    422: {"description": "Bad input", "content": {problems.MEDIA_TYPE: {}}},
}
_NAME = 40  # characters of the question in a file's name

router = APIRouter()


Form = Annotated[Format, Query(alias="format", description="form of the file")]


def permanent(assistant: Assistant, question: Question) -> dict[str, str]:
    """The header that carries the permanent link to an answer (RFC 8288); none where it would be too long."""
    link = link_of(question, state_of(assistant.store))
    return {"Link": f'<{link}>; rel="bookmark"'} if link else {}


@router.post("/v1/ask/export", tags=["answers"], response_class=Response, responses=_RESPONSES)
def export_answer(body: AskBody, form: Form, request: Request, assistant: Asked) -> Response:
    """Answer a question as a Markdown, CSV or xlsx file, every row with its citations."""
    return _file(assistant, body.asked(), form, request)


@router.get("/v1/ask/export", tags=["answers"], response_class=Response, responses=_RESPONSES)
def export_link(query: Annotated[ExportQuery, Query()], request: Request, assistant: Asked) -> Response:
    """The same from the parameters of a permanent link."""
    return _file(assistant, query.asked(), query.format, request)


def _file(assistant: Assistant, question: Question, form: Format, request: Request) -> Response:
    content = export(assistant.ask(question), form, str(request.base_url), link_of(question, state_of(assistant.store)))
    name = re.sub(r"[^\w\u4e00-\u9fff-]+", "_", question.text).strip("_")[:_NAME] or "answer"
    disposition = f"attachment; filename=\"answer.{form}\"; filename*=UTF-8''{quote(name)}.{form}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)
