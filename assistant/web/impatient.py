"""HTTP as uvicorn speaks it, for clients that take their time: a connection that holds no whole request is closed.

uvicorn limits how long a connection is idle after a response, but neither how long a request's head takes nor how large it
gets, nor how long a client takes to fetch a response. One byte a second ("slowloris", CVE-2007-6750 of other servers) would hold
a descriptor for ever. How long a body may take is the business of :class:`assistant.web.middleware.BodyLimit`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEAD_SECONDS = 20.0  # from the connection, or the first byte, to the end of the head
HEAD_BYTES = 128 * 1024
FETCH_SECONDS = 60.0  # in which a client must take some of what waits for it
_SLOW, _LARGE = b"the request took too long", b"the head of the request is too large"


class Impatient(HttpToolsProtocol):
    """A connection."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._in_head = True
        self._head_bytes = 0
        self._reading: asyncio.TimerHandle | None = None
        self._writing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come."""
        super().connection_made(transport)
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        self._disarm()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Something of a request; what is too much for a head is refused."""
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._refuse(431, _LARGE)

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        if not self._in_head:
            self._begin()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._in_head = False
        self._disarm()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """The client does not take what is sent."""
        super().pause_writing()
        if self._writing is None:
            self._writing = self.loop.call_later(FETCH_SECONDS, self._abandon)

    def resume_writing(self) -> None:
        """It does."""
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
        if self.flow is not None:
            super().resume_writing()

    def _begin(self) -> None:
        self._disarm()
        self._in_head, self._head_bytes = True, 0
        self._reading = self.loop.call_later(HEAD_SECONDS, self._refuse, 408, _SLOW)

    def _disarm(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _abandon(self) -> None:
        self.transport.abort()

    def _refuse(self, status: int, why: bytes) -> None:
        """Close the connection; a client that has begun a request is told why, unless an earlier one is being answered."""
        self._disarm()
        if self.transport.is_closing():
            return
        if self._head_bytes and (self.cycle is None or self.cycle.response_complete):
            head = [STATUS_LINE[status], b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\n"]
            self.transport.write(b"".join((*head, b"content-length: %d\r\n\r\n" % len(why), why)))
        self.transport.close()
