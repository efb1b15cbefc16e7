"""What endpoints are given of the application. Coroutines, since FastAPI would send plain functions to another thread."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from assistant.service import Assistant
from assistant.web.ready import Readiness
from assistant.web.response_cache import ResponseCache


async def _assistant(request: Request) -> Assistant:
    assistant: Assistant = request.app.state.assistant
    return assistant


async def _readiness(request: Request) -> Readiness:
    readiness: Readiness = request.app.state.readiness
    return readiness


async def _cache(request: Request) -> ResponseCache:
    cache: ResponseCache = request.app.state.cache
    return cache


Asked = Annotated[Assistant, Depends(_assistant)]
Cached = Annotated[ResponseCache, Depends(_cache)]
Ready = Annotated[Readiness, Depends(_readiness)]
