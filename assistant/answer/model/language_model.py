"""The language model at work: an answer composed without it, worded by it where its sentences verify, else as it was."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from assistant.answer.intent import FactType, Form, Intent
from assistant.answer.model.availability import Availability
from assistant.answer.model.client import ChatClient, Completion, ModelFailed
from assistant.answer.model.notes import note
from assistant.answer.model.prompt import rephrase_messages, route_messages, route_of, shown
from assistant.answer.model.sentences import Sentence, behind, sentences
from assistant.answer.model.settings import ModelSettings
from assistant.answer.model.verify import MAX_MARKS, Verifier
from assistant.answer.pipeline import answer_question
from assistant.answer.stages import stage, timed
from assistant.answer.view import View, view_of
from assistant.answer.wording import say
from assistant.types import Answer, Citation, Kind, Question
from corpus.findings import instructions
from index.fold import fold
from index.types import Retriever

_WHOLE: frozenset[Kind] = frozenset({"lookup", "fact"})  # without a table; of every other kind the list stays as it is
_NEVER: frozenset[Kind] = frozenset({"none", "anomaly"})  # what is wrong in a document is not retold
_WORDS, _ROUTE_WORDS = 1500, 400  # tokens; reasoning models think aloud before they write
_ROUTES: dict[str, tuple[Form, tuple[FactType, ...]]] = {
    "units": ("units", ()),
    "which_unit": ("which_unit", ()),
    "activities": ("activities", ()),
    "count": ("count", ()),
    "deadline": ("fact", ("deadline",)),
    "theme": ("fact", ("theme",)),
    "contact": ("fact", ("contact",)),
    "photo": ("fact", ("photo",)),
    "reporting": ("fact", ("reporting",)),
    "attachment": ("fact", ("attachment",)),
    "reference": ("fact", ("reference",)),
}


@dataclass
class _Turn:
    """One question's time with the model, and what it did with it."""

    client: ChatClient
    availability: Availability
    deadline: float
    failed: ModelFailed | None = None
    routed: bool = False

    def complete(self, messages: list[dict[str, str]], max_tokens: int) -> Completion:
        """What the model writes in the time that is left; raises ModelFailed."""
        with self.availability.asking():
            return self.client.complete(messages, max_tokens, self.deadline - time.monotonic())

    def reread(self, intent: Intent) -> Intent | None:
        """A question whose kind no pattern reads, as the model reads it; None where it knows no better."""
        try:
            route = route_of(self.complete(route_messages(intent.text), _ROUTE_WORDS).text)
        except ModelFailed as failure:
            self.failed = failure
            return None
        if route is None:
            return None
        form, facts = _ROUTES[route]
        if not facts and not (intent.topic.groups or intent.units or intent.places):
            return None  # all units, all activities of everything: nobody asks for that
        self.routed = True
        return replace(intent, form=form, facts=facts)


@dataclass
class LanguageModel:
    """An endpoint and how it has behaved so far. Safe to use from several threads."""

    settings: ModelSettings
    availability: Availability = field(default_factory=Availability)

    def answer(self, store: Retriever, question: Question) -> Answer:
        """The answer to a question; ``wording`` says whose words it is in, a warning why the model's were not taken.

        :raises BadQuery: the question is blank
        """
        deadline = time.monotonic() + self.settings.timeout
        turn = _Turn(ChatClient(self.settings), self.availability, deadline)
        with timed() as clock:
            answer = self._answered(store, question, turn)
            stages = clock.read()
        return replace(answer, took_ms=round(sum(stages.values()), 3), stages_ms=stages)

    def _answered(self, store: Retriever, question: Question, turn: _Turn) -> Answer:
        """The answer, worded by the model where that can be verified."""
        answer = answer_question(store, question, turn.reread if question.kind is None else None)
        if turn.routed and not answer.abstained:
            answer = _warned(answer, note("routed", answer.lang))
        if turn.failed is None and not answer.abstained and answer.kind not in _NEVER and answer.citations:
            try:
                with stage("wording"):
                    answer = self._worded(view_of(store), answer, turn)
            except ModelFailed as failure:
                turn.failed = failure
        if turn.failed is not None:
            answer = _extract(
                answer, turn.failed.problem, seconds=f"{self.settings.timeout:g}", status=turn.failed.status
            )
        return answer

    def _worded(self, view: View, extract: Answer, turn: _Turn) -> Answer:
        framing = extract.table is not None or extract.kind not in _WHOLE
        citations = {c.number: c for c in shown(extract.citations)}
        if not framing and len(citations) < len(extract.citations):
            return _extract(extract, "long")
        if any(_instructs(citation) for citation in citations.values()):
            return _extract(extract, "instruction")
        messages = rephrase_messages(extract.question, extract.lang, list(citations.values()), framing, MAX_MARKS)
        written = turn.complete(messages, _WORDS)
        found = sentences(written.text, written.cut)
        lists_units = extract.kind in ("units", "count") or (extract.table and "unit" in extract.table.columns)
        free = fold(extract.question) if framing and lists_units else None
        verifier = Verifier(view, extract.lang, citations, free)
        kept = [sentence for sentence in found if verifier.fault(sentence) is None]
        if not found:
            return _extract(extract, "empty")
        if not kept:
            return _extract(extract, "unverified", dropped=len(found))
        if not framing and {number for sentence in kept for number in sentence.marks} != citations.keys():
            return _extract(extract, "incomplete")
        text = _text(view, extract, kept, citations) + (f"\n{extract.text}" if framing else "")
        answer = replace(extract, text=text, wording="model")
        dropped = len(found) - len(kept)
        return _warned(answer, note("dropped", extract.lang, dropped=dropped)) if dropped else answer


def _instructs(citation: Citation) -> bool:
    """Whether words that go to the model look like an instruction to one: what it then writes could be that."""
    text = "\n".join((citation.notice_title, *citation.section_path, citation.quote))
    return next(instructions(text), None) is not None


def _extract(answer: Answer, why: str, **values: object) -> Answer:
    """The answer as it was composed, with the reason why the model's words are not in it."""
    reason = note(why, answer.lang, **values)
    return _warned(answer, reason if answer.abstained else reason + note("extract", answer.lang))


def _warned(answer: Answer, warning: str) -> Answer:
    return replace(answer, warnings=(*answer.warnings, warning))


def _text(view: View, answer: Answer, kept: list[Sentence], citations: dict[int, Citation]) -> str:
    """Sentences under the year and title of the notice they rest on, notices in the order of their first sentence."""
    quotes = {number: citation.quote for number, citation in citations.items()}
    by_notice: dict[str, list[str]] = {}
    for sentence in kept:
        text = behind(sentence, quotes)
        by_notice.setdefault(citations[sentence.marks[0]].notice_id, []).append(text)
    lines = []
    for notice_id, texts in by_notice.items():
        title = next(c.notice_title for c in citations.values() if c.notice_id == notice_id)
        card = view.cards.get(notice_id)
        year = card.year if card else None
        head = say("year" if year else "no_year", answer.lang, year=year, title=title)
        lines.append(f"{head}：" + (" " if answer.lang == "en" else "").join(texts))
    return "\n".join(lines)
