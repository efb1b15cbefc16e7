"""The application: API, notice page, reference, and the Gradio page, all over one assistant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from assistant.service import Assistant
from assistant.web import api, docs_page, exporting, notice_page, problems
from assistant.web.contents import ContentsCache
from assistant.web.gradio_import import without_stubs
from assistant.web.middleware import BodyLimit, CommonHeaders
from assistant.web.page_mount import BackgroundPage, PageMount

STATIC = Path(__file__).parent / "static"
_DESCRIPTION = "完整、逐条注明出处的通知问答 · Complete, cited answers over official notices. Errors are RFC 9457 problem documents."


def create_app(assistant: Assistant, page: bool = True) -> FastAPI:
    """Everything that is served over HTTP.

    :param page: with the Gradio page at ``/``, which is built in the background once the server has started
    """
    contents = ContentsCache(assistant.store)
    background = BackgroundPage(lambda: _page(assistant, contents)) if page else None

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
    app.add_middleware(BodyLimit)
    app.add_middleware(CommonHeaders)
    problems.install(app)
    app.include_router(api.router)
    app.include_router(exporting.router)
    app.include_router(notice_page.router)
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
