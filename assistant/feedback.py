"""What readers say of answers: one JSON line each, beside the store, for evaluation to import."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from assistant.errors import BadRequest
from index.types import Retriever

Verdict = Literal["good", "bad"]


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation that a reader judged: ``quote == notice.text[start:end]``, in the file ``source``."""

    notice_id: str
    source: str
    passage_id: str
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Feedback:
    """A verdict on an answer: on its citations where some are named, else on the whole of it. ``time`` is ISO, UTC."""

    time: str
    question: str
    history: tuple[str, ...]
    filters: dict[str, Any]
    verdict: Verdict
    reason: str
    citations: tuple[Cited, ...]


class FeedbackLog:
    """The verdicts on one store's answers."""

    def __init__(self, store: Retriever) -> None:
        self._store = store
        self._path = store.folder / "feedback.jsonl"

    def add(
        self, question: str, verdict: Verdict, reason: str = "", history: tuple[str, ...] = (),
        filters: dict[str, Any] | None = None, citations: tuple[tuple[str, int, int], ...] = (),
    ) -> Feedback:  # fmt: skip
        """Keep a verdict; it is on disk when this returns.

        :param citations: (passage id, start, end) of each citation that is meant
        :raises BadRequest: a blank question, or words that the store does not hold
        """
        if not question.strip():
            raise BadRequest("the question is blank; say which question the verdict is about (问题为空)")
        cited = tuple(self._cited(*citation) for citation in citations)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        feedback = Feedback(now, question, history, filters or {}, verdict, reason, cited)
        line = json.dumps(asdict(feedback), ensure_ascii=False) + "\n"
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)  # one write: lines stay whole
        try:
            os.write(descriptor, line.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return feedback

    def entries(self) -> Iterator[Feedback]:
        """All verdicts, oldest first. A line that was cut off by a crash is passed over."""
        if not self._path.is_file():
            return
        for line in self._path.read_bytes().splitlines():
            try:
                value = json.loads(line)
                cited = tuple(Cited(**citation) for citation in value["citations"])
                yield Feedback(**{**value, "history": tuple(value["history"]), "citations": cited})
            except (ValueError, TypeError, KeyError):
                continue

    def _cited(self, passage_id: str, start: int, end: int) -> Cited:
        stored = self._store.find_passage(passage_id)
        quote = self._store.words(stored.notice.notice_id, start, end) if stored and 0 <= start < end else ""
        if stored is None or not quote.strip():
            raise BadRequest(f"no words at {start}…{end} of {passage_id!r}; send a citation as an answer gave it")
        return Cited(stored.notice.notice_id, stored.notice.source, passage_id, quote, start, end)
