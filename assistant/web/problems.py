"""Every error over HTTP as a problem document (RFC 9457): one table from error classes to status codes.

Under the addresses of OpenAI's protocol it carries OpenAI's ``error`` as well, and bad input is 400 as its clients expect.
"""

from __future__ import annotations

import errno
import logging
import sqlite3
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from assistant.errors import AssistantError, BadRequest
from assistant.library.errors import NoOriginal, NotAccepted, QueueFull, UnknownJob
from corpus.errors import CorpusError
from index.errors import (
    BadQuery,
    StoreBusy,
    StoreError,
    StoreMismatch,
    StoreMissing,
    StoreUnreachable,
    TooLittleMemory,
    UnknownNotice,
)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = 2  # seconds, while another process writes
_log = logging.getLogger(__name__)

# Class → (status, code). A class that is not listed takes the line of its nearest base.
_STATUS: dict[type[Exception], tuple[int, str]] = {
    BadQuery: (422, "bad_query"),
    BadRequest: (422, "bad_request"),
    CorpusError: (422, "unreadable"),
    UnknownNotice: (404, "unknown_notice"),
    StoreBusy: (503, "store_busy"),
    TooLittleMemory: (507, "too_little_memory"),
    StoreUnreachable: (503, "store_unreachable"),
    StoreMissing: (503, "store_missing"),
    StoreMismatch: (503, "store_mismatch"),
    StoreError: (503, "store"),
    UnknownJob: (404, "unknown_job"),
    NoOriginal: (409, "no_original"),
    QueueFull: (503, "queue_full"),
    AssistantError: (500, "internal"),
}
_BARE = "default-src 'none'; frame-ancestors 'none'; sandbox"  # this response is made outside of all middleware
_OPENAI = ("/v1/chat/", "/v1/models")
_OPENAI_TYPES = {
    401: "authentication_error", 403: "permission_error", 429: "rate_limit_error", 500: "server_error", 503: "server_error",
}  # fmt: skip
# What an operating system says where nothing can be written: no right, read-only, full.
_UNWRITABLE = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE}
)
_CANNOT_WRITE = (
    "存储无法写入（{why}），查询不受影响：请检查权限与剩余空间 (the store cannot be written: {why}; answers go on; "
    "check its permissions and the free space)"
)
_CODES = {
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    413: "too_large",
    422: "invalid",
    503: "unavailable",
}


class ProblemResponse(JSONResponse):
    """A problem document."""

    media_type = MEDIA_TYPE


def problem(
    request: Request, status: int, code: str, detail: str, headers: dict[str, str] | None = None, **more: Any
) -> ProblemResponse:
    """A problem document; ``code`` is stable, ``detail`` says what to do next."""
    if request.url.path.startswith(_OPENAI):
        status = 400 if status == 422 else status
        more["error"] = _openai_error(status, code, detail, more)
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        "code": code,
        **more,
    }
    return ProblemResponse(body, status_code=status, headers=headers)


def _openai_error(status: int, code: str, detail: str, more: dict[str, Any]) -> dict[str, Any]:
    """The ``error`` of OpenAI's protocol; ``param`` is the place of the request that is meant, where one is."""
    first = next(iter(more.get("errors", ())), None)
    parameter = more.get("parameter") or (first["where"].removeprefix("body.") if first else None)
    kind = _OPENAI_TYPES.get(status, "invalid_request_error")
    return {"message": detail, "type": kind, "param": parameter, "code": code}


def install(app: FastAPI) -> None:
    """Have ``app`` answer every error with a problem document."""
    for error in (StoreError, CorpusError, AssistantError):
        app.add_exception_handler(error, _known)
    for trouble in (OSError, sqlite3.OperationalError):
        app.add_exception_handler(trouble, _unwritable)
    app.add_exception_handler(NotAccepted, _not_accepted)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _internal)


