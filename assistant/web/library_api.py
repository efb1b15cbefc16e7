"""Uploads, removals, re-reading, and what they did: the part of the API that changes the store.

Whatever is acknowledged is on disk. A request waits for its job unless it says ``Prefer: respond-async``; either way the
job runs in a thread of its own, and reading in processes that can be killed.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Any

from anyio import sleep
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from assistant.access.current import current
from assistant.library import as_json
from assistant.library.library import Library
from assistant.library.types import Change, Job
from assistant.web import uploads
from assistant.web.dependencies import Held, Working
from assistant.web.openapi import answer, described, notice_path, path_example
from assistant.web.problems import problem
from corpus.readers.text import MAX_BYTES
from index.filters import UNDISCLOSED

EVENT_STREAM = "text/event-stream"
MOST_CHANGES = 200
_POLL = 0.02, 0.3  # seconds between looks at a job: at first, at most
_EVENTS = 0.1  # seconds between looks for a stream of events
_HEARTBEAT = 15.0  # seconds
_LONGEST_WAIT = 3600.0
_WAIT = re.compile(r"\bwait\s*=\s*(\d{1,5})\b")

router = APIRouter(tags=["library"])


Prefer = Annotated[
    str,
    Header(
        description="`respond-async`: answer 202 with the job at once; `wait=10`: after ten seconds (RFC 7240)",
        examples=["respond-async"],
    ),
]

_EXAMPLE_REPORT = {
    "indexed": 1, "unchanged": 0, "removed": 0, "failed": [], "notes": [], "passages": 236, "took_ms": 412.5,
    "job_id": "0f8b6c…",
}  # fmt: skip
_EXAMPLE_JOB = {
    "job_id": "0f8b6c…", "kind": "upload", "state": "running", "ahead": 0, "created": "2026-11-21T08:30:00+00:00",
    "finished": None,
    "files": [{
        "name": "通知.docx", "bytes": 48211, "stage": "parsing", "source": "通知.docx", "reason": None, "notices": [],
    }],
    "report": None, "error": None,
}  # fmt: skip
_EXAMPLE_CHANGE = {
    "number": 12, "time": "2026-11-21T08:30:01+00:00", "kind": "upload", "sequence": 13,
    "notices": [{
        "what": "added", "notice_id": "2024-4-1f3a9c2e", "title": "关于开展质量月活动的通知", "source": "通知.docx",
        "disclosure": "主动公开",
    }],
}  # fmt: skip


_JOB = answer("The job, still at work", _EXAMPLE_JOB)
_DONE: dict[int | str, dict[str, Any]] = {
    200: answer("What was done, in the shape of `notices index --json`", _EXAMPLE_REPORT),
    202: _JOB,
    409: described("The file of the notice is not here"),
    503: described("The store is written by another process, cannot be written, or too much waits"),
}
_UPLOAD: dict[int | str, dict[str, Any]] = {
    **{status: _DONE[status] for status in (200, 202, 503)},
    413: described("Every file, or the whole request, is too large"),
    415: described("No file is of a kind that is read"),
}
_TEXTS = uploads.UploadBody.model_json_schema()
_TEXTS["properties"]["files"]["items"] = _TEXTS.pop("$defs")["TextBody"]  # its references are none of the document's
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            uploads.FORM: {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "array", "maxItems": uploads.MAX_FILES,
                            "items": {"type": "string", "minLength": 1, "contentMediaType": "application/octet-stream"},
                        }
                    },
                },
                "example": {"file": ["@通知.docx", "@附件1.pdf"]},
            },
            uploads.JSON: {
                "schema": _TEXTS,
                "example": {"files": [{"name": "通知.txt", "text": "关于开展质量月活动的通知\n…"}]},
            },
        },
    }
}  # fmt: skip


@router.post("/v1/notices", responses=_UPLOAD, openapi_extra=_FORM, summary="Upload notices")
async def upload(
    request: Request,
    library: Held,
    runner: Working,
    prefer: Prefer = "",
    overwrite: Annotated[
        bool,
        Query(
            description="files replace whatever earlier files of their names gave; without it, only where they share a notice",
            alias="replace",
            examples=[True],
        ),
    ] = False,
) -> Response:
    """Read files and index them: a form with one or several files (docx, pdf, txt, …), or texts as JSON.

    The answer comes when the notices can be found, in the shape of `notices index --json`; files that could not be read
    stand in `failed` with the reason. With `Prefer: respond-async` it is 202 with the job at once.
    """
    files = await uploads.received(request, library)
    job_id = await run_in_threadpool(library.upload, files, overwrite)
    runner.wake()
    return await _outcome(request, library, job_id, prefer)


@router.delete(
    "/v1/notices/{notice_id}",
    responses={
        200: answer("It is gone from every answer", {"removed": "2024-4-1f3a9c2e"}),
        404: described("No such id"),
        503: _DONE[503],
    },
    summary="Remove a notice",
)
def remove(notice_id: Annotated[str, notice_path()], library: Held) -> JSONResponse:
    """Remove a notice. It is gone from every answer when this returns; its file goes, too, unless another notice uses it."""
    library.remove(notice_id)
    return JSONResponse({"removed": notice_id})


@router.post("/v1/notices/reread", responses=_DONE, summary="Read all files again")
async def reread_all(request: Request, library: Held, runner: Working, prefer: Prefer = "") -> Response:
    """Read every file again that is here, as after an update of the program. `without_file`: files that are not."""
    job_id, missing = await run_in_threadpool(library.reread)
    runner.wake()
    return await _outcome(request, library, job_id, prefer, without_file=missing)


@router.post(
    "/v1/notices/{notice_id}/reread",
    responses={**_DONE, 404: described("No such id")},
    summary="Read a notice's file again",
)
async def reread(
    request: Request,
    notice_id: Annotated[str, notice_path()],
    library: Held,
    runner: Working,
    prefer: Prefer = "",
) -> Response:
    """Read the file of a notice again; all notices of the file are brought up to date."""
    job_id, _ = await run_in_threadpool(library.reread, notice_id)
    runner.wake()
    return await _outcome(request, library, job_id, prefer)


@router.get(
    "/v1/jobs",
    responses={200: answer("The jobs, newest first, and what is accepted", {"jobs": [_EXAMPLE_JOB], "accepts": {}})},
    summary="The last jobs",
)
def jobs(request: Request, library: Held) -> JSONResponse:
    """The last fifty jobs, newest first, and which uploads are accepted."""
    accepts = {
        "writable": not request.app.state.settings.read_only,
        "max_files": uploads.MAX_FILES,
        "max_file_bytes": MAX_BYTES,
        "max_request_bytes": uploads.MAX_UPLOAD,
    }
    return JSONResponse({"jobs": [as_json.job(one) for one in library.records.jobs()], "accepts": accepts})


@router.get(
    "/v1/jobs/{job_id}",
    responses={
        200: {
            "description": "The job; as events with `Accept: text/event-stream`",
            "content": {
                "application/json": {"example": _EXAMPLE_JOB},
                EVENT_STREAM: {"example": "event: progress\ndata: {…}\n\nevent: done\ndata: {…}\n\n"},
            },
        },
        404: described("No such job"),
    },
    summary="A job",
)
async def job(
    job_id: Annotated[str, path_example("0f8b6c2d9a7e4b1c8d5f3a6e9b2c4d7f")],
    library: Held,
    accept: Annotated[str, Header()] = "",
) -> Response:
    """How far a job is: each file is `received`, `reading`, `parsing`, `indexing`, `done` or `failed`.

    With `Accept: text/event-stream`: the event `progress` whenever something changes, `done` at the end, each with the whole job.
    """
    found = await run_in_threadpool(library.records.job, job_id)
    if EVENT_STREAM in accept:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_events(library, job_id), media_type=EVENT_STREAM, headers=headers)
    return JSONResponse(as_json.job(found), headers={"Cache-Control": "no-store"})


@router.get(
    "/v1/changes",
    responses={200: answer("Changes, newest first", {"changes": [_EXAMPLE_CHANGE], "next": None})},
    summary="What changed",
)
def changes(
    library: Held,
    limit: Annotated[int, Query(ge=1, le=MOST_CHANGES, examples=[20])] = 20,
    before: Annotated[
        int | None, Query(ge=0, le=1 << 53, description="the `next` of the page before", examples=[12])
    ] = None,
) -> JSONResponse:
    """What the last changes of the store did: notices `added`, `replaced` (with the passages that differ), kept as a
    `new_edition`, `moved` to another file, `removed`."""
    found = library.records.changes(limit, before)
    more = found[-1].number if len(found) == limit else None
    return JSONResponse({"changes": [as_json.change(_visible(one)) for one in found], "next": more})


def _visible(value: Change) -> Change:
    """A change as who asks may see it."""
    who = current()
    if who is None or who.scope.labels is None:
        return value
    seen = tuple(line for line in value.notices if who.scope.sees(line.get("disclosure") or UNDISCLOSED))
    return replace(value, notices=seen)


async def _outcome(request: Request, library: Library, job_id: str, prefer: str, **more: Any) -> Response:
    """The report of a job once it has ended, or the job itself where the client does not want to wait so long."""
    place = {"Location": f"/v1/jobs/{job_id}", "Cache-Control": "no-store"}
    wait = _WAIT.search(prefer)
    seconds = 0.0 if "respond-async" in prefer else _LONGEST_WAIT
    seconds = min(float(wait.group(1)), _LONGEST_WAIT) if wait else seconds
    found = await _ended(request, library, job_id, seconds)
    if not found.ended:
        applied = {"Preference-Applied": prefer[:100]} if prefer.isascii() and prefer.isprintable() and prefer else {}
        return JSONResponse({**as_json.job(found), **more}, 202, headers={**place, **applied})
    if found.error:
        return problem(request, 503, "job_failed", found.error, place, job_id=job_id)
    report = {**(found.report or {}), **more, "job_id": job_id}
    report["notices"] = sorted({notice_id for file in found.files for notice_id in file.notices})
    return JSONResponse(report, headers={"Cache-Control": "no-store"})


async def _ended(request: Request, library: Library, job_id: str, seconds: float) -> Job:
    """A job once it has ended, or the time is over, or nobody waits any more."""
    until, pause = time.monotonic() + seconds, _POLL[0]
    while True:
        found = await run_in_threadpool(library.records.job, job_id)
        if found.ended or time.monotonic() >= until or await request.is_disconnected():
            return found
        await sleep(pause)
        pause = min(pause * 1.3, _POLL[1])


async def _events(library: Library, job_id: str) -> AsyncIterator[bytes]:
    told, at = "", time.monotonic()
    while True:
        found = await run_in_threadpool(library.records.job, job_id)
        shape = json.dumps(as_json.job(found), ensure_ascii=False)
        if shape != told:
            told, at = shape, time.monotonic()
            yield f"event: {'done' if found.ended else 'progress'}\ndata: {shape}\n\n".encode()
        if found.ended:
            return
        if time.monotonic() - at > _HEARTBEAT:
            at = time.monotonic()
            yield b": still at work\n\n"
        await sleep(_EVENTS)
