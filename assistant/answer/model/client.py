"""The client of an OpenAI-compatible endpoint: one request, a hard deadline, a bounded reply, no redirect followed."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import httpx

from assistant.answer.model.settings import ModelSettings
from assistant.leaving import Asker, asker

MAX_RESPONSE = 256 * 1024  # bytes
Problem = Literal["unreachable", "slow", "redirect", "status", "too_large", "nonsense", "busy", "paused", "left"]
_THINKING = re.compile(r"\A\s*<think>.*?(?:</think>|\Z)", re.DOTALL)  # what reasoning models write before they answer


class ModelFailed(Exception):
    """The model gave nothing that could be used.

    :param problem: why, as the answer will say it
    :param status: the HTTP status of a reply that is not 200
    """

    def __init__(self, problem: Problem, status: int = 0) -> None:
        super().__init__(f"{problem} {status}" if status else problem)
        self.problem: Problem = problem
        self.status = status


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model wrote; ``cut`` where it ran into the limit of tokens."""

    text: str
    cut: bool = False


class ChatClient:
    """Asks one endpoint. Safe to use from several threads, with or without an event loop of their own."""

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings

    def complete(self, messages: list[dict[str, str]], max_tokens: int, seconds: float) -> Completion:
        """What the model writes to ``messages``; without chance in it, as far as the server can do without.

        :param seconds: from now until the last byte of the reply
        :raises ModelFailed: no reply in time, or none of the shape of a chat completion; nobody waits for it any more
        """
        body = {
            "model": self._settings.model,
            "messages": messages,
            "temperature": 0,
            "seed": 0,
            "max_tokens": max_tokens,
            "stream": False,
        }
        # A loop of its own: only a task can be ended at its deadline wherever it waits, and the caller may run in a loop.
        with ThreadPoolExecutor(1, "language model") as thread:
            return _completion(thread.submit(asyncio.run, self._unless_left(body, seconds, asker())).result())

    async def _unless_left(self, body: dict[str, Any], seconds: float, who: Asker) -> bytes:
        """The reply, as long as somebody waits for it: else the connection to the model is closed at once."""
        loop, asking = asyncio.get_running_loop(), asyncio.create_task(self._post(body, seconds))

        def give_up() -> None:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(asking.cancel)

        with who.until_left(give_up):
            try:
                return await asking
            except asyncio.CancelledError:
                raise ModelFailed("left") from None

    async def _post(self, body: dict[str, Any], seconds: float) -> bytes:
        try:
            async with asyncio.timeout(max(seconds, 0)):
                return await self._read(body)
        except TimeoutError:
            raise ModelFailed("slow") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            raise ModelFailed("unreachable") from None

    async def _read(self, body: dict[str, Any]) -> bytes:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if self._settings.key:
            headers["Authorization"] = f"Bearer {self._settings.key}"
        # trust_env=False: a proxy named in the environment would be a place that nobody configured here.
        options: dict[str, Any] = {"follow_redirects": False, "trust_env": False, "timeout": None, "verify": self._tls}
        async with (
            httpx.AsyncClient(**options) as client,
            client.stream("POST", self._settings.url, json=body, headers=headers) as response,
        ):
            if response.is_redirect or 300 <= response.status_code < 400:
                raise ModelFailed("redirect", response.status_code)
            if response.status_code != httpx.codes.OK:
                raise ModelFailed("status", response.status_code)
            if response.headers.get("content-encoding", "identity") != "identity":
                raise ModelFailed("nonsense")  # it was asked not to; what it unpacks to nobody knows
            received = bytearray()
            async for chunk in response.aiter_raw():
                received += chunk
                if len(received) > MAX_RESPONSE:
                    raise ModelFailed("too_large")
            return bytes(received)

    @cached_property
    def _tls(self) -> ssl.SSLContext | bool:
        """The machine's own certificates, an office's among them; none are read for plain HTTP."""
        return ssl.create_default_context() if self._settings.url.startswith("https:") else False


def _completion(received: bytes) -> Completion:
    try:
        choice = json.loads(received)["choices"][0]
        text, cut = choice["message"]["content"], choice.get("finish_reason") == "length"
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise ModelFailed("nonsense") from None
    if not isinstance(text, str):
        raise ModelFailed("nonsense")
    return Completion(_THINKING.sub("", text), cut)
