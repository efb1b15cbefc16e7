"""``/v1/suggest``: questions that the notices can answer, as somebody types."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from assistant.suggesting import MAX_SUGGESTIONS, Suggestions
from assistant.web import problems
from assistant.web.bodies import Text

router = APIRouter()
_BAD: dict[int | str, dict[str, Any]] = {422: {"description": "Bad input", "content": {problems.MEDIA_TYPE: {}}}}


class SuggestQuery(BaseModel):
    """What is typed so far; nothing for questions to begin with."""

    model_config = ConfigDict(extra="forbid")

    q: Text = Field(default="", examples=["电动"])
    k: int = Field(default=8, ge=1, le=MAX_SUGGESTIONS)
    lang: Literal["zh", "en"] | None = Field(default=None, description="of the questions; by default that of `q`")


@router.get("/v1/suggest", tags=["answers"], responses=_BAD)
def suggest(request: Request, query: Annotated[SuggestQuery, Query()]) -> JSONResponse:
    """Questions that the notices can answer, made of their own topics, units, years and titles.

    They go on from `q`; without it they are examples of what can be asked. An empty store has none.
    """
    suggestions: Suggestions = request.app.state.suggestions
    lang = query.lang or ("en" if query.q.strip() and query.q.isascii() else "zh")
    found = suggestions.suggest(query.q, query.k, lang)
    items = [{"text": one.text, "kind": one.kind, "lang": one.lang} for one in found]
    return JSONResponse({"query": query.q, "suggestions": items})
