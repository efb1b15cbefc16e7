"""The application: API, notice page, reference, and the Gradio page, all over one assistant."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from anyio import CapacityLimiter
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from assistant.access.current import current
from assistant.access.guard import Guard
from assistant.access.limits import RateLimit
from assistant.library.library import Library
from assistant.library.runner import Runner
from assistant.service import Assistant
from assistant.suggesting import Suggestions
from assistant.types import Answer, Question
from assistant.web import (
    api,
    completions,
    docs_page,
    exploring,
    exporting,
    library_api,
    notice_page,
    openapi,
    problems,
    readiness,
    reports,
    sign_in,
    suggest,
    widget,
)
from assistant.web.conditional import Compressed, Conditional, HeadRequests
from assistant.web.contents import ContentsCache
from assistant.web.cross_origin import CrossOrigin
from assistant.web.examining import examining
from assistant.web.gradio_import import without_stubs
from assistant.web.guarding import Guarding
from assistant.web.leaving import Leaving
from assistant.web.mcp_mount import McpMount
from assistant.web.measured import Measured
from assistant.web.metrics import Metrics
from assistant.web.metrics import router as metrics_router
from assistant.web.middleware import BodyLimit, CommonHeaders
from assistant.web.page_mount import BackgroundPage, PageMount
from assistant.web.ready import Readiness
from assistant.web.response_cache import ResponseCache
from assistant.web.settings import DEFAULTS, WebSettings
from assistant.web.writes import Writes
from index.opening import is_folder

STATIC = Path(__file__).parent / "static"
_DESCRIPTION = "完整、逐条注明出处的通知问答 · Complete, cited answers over official notices. Errors are RFC 9457 problem documents."


def create_app(assistant: Assistant, page: bool = True, settings: WebSettings = DEFAULTS) -> FastAPI:
    """Everything that is served over HTTP.

    :param page: with the Gradio page at ``/``, which is built in the background once the server has started
    """
    contents = ContentsCache(assistant)
    background = BackgroundPage(lambda: _page(assistant, contents, settings)) if page else None
    guard = assistant.guard or Guard()
    metrics = Metrics()
    assistant.heard = _heard(metrics, guard)
    library = Library(assistant)
    runner = Runner(library)

    mcp = McpMount(assistant, settings.hosts, settings.origins, _version())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        working = nullcontext() if settings.read_only else runner.running()
        looking = nullcontext() if settings.read_only else examining(assistant)  # one process sees to it
        async with mcp.running(), nullcontext() if background is None else background.running():
            with working, looking:
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
    app.state.cache = ResponseCache(assistant, settings.cache)
    app.state.suggestions = Suggestions(assistant)
    app.state.background = background
    app.state.settings = settings
    app.state.guard = guard
    app.state.metrics = metrics
    app.state.readiness = Readiness(assistant, contents)
    app.state.library = library
    app.state.runner = runner
    # Of a store in a folder one search and one answer at a time: they are the processor's work, and threads that share it
    # wake one another for nothing. Who waits, waits here. A language model or another server may take its time.
    local = is_folder(assistant.store.location)
    app.state.searching = CapacityLimiter(1) if local else None
    app.state.answering = CapacityLimiter(1) if local and not assistant.rewords else None
    app.add_middleware(Leaving, on=assistant.rewords)
    app.add_middleware(BodyLimit)
    app.add_middleware(Writes, read_only=settings.read_only, origins=settings.origins)
    app.add_middleware(Compressed)
    app.add_middleware(Conditional, assistant=assistant)
    app.add_middleware(HeadRequests)
    app.add_middleware(Guarding, guard=guard, rate=RateLimit(settings.rate) if settings.rate else None)
    app.add_middleware(CrossOrigin, origins=settings.origins)  # outside of Guarding: refusals can be read, too
    app.add_middleware(Measured, metrics=metrics, at_once=settings.at_once)
    app.add_middleware(CommonHeaders)
    problems.install(app)
    openapi.install(app)
    app.include_router(api.router)
    app.include_router(library_api.router)
    app.include_router(exporting.router)
    app.include_router(exploring.router)
    app.include_router(completions.router)
    app.include_router(notice_page.router)
    app.include_router(reports.router)
    app.include_router(metrics_router)
    app.include_router(readiness.router)
    app.include_router(sign_in.router)
    app.include_router(suggest.router)
    app.include_router(widget.router)
    docs_page.mount(app)
    app.router.routes.extend(mcp.routes())
    app.mount("/static/web", StaticFiles(directory=STATIC), name="static")
    if background is not None:
        app.router.routes.append(PageMount(background))
    return app


def _heard(metrics: Metrics, guard: Guard) -> Callable[[Question, Answer], None]:
    """What is done with every question that was answered: counted, and noted in the audit log."""

    def heard(question: Question, answer: Answer) -> None:
        metrics.answered(answer)
        if guard.audit is not None:
            guard.audit.note(current() or guard.policy.anonymous, "ask", 200, question=question.text)

    return heard


def _page(assistant: Assistant, contents: ContentsCache, settings: WebSettings) -> FastAPI:
    with without_stubs():
        from assistant.web.page import page_app  # Gradio takes seconds to import

    return page_app(assistant, contents, settings)


def _version() -> str:
    try:
        return version("notice-assistant")
    except PackageNotFoundError:
        return "0"
