"""The way of a question: understand, scope, match, compose or refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from assistant.answer.anomalies import anomaly_answer
from assistant.answer.carried import scope_items, without_filters
from assistant.answer.compare import by_year, compare_answer, with_differences
from assistant.answer.counting import count_answer
from assistant.answer.dialogue import understand_dialogue
from assistant.answer.facts import facts_answer
from assistant.answer.intent import Form, Intent
from assistant.answer.lookup import lookup_answer, query_of
from assistant.answer.mending import mended_names
from assistant.answer.naming import within_named_notice
from assistant.answer.partners import partners_answer
from assistant.answer.refusing import outside, refuse
from assistant.answer.scope import Scope, scope_of, speaks_of, within_described, years_as_words
from assistant.answer.searching import one_question
from assistant.answer.sets import activities_answer, units_answer
from assistant.answer.several import answer_each, subjects_of
from assistant.answer.stages import stage, timed
from assistant.answer.summary import summary_answer
from assistant.answer.tasks import tasks_answer
from assistant.answer.view import View, view_of
from assistant.answer.wording import echo, say
from assistant.types import ASKABLE, Answer, Question
from index.errors import BadQuery
from index.types import Retriever

_FURTHER: dict[Form, Callable[[Retriever, View, Intent, Scope], Answer | None]] = {
    "count": count_answer,
    "summary": summary_answer,
    "tasks": tasks_answer,
    "partners": partners_answer,
    "compare": compare_answer,
}

_OF_A_UNIT: tuple[Form, ...] = ("units", "which_unit", "activities")
Reread = Callable[[Intent], Intent | None]  # another reading of a question that no pattern understood


def answer_question(store: Retriever, question: Question, reread: Reread | None = None) -> Answer:
    """The answer to a question.

    :param reread: asked for another reading where a look-up of a question of no known kind finds nothing
    :raises BadQuery: the question is blank, or its kind is none that can be asked for
    """
    if not question.text.strip():
        raise BadQuery("the question is blank; type what you want to know (请输入问题)")
    if question.kind is not None and question.kind not in ASKABLE:
        raise BadQuery(
            f"kind must be one of {', '.join(ASKABLE)}, not {question.kind!r}; leave it out to let the words decide"
        )
    with timed() as clock, one_question():
        answer = _whole(store, question, reread)
        stages = clock.read()
    return replace(answer, took_ms=round(sum(stages.values()), 3), stages_ms=stages)


def _whole(store: Retriever, question: Question, reread: Reread | None) -> Answer:
    """The answer with what is to be said of it: slips that were mended, years that are missing."""
    view = view_of(store)
    question = without_filters(question, view.cards)
    answer, intent, scope = _answered(store, view, question, reread)
    corrections = intent.corrections
    if answer.abstained:
        text, names = mended_names(view, question.text)
        if names:
            again = _answered(store, view, replace(question, text=text), reread)
            if not again[0].abstained:
                answer, intent, scope = again
                corrections = (*names, *intent.corrections)
    warnings = list(answer.warnings)
    warnings += [say("correction", intent.lang, typed=c.typed, meant=c.meant) for c in corrections]
    warnings += [say("quoted_near", intent.lang, phrase=term.text) for term in intent.topic.near]
    if scope.missing_years and not answer.abstained:
        asked = "、".join(map(str, scope.missing_years))
        warnings.append(say("missing_year_warning", intent.lang, asked=asked))
    return replace(answer, question=question.text, warnings=tuple(warnings), corrections=corrections)


def _answered(store: Retriever, view: View, question: Question, reread: Reread | None) -> tuple[Answer, Intent, Scope]:
    """The answer to a question as it is typed, and how it was understood."""
    intent = understand_dialogue(view, within_named_notice(view, question))
    scope = scope_of(view, intent)
    if 1 <= len(scope.missing_years) < len(intent.years):  # 2024、2025、2026年各叫什么年, asked of one notice
        intent = years_as_words(view, intent, scope.missing_years)
        scope = scope_of(view, intent)
    whole, scope = scope, within_described(scope, intent)
    answer = outside(store, view, intent, scope)
    if answer is None:
        with stage("composing"):
            answer = _in_parts(store, view, question, intent) or _found(store, view, intent, scope)
            if reread is not None and answer.abstained and intent.form == "lookup":
                answer = _composed_again(store, view, intent, scope, reread) or answer
    described = () if scope is whole else scope.notices
    return replace(answer, scope=scope_items(question, intent, view.cards, described)), intent, scope


def _found(store: Retriever, view: View, intent: Intent, scope: Scope) -> Answer:
    """The answer; where there is none, with what describes the notice not asked of its passages."""
    answer = _compose(store, view, intent, scope)
    if not answer.abstained:
        return answer
    relaxed = _compose(store, view, replace(intent, relaxed=True), scope)
    return answer if relaxed.abstained else relaxed


def _in_parts(store: Retriever, view: View, question: Question, whole: Intent) -> Answer | None:
    """The answer to a question about several subjects, each asked for by itself within the years and places of all."""
    parts = subjects_of(question.text)
    if not parts or len(whole.units) > 1 or question.history or question.kind is not None:
        return None

    def ask(text: str) -> Answer:
        intent = understand_dialogue(view, replace(question, text=text))
        intent = replace(intent, years=intent.years or whole.years)
        scope = scope_of(view, intent)
        return outside(store, view, intent, scope) or _found(store, view, intent, scope)

    return answer_each(question.text, whole.lang, ask, parts)


def _composed_again(store: Retriever, view: View, intent: Intent, scope: Scope, reread: Reread) -> Answer | None:
    """The answer by another reading, None where that finds nothing either."""
    other = reread(intent)
    answer = _compose(store, view, other, scope) if other is not None else None
    return None if answer is None or answer.abstained else answer


def _compose(store: Retriever, view: View, intent: Intent, scope: Scope) -> Answer:
    answer: Answer | None = None
    if intent.form in _OF_A_UNIT and intent.units and not any(speaks_of(scope, unit) for unit in intent.units):
        return _refuse_unit(store, intent, scope)
    if intent.form == "anomaly":
        answer = anomaly_answer(store, intent, scope)
    elif intent.form == "fact" or (intent.form == "compare" and intent.facts):
        answer = _fact(store, view, intent, scope)
    elif intent.form in _FURTHER:
        answer = _FURTHER[intent.form](store, view, intent, scope)
        if answer is None and intent.units:
            return _refuse_unit(store, intent, scope)
    elif intent.form == "activities" or (intent.form == "ellipsis" and (intent.units or intent.places)):
        answer = activities_answer(store, view, intent, scope)
        if answer is None and intent.topic.groups:
            answer = lookup_answer(store, intent, scope)
        if answer is None and intent.units:
            return _refuse_unit(store, intent, scope)
    elif intent.form == "units":
        answer = units_answer(store, view, intent, scope)
    elif intent.form == "which_unit":
        answer = units_answer(store, view, intent, scope) or lookup_answer(store, intent, scope)
    else:
        answer = lookup_answer(store, intent, scope)
    if answer is not None:
        return by_year(answer) if answer.kind == "compare" else answer
    topic = echo("、".join(intent.topic.words) or intent.text)
    counts = {"notices": len(scope.notices), "passages": len(scope.entries)}
    return refuse(store, intent, scope, say("refuse_topic", intent.lang, topic=topic, **counts), query=query_of(intent))


def _fact(store: Retriever, view: View, intent: Intent, scope: Scope) -> Answer | None:
    if not intent.facts:
        return lookup_answer(store, intent, scope)
    answer = facts_answer(store, view, intent, scope)
    if answer is not None and answer.abstained:
        answer = facts_answer(store, view, replace(intent, relaxed=True), scope) or answer
    if answer is not None and answer.abstained:  # the fact of something particular: 报名材料什么时候提交
        return lookup_answer(store, intent, scope) or answer
    return with_differences(answer) if answer is not None and answer.kind == "compare" else answer


def _refuse_unit(store: Retriever, intent: Intent, scope: Scope) -> Answer:
    words = echo("、".join(intent.topic.words))
    topic = say("with_topic", intent.lang, topic=words) if words else say("without_topic", intent.lang)
    unit = echo("、".join(asked.name for asked in intent.units))
    return refuse(
        store, intent, scope, say("refuse_unit", intent.lang, notices=len(scope.notices), unit=unit, topic=topic)
    )
