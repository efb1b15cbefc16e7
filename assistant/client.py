"""A client of the HTTP API, for programs that ask a served store.

    with Client("http://127.0.0.1:8000") as client:
        answer = client.ask("哪些单位负责电动自行车相关活动", year=2022)
        for citation in answer["citations"]:
            print(citation["quote"], client.link(citation))

What comes back are the JSON shapes of the API as types (:mod:`assistant.json_types`). Errors are :class:`ApiError` with the
problem document. A server that is busy (429, 503) is asked again after the time that it names. Several threads may share a client.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self, TypeVar, cast
from urllib.parse import quote

import httpx

from assistant.errors import AssistantError
from assistant.json_types import (
    AnswerJson,
    CardJson,
    CitationJson,
    HitListJson,
    NoticeJson,
    PassageJson,
    ReportJson,
    SuggestionsJson,
)  # fmt: skip
from assistant.types import Kind, Lang
from index.types import Mode

_BUSY = frozenset({429, 503})
_LONGEST_PAUSE = 30.0  # seconds; who is told to wait longer had better come back himself
_Filter = int | str | Sequence[str] | None
_T = TypeVar("_T")


class ApiError(AssistantError):
    """The server refused, could not, or was not there.

    :param status: the HTTP status; 0 where there was no answer at all
    :param problem: the problem document (RFC 9457), as far as there is one
    """

    def __init__(self, message: str, status: int = 0, problem: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.problem: Mapping[str, Any] = problem or {}

    @property
    def code(self) -> str:
        """The stable name of what is wrong, such as ``unknown_notice``; empty where the server gave none."""
        return str(self.problem.get("code", ""))


class Client:
    """Asks one server.

    :param base_url: where it is, ``http://host:port``
    :param key: an API key, where the server wants one
    :param timeout: seconds to connect, and between two pieces of an answer
    :param retries: how many times a busy server is asked again
    :param transport: another way to reach it, as httpx has them
    """

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8000",
        *,
        key: str | None = None,
        timeout: float = 60.0,
        retries: int = 3,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=timeout, transport=transport)
        self._retries = retries

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # -- questions -----------------------------------------------------------------------------------------------------

    def ask(
        self,
        question: str,
        history: Sequence[str] = (),
        *,
        lang: Lang | None = None,
        kind: Kind | None = None,
        without: Sequence[str] = (),
        **filters: _Filter,
    ) -> AnswerJson:
        """The answer to a question.

        :param history: the earlier questions of the dialogue, oldest first
        :param kind: corrects how the question is taken
        :param without: items of the scope that are not to be taken over, such as ``year:2022``
        :param filters: year, region, unit, issuer, notice_id, disclosure
        """
        body = _question(question, history, lang, kind, without, filters)
        return cast(AnswerJson, self._json("POST", "/v1/ask", json=body))

    def ask_stream(
        self,
        question: str,
        history: Sequence[str] = (),
        *,
        lang: Lang | None = None,
        kind: Kind | None = None,
        without: Sequence[str] = (),
        **filters: _Filter,
    ) -> Iterator[tuple[Literal["citation", "delta", "table", "done"], dict[str, Any]]]:
        """The same as events: ``citation`` …, ``delta`` …, ``table``, and ``done`` with the whole answer.

        Closing the iterator closes the connection.
        """
        body = _question(question, history, lang, kind, without, filters)
        response = self._send("POST", "/v1/ask", stream=True, json=body, headers={"Accept": "text/event-stream"})
        try:
            yield from _events(response.iter_lines())
        except httpx.HTTPError as error:
            raise ApiError(f"the connection broke while the answer came ({error}); ask again") from error
        finally:
            response.close()

    def search(
        self, query: str, k: int = 10, mode: Mode = "hybrid", *, history: Sequence[str] = (), **options: Any
    ) -> HitListJson:
        """The best passages.

        :param options: filters (year, region, unit, issuer, notice_id), ``without``, ``explain``, ``highlight``
        """
        found = self._json(
            "GET", "/v1/search", params={"q": query, "k": k, "mode": mode, "history": history, **options}
        )
        return cast(HitListJson, found)

    def suggest(self, typed: str = "", k: int = 8, lang: Lang | None = None) -> SuggestionsJson:
        """Questions that the notices can answer, going on from what is typed."""
        return cast(SuggestionsJson, self._json("GET", "/v1/suggest", params={"q": typed, "k": k, "lang": lang}))

    def feedback(
        self,
        question: str,
        verdict: Literal["good", "bad"],
        citations: Sequence[CitationJson] = (),
        *,
        reason: str = "",
        history: Sequence[str] = (),
        **filters: _Filter,
    ) -> None:
        """Keep a verdict on an answer, or on some of its citations."""
        judged = [{key: c[key] for key in ("passage_id", "start", "end")} for c in citations]
        body = {
            "question": question, "verdict": verdict, "reason": reason, "history": list(history), "citations": judged,
            "filters": _given(filters),
        }  # fmt: skip
        self._json("POST", "/v1/feedback", json=body)

    # -- notices -------------------------------------------------------------------------------------------------------

    def notices(self, words: str = "", **filters: _Filter) -> Iterator[CardJson]:
        """The notices, fetched page by page.

        :param words: of the title, the number, the issuer or the source
        :param filters: year, region, issuer, disclosure
        """
        cursor: str | None = ""
        while cursor is not None:
            page = self._json("GET", "/v1/notices", params={"q": words, "limit": 200, "cursor": cursor, **filters})
            yield from page["notices"]
            cursor = page["next"]

    def notice(self, notice_id: str) -> NoticeJson:
        """A whole notice."""
        return cast(NoticeJson, self._json("GET", f"/v1/notices/{quote(notice_id, safe='')}"))

    def passage(self, passage_id: str) -> PassageJson:
        """One passage."""
        return cast(PassageJson, self._json("GET", f"/v1/passages/{quote(passage_id)}"))

    def upload(self, *files: Path | tuple[str, bytes], replace: bool = False) -> ReportJson:
        """Have files read and indexed; returns when their notices can be found. Unreadable ones stand in ``failed``.

        :param files: paths, or names with contents
        :param replace: they replace whatever earlier files of their names gave
        """
        read = [(f.name, f.read_bytes()) if isinstance(f, Path) else f for f in files]
        form = [("file", one) for one in read]
        params = {"replace": "true"} if replace else None
        # No limit to the wait for the answer: reading a scan takes its time.
        timeout = httpx.Timeout(self._http.timeout.connect, read=None)
        return cast(ReportJson, self._json("POST", "/v1/notices", files=form, params=params, timeout=timeout))

    def remove(self, notice_id: str) -> None:
        """Remove a notice; it is gone from every answer when this returns."""
        self._json("DELETE", f"/v1/notices/{quote(notice_id, safe='')}")

    def link(self, citation: CitationJson | PassageJson) -> str:
        """Where a citation can be read."""
        return str(self._http.base_url.join(citation["url"]))

    # -- HTTP ----------------------------------------------------------------------------------------------------------

    def _json(self, method: str, path: str, **options: Any) -> Any:
        response = self._send(method, path, **options)
        try:
            return response.json()
        except ValueError as error:
            raise ApiError(
                f"{response.url} answers no JSON; is it a notice-assistant?", response.status_code
            ) from error

    def _send(self, method: str, path: str, stream: bool = False, **options: Any) -> httpx.Response:
        if options.get("params"):
            options["params"] = _given(options["params"])
        for attempt in range(self._retries + 1):
            request = self._http.build_request(method, path, **options)
            try:
                response = self._http.send(request, stream=stream)
            except httpx.HTTPError as error:
                raise ApiError(
                    f"{request.url.copy_with(query=None)} cannot be reached ({error}); does it run?"
                ) from error
            if response.is_success:
                return response
            response.read()
            pause = _pause(response, attempt)
            if response.status_code not in _BUSY or attempt == self._retries or pause > _LONGEST_PAUSE:
                break
            time.sleep(pause)
        raise _error(response)


def _question(
    question: str, history: Sequence[str], lang: Lang | None, kind: Kind | None, without: Sequence[str],
    filters: Mapping[str, _Filter],
) -> dict[str, Any]:  # fmt: skip
    body = {"question": question, "history": list(history), "without": list(without), "filters": _given(filters)}
    return {**body, **_given({"lang": lang, "kind": kind})}


def _given(values: Mapping[str, _T | None]) -> dict[str, _T]:
    return {name: value for name, value in values.items() if value is not None}


def _events(lines: Iterator[str]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Server-sent events as this API sends them: a line with the name, a line of JSON, a blank one."""
    name = ""
    for line in lines:
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


def _pause(response: httpx.Response, attempt: int) -> float:
    """Seconds to wait: what the server names, else longer each time; a little apart from others who wait."""
    named = response.headers.get("retry-after", "")
    seconds = float(named) if named.isdigit() and len(named) < 6 else 0.5 * 2**attempt
    return seconds + random.uniform(0, 0.1)


def _error(response: httpx.Response) -> ApiError:
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        problem = {}
    detail = problem.get("detail") or f"{response.status_code} {response.reason_phrase}"
    return ApiError(str(detail), response.status_code, problem)
