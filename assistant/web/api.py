"""The HTTP API. Endpoints that search or read are plain functions: they run in the thread pool."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Header, HTTPException, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from assistant import as_json, highlighting
from assistant.answer.carried import checked
from assistant.feedback import FeedbackLog
from assistant.listing import facets, listed
from assistant.service import Assistant
from assistant.types import Answer, Question
from assistant.web import problems
from assistant.web.bodies import AskBody, FeedbackBody, ListQuery, SearchQuery
from assistant.web.dependencies import Asked, Cached
from assistant.web.direct_route import DirectRoute
from assistant.web.exporting import permanent
from assistant.web.json_response import FastJson
from assistant.web.openapi import NOTICE_ID, notice_path, path_example
from assistant.web.response_cache import Kept, Key, ResponseCache, outline
from index.types import Hit

EVENT_STREAM = "text/event-stream"
_PROBLEM: dict[str, Any] = {"content": {problems.MEDIA_TYPE: {}}}
_BAD: dict[int | str, dict[str, Any]] = {422: {"description": "Bad input", **_PROBLEM}}
_UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "No such id", **_PROBLEM}}

router = APIRouter()


@router.post(
    "/v1/ask",
    tags=["answers"],
    responses={
        **_BAD,
        200: {"description": "The answer; as events with `Accept: text/event-stream`", "content": {EVENT_STREAM: {}}},
    },
)
async def ask(
    request: Request, body: AskBody, assistant: Asked, cache: Cached, accept: Annotated[str, Header()] = ""
) -> Response:
    """Answer a question, every claim cited.

    With `Accept: text/event-stream`: the events `citation`, `delta`, `table` and `done`; the last carries the whole JSON.
    The header `Link` with `rel="bookmark"` is the permanent link to the answer.
    """
    question, answering = body.asked(), request.app.state.answering
    if EVENT_STREAM in accept:
        return await to_thread.run_sync(_streamed, question, assistant, limiter=answering)
    key, kept = await to_thread.run_sync(_kept, question, assistant, cache)
    if kept is not None:
        return kept
    return await to_thread.run_sync(_answered, question, assistant, cache, key, limiter=answering)


def _streamed(question: Question, assistant: Assistant) -> Response:
    answer = assistant.ask(question)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", **permanent(assistant, question)}
    return StreamingResponse(_events(assistant, answer), media_type=EVENT_STREAM, headers=headers)


def _kept(question: Question, assistant: Assistant, cache: ResponseCache) -> tuple[Key | None, Response | None]:
    key = cache.key("ask", question)
    kept = cache.get(key)
    if kept is None:
        return key, None
    if kept.answer is not None and assistant.heard is not None:
        assistant.heard(question, kept.answer)
    return key, Response(kept.body, headers=dict(kept.headers), media_type="application/json")


def _answered(question: Question, assistant: Assistant, cache: ResponseCache, key: Key | None) -> Response:
    answer = assistant.ask(question)
    link = permanent(assistant, question)
    response = FastJson(as_json.answer(answer), headers=link)
    cache.put(key, Kept(bytes(response.body), tuple(link.items()), outline(answer)))
    return response


async def _events(assistant: Assistant, answer: Answer) -> AsyncIterator[bytes]:
    for event, data in assistant.stream(answer):
        yield f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def search(query: Annotated[SearchQuery, Query()], assistant: Asked, cache: Cached) -> Response:
    """The best passages for a query; with `explain=true` each says why it was found, with `highlight=true` where its words stand."""
    key = cache.key("search", query.model_dump_json())
    kept = cache.get(key)
    if kept is not None:
        return Response(kept.body, media_type="application/json")
    history = tuple(query.history)
    without = checked(query.without)
    found = assistant.search(query.q, query.k, query.mode, query.filters(), history, query.explain, without)
    shape = highlighting.hit_list(found, assistant.store.dictionary) if query.highlight else as_json.hit_list(found)
    response = FastJson(shape)
    cache.put(key, Kept(bytes(response.body)))
    return response


router.add_api_route("/v1/search", search, tags=["search"], responses=_BAD, route_class_override=DirectRoute)


@router.get("/v1/notices", tags=["notices"], responses=_BAD)
def notices(query: Annotated[ListQuery, Query()], request: Request, assistant: Asked) -> JSONResponse:
    """The notices: ids, sources, header fields, warnings.

    With `limit` page by page: `next` is the cursor of the page after (the header `Link` with `rel="next"` has its whole
    address), null on the last; `total` counts what matches.
    """
    found = listed(assistant, query.filters(), query.q, query.limit, query.cursor)
    facets_too = {"facets": facets(assistant)} if query.facets else {}
    if query.limit is None:
        return JSONResponse({"notices": found.notices, **facets_too})
    headers = {}
    if found.next is not None:
        following = request.url.include_query_params(cursor=found.next)
        headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    page = {"notices": found.notices, "total": found.total, "next": found.next}
    return JSONResponse({**page, **facets_too}, headers=headers)


@router.get("/v1/notices/{notice_id}", tags=["notices"], responses=_UNKNOWN)
def notice(notice_id: Annotated[str, notice_path()], assistant: Asked) -> JSONResponse:
    """One notice: text, sections, passages, facts."""
    return JSONResponse(assistant.notice(notice_id))


@router.get("/v1/passages/{passage_id:path}", tags=["notices"], responses=_UNKNOWN)
def passage(passage_id: Annotated[str, path_example(f"{NOTICE_ID}/1.1")], assistant: Asked) -> JSONResponse:
    """One passage with what a hit says about its notice."""
    stored = assistant.store.find_passage(passage_id)
    if stored is None:
        raise HTTPException(404, "没有这一段 (no such passage); /v1/search and /v1/notices/{id} give the ids")
    whole = as_json.hit(Hit(stored, 0.0))
    del whole["score"]
    start, end = stored.passage.start, stored.passage.end
    url = f"/n/{stored.notice.notice_id}?start={start}&end={end}#{stored.passage.passage_id}"
    more = {"kind": stored.passage.kind, "printed_number": stored.passage.printed_number, "url": url}
    return JSONResponse({**whole, **more})


@router.get("/v1/folder", tags=["notices"])
def folder(assistant: Asked) -> JSONResponse:
    """The folder of `serve --watch`: whether it is there, and which of its files could not be read."""
    return JSONResponse(as_json.folder(assistant.following.status() if assistant.following else None))


@router.post("/v1/feedback", tags=["answers"], status_code=201, responses=_BAD)
def feedback(body: FeedbackBody, assistant: Asked) -> JSONResponse:
    """Keep a reader's verdict on an answer; `notices-eval convert` makes a question set of them."""
    filters = body.filters.model_dump(exclude_none=True) if body.filters else {}
    if body.filters is not None:
        body.filters.filters()  # what no question can be limited to is no part of a verdict either
    cited = tuple((c.passage_id, c.start, c.end) for c in body.citations)
    kept = FeedbackLog(assistant.store).add(
        body.question, body.verdict, body.reason, tuple(body.history), filters, cited
    )
    return JSONResponse({"time": kept.time, "verdict": kept.verdict, "citations": len(kept.citations)}, 201)
