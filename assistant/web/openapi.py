"""What the OpenAPI document says beyond what FastAPI reads off the routes: problem documents, examples."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Path
from fastapi.openapi.utils import get_openapi

from assistant.web import response_schemas
from assistant.web.problems import MEDIA_TYPE

Json = dict[str, Any]
NOTICE_ID = "2022-10-4e99b89e"
_PROBLEM: Json = {
    "type": "object",
    "description": "A problem document (RFC 9457). `code` is stable, `detail` says what to do next.",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
    },
}
_REFERENCE = {"$ref": "#/components/schemas/Problem"}
# What any request may meet, whatever it asks.
_ALWAYS = {
    "400": "No HTTP request that can be read, such as one whose address is longer than 64 KB",
    "401": "A key or a session is needed, or is not valid any more",
    "403": "Not allowed for this key, for a page of this origin, or on a read-only service",
    "408": "The body did not arrive in time",
    "422": "Bad input",
    "429": "Too many requests; see Retry-After",
    "500": "Internal error; the detail carries the id under which it stands in the log",
}
_OPEN = ("/healthz",)  # asks for nothing and is never refused
_UNREAD = "400"  # said by what reads HTTP, in plain text, before anything here sees the request


def described(description: str) -> Json:
    """A response that is a problem document."""
    return {"description": description, "content": {MEDIA_TYPE: {"schema": _REFERENCE}}}


def answer(description: str, example: Any, media: str = "application/json") -> Json:
    """A response with an example of it."""
    return {"description": description, "content": {media: {"example": example}}}


def path_example(example: str, description: str = "") -> Any:
    """A parameter of a path with an example."""
    return Path(description=description, examples=[example])


def notice_path() -> Any:
    """The id of a notice as a parameter of a path."""
    return path_example(NOTICE_ID, "as `notices list` and /v1/notices show it")


def install(app: FastAPI) -> None:
    """Have ``app`` describe its errors as what they are."""

    def described_app() -> Json:
        if not app.openapi_schema:
            app.openapi_schema = _with_problems(
                get_openapi(
                    title=app.title, version=app.version, description=app.description, routes=app.routes,
                    separate_input_output_schemas=app.separate_input_output_schemas,
                )
            )  # fmt: skip
        return app.openapi_schema

    app.openapi = described_app  # type: ignore[method-assign]


def _with_problems(document: Json) -> Json:
    """FastAPI's own shape of an invalid request is never sent; every operation may meet the errors of all."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path, operations in document["paths"].items():
        for operation in operations.values():
            responses = operation.setdefault("responses", {})
            for status, description in () if path in _OPEN else _ALWAYS.items():
                known = responses.get(status, {}).get("description", "")
                kept = known if known and known != "Validation Error" else description
                responses[status] = described(kept)
            for status, response in responses.items():
                if status >= "400":
                    response["content"] = {MEDIA_TYPE: {"schema": _REFERENCE}}
                if status == _UNREAD:
                    response["content"]["text/plain"] = {}
    response_schemas.add_to(document)
    return document
