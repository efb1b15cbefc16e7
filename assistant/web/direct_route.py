"""A route that reads its query in one go. FastAPI resolves parameter by parameter, which takes a fifth of a small search."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, cast, get_origin

from anyio import to_thread
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError


class DirectRoute(APIRoute):
    """A route whose endpoint is a plain function of a query's model, the assistant and the kept responses, in this order.

    It is declared and documented as any other, and refuses what any other would refuse.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request."""
        model = cast(type[BaseModel], self.dependant.query_params[0].field_info.annotation)
        endpoint, many = self.endpoint, _many(model)

        async def handle(request: Request) -> Response:
            query, state = _query(model, many, request), request.app.state
            given = query, state.assistant, state.cache
            response: Response = await to_thread.run_sync(endpoint, *given, limiter=state.searching)
            return response

        return handle


def _many(model: type[BaseModel]) -> frozenset[str]:
    """The fields that a query may repeat."""
    return frozenset(name for name, field in model.model_fields.items() if get_origin(field.annotation) is list)


def _query(model: type[BaseModel], many: frozenset[str], request: Request) -> BaseModel:
    """The query as the model; of a parameter that is repeated and may not be, the last counts.

    :raises RequestValidationError: it does not have the model's shape
    """
    given = request.query_params
    values = {name: given.getlist(name) if name in many else value for name, value in given.items()}
    try:
        return model.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise RequestValidationError([{**one, "loc": ("query", *one["loc"])} for one in found]) from None
