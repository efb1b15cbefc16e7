"""Access over HTTP: every request is somebody's, may do what it asks or is refused, and is written down if it changes something."""

from __future__ import annotations

import math
from dataclasses import replace

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.access.current import acting
from assistant.access.guard import COOKIE, Guard, Unauthorised, needed
from assistant.access.limits import RateLimit
from assistant.access.proxy import SCHEME_HEADER
from assistant.access.types import Principal
from assistant.web.problems import problem

_UNLIMITED = ("/healthz", "/readyz", "/static/", "/assets/", "/widget/")
_NO_KEY = "密钥或会话无效、过期或已撤销 (the key or the session is not valid any more); ask the administrator for a key"
_NOT_YOURS = "需要{role}权限 (this needs the role {role}); sign in at /login, or send a key of that role"
_TOO_MANY = "请求过于频繁，请在 {wait} 秒后再试 (too many requests; try again in {wait} s)"


class Guarding:
    """ASGI middleware that lets requests pass as somebody's.

    :param rate: limit by key or address, None for none
    """

    def __init__(self, app: ASGIApp, guard: Guard, rate: RateLimit | None = None) -> None:
        self.app = app
        self._guard = guard
        self._rate = rate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on as its principal's, or answer 401, 403 or 429."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(Headers(scope=scope).items())
        peer = scope["client"][0] if scope.get("client") else None
        if headers.get(SCHEME_HEADER) in ("http", "https") and self._guard.proxies.reports(peer):
            scope["scheme"] = headers[SCHEME_HEADER]
        request = Request(scope)
        address = self._guard.proxies.client(peer, headers)
        try:
            principal = replace(self._guard.principal(headers, peer), address=address)
        except Unauthorised:
            await self._unauthorised(request)(scope, receive, send)
            return
        refusal = self._refusal(request, principal)
        if refusal is not None:
            self._note(request, principal, refusal.status_code)
            await refusal(scope, receive, send)
            return
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        plain = _without_scope(scope["query_string"])
        if plain is not None:  # what everybody may see, whoever asks
            principal = replace(principal, scope=principal.scope.narrowed(self._guard.policy.anonymous.scope))
            scope["query_string"] = plain
        try:
            with acting(principal):
                await self.app(scope, receive, noted)
        finally:
            self._note(request, principal, status)

    def _refusal(self, request: Request, principal: Principal) -> Response | None:
        path = request.url.path
        role = needed(request.method, path)
        if not principal.may(role):
            known = principal.key_id is not None or self._guard.public_only
            headers = None if known else {"WWW-Authenticate": "Bearer"}
            return problem(request, 403 if known else 401, "not_allowed", _NOT_YOURS.format(role=role), headers)
        if self._rate is None or path.startswith(_UNLIMITED):
            return None
        wait = math.ceil(self._rate.wait(principal.key_id or f"{principal.name}@{principal.address}"))
        if wait:
            return problem(request, 429, "too_many", _TOO_MANY.format(wait=wait), {"Retry-After": str(wait)})
        return None

    @staticmethod
    def _unauthorised(request: Request) -> Response:
        """A person is led to the sign-in page, a program told what is wrong; the cookie that opens nothing is taken away."""
        person = request.method == "GET" and "text/html" in request.headers.get("accept", "")
        response: Response = RedirectResponse("/login", 303)
        if not person or "authorization" in request.headers:
            response = problem(request, 401, "unauthorised", _NO_KEY, {"WWW-Authenticate": "Bearer"})
        response.delete_cookie(COOKIE, path="/")
        return response

    def _note(self, request: Request, principal: Principal, status: int) -> None:
        audit = self._guard.audit
        if audit is not None and (
            needed(request.method, request.url.path) in ("editor", "admin") or status in (401, 403)
        ):
            audit.note(principal, f"{request.method} {request.url.path}", status)


def _without_scope(query: bytes) -> bytes | None:
    """A query string without ``scope=public``, None where it does not say so."""
    parts = query.split(b"&")
    kept = [part for part in parts if part != b"scope=public"]
    return b"&".join(kept) if len(kept) < len(parts) else None
