"""The assistant's application with the evaluation pages under ``/eval/``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from assistant.service import Assistant
from assistant.web.app import create_app as assistant_app
from assistant.web.page_mount import PageMount
from assistant.web.settings import WebSettings
from eval.errors import EvalError
from eval.labelling.session import Session
from eval.web import labelling, pages, problems

STATIC = Path(__file__).parents[1] / "data" / "web"


def create_app(
    assistant: Assistant, sessions: Mapping[str, Session], reports: Path | None, page: bool = True
) -> FastAPI:
    """Everything that `notices-eval serve` serves.

    :param sessions: labelling sessions by the name that stands in their address
    :param reports: the folder whose reports are listed
    """
    app = assistant_app(assistant, page, WebSettings(reports=reports, evaluation=True))
    app.state.sessions = dict(sessions)
    app.state.reports = reports
    app.add_exception_handler(EvalError, problems.answer)
    app.include_router(pages.router)
    app.include_router(labelling.router)
    app.mount("/static/eval", StaticFiles(directory=STATIC), name="eval-static")
    # The assistant's page takes every address that is left, so it stays the last.
    app.router.routes.sort(key=lambda route: isinstance(route, PageMount))
    return app
