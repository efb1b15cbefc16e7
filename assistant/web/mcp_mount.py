"""``/mcp``: the Model Context Protocol over streamable HTTP.

The SDK takes 0.7 s to import, so that happens when the first request comes. Each request stands for itself (the protocol's
stateless mode): no session is kept that another key could use, or that somebody forgets to close.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import URL, Headers
from starlette.requests import Request
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from assistant.service import Assistant
from assistant.web.problems import problem

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

PATHS = ("/mcp", "/mcp/")
_log = logging.getLogger(__name__)


class McpMount:
    """The ASGI application at ``/mcp``.

    :param hosts: names under which the service may be reached, besides addresses, ``localhost`` and this machine's own
    :param origins: origins whose pages may ask, besides the service's own
    """

    def __init__(
        self, assistant: Assistant, hosts: tuple[str, ...] = (), origins: tuple[str, ...] = (), version: str = ""
    ) -> None:
        self._assistant = assistant
        self._hosts = frozenset({"localhost", socket.gethostname().lower(), *(host.lower() for host in hosts)})
        self._origins = frozenset(origins)
        self._version = version
        self._manager: StreamableHTTPSessionManager | None = None
        self._starting: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._stop = asyncio.Event()

    def routes(self) -> list[Route]:
        """Where it is reached."""
        return [_AllMethods(path, self) for path in PATHS]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While the server runs."""
        self._ready, self._stop = asyncio.Event(), asyncio.Event()
        try:
            yield
        finally:
            self._stop.set()
            if self._starting is not None:
                await self._starting
            self._starting = self._manager = None

    async def _live(self) -> None:
        try:
            manager = await asyncio.to_thread(_manager, self._assistant, self._version)
            async with manager.run():
                self._manager = manager
                self._ready.set()
                await self._stop.wait()
        except Exception:
            _log.exception("/mcp cannot be served; everything else works without it")
        finally:
            self._ready.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request of the protocol, or say what is wrong with it."""
        request = Request(scope, receive)
        refusal = self._refusal(request.headers)
        if refusal is not None:
            await problem(request, *refusal)(scope, receive, send)
            return
        if request.method != "POST":
            detail = "/mcp 只接受 POST (only POST; connect a client of the Model Context Protocol to this address)"
            await problem(request, 405, "method_not_allowed", detail, {"Allow": "POST"})(scope, receive, send)
            return
        if self._starting is None:
            self._starting = asyncio.create_task(self._live())
        await self._ready.wait()
        if self._manager is None:
            detail = "MCP 尚不可用，见日志 (MCP could not be started; the log says why)"
            await problem(request, 503, "mcp_unavailable", detail)(scope, receive, send)
            return
        from assistant.web.mcp_server import link_base

        token = link_base.set(str(request.base_url).rstrip("/"))
        try:
            await self._manager.handle_request(scope, receive, send)
        finally:
            link_base.reset(token)

    def _refusal(self, headers: Headers) -> tuple[int, str, str] | None:
        """DNS rebinding: a page of another site cannot give an address or a name of ours in Host, nor hide its Origin."""
        host = headers.get("host", "")
        name = _host_name(host)
        if not (name in self._hosts or _is_address(name)):
            detail = f"主机名 {name[:80]!r} 未获许可 (this host name is not known); start with --host-name {name[:80]}"
            return 421, "unknown_host", detail
        origin = headers.get("origin")
        if origin is None or origin in self._origins or URL(origin).netloc == host:
            return None
        detail = f"来源 {origin[:80]!r} 未获许可 (this origin may not ask); start with --allow-origin {origin[:80]}"
        return 403, "unknown_origin", detail


class _AllMethods(Route):
    """A route that leaves methods to the application."""

    def __init__(self, path: str, application: McpMount) -> None:
        super().__init__(path, application, include_in_schema=False)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and scope["path"] == self.path:
            return Match.FULL, {"endpoint": self.endpoint, "path_params": {}}
        return Match.NONE, {}


def _host_name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _manager(assistant: Assistant, version: str) -> StreamableHTTPSessionManager:
    from mcp.server.transport_security import TransportSecuritySettings

    from assistant.web.mcp_server import NoticeServer

    server = NoticeServer(assistant, version)
    checked = TransportSecuritySettings(
        enable_dns_rebinding_protection=False
    )  # above, where addresses are known as well
    server.streamable_http_app(json_response=True, stateless_http=True, transport_security=checked)
    return server.session_manager
