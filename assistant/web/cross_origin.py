"""Pages of other origins: those that `serve --allow-origin` names may call the API, no others.

This decides which pages a browser lets read answers. It is no protection of the answers themselves: whoever is not a
browser sends what origin they like. Keys and scopes (``assistant/access``) decide who sees what.
"""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.errors import BadRequest
from assistant.web.problems import problem

CACHED = 7200  # seconds that a browser keeps what a preflight said; Chromium keeps none longer
READABLE = ("Link", "Retry-After", "X-Request-ID")
_API = "/v1/"
_ORIGIN = re.compile(r"https?://[^/\s@?#]+")
_REFUSED = (
    "来源 {origin} 未获准调用接口 (this origin may not call the API); start the server with --allow-origin {origin}"
)


class CrossOrigin(CORSMiddleware):
    """ASGI middleware: the API for the origins named, without credentials. Everything else is left as it is."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...] = ()) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=("GET", "POST"),
            allow_headers=("Accept", "Authorization", "Content-Type"),
            expose_headers=READABLE,
            max_age=CACHED,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer a preflight."""
        if scope["type"] != "http" or not scope["path"].startswith(_API):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await self._preflight(scope, headers)(scope, receive, send)
            return
        await super().__call__(scope, receive, send)

    def _preflight(self, scope: Scope, headers: Headers) -> Response:
        origin = headers.get("origin", "")
        if self.is_allowed_origin(origin):
            return self.preflight_response(headers)
        return problem(Request(scope), 403, "origin", _REFUSED.format(origin=origin[:200]), {"Vary": "Origin"})


def checked(origins: list[str] | None) -> tuple[str, ...]:
    """Origins as browsers send them: ``https://oa.example.cn``, ``http://10.0.0.8:8080``.

    :raises BadRequest: something else; an asterisk, too: which pages may ask is worth a line each
    """
    cleaned = tuple(dict.fromkeys(origin.strip().rstrip("/").lower() for origin in origins or ()))
    for origin in cleaned:
        if not _ORIGIN.fullmatch(origin):
            raise BadRequest(
                f"--allow-origin takes an origin such as https://oa.example.cn, not {origin!r} (来源须含协议，不含路径)"
            )
    return cleaned
