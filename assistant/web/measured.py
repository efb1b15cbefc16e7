"""Every request counted, timed and logged; more at once than can be answered soon are turned away."""

from __future__ import annotations

import json
import logging
import time
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.web.metrics import Metrics
from assistant.web.problems import problem

_log = logging.getLogger("notices.access")
_BUSY = "现在请求太多，请稍后再试 (too many requests at once; try again in a moment)"
_COUNTED = ("/v1/", "/mcp", "/n/")  # streams of the page stay open for as long as it is looked at
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})  # others could be without number
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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 429."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        counted = scope["path"].startswith(_COUNTED)
        if counted and self._at_once is not None and self._under_way >= self._at_once:
            self._metrics.turned_away.inc()
            await problem(Request(scope), 429, "busy", _BUSY, {"Retry-After": "1"})(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500
        self._under_way += counted
        self._metrics.under_way.set(self._under_way)

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            self._under_way -= counted
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
