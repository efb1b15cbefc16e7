"""``/v1/explore``: who does what and how it changed; ``/v1/deadlines``: what is due when, as JSON, CSV or a calendar."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from assistant import as_json, deadline_files
from assistant.answer.view import Entry, View, view_of
from assistant.deadlines import Deadline, DeadlineKind, deadlines
from assistant.exploring import MAX_ITEMS, Matrix, RowKind, explore, items
from assistant.service import Assistant
from assistant.web import problems
from assistant.web.bodies import Day, FilterBody, Label, Year
from corpus import as_json as shapes
from index.types import Filters, Hit

_BAD: dict[int | str, dict[str, Any]] = {422: {"description": "Bad input", "content": {problems.MEDIA_TYPE: {}}}}
MAX_DEADLINES = 1000  # of a response as JSON; files hold all

router = APIRouter(tags=["explore"])


class _Limited(BaseModel):
    """Parameters that say what is looked at."""

    model_config = ConfigDict(extra="forbid")

    year: Year | None = Field(default=None, examples=["2022"])
    region: Label | None = None
    unit: Label | None = None
    issuer: Label | None = None
    notice_id: Label | None = None

    def filters(self) -> Filters:
        """As the index takes them. Raises BadQuery for a value that cannot be used."""
        names = {"year", "region", "unit", "issuer", "notice_id"}
        return FilterBody(**self.model_dump(include=names, exclude_none=True)).filters()


class ExploreQuery(_Limited):
    """What the rows of the matrix are, and the limits."""

    by: RowKind = Field(default="unit", description="rows: units, families of units (市场监管), or places")


class CellQuery(ExploreQuery):
    """A cell of the matrix: a row and a topic; without one of them all of that row, or all on that topic."""

    row: Label = Field(default="", description="as in `rows[].name`", examples=["天津市公安局"])
    topic: Label = Field(default="", description="a word", examples=["电动自行车"])
    offset: int = Field(default=0, ge=0)


class DeadlineQuery(_Limited):
    """Which deadlines."""

    kind: Literal["deadline", "date", "all"] = Field(
        default="deadline", description="`date`: days that are no deadline"
    )
    first: Day | None = Field(default=None, description="first day")
    last: Day | None = Field(default=None, description="last day")

    def found(self, view: View) -> list[Deadline]:
        """The deadlines asked for."""
        kinds: tuple[DeadlineKind, ...] = ("deadline", "date") if self.kind == "all" else (self.kind,)
        return deadlines(view, self.filters(), kinds, self.first, self.last)


def _view(request: Request) -> View:
    assistant: Assistant = request.app.state.assistant
    return view_of(assistant.store)


Viewed = Annotated[View, Depends(_view)]


@router.get("/v1/explore", responses=_BAD)
def explore_matrix(query: Annotated[ExploreQuery, Query()], view: Viewed) -> JSONResponse:
    """Units × topics × years: how many items of the notices each row has on each topic in each year.

    The topics are words of the notices themselves, at most 20; the rows those with most items on them, at most 30.
    """
    return JSONResponse(matrix_json(explore(view, query.by, query.filters())))


@router.get("/v1/explore/items", responses=_BAD)
def explore_items(query: Annotated[CellQuery, Query()], view: Viewed) -> JSONResponse:
    """The items of a cell, newest notice first; at most 50 at a time."""
    found = items(view, query.by, query.row, query.topic, query.filters())
    shown = found[query.offset : query.offset + MAX_ITEMS]
    return JSONResponse({"total": len(found), "offset": query.offset, "items": [item_json(entry) for entry in shown]})


@router.get("/v1/deadlines", responses=_BAD)
def list_deadlines(query: Annotated[DeadlineQuery, Query()], view: Viewed) -> JSONResponse:
    """Deadlines in order of their days, at most 1,000, each with its words and its place; `total` counts all."""
    found = query.found(view)
    today = date.today()
    listed = [deadline_json(deadline, today) for deadline in found[:MAX_DEADLINES]]
    return JSONResponse({"today": today.isoformat(), "total": len(found), "deadlines": listed})


@router.get("/v1/deadlines.csv", response_class=Response, responses={**_BAD, 200: {"content": {"text/csv": {}}}})
def deadlines_csv(query: Annotated[DeadlineQuery, Query()], view: Viewed, request: Request) -> Response:
    """The deadlines as a table for spreadsheets."""
    content = deadline_files.as_csv(query.found(view), str(request.base_url))
    return _file(content, "text/csv; charset=utf-8", "deadlines.csv")


@router.get("/v1/deadlines.ics", response_class=Response, responses={**_BAD, 200: {"content": {"text/calendar": {}}}})
def deadlines_ics(query: Annotated[DeadlineQuery, Query()], view: Viewed, request: Request) -> Response:
    """The deadlines as a calendar: mail programs open it once, or subscribe to this address."""
    content = deadline_files.as_calendar(query.found(view), str(request.base_url))
    return _file(content, deadline_files.CALENDAR_TYPE, "deadlines.ics")


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-cache"}
    return Response(content, media_type=media_type, headers=headers)


def matrix_json(matrix: Matrix) -> dict[str, Any]:
    """A matrix without its empty cells."""
    years = matrix.years
    topics = [
        {
            "topic": topic,
            "years": [
                {"year": year, "items": int(matrix.per_topic[t, y]), "rows": int(matrix.acting[t, y])}
                for y, year in enumerate(years)
                if matrix.per_topic[t, y]
            ],
        }
        for t, topic in enumerate(matrix.topics)
    ]
    rows = [
        {
            "name": name,
            "cells": [
                {"topic": matrix.topics[t], "year": years[y], "items": int(matrix.counts[r, t, y])}
                for t, y in zip(*(axis.tolist() for axis in matrix.counts[r].nonzero()), strict=True)
            ],
        }
        for r, name in enumerate(matrix.rows)
    ]
    totals = {"more_rows": matrix.more_rows, "passages": matrix.passages, "notices": matrix.notices}
    return {"by": matrix.by, "years": list(years), "topics": topics, "rows": rows, **totals}


def item_json(entry: Entry) -> dict[str, Any]:
    """An item with the link that opens it."""
    passage, notice = entry.stored.passage, entry.stored.notice
    whole = as_json.hit(Hit(entry.stored, 0.0))
    del whole["score"]
    url = f"/n/{notice.notice_id}?start={passage.start}&end={passage.end}#{passage.passage_id}"
    return {**whole, "url": url}


def deadline_json(deadline: Deadline, today: date) -> dict[str, Any]:
    """A deadline; ``days`` from today, negative once it is past."""
    passage, notice = deadline.stored.passage, deadline.stored.notice
    return {
        "date": deadline.on.isoformat(),
        "days": (deadline.on - today).days,
        "kind": deadline.kind,
        "words": deadline.words,
        "quote": deadline.quote,
        "start": deadline.start,
        "end": deadline.end,
        "passage_id": passage.passage_id,
        "notice_id": notice.notice_id,
        "notice_title": notice.title,
        "document_number": notice.document_number,
        "year": notice.year,
        "units": [shapes.unit(unit) for unit in deadline.units],
        "reports_to": list(deadline.reports_to),
        "url": deadline.url,
    }
