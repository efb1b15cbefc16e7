"""Batches: one JSON line out for each line in; a bad line gives its error and the rest goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assistant.answer.carried import checked
from assistant.errors import AssistantError, BadRequest
from assistant.types import ASKABLE, Question
from index.errors import StoreError
from index.filters import from_mapping


def run_batch(path: Path, answer: Callable[[Question], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Results with the ids of their lines.

    :raises BadRequest: the file cannot be read
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise BadRequest(f"cannot read {path} ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        raise BadRequest(f"{path} is not UTF-8 text; save it as UTF-8 JSON Lines") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        identity: Any = number
        try:
            value = json.loads(line)
            if isinstance(value, dict):
                identity = value.get("id", number)
            yield {**answer(question_of(value)), "id": identity}
        except (AssistantError, StoreError) as error:
            yield {"id": identity, "error": f"line {number}: {error}"}
        except ValueError as error:
            yield {"id": identity, "error": f"line {number}: not JSON ({error})"}


def question_of(value: Any) -> Question:
    """A question from JSON: {"question", "history", "filters", "lang", "kind", "without"}.

    :raises BadRequest: a field is missing or has another type
    """
    if not isinstance(value, dict):
        raise BadRequest('each line is an object such as {"id": "1", "question": "…"}')
    text, history, filters = value.get("question"), value.get("history") or [], value.get("filters") or {}
    if not isinstance(text, str):
        raise BadRequest('"question" must be text')
    if not isinstance(history, list) or not all(isinstance(turn, str) for turn in history):
        raise BadRequest('"history" must be a list of earlier questions')
    if not isinstance(filters, dict):
        raise BadRequest('"filters" must be an object such as {"year": 2024}')
    lang = value.get("lang")
    if lang not in (None, "zh", "en"):
        raise BadRequest('"lang" must be "zh" or "en"')
    kind = value.get("kind")
    if kind is not None and kind not in ASKABLE:
        raise BadRequest(f'"kind" must be one of {", ".join(ASKABLE)}; leave it out to let the words decide')
    without = value.get("without") or []
    if not isinstance(without, list) or not all(isinstance(label, str) for label in without):
        raise BadRequest('"without" must be a list such as ["year:2022"]')
    return Question(text, tuple(history), from_mapping(filters), lang, kind, checked(without))
