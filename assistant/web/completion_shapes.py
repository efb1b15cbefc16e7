"""The shapes of OpenAI's chat completions: what is read of a request, and an answer as a completion or as its chunks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from assistant import as_json
from assistant.plain_text import sources
from assistant.types import Answer, Question
from assistant.web.bodies import MAX_HISTORY, MAX_QUESTION, FilterBody, Without, encodable
from index.types import Filters

MODEL = "notices"
_MAX_MESSAGES = 2000  # of a dialogue; a body is limited in bytes anyway
_MARK = re.compile(r"\[(\d+)\]")

_Text = Annotated[str, AfterValidator(encodable)]


class UnknownModel(Exception):
    """A model is named that is not here."""


class BadMessages(ValueError):
    """Messages without a question. ``parameter`` is the place in the request."""

    def __init__(self, message: str, parameter: str) -> None:
        super().__init__(message)
        self.parameter = parameter


class Part(BaseModel):
    """A part of a message's content; only text is understood."""

    model_config = ConfigDict(strict=True)

    type: str
    text: _Text | None = None


class Message(BaseModel):
    """A message. Only what the user wrote is read: instructions of the system change no answer."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: _Text | list[Part] | None = None

    def words(self, place: str) -> str:
        """Its text; raises BadMessages where a part is none."""
        if not isinstance(self.content, list):
            return self.content or ""
        for part in self.content:
            if part.type != "text" or part.text is None:
                raise BadMessages(f"只接受文字 (only parts of type text are understood, not {part.type[:40]!r})", place)
        return "\n".join(part.text or "" for part in self.content)


class StreamOptions(BaseModel):
    """What comes with a stream."""

    model_config = ConfigDict(strict=True)

    include_usage: bool = False


class CompletionBody(BaseModel):
    """A chat completion request. Settings of sampling (temperature, max_tokens …) are accepted and change nothing.

    `filters`, `lang` and `without` are our own, as in `/v1/ask`.
    """

    model_config = ConfigDict(
        extra="ignore",
        strict=True,
        json_schema_extra={
            "examples": [
                {"model": MODEL, "messages": [{"role": "user", "content": "哪些单位负责电动自行车相关活动"}]},
            ]
        },
    )

    model: str
    messages: list[Message] = Field(min_length=1, max_length=_MAX_MESSAGES)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
    filters: FilterBody | None = None
    lang: Literal["zh", "en"] | None = None
    without: Without

    def asked(self) -> Question:
        """The last message of the user as a question, the earlier ones as its history.

        Earlier messages too long for a question (a pasted document) are left out.

        :raises UnknownModel: another model is named
        :raises BadMessages: there is no question, or one that is too long
        :raises BadQuery: a filter that cannot be used
        """
        from assistant.answer.carried import checked

        if self.model != MODEL:
            raise UnknownModel(self.model[:80])
        said = [
            (f"messages.{i}.content", message.words(f"messages.{i}.content"))
            for i, message in enumerate(self.messages)
            if message.role == "user"
        ]
        if not said or not said[-1][1].strip():
            raise BadMessages("没有问题 (no question): the last message of role user must hold it", "messages")
        *earlier, (place, question) = said
        if len(question) > MAX_QUESTION:
            raise BadMessages(f"问题过长 (the question has {len(question)} characters, at most {MAX_QUESTION})", place)
        history = tuple(words for _, words in earlier if words.strip() and len(words) <= MAX_QUESTION)[-MAX_HISTORY:]
        filters = self.filters.filters() if self.filters else Filters()
        return Question(question, history, filters, self.lang, None, checked(self.without))


@dataclass(frozen=True, slots=True)
class Usage:
    """Token pieces of the shipped tokenizer, in the user's messages and in the reply."""

    prompt: int
    completion: int

    def as_json(self) -> dict[str, int]:
        """OpenAI's shape."""
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
        }


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer on its way to a client of chat completions.

    :param base: what stands before the links, ``http://host:port``
    :param created: seconds since 1970
    """

    answer: Answer
    base: str
    completion_id: str
    created: int

    @property
    def content(self) -> str:
        """The answer's text with its marks, and below it what the marks stand for."""
        return self.answer.text + self._sources

    @property
    def _sources(self) -> str:
        below = sources(self.answer, self.base)
        return f"\n\n{below}" if below else ""

    @property
    def _structured(self) -> dict[str, Any]:
        whole = as_json.answer(self.answer)
        kept = ("kind", "abstained", "reason", "table", "related", "coverage", "scope", "warnings", "corrections")
        citations = [{**c, "url": self.base + c["url"]} for c in whole["citations"]]
        return {"annotations": self._annotations, "citations": citations, **{key: whole[key] for key in kept}}

    @property
    def _annotations(self) -> list[dict[str, Any]]:
        """A ``url_citation`` for each mark in the answer's text, by its place in the content (code points)."""
        by_number = {c.number: c for c in self.answer.citations}
        found = []
        for mark in _MARK.finditer(self.answer.text):
            cited = by_number.get(int(mark[1]))
            if cited is not None:
                place = {"start_index": mark.start(), "end_index": mark.end()}
                named = {"title": cited.notice_title, "url": self.base + cited.url}
                found.append({"type": "url_citation", "url_citation": {**place, **named}})
        return found

    def completion(self, usage: Usage) -> dict[str, Any]:
        """The whole as one object."""
        message = {"role": "assistant", "content": self.content, "refusal": None, **self._structured}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return {**self._head("chat.completion"), "choices": [choice], "usage": usage.as_json()}

    def chunks(self, usage: Usage | None) -> Iterator[dict[str, Any]]:
        """The whole as chunks: role, text line by line, the sources, the structured fields, the end, and the usage if asked for."""
        yield self._chunk({"role": "assistant", "content": "", "refusal": None})
        for line in self.answer.text.splitlines(keepends=True):
            yield self._chunk({"content": line})
        if self._sources:
            yield self._chunk({"content": self._sources})
        yield self._chunk(self._structured)
        yield self._chunk({}, "stop")
        if usage is not None:
            yield {**self._head("chat.completion.chunk"), "choices": [], "usage": usage.as_json()}

    def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**self._head("chat.completion.chunk"), "choices": [choice]}

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.completion_id, "object": kind, "created": self.created, "model": MODEL}


def model_card(created: int) -> dict[str, Any]:
    """The one model."""
    return {"id": MODEL, "object": "model", "created": created, "owned_by": "notice-assistant"}
