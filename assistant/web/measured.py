"""Every request counted, timed and logged; more at once than can be answered soon are turned away."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from anyio import move_on_after
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.web.metrics import Metrics
from assistant.web.problems import problem

_log = logging.getLogger("notices.access")
_BUSY = "现在请求太多，请稍后再试 (too many requests at once; try again in a moment)"
_COUNTED = ("/v1/", "/mcp", "/n/")  # streams of the page stay open for as long as it is looked at
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})  # others could be without number
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
_FIRST_SECONDS = 30.0  # until the first part of a body comes
_ARRIVING = 4  # times as many requests may be on their way as may be under way
_SLOW = "请求体迟迟没有到齐 (the body did not arrive in time); send it again"
_EXEMPT = ("/healthz", "/readyz", "/metrics")


class Measured:
    """ASGI middleware around everything that answers.

    :param at_once: requests that may be under way; the next is answered 429, None for no limit
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, at_once: int | None = None) -> None:
        self.app = app
        self._metrics = metrics
        self._at_once = at_once
        self._under_way = 0
        self._arriving = 0  # requests whose bodies are still on their way

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 429."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        counted = scope["path"].startswith(_COUNTED)
        body = Arriving(receive)
        if counted and scope["method"] not in _BODILESS and not await body.begun():
            await problem(Request(scope), 408, "too_slow", _SLOW, {"Connection": "close"})(scope, receive, send)
            return
        if counted and self._at_once is not None and not self._has_room(body, self._at_once):
            self._metrics.turned_away.inc()
            await problem(Request(scope), 429, "busy", _BUSY, {"Retry-After": "1"})(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500
        if counted:
            self._arriving += not body.whole
            self._under_way += body.whole
            body.when_whole = self._arrived
        self._metrics.under_way.set(self._under_way)

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, body.receive, noted)
        finally:
            if counted:
                self._arriving -= not body.whole
                self._under_way -= body.whole
            self._metrics.under_way.set(self._under_way)
            took = time.perf_counter() - started
            # The route's pattern, never the address: what was asked is the asker's own, and names are without number.
            route = getattr(scope.get("route"), "path", "other")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.requests.labels(method, route, str(status)).observe(took)
            if _log.isEnabledFor(logging.INFO) and not scope["path"].startswith(_EXEMPT):
                _log.info(
                    "%s %s %s", method, route, status,
                    extra={"request_id": scope.get("state", {}).get("request_id"), "took_ms": round(took * 1000, 1)},
                )  # fmt: skip

    def _has_room(self, body: Arriving, at_once: int) -> bool:
        """Whether a request may pass; one whose body is still on its way takes no place of those that can be answered."""
        return self._under_way < at_once if body.whole else self._arriving < _ARRIVING * at_once

    def _arrived(self) -> None:
        self._arriving -= 1
        self._under_way += 1


class Arriving:
    """The body of a request as it comes in.

    Who sends it byte by byte would otherwise hold a place of those under way, and some dozens of such clients the service.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._first: Message | None = None
        self.whole = True  # a request without a body is
        self.when_whole: Callable[[], None] | None = None

    async def begun(self) -> bool:
        """Read the first part; False where none comes in time."""
        with move_on_after(_FIRST_SECONDS):
            self._first = await self._receive()
            self.whole = not self._first.get("more_body", False)
            return True
        return False

    async def receive(self) -> Message:
        """The next message, as ASGI's."""
        if self._first is not None:
            message, self._first = self._first, None
            return message
        message = await self._receive()
        if not self.whole and not message.get("more_body", False):
            self.whole = True
            if self.when_whole is not None:
                self.when_whole()
        return message


class JsonLines(logging.Formatter):
    """Log records as JSON lines; JSON escapes line breaks and control characters, so that no text forges a line."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name in ("request_id", "took_ms"):
            if hasattr(record, name):
                entry[name] = getattr(record, name)
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry)


def log_json() -> None:
    """Have everything that is logged go to stderr as JSON lines, a line for each request among them."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    _log.setLevel(logging.INFO)
