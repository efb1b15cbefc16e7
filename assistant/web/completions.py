"""``/v1/chat/completions`` and ``/v1/models``: the assistant for programs that speak OpenAI's protocol.

Errors are problem documents that carry OpenAI's ``error`` as well (:mod:`assistant.web.problems`).
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from assistant.web import problems
from assistant.web.completion_shapes import MODEL, BadMessages, CompletionBody, Reply, UnknownModel, Usage, model_card
from assistant.web.dependencies import Asked
from assistant.web.openapi import path_example
from index.encoder import shipped_encoder

_STARTED = int(time.time())
_ERROR: dict[str, Any] = {"content": {problems.MEDIA_TYPE: {}}}

router = APIRouter(tags=["openai"])


@router.post(
    "/v1/chat/completions",
    responses={
        200: {"description": "A chat completion; with `stream`, its chunks", "content": {"text/event-stream": {}}},
        400: {"description": "Bad input", **_ERROR},
        404: {"description": "No such model", **_ERROR},
    },
)
def chat_completions(body: CompletionBody, request: Request, assistant: Asked) -> Response:
    """Answer the last message of the user; the earlier ones are the history of the dialogue.

    The content holds the answer with its marks `[1]` and a list of the sources; the message also has `annotations`
    (`url_citation`), `citations`, `table`, `abstained`, `scope` and more, as in `/v1/ask`. System messages change nothing.
    """
    try:
        question = body.asked()
    except UnknownModel as unknown:
        return _no_such_model(request, str(unknown))
    except BadMessages as bad:
        return problems.problem(request, 400, "bad_messages", str(bad), parameter=bad.parameter)
    answer = assistant.ask(question)
    reply = Reply(answer, str(request.base_url).rstrip("/"), f"chatcmpl-{uuid.uuid4().hex}", int(time.time()))
    if body.stream:
        wanted = body.stream_options is not None and body.stream_options.include_usage
        chunks = reply.chunks(_usage(body, reply) if wanted else None)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_events(chunks), media_type="text/event-stream", headers=headers)
    return JSONResponse(reply.completion(_usage(body, reply)))


@router.get("/v1/models")
async def models() -> JSONResponse:
    """The models: `notices` alone."""
    return JSONResponse({"object": "list", "data": [model_card(_STARTED)]})


@router.get("/v1/models/{model}", responses={404: {"description": "No such model", **_ERROR}})
async def model(model: Annotated[str, path_example(MODEL)], request: Request) -> JSONResponse:
    """One model."""
    return JSONResponse(model_card(_STARTED)) if model == MODEL else _no_such_model(request, model)


def _no_such_model(request: Request, named: str) -> JSONResponse:
    detail = f"没有模型 {named} (there is no model {named}); the only one is {MODEL!r}"
    return problems.problem(request, 404, "model_not_found", detail, parameter="model")


def _usage(body: CompletionBody, reply: Reply) -> Usage:
    words = [message.words("messages") for message in body.messages if message.role == "user"]
    *prompt, completion = map(len, shipped_encoder().pieces([*words, reply.content]))
    return Usage(sum(prompt), completion)


def _events(chunks: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    for chunk in chunks:
        yield f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode()
    yield b"data: [DONE]\n\n"
