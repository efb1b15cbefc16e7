"""What holds for every request: an id, common headers, and a limit to what may be sent."""

from __future__ import annotations

import uuid

from anyio import current_time, fail_after, move_on_after
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.web.bodies import MAX_BODY
from assistant.web.problems import problem
from assistant.web.uploads import MAX_UPLOAD

#: What is no page is data: whoever opens it in a browser gets no script, no frame, nothing loaded.
DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
#: A page that says nothing itself, such as the empty panel beside an answer, which the page frames.
PAGE_POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
_PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
_DRAINED = 8 << 20  # bytes of a refused body that are read all the same
_DRAIN_SECONDS = 2.0
_BODY_SECONDS = 60.0  # for the body of a request
_UPLOAD_SECONDS = 3600.0  # for that of an upload
_STALL_SECONDS = 30.0  # until more of it comes
_TOO_SLOW = "请求体迟迟没有到齐 (the body did not arrive in time); send it again"
_TOO_LARGE = "请求体过大 (the body is larger than {limit} KB); send less"


class CommonHeaders:
    """ASGI middleware that gives each request an id and each response the common headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = uuid.uuid4().hex[:12]
        scope.setdefault("state", {})["request_id"] = request_id

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                headers["Permissions-Policy"] = _PERMISSIONS
                headers["X-Frame-Options"] = "SAMEORIGIN"  # for browsers that know no frame-ancestors
                is_page = headers.get("Content-Type", "").startswith("text/html")
                if message["status"] != 304:  # its headers replace those of the page that the browser has kept
                    headers.setdefault("Content-Security-Policy", PAGE_POLICY if is_page else DATA_POLICY)
            await send(message)

        await self.app(scope, receive, with_headers)


class BodyLimit:
    """ASGI middleware that refuses a body that is too large, whether it says so first or not, or that takes for ever."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 413."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        upload = (scope["method"], scope["path"]) == ("POST", "/v1/notices")
        most = MAX_UPLOAD if upload else MAX_BODY
        too_large = _TOO_LARGE.format(limit=most >> 10)
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdigit() and (len(announced) > 18 or int(announced) > most):
            await _drained(receive)
            await problem(Request(scope), 413, "too_large", too_large)(scope, receive, send)
            return
        read, whole = 0, False
        until = current_time() + (_UPLOAD_SECONDS if upload else _BODY_SECONDS)

        async def counted() -> Message:
            nonlocal read, whole
            if whole:  # what comes now is that the client has gone, whenever that is
                return await receive()
            try:
                with fail_after(max(0.0, min(_STALL_SECONDS, until - current_time()))):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, _TOO_SLOW, {"Connection": "close"}) from None
            whole = not message.get("more_body", False)
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(413, too_large)
            return message

        await self.app(scope, counted, send)


async def _drained(receive: Receive) -> None:
    """Read on for a moment: a client that is still sending when the connection ends never sees the answer."""
    read = 0
    with move_on_after(_DRAIN_SECONDS):
        while read < _DRAINED:
            message = await receive()
            read += len(message.get("body", b""))
            if message["type"] == "http.disconnect" or not message.get("more_body", False):
                return
