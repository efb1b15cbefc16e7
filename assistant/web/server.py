"""The process that serves: uvicorn with what this application needs."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from assistant.errors import BadRequest
from assistant.service import Assistant
from assistant.types import Question
from assistant.web.app import create_app
from assistant.web.forwarding import Forwarded, Forwarding
from assistant.web.impatient import Impatient
from assistant.web.settings import DEFAULTS, WebSettings
from assistant.web.workers import Part
from index.errors import StoreError

_FIRST = ("哪些单位负责质量工作", "无此事由")  # an answer and a refusal, mostly
GRACE = 5  # seconds that a running answer has when the server is told to stop


class Server(uvicorn.Server):
    """Ends the streams of open pages first: uvicorn waits for every connection, and a page keeps one for ever."""

    def __init__(
        self,
        app: FastAPI,
        host: str = "127.0.0.1",
        port: int = 8000,
        around: ASGIApp | None = None,
        then: Callable[[], None] | None = None,
    ) -> None:
        """A server of an application.

        :param around: what stands around the application, where something does
        :param then: what is done in a thread once the server listens
        """
        config = uvicorn.Config(
            around or app,
            host,
            port,
            log_level="warning",
            http=Impatient,
            access_log=False,  # what is asked is the asker's own
            server_header=False,
            proxy_headers=False,  # who asks through a proxy is worked out in assistant/access, from who really connects
            timeout_graceful_shutdown=GRACE,
        )
        super().__init__(config)
        self._app, self._then = app, then

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        await super().startup(sockets)
        if self._then is not None:
            threading.Thread(target=self._then, daemon=True).start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close all connections and end."""
        if self._app.state.background is not None:
            self._app.state.background.leave()
        await super().shutdown(sockets)


def check_address(host: str, port: int) -> None:
    """Raise :class:`BadRequest` where nothing can listen on an address."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family[0], socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(family[4])
    except OSError as error:
        raise BadRequest(f"cannot listen on {host}:{port} ({error.strerror}); choose another with --port") from error


def _warm(assistant: Assistant) -> None:
    """Load what answers need (dictionaries, the view of the store), so that the first question need not wait for it."""
    for text in _FIRST:
        try:
            assistant.extract(Question(text))
        except StoreError:
            return  # whoever asks is told


def serve(
    assistant: Assistant,
    host: str = "127.0.0.1",
    port: int = 8000,
    page: bool = True,
    settings: WebSettings = DEFAULTS,
    part: Part | None = None,
) -> None:
    """Serve until the process is told to stop (Ctrl+C, or SIGTERM).

    :param part: which of several workers this process is; None for the only one
    """
    warm = partial(_warm, assistant)
    if part is None:
        Server(create_app(assistant, page, settings), host, port, then=warm).run()
    elif part.number == 0:
        app = create_app(assistant, page, settings)
        Server(app, host, port, Forwarded(app, part.inner), warm).run([part.listening, *part.inner.sockets])
    else:
        app = create_app(assistant, False, replace(settings, read_only=True))
        Server(app, host, port, Forwarding(app, part.inner), warm).run([part.listening])
