"""``/reports/NAME``: one file of the folder of evaluation reports, read only."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse

from assistant.reports import FOLDER, MEDIA_TYPES, files
from assistant.service import Assistant
from assistant.web.settings import WebSettings

#: A report is a page of its own making: its inline style and script run, in an origin that may reach nothing.
POLICY = (
    "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)

router = APIRouter(include_in_schema=False)


def folder_of(assistant: Assistant, settings: WebSettings) -> Path:
    """Where the reports lie: the folder of `serve --reports`, else ``reports`` in the store's."""
    return settings.reports or assistant.store.folder / FOLDER


@router.get("/reports/{name}")
def report(request: Request, name: str) -> FileResponse:
    """One report file, as it was written. Only what the folder lists has an address, so no path leads out of it."""
    known = {path.name: path for path in files(folder_of(request.app.state.assistant, request.app.state.settings))}
    if name not in known:
        raise HTTPException(404, "没有这份报告 (no such report); the tab Evaluate lists them")
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
    return FileResponse(known[name], media_type=MEDIA_TYPES[known[name].suffix], headers=headers)
