"""What endpoints are given of the application. Coroutines, since FastAPI would send plain functions to another thread."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from assistant.library.library import Library
from assistant.library.runner import Runner
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


async def _library(request: Request) -> Library:
    library: Library = request.app.state.library
    return library


async def _runner(request: Request) -> Runner:
    runner: Runner = request.app.state.runner
    return runner


Asked = Annotated[Assistant, Depends(_assistant)]
Cached = Annotated[ResponseCache, Depends(_cache)]
Ready = Annotated[Readiness, Depends(_readiness)]
Held = Annotated[Library, Depends(_library)]
Working = Annotated[Runner, Depends(_runner)]
