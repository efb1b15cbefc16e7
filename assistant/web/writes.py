"""Requests that change something: none where the service is read-only, none from pages of other origins.

A browser sends a form or a file to any address that a page names, with the reader's session or from inside the office's
network. So a page of another origin is refused by what the browser itself says of it, with keys and without. Programs
say nothing of the kind and pass.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.web.problems import problem

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_ASKING = frozenset({"/v1/ask", "/v1/ask/export", "/v1/chat/completions", "/mcp", "/mcp/"})  # change nothing
_SESSIONS = frozenset({"/login", "/logout"})
_PAGE = "/gradio_api/"
_READ_ONLY = "本服务只读 (this service is read-only): change the store on the server, or start it without --read-only"
_ELSEWHERE = (
    "其他网站的网页不能修改通知库 (a page of another site may change nothing here); open this service's own page, "
    "or name the site with --allow-origin"
)


class Writes:
    """ASGI middleware that lets requests pass which may change something.

    :param origins: other origins whose pages may
    """

    def __init__(self, app: ASGIApp, read_only: bool = False, origins: tuple[str, ...] = ()) -> None:
        self.app = app
        self._read_only = read_only
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] != "http" or scope["method"] in _READING or scope["path"] in _ASKING:
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if self._read_only and path not in _SESSIONS and not path.startswith(_PAGE):
            await problem(Request(scope), 403, "read_only", _READ_ONLY)(scope, receive, send)
        elif self._from_elsewhere(Headers(scope=scope)):
            await problem(Request(scope), 403, "cross_origin", _ELSEWHERE)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _from_elsewhere(self, headers: Headers) -> bool:
        """Whether a browser sends this for a page of another origin."""
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is not None and origin.lower() in self._origins:
            return False
        if site is not None:
            return site not in ("same-origin", "none")
        if origin is None:
            return False
        own = {headers.get("host", "").lower(), headers.get("x-forwarded-host", "").lower()} - {""}
        return urlsplit(origin.lower()).netloc not in own
