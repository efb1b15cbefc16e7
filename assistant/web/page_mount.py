"""The page's application, built in the background: the API answers before Gradio has been imported (some seconds)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.requests import Request
from starlette.routing import Match, Mount
from starlette.types import Message, Receive, Scope, Send

from assistant.web.page_shell import Dressed
from assistant.web.problems import problem

# What the page asks for; everything else that Gradio offers (proxy, upload, login, development) stays shut.
PATHS = frozenset({"/", "/config", "/theme.css", "/favicon.ico", "/manifest.json"})
FOLDERS = (
    "/assets/", "/static/", "/gradio_api/queue/", "/gradio_api/heartbeat/",
    "/gradio_api/startup-events", "/gradio_api/info", "/gradio_api/reset", "/gradio_api/cancel",
)  # fmt: skip
# All that is loaded comes from here. Gradio's own scripts need inline code and its templates need eval.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
_HEAD_START = 0.1  # seconds in which the first requests have the interpreter to themselves
_log = logging.getLogger(__name__)


class PageMount(Mount):
    """Takes the page's own addresses and leaves all others to the API, which answers them with a problem document."""

    def __init__(self, page: BackgroundPage) -> None:
        super().__init__("/", app=page, name="page")

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match the page's addresses only."""
        path = scope.get("path", "")
        if scope["type"] == "http" and (path in PATHS or path.startswith(FOLDERS)):
            return super().matches(scope)
        return Match.NONE, {}


class BackgroundPage:
    """An ASGI application that is built while the process already serves; requests for it wait until it is there."""

    def __init__(self, build: Callable[[], FastAPI]) -> None:
        self._build = build
        self._app: FastAPI | None = None
        self._failed = False
        self._ready: asyncio.Event | None = None
        self._leaving: asyncio.Event | None = None

    def leave(self) -> None:
        """End the streams that open pages hold, so that the server need not wait for them."""
        if self._leaving is not None:
            self._leaving.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Build it, and keep its own lifespan open until the process ends."""
        self._ready, self._leaving, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(self._live(self._ready, stop))
        try:
            yield
        finally:
            stop.set()
            await task
            self._ready = self._leaving = self._app = None

    async def _live(self, ready: asyncio.Event, stop: asyncio.Event) -> None:
        try:
            await asyncio.sleep(_HEAD_START)
            app = await asyncio.to_thread(self._build)
            async with app.router.lifespan_context(app):
                self._app = app
                ready.set()
                await stop.wait()
        except Exception:
            _log.exception("the page cannot be shown; the API works without it")
            self._failed = True
        finally:
            ready.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the page once it is there."""
        if self._ready is not None:
            await self._ready.wait()
        if self._app is None:
            why = "its start failed, see the log" if self._failed else "it starts with the server"
            response = problem(
                Request(scope), 503, "page_unavailable", f"问答页尚不可用 (the page is not there: {why})"
            )
            await response(scope, receive, send)
            return

        async def with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", POLICY.encode())]
            await send(message)

        assert self._leaving is not None
        scope = _without_forged_host(scope)
        await Dressed(self._app)(scope, _until(self._leaving, receive), with_policy)


def _without_forged_host(scope: Scope) -> Scope:
    """Gradio builds the page's addresses of ``X-Forwarded-Host``: only a proxy that is trusted may say where it is."""
    peer = scope["client"][0] if scope.get("client") else None
    if scope["app"].state.guard.proxies.trusts(peer):
        return scope
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name != b"x-forwarded-host"]}


def _until(leaving: asyncio.Event, receive: Receive) -> Receive:
    """``receive``, which says that the client has gone as soon as the server is about to end."""

    async def receive_or_leave() -> Message:
        message, gone = asyncio.ensure_future(receive()), asyncio.create_task(leaving.wait())
        try:
            await asyncio.wait((message, gone), return_when=asyncio.FIRST_COMPLETED)
            return message.result() if message.done() else {"type": "http.disconnect"}
        finally:
            message.cancel()
            gone.cancel()

    return receive_or_leave