async def _known(request: Request, error: Exception) -> ProblemResponse:
    """An error of ours: its message is meant for the reader."""
    status, code = next((_STATUS[c] for c in type(error).__mro__ if c in _STATUS), (500, "internal"))
    if status == 500:
        return await _internal(request, error)
    headers = {"Retry-After": str(RETRY_AFTER)} if isinstance(error, StoreBusy | StoreUnreachable | QueueFull) else None
    return problem(request, status, code, str(error), headers)


async def _not_accepted(request: Request, error: Exception) -> ProblemResponse:
    """An upload of which no file can be taken."""
    assert isinstance(error, NotAccepted)
    codes = {413: "too_large", 415: "unsupported"}
    return problem(request, error.status, codes.get(error.status, "empty"), str(error))


async def _unwritable(request: Request, error: Exception) -> ProblemResponse:
    """The disk does not take what is to be written; any other fault of the system is an internal one."""
    if isinstance(error, OSError) and error.errno not in _UNWRITABLE:
        return await _internal(request, error)
    why = error.strerror if isinstance(error, OSError) else str(error)
    _log.warning("%r %r: %s", request.method, request.url.path, error)
    return problem(request, 503, "store_not_writable", _CANNOT_WRITE.format(why=why))


async def _invalid(request: Request, error: Exception) -> ProblemResponse:
    """A body or a query that does not have the right shape; what was sent is not repeated."""
    assert isinstance(error, RequestValidationError)
    errors = [{"where": _where(e["loc"]), "message": str(e["msg"])[:200]} for e in error.errors()[:20]]
    first = errors[0] if errors else {"where": "body", "message": "invalid"}
    detail = f"请求格式有误 (invalid request): {first['where']}: {first['message']}; /docs shows what is expected"
    return problem(request, 422, "invalid", detail, errors=errors)


def _where(place: tuple[int | str, ...]) -> str:
    """``body.filters.year``; a name that was sent may be long, or no text at all."""
    return ".".join(str(part) for part in place)[:100].encode("utf-8", "replace").decode("utf-8")


async def _http(request: Request, error: Exception) -> ProblemResponse:
    """Unknown address, wrong method, a body that is too large or is no JSON."""
    assert isinstance(error, HTTPException)
    status, detail = error.status_code, str(error.detail)
    if status == 400:  # FastAPI could not read the body; the contract has one code for all bad input
        status, detail = 422, "请求体不是 JSON (the body is no JSON); /docs shows what is expected"
    if status == 404 and detail == HTTPStatus.NOT_FOUND.phrase:
        detail = "没有这个地址 (no such address); /docs lists them"
    elif status == 405:
        detail = f"这个地址不接受 {request.method} ({request.method} is not allowed here); /docs lists what is"
    headers = dict(error.headers) if error.headers else None
    if status == 405 and (methods := await run_in_threadpool(_methods, request)):
        headers = {**(headers or {}), "Allow": ", ".join(methods)}
    return problem(request, status, _CODES.get(status, "error"), detail, headers)


def _methods(request: Request) -> list[str]:
    """The methods of the address that is asked for: it may have several routes, of which the router names the first alone."""
    path, document = request.url.path, request.app.openapi()["paths"]
    if path not in document:
        regexes = ((compile_path(known)[0], known) for known in document)
        path = next((known for regex, known in regexes if regex.match(path)), "")
    return sorted(method.upper() for method in document.get(path, ()))


async def _internal(request: Request, error: Exception) -> ProblemResponse:
    """Something that nobody foresaw: the log has the traceback, the reader gets the id under which it stands there."""
    request_id = str(getattr(request.state, "request_id", "unknown"))
    _log.error("request %s %r failed", request_id, request.url.path, exc_info=error)  # escaped: it forges no line
    detail = f"内部错误，请把编号 {request_id} 告诉管理员 (internal error; give this id to the administrator)"
    headers = {"X-Request-ID": request_id, "X-Content-Type-Options": "nosniff", "Content-Security-Policy": _BARE}
    return problem(request, 500, "internal", detail, headers, request_id=request_id)
