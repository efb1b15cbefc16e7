"""The application: API, notice page, reference, and the Gradio page, all over one assistant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from assistant.access.guard import Guard
from assistant.access.limits import RateLimit
from assistant.service import Assistant
from assistant.web import api, completions, docs_page, exploring, exporting, notice_page, problems, sign_in, widget
from assistant.web.contents import ContentsCache
from assistant.web.cross_origin import CrossOrigin
from assistant.web.gradio_import import without_stubs
from assistant.web.guarding import Guarding
from assistant.web.middleware import BodyLimit, CommonHeaders
from assistant.web.page_mount import BackgroundPage, PageMount
from assistant.web.settings import DEFAULTS, WebSettings

STATIC = Path(__file__).parent / "static"
_DESCRIPTION = "完整、逐条注明出处的通知问答 · Complete, cited answers over official notices. Errors are RFC 9457 problem documents."


def create_app(assistant: Assistant, page: bool = True, settings: WebSettings = DEFAULTS) -> FastAPI:
    """Everything that is served over HTTP.

    :param page: with the Gradio page at ``/``, which is built in the background once the server has started
    """
    contents = ContentsCache(assistant)
    background = BackgroundPage(lambda: _page(assistant, contents)) if page else None
    guard = assistant.guard or Guard()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if background is None:
            yield
            return
        async with background.running():
            yield

    app = FastAPI(
        title="notice-assistant",
        version=_version(),
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.assistant = assistant
    app.state.contents = contents
    app.state.background = background
    app.state.settings = settings
    app.state.guard = guard
    app.add_middleware(BodyLimit)
    app.add_middleware(Guarding, guard=guard, rate=RateLimit(settings.rate) if settings.rate else None)
    app.add_middleware(CrossOrigin, origins=settings.origins)  # outside of Guarding: refusals can be read, too
    app.add_middleware(CommonHeaders)
    problems.install(app)
    app.include_router(api.router)
    app.include_router(exporting.router)
    app.include_router(exploring.router)
    app.include_router(completions.router)
    app.include_router(notice_page.router)
    app.include_router(sign_in.router)
    app.include_router(widget.router)
    docs_page.mount(app)
    app.mount("/static/web", StaticFiles(directory=STATIC), name="static")
    if background is not None:
        app.router.routes.append(PageMount(background))
    return app


def _page(assistant: Assistant, contents: ContentsCache) -> FastAPI:
    with without_stubs():
        from assistant.web.page import page_app  # Gradio takes seconds to import

    return page_app(assistant, contents)


def _version() -> str:
    try:
        return version("notice-assistant")
    except PackageNotFoundError:
        return "0"
