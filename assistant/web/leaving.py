"""Readers who leave while a language model words their answer: the call to the model is given up.

Without one an answer takes milliseconds and nothing need be given up. An answer is composed in a thread, which looks at no
connection, so this reads on behind the request's body, where ASGI says that the client has gone.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.leaving import Asker, asking

_GONE: Message = {"type": "http.disconnect"}


class Leaving:
    """ASGI middleware that notices who leaves.

    :param on: whether answers take long enough
    """

    def __init__(self, app: ASGIApp, on: bool) -> None:
        self.app = app
        self._on = on

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or not self._on:
            await self.app(scope, receive, send)
            return
        reader = _Reader(receive)
        task = asyncio.create_task(reader.run())
        try:
            with asking(reader.asker):
                await self.app(scope, reader.receive, send)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


class _Reader:
    """Reads one message ahead of the application."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._ahead: asyncio.Queue[Message | Exception] = asyncio.Queue(1)
        self._gone = asyncio.Event()
        self.asker = Asker()

    async def run(self) -> None:
        """Until the client has gone."""
        while not self._gone.is_set():
            try:
                message = await self._receive()
            except Exception as error:  # a body that is too large, or too slow: the application is told
                await self._ahead.put(error)
                self._gone.set()
                return
            if message["type"] == "http.disconnect":
                self._gone.set()
                self.asker.leave()
            else:
                await self._ahead.put(message)

    async def receive(self) -> Message:
        """The next message, as ASGI's."""
        if self._ahead.empty() and not self._gone.is_set():
            waiting = asyncio.ensure_future(self._ahead.get()), asyncio.ensure_future(self._gone.wait())
            try:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                if waiting[0].done():
                    return _told(waiting[0].result())
            finally:
                for one in waiting:
                    one.cancel()
        return _GONE if self._ahead.empty() else _told(self._ahead.get_nowait())


def _told(message: Message | Exception) -> Message:
    if isinstance(message, Exception):
        raise message
    return message
