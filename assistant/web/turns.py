"""The turns of a conversation on the page: a question asked, its kind or scope corrected, a permanent link opened again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from assistant.answer.carried import renewed, without_filters
from assistant.answer.view import view_of
from assistant.errors import AssistantError
from assistant.permalink import link_of, state_of
from assistant.service import Assistant
from assistant.types import Answer, Question
from assistant.web import answer_html
from assistant.web.bodies import MAX_HISTORY, MAX_QUESTION, MAX_WITHOUT, AskBody, FilterBody, LinkQuery
from assistant.web.why import address_of
from index.errors import StoreError

_REPEATED = ("h", "disclosure", "without")  # parameters of a link that may stand there several times


@dataclass(frozen=True, slots=True)
class Turn:
    """A question, its answer, the link that asks it again, and what is to be said of that link."""

    question: Question
    answer: Answer
    link: str
    note: str = ""


Turns = list[Turn]


def shown(turns: Turns) -> str:
    """The conversation as HTML, oldest first; empty where nothing has been asked."""
    return answer_html.conversation([t.answer for t in turns], [_aside(t, t is turns[-1]) for t in turns])


def _aside(turn: Turn, last: bool) -> answer_html.Aside:
    return answer_html.Aside(turn.link, turn.note, address_of(turn.question), last)


def asked(assistant: Assistant, text: str, so_far: Turns, chosen: Sequence[str | None]) -> tuple[str, Turns, str]:
    """The conversation with the new answer, and an empty box; after a failure the question stays in the box.

    :param chosen: year, region, unit and issuer; empty text for no limit
    """
    if not text.strip():
        return shown(so_far), so_far, ""
    year, region, unit, issuer = (value or None for value in chosen)
    before = so_far[-1].question if so_far else None
    history = [*before.history, before.text][-MAX_HISTORY:] if before else []
    chosen_now = {f"year:{year}", f"place:{region}", f"unit:{unit}", f"issuer:{issuer}"}  # a filter set anew holds
    without = [label for label in before.without if label not in chosen_now][-MAX_WITHOUT:] if before else []
    try:
        limits = FilterBody(year=year, region=region, unit=unit, issuer=issuer)
        turn = _answered(assistant, AskBody(question=text, history=history, filters=limits, without=without).asked())
    except ValidationError:
        message = f"问题过长（至多 {MAX_QUESTION} 字）或含有无效字符，请改短再问 (too long, or not text)"
        return shown(so_far) + answer_html.failure(text[:MAX_QUESTION], message), so_far, ""
    except (AssistantError, StoreError) as error:
        return shown(so_far) + answer_html.failure(text, str(error)), so_far, text
    turns = [*so_far, turn][-MAX_HISTORY:]
    return shown(turns), turns, ""


def corrected(assistant: Assistant, kind: str | None, so_far: Turns) -> tuple[str, Turns]:
    """The last question asked again as one of another kind, in place of its answer."""
    if not so_far or not kind:
        return shown(so_far), so_far
    last = so_far[-1].question
    try:
        wanted = AskBody.model_validate({"question": last.text, "kind": kind}).kind
        turn = _answered(assistant, replace(last, kind=wanted))
    except (ValidationError, AssistantError, StoreError) as error:
        return shown(so_far) + answer_html.failure(last.text, str(error)), so_far
    turns = [*so_far[:-1], turn]
    return shown(turns), turns


def dropped(assistant: Assistant, label: str, so_far: Turns) -> tuple[str, Turns]:
    """The last question asked again without one item of its scope, in place of its answer."""
    items = [item.label for item in so_far[-1].answer.scope if item.source != "question"] if so_far else []
    if label not in items:
        return shown(so_far), so_far
    last = so_far[-1].question
    try:
        less = replace(last, without=(*last.without, label)[-MAX_WITHOUT:])
        turn = _answered(assistant, without_filters(less, view_of(assistant.store).cards))
    except (AssistantError, StoreError) as error:
        return shown(so_far) + answer_html.failure(last.text, str(error)), so_far
    turns = [*so_far[:-1], turn]
    return shown(turns), turns


def opened(assistant: Assistant, parameters: Mapping[str, Sequence[str]]) -> tuple[str, Turns]:
    """The conversation that a permanent link opens; says so where the notices have changed since it was made."""
    if not parameters.get("q"):
        return "", []
    named = {name: list(values) if name in _REPEATED else values[-1] for name, values in parameters.items() if values}
    known = {name: value for name, value in named.items() if name in LinkQuery.model_fields}
    try:
        query = LinkQuery.model_validate(known)
        turn = _answered(assistant, query.asked())
        now = state_of(assistant.store)
    except ValidationError:
        message = "链接不完整或已损坏，请直接提问 (the link is incomplete or damaged; please ask anew)"
        return answer_html.failure(str(named["q"])[:MAX_QUESTION], message), []
    except (AssistantError, StoreError) as error:
        return answer_html.failure(str(named["q"])[:MAX_QUESTION], str(error)), []
    notes = []
    if query.state is not None and not now.same(query.state):
        notes.append(
            f"此链接生成之后，库中的通知有变化（当时 {query.state}，现在 {now}），答案可能与当时不同。 "
            "The notices have changed since this link was made; the answer may differ."
        )
    if query.h:
        notes.append("此前的问题 Earlier questions: " + " → ".join(query.h))
    turns = [replace(turn, note="\n".join(notes))]
    return shown(turns), turns


def _answered(assistant: Assistant, question: Question) -> Turn:
    answer = assistant.ask(question)
    question = renewed(question, answer.scope)
    return Turn(question, answer, link_of(question, state_of(assistant.store)))
