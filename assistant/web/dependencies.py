"""What endpoints are given of the application. Coroutines, since FastAPI would send plain functions to another thread."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request

from assistant.library.library import Library
from assistant.library.runner import Runner
from assistant.service import Assistant
from assistant.web.ready import Readiness
from assistant.web.response_cache import ResponseCache


def _given(name: str) -> Callable[[Request], Coroutine[Any, Any, Any]]:
    """What stands in the application's state under a name."""

    async def given(request: Request) -> Any:
        return getattr(request.app.state, name)

    return given


Asked = Annotated[Assistant, Depends(_given("assistant"))]
Cached = Annotated[ResponseCache, Depends(_given("cache"))]
Ready = Annotated[Readiness, Depends(_given("readiness"))]
Held = Annotated[Library, Depends(_given("library"))]
Working = Annotated[Runner, Depends(_given("runner"))]
