"""What the responses of the API look like, for the OpenAPI document: JSON schemas made of :mod:`assistant.json_types`."""

from __future__ import annotations

from typing import Any, NotRequired

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode
from typing_extensions import TypedDict  # pydantic takes none of typing's before 3.12

from assistant.json_types import (
    AnswerJson,
    CardJson,
    HitListJson,
    NoticeJson,
    PassageJson,
    ReportJson,
    SuggestionsJson,
)

Json = dict[str, Any]
_REFERENCES = "#/components/schemas/{model}"


class NoticesJson(TypedDict):
    """Notices; `total` and `next` come with `limit`, `facets` where they are asked for."""

    notices: list[CardJson]
    total: NotRequired[int]
    next: NotRequired[str | None]
    facets: NotRequired[dict[str, Any]]


class ReadyJson(TypedDict):
    """The store's state; `degraded` says why not all is as it should be."""

    status: str
    sequence: int
    notices: int
    passages: int
    degraded: str | None


# Method and path → what a 200 holds.
_SHAPES: dict[tuple[str, str], Any] = {
    ("post", "/v1/ask"): AnswerJson,
    ("get", "/v1/search"): HitListJson,
    ("get", "/v1/notices"): NoticesJson,
    ("get", "/v1/notices/{notice_id}"): NoticeJson,
    ("get", "/v1/passages/{passage_id}"): PassageJson,
    ("get", "/v1/suggest"): SuggestionsJson,
    ("post", "/v1/notices"): ReportJson,
    ("post", "/v1/notices/reread"): ReportJson,
    ("post", "/v1/notices/{notice_id}/reread"): ReportJson,
    ("get", "/readyz"): ReadyJson,
}


def add_to(document: Json) -> None:
    """Have an OpenAPI document say what the responses hold."""
    mode: JsonSchemaMode = "serialization"
    inputs = [(key, mode, TypeAdapter(shape)) for key, shape in _SHAPES.items()]
    schemas, shared = TypeAdapter.json_schemas(inputs, ref_template=_REFERENCES)
    document.setdefault("components", {}).setdefault("schemas", {}).update(shared.get("$defs", {}))
    for (method, path), shape in ((key, schemas[(key, mode)]) for key in _SHAPES):
        content = document["paths"][path][method]["responses"]["200"].setdefault("content", {})
        content.setdefault("application/json", {})["schema"] = shape
