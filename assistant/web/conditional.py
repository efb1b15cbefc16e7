"""What saves transfers: ETags by the state of the store, HEAD, gzip."""

from __future__ import annotations

import hashlib
from pathlib import Path

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.access.current import current
from assistant.service import Assistant
from index.errors import StoreError

# What the state of the store decides, with the address and who asks.
_BY_STATE = ("/v1/notices", "/v1/passages/", "/n/")
_HEADS = ("/v1/", "/n/", "/healthz", "/readyz", "/metrics", "/docs", "/openapi.json", "/widget/")
_AS_THEY_ARE = ("/assets/", "/gradio_api/")  # Gradio's own files and streams
_LEVEL = 5


class Conditional:
    """ASGI middleware: 304 for what a client has already, as long as the store is in the same state."""

    def __init__(self, app: ASGIApp, assistant: Assistant) -> None:
        self.app = app
        self._assistant = assistant
        self._code = _code()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 304."""
        reading = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        tag = await to_thread.run_sync(self._tag) if reading and scope["path"].startswith(_BY_STATE) else None
        if tag is None:
            await self.app(scope, receive, send)
            return
        known = Headers(scope=scope).get("if-none-match", "")
        if known.strip() == "*" or tag in (one.strip() for one in known.split(",")):
            await Response(status_code=304, headers=_headers(tag))(scope, receive, send)
            return

        async def tagged(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                headers = MutableHeaders(scope=message)
                for name, value in _headers(tag).items():
                    if name == "Vary":
                        headers.add_vary_header(value)
                    else:
                        headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, tagged)

    def _tag(self) -> str | None:
        """The state that the answer comes from, as who asks may see it; weak, since the bytes differ by compression."""
        try:
            store = self._assistant.store
            state = f"{store.location}|{_identity(store.folder)}|{store.sequence}"
        except (StoreError, OSError):
            return None  # the answer will say what is wrong
        who = current()
        seen = f"{sorted(who.scope.labels) if who.scope.labels is not None else '*'}|{who.scope.masked}" if who else ""
        return f'W/"{hashlib.sha256(f"{self._code}|{state}|{seen}".encode()).hexdigest()[:20]}"'


def _headers(tag: str) -> dict[str, str]:
    return {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}


def _identity(folder: Path) -> str:
    """What tells a store from another one that is put in its place: a number of a state alone does not."""
    for name in ("catalog.sqlite", "manifest.json"):
        try:
            found = (folder / name).stat()
        except FileNotFoundError:
            continue
        return f"{found.st_dev}-{found.st_ino}"
    return ""


def _code() -> str:
    """The version of what draws the answers, for a new one may draw them otherwise."""
    times = [path.stat().st_mtime_ns for path in Path(__file__).parent.parent.rglob("*.py")]
    return f"{len(times)}-{max(times)}"


class HeadRequests:
    """ASGI middleware that answers HEAD as GET without its body; routes declare GET alone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or not scope["path"].startswith(_HEADS):
            await self.app(scope, receive, send)
            return
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept"]  # no stream of events

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)}
            await send(message)

        await self.app({**scope, "method": "GET", "headers": plain}, receive, without_body)


class Compressed(GZipMiddleware):
    """ASGI middleware: gzip, but for streams of events and for what the page's framework serves itself."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, minimum_size=1000, compresslevel=_LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http" and scope["path"].startswith(_AS_THEY_ARE):
            await self.app(scope, receive, send)
            return
        await super().__call__(scope, receive, send)
