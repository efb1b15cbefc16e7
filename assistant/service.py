"""The assistant: one object that every surface (command line, HTTP, page) asks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant import as_json
from assistant.access.current import current
from assistant.access.masking import mask, masking, without_numbers
from assistant.access.types import Scope
from assistant.types import Answer, Question
from corpus import as_json as corpus_json
from index.cross_encoder import open_reranker
from index.degraded import noting
from index.encoder import open_encoder
from index.errors import UnknownNotice
from index.opening import Location, is_folder, open_store
from index.restricted import Restricted
from index.types import Filters, HitList, IndexReport, Mode, Retriever
from index.vocabulary import Vocabulary

if TYPE_CHECKING:
    from assistant.access.guard import Guard
    from assistant.answer.model.language_model import LanguageModel
    from assistant.answer.model.settings import ModelSettings
    from corpus.reading import ReadFile  # only names here: answering needs no parser
    from index.watch import FolderWatch


class Assistant:
    """Questions and searches over one store. Safe to use from several threads."""

    def __init__(self, store: Retriever, llm: ModelSettings | None = None, guard: Guard | None = None) -> None:
        """An assistant over a store.

        :param guard: what decides who may see what; without one everybody sees everything
        """
        self.guard = guard
        self._whole = store
        self._seen: dict[Scope, Retriever] = {}
        self._llm: LanguageModel | None = None
        if llm is not None:
            from assistant.answer.model.language_model import LanguageModel  # its client takes time to import

            self._llm = LanguageModel(llm)
        self.heard: Callable[[Question, Answer], None] | None = None  # is told of every question that was answered
        self.following: FolderWatch | None = None  # the folder that the store is kept in step with, if any

    @property
    def store(self) -> Retriever:
        """The store as who asks may see it; all of it where nothing is guarded. Whoever is not known is the public."""
        who = current()
        if who is None:
            if self.guard is None or not self.guard.on:
                return self._whole
            who = self.guard.policy.anonymous
        if who.scope.whole:
            return self._whole
        if who.scope not in self._seen:
            self._seen.setdefault(who.scope, self._part(who.scope))
        return self._seen[who.scope]

    def _part(self, scope: Scope) -> Restricted:
        hide, ask, hidden = (mask, without_numbers, masking()) if scope.masked else (str, str, "")
        counted = _words if is_folder(self._whole.location) else None
        return Restricted(self._whole, scope.labels, hide, ask, hidden, counted)

    @property
    def degraded(self) -> str | None:
        """What of the store is damaged that somebody must see to, while answers go on; None where nothing is."""
        told: str | None = getattr(
            self._whole, "degraded", None
        )  # a store on a server says so with each search instead
        return told

    @classmethod
    def open(
        cls,
        location: Location,
        *,
        encoder: str | None = None,
        reranker: str | None = None,
        llm: ModelSettings | None = None,
        guard: Guard | None = None,
    ) -> Assistant:
        """An assistant over the store at ``location``; raises the store's errors where it cannot be opened.

        :param llm: the language model that may word the answers; none by default
        :param encoder: the encoder that the store must have been built with; None for the one that it remembers
        :param reranker: a cross-encoder that orders the best passages of every search anew
        :param guard: what decides who may see what; without one everybody sees everything
        """
        store = open_store(location, open_encoder(encoder) if encoder else None, open_reranker(reranker))
        store.open()
        return cls(store, llm, guard)

    def ask(self, question: Question) -> Answer:
        """The answer to a question.

        :raises BadQuery: a blank question or a filter that cannot be used
        """
        with noting() as down:
            answer = self._llm.answer(self.store, question) if self._llm is not None else self.extract(question)
        if down:
            from assistant.answer.wording import say

            answer = replace(
                answer, warnings=(*answer.warnings, say("degraded", answer.lang, legs=", ".join(sorted(down))))
            )
        if self.heard is not None:
            self.heard(question, answer)
        return answer

    @property
    def rewords(self) -> bool:
        """Whether a language model words the answers, which takes it some seconds more than the extract."""
        return self._llm is not None

    def extract(self, question: Question) -> Answer:
        """The answer in the notices' own words, without a language model.

        :raises BadQuery: as :meth:`ask`
        """
        from assistant.answer.pipeline import answer_question  # 0.15 s that a search does without

        return answer_question(self.store, question)

    def search(
        self,
        query: str,
        k: int = 10,
        mode: Mode = "hybrid",
        filters: Filters | None = None,
        history: tuple[str, ...] = (),
        explained: bool = False,
        without: tuple[str, ...] = (),
    ) -> HitList:
        """The ``k`` best passages; a follow-up is searched for with what it takes from the earlier questions.

        :param explained: whether each hit says why it was found
        :param without: what a follow-up is not to take from there, such as ``year:2022``
        """
        if history:
            from assistant.answer.dialogue import standalone
            from assistant.answer.view import view_of

            query = standalone(view_of(self.store), query, history, without)
        return self.store.search(query, k, mode, filters, explained)

    def notices(self) -> list[as_json.Json]:
        """The notices of the store as JSON: ids, sources, header fields, warnings, and what has taken their place."""
        findings = self.store.findings()
        links, cards = self.store.links()
        standing = as_json.standing(links)
        return [
            {**as_json.card(card, findings.get(notice_id, ())), **standing(notice_id)}
            for notice_id, card in cards.items()
        ]

    def notice(self, notice_id: str) -> as_json.Json:
        """A whole notice as JSON (flat header fields, text, sections, passages, facts, links to other notices).

        :raises UnknownNotice: there is none of that id
        """
        whole = corpus_json.notice(self.store.notice(notice_id))
        links, cards = self.store.links()
        return {**whole, **as_json.standing(links)(notice_id), "links": as_json.links(notice_id, links, cards)}

    def links(self, notice_id: str) -> list[as_json.Json]:
        """A notice's links to others of the store: what one of them says of the other, and editions."""
        return as_json.links(notice_id, *self.store.links())

    def update(self, files: Iterable[ReadFile], prune: bool | Collection[str] = False) -> IndexReport:
        """Change the store while questions are answered: each sees the state before or the state after, without a pause.

        :param prune: as in :meth:`index.types.Retriever.index`
        """
        from assistant.answer.view import prepare

        return self._whole.index(files, prune, ready=lambda fresh: prepare(self._whole, fresh))

    def remove(self, notice_id: str) -> None:
        """Remove a notice; it is gone from every answer when this returns.

        :raises UnknownNotice: there is none of that id that who asks may see
        """
        from assistant.answer.view import view_of

        if notice_id not in self.store.cards():
            raise UnknownNotice(notice_id)
        self._whole.remove(notice_id)
        view_of(self._whole)  # the next question need not wait for it

    def stream(self, answer: Answer) -> Iterator[tuple[str, as_json.Json]]:
        """An answer as events: ``citation``…, ``delta``…, ``table``, ``done`` (which carries the whole JSON)."""
        for citation in answer.citations:
            yield "citation", as_json.citation(citation)
        for line in answer.text.splitlines(keepends=True):
            yield "delta", {"text": line}
        whole = as_json.answer(answer)
        if whole["table"] is not None:
            yield "table", whole["table"]
        yield "done", whole


def _words(store: Retriever) -> Vocabulary:
    """The words of what somebody sees of a store in a folder: counted with what answers need of it."""
    from assistant.answer.view import view_of

    return view_of(store).vocabulary
