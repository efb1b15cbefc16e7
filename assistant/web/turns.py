"""The turns of a conversation on the page: a question asked, its kind or scope corrected, a permanent link opened again."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from assistant.answer.carried import renewed, without_filters
from assistant.answer.view import view_of
from assistant.errors import AssistantError
from assistant.permalink import link_of, state_of
from assistant.service import Assistant
from assistant.types import Answer, Lang, Question
from assistant.web import answer_html
from assistant.web.bodies import MAX_HISTORY, MAX_QUESTION, MAX_WITHOUT, AskBody, FilterBody, LinkQuery
from assistant.web.page_texts import said
from assistant.web.why import address_of
from index.errors import StoreError

_REPEATED = ("h", "disclosure", "without")  # parameters of a link that may stand there several times


_AT_ONCE = 6  # lines of a long answer that are shown before the others
_log = logging.getLogger(__name__)
Note = tuple[str, dict[str, str]]  # a key of `page_texts.TEXTS` and what fills it


@dataclass(frozen=True, slots=True)
class Turn:
    """A question, its answer, the link that asks it again, and what is to be said of that link."""

    question: Question
    answer: Answer
    link: str
    notes: tuple[Note, ...] = ()


Turns = list[Turn]


def shown(turns: Turns, lang: Lang = "zh") -> str:
    """The conversation as HTML, oldest first; empty where nothing has been asked."""
    return answer_html.conversation([t.answer for t in turns], [_aside(t, t is turns[-1], lang) for t in turns], lang)


def _aside(turn: Turn, last: bool, lang: Lang) -> answer_html.Aside:
    note = "\n".join(said(key, lang, **values) for key, values in turn.notes)
    return answer_html.Aside(turn.link, note, address_of(turn.question), last, turn.question)


def asking(
    assistant: Assistant, text: str, so_far: Turns, chosen: Sequence[str | None], lang: Lang = "zh"
) -> Iterator[tuple[str, Turns | None, str]]:
    """The conversation while a question is answered: the question, the answer's lines as they come, the whole answer.

    Each step is the conversation as HTML, the turns (None until the answer is whole), and what the box is to hold:
    nothing, and after a failure the question.

    :param chosen: year, region, unit and issuer; empty text for no limit
    """
    before = shown(so_far, lang)
    if not text.strip():
        yield before, so_far, ""
        return
    kept = text.encode("utf-8", "ignore").decode()
    yield before + answer_html.waiting(kept[:MAX_QUESTION], lang), None, ""
    try:
        question = _question(text, so_far, chosen)
        extract = assistant.extract(question) if assistant.rewords else None
        if extract is not None and not extract.abstained:
            yield before + answer_html.drafted(extract, None, lang, worded=True), None, ""
        answer = assistant.ask(question)
        if len(answer.text.splitlines()) > _AT_ONCE and extract is None:
            yield before + answer_html.drafted(answer, _AT_ONCE, lang), None, ""
            yield before + answer_html.drafted(answer, None, lang), None, ""
        turns = [*so_far, _turn(assistant, question, answer)][-MAX_HISTORY:]
        yield shown(turns, lang), turns, ""
    except ValidationError:
        message = said("ask_long", lang, most=MAX_QUESTION)
        yield before + answer_html.failure(kept[:MAX_QUESTION], message), so_far, kept
    except (AssistantError, StoreError) as error:
        yield before + answer_html.failure(kept, str(error)), so_far, kept
    except Exception:
        _log.exception("a question on the page could not be answered")
        yield before + answer_html.failure(kept, said("ask_failed", lang)), so_far, kept


def asked(
    assistant: Assistant, text: str, so_far: Turns, chosen: Sequence[str | None], lang: Lang = "zh"
) -> tuple[str, Turns, str]:
    """The last step of :func:`asking`."""
    *_, (html, turns, left) = asking(assistant, text, so_far, chosen, lang)
    assert turns is not None
    return html, turns, left


def _question(text: str, so_far: Turns, chosen: Sequence[str | None]) -> Question:
    """What is asked, with the earlier questions and the filters. Raises ValidationError, or BadQuery for a filter."""
    year, region, unit, issuer = (value or None for value in chosen)
    before = so_far[-1].question if so_far else None
    history = [*before.history, before.text][-MAX_HISTORY:] if before else []
    chosen_now = {f"year:{year}", f"place:{region}", f"unit:{unit}", f"issuer:{issuer}"}  # a filter set anew holds
    without = [label for label in before.without if label not in chosen_now][-MAX_WITHOUT:] if before else []
    limits = FilterBody(year=year, region=region, unit=unit, issuer=issuer)
    return AskBody(question=text, history=history, filters=limits, without=without).asked()


def corrected(assistant: Assistant, kind: str | None, so_far: Turns, lang: Lang = "zh") -> tuple[str, Turns]:
    """The last question asked again as one of another kind, in place of its answer."""
    if not so_far or not kind:
        return shown(so_far, lang), so_far
    last = so_far[-1].question
    try:
        wanted = AskBody.model_validate({"question": last.text, "kind": kind}).kind
        turn = _answered(assistant, replace(last, kind=wanted))
    except (ValidationError, AssistantError, StoreError) as error:
        return shown(so_far, lang) + answer_html.failure(last.text, str(error)), so_far
    turns = [*so_far[:-1], turn]
    return shown(turns, lang), turns


def dropped(assistant: Assistant, label: str, so_far: Turns, lang: Lang = "zh") -> tuple[str, Turns]:
    """The last question asked again without one item of its scope, in place of its answer."""
    items = [item.label for item in so_far[-1].answer.scope if item.source != "question"] if so_far else []
    if label not in items:
        return shown(so_far, lang), so_far
    last = so_far[-1].question
    try:
        less = replace(last, without=(*last.without, label)[-MAX_WITHOUT:])
        turn = _answered(assistant, without_filters(less, view_of(assistant.store).cards))
    except (AssistantError, StoreError) as error:
        return shown(so_far, lang) + answer_html.failure(last.text, str(error)), so_far
    turns = [*so_far[:-1], turn]
    return shown(turns, lang), turns


def opened(assistant: Assistant, parameters: Mapping[str, Sequence[str]], lang: Lang = "zh") -> tuple[str, Turns]:
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
        return answer_html.failure(str(named["q"])[:MAX_QUESTION], said("ask_damaged", lang)), []
    except (AssistantError, StoreError) as error:
        return answer_html.failure(str(named["q"])[:MAX_QUESTION], str(error)), []
    notes: list[Note] = []
    if query.state is not None and not now.same(query.state):
        notes.append(("ask_changed", {"then": query.state, "now": str(now)}))
    if query.h:
        notes.append(("ask_earlier", {"questions": " → ".join(query.h)}))
    turns = [replace(turn, notes=tuple(notes))]
    return shown(turns, lang), turns


def _answered(assistant: Assistant, question: Question) -> Turn:
    return _turn(assistant, question, assistant.ask(question))


def _turn(assistant: Assistant, question: Question, answer: Answer) -> Turn:
    question = renewed(question, answer.scope)
    return Turn(question, answer, link_of(question, state_of(assistant.store)))
