"""Errors of evaluation as problem documents."""

from __future__ import annotations

from fastapi import Request

from assistant.web.problems import ProblemResponse, problem


async def answer(request: Request, error: Exception) -> ProblemResponse:
    """An error of ours: its message is meant for the reader."""
    return problem(request, 422, "bad_request", str(error))
