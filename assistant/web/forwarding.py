"""Between the workers of `serve --workers`: what is not a worker's own is passed on to the first one, streams included."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.web.problems import problem
from assistant.web.workers import Inner

if TYPE_CHECKING:
    from httpx import AsyncClient

_READ = (
    "/v1/search", "/v1/passages/", "/v1/notices", "/n/", "/healthz", "/readyz", "/static/web/", "/widget/", "/docs",
    "/openapi.json", "/metrics",
)  # fmt: skip
_ASKED = ("/v1/ask",)
_HOP = (b"connection", b"keep-alive", b"transfer-encoding", b"te", b"upgrade", b"proxy-connection")  # of one connection
_FROM = b"x-notices-from"
_GONE = "第一工作进程尚未就绪，请稍后再试 (the first worker is not there yet; try again in a moment)"


class Forwarding:
    """ASGI: a worker that answers what only reads, and passes everything else on."""

    def __init__(self, app: ASGIApp, inner: Inner) -> None:
        self.app = app
        self._inner = inner
        self._client: AsyncClient | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] != "http" or _own(scope["method"], scope["path"]):
            await self.app(scope, receive, send)
            return
        await self._pass_on(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        import httpx  # only a worker that is asked for more than it answers itself needs it

        if self._client is None:
            base = f"http://{self._inner.address[0]}:{self._inner.address[1]}"
            self._client = httpx.AsyncClient(base_url=base, timeout=None, trust_env=False, limits=httpx.Limits())
        address = scope["client"][0] if scope.get("client") else ""
        headers = [(name, value) for name, value in scope["headers"] if name not in (*_HOP, _FROM)]
        headers.append((_FROM, f"{self._inner.secret} {address}".encode()))
        target = scope.get("raw_path") or scope["path"].encode()
        query = scope["query_string"]
        url = httpx.URL(self._client.base_url, raw_path=target + (b"?" + query if query else b""))
        finished = asyncio.Event()
        content = _body(receive, finished) if _has_body(scope) else None
        request = self._client.build_request(scope["method"], url, headers=headers, content=content)
        if content is None:
            finished.set()
        try:
            response = await self._client.send(request, stream=True)
        except httpx.HTTPError:
            await problem(Request(scope), 503, "worker_gone", _GONE, {"Retry-After": "1"})(scope, receive, send)
            return
        try:
            kept = [(name.lower(), value) for name, value in response.headers.raw if name.lower() not in _HOP]
            await send({"type": "http.response.start", "status": response.status_code, "headers": kept})
            copying = asyncio.create_task(_copy(response.aiter_raw(), send))
            leaving = asyncio.create_task(_left(receive, finished))
            try:
                await asyncio.wait((copying, leaving), return_when=asyncio.FIRST_COMPLETED)
            finally:
                leaving.cancel()
                if not copying.done():
                    copying.cancel()
            with suppress(asyncio.CancelledError, httpx.HTTPError):
                await copying
        finally:
            await response.aclose()


class Forwarded:
    """ASGI around the first worker: what another one has passed on comes from that one's client."""

    def __init__(self, app: ASGIApp, inner: Inner) -> None:
        self.app = app
        self._secret = inner.secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Restore the client's address. The header means nothing without the workers' secret, and is never passed on."""
        if scope["type"] == "http":
            said = [value.decode("latin-1") for name, value in scope["headers"] if name == _FROM]
            if said:
                secret, _, address = said[0].partition(" ")
                headers = [(name, value) for name, value in scope["headers"] if name != _FROM]
                scope = {**scope, "headers": headers}
                if hmac.compare_digest(secret, self._secret):
                    scope["client"] = (address, 0) if address else None
        await self.app(scope, receive, send)


def _own(method: str, path: str) -> bool:
    """Whether a worker answers a request itself: it only reads, and needs nothing that only the first one has."""
    return path in _ASKED if method == "POST" else method in ("GET", "HEAD") and path.startswith(_READ)


def _has_body(scope: Scope) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


async def _body(receive: Receive, finished: asyncio.Event) -> AsyncIterator[bytes]:
    while True:
        message: Message = await receive()
        if message["type"] != "http.request":
            return
        yield message.get("body", b"")
        if not message.get("more_body", False):
            finished.set()
            return


async def _copy(parts: AsyncIterator[bytes], send: Send) -> None:
    async for part in parts:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _left(receive: Receive, finished: asyncio.Event) -> None:
    """Return when the client has gone."""
    await finished.wait()
    while (await receive())["type"] != "http.disconnect":
        pass
