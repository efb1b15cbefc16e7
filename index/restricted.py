"""A store as somebody sees it who may not see all of it: by disclosure label, and without personal contacts.

Whatever is read goes through here, so that nothing above need remember what is hidden. What is hidden does not exist: its
ids are unknown, its words are no words that a slip may have meant, it counts nowhere. (BM25 weighs words by their
frequency in the whole store; that alone is shared.)
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.types import Fact, Finding, Notice, Passage
from index.analysis import tokenise
from index.dictionary import Dictionary
from index.errors import UnknownNotice
from index.filters import UNDISCLOSED
from index.links import Link
from index.types import Encoder, Filters, Hit, HitList, IndexReport, Mode, NoticeCard, Reranker, Retriever, Stored
from index.vocabulary import Counting, Vocabulary

if TYPE_CHECKING:
    from corpus.reading import ReadFile

MAX_COUNTED = (
    200_000  # passages; in a larger view slips of the pen are not mended, for its words would have to be counted
)


def _as_it_is(text: str) -> str:
    return text


class Restricted:
    """A :class:`index.types.Retriever` over another one.

    :param labels: the disclosure labels that are seen, None for all
    :param hide: gives a text of the same length without what is not to be read
    :param ask: gives a query without what must not be searched for, since a hit would tell
    :param hidden: names what ``hide`` does, in this version of it: what is kept of texts is kept under this name
    :param words: counts the words that are seen, where something has counted them already
    """

    def __init__(
        self,
        store: Retriever,
        labels: frozenset[str] | None,
        hide: Callable[[str], str] = _as_it_is,
        ask: Callable[[str], str] = _as_it_is,
        hidden: str = "",
        words: Callable[[Restricted], Vocabulary] | None = None,
    ) -> None:
        self._store = store
        self._hidden_by = hidden
        self._counted_by = words
        self._labels = labels
        self._hide = hide
        self._ask = ask
        self._words: tuple[int, Vocabulary] | None = None
        self._shown: tuple[int, dict[str, Notice]] = (-1, {})
        self._lock = threading.Lock()

    @property
    def whole(self) -> Retriever:
        """The store that this is a part of."""
        return self._store

    @property
    def key(self) -> str:
        """What decides what is seen, 16 hexadecimal digits."""
        decided = [None if self._labels is None else sorted(self._labels), self._hidden_by]
        return hashlib.sha256(json.dumps(decided).encode()).hexdigest()[:16]

    # -- what is the store's own ---------------------------------------------------------------------------------------

    @property
    def reranker(self) -> Reranker | None:
        """As the store's."""
        return self._store.reranker

    @property
    def location(self) -> str:
        """As the store's."""
        return self._store.location

    @property
    def folder(self) -> Path:
        """As the store's."""
        return self._store.folder

    @property
    def encoder(self) -> Encoder:
        """As the store's."""
        return self._store.encoder

    @property
    def exists(self) -> bool:
        """As the store's."""
        return self._store.exists

    @property
    def sequence(self) -> int:
        """As the store's."""
        return self._store.sequence

    @property
    def dictionary(self) -> Dictionary:
        """As the store's."""
        return self._store.dictionary

    def open(self) -> None:
        """Open the store."""
        self._store.open()

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def create(self) -> None:
        """Make an empty store."""
        self._store.create()

    def warm(self) -> None:
        """Load the models."""
        self._store.warm()

    def rebuild(self) -> None:
        """Rebuild the store."""
        self._store.rebuild()

    def index(
        self,
        files: Iterable[ReadFile],
        prune: bool | Collection[str] = False,
        ready: Callable[[Retriever], None] | None = None,
    ) -> IndexReport:
        """Store what was read, which may be more than is seen."""
        return self._store.index(files, prune, ready)

    def adopt(
        self, notices: Iterable[Notice], remove: Collection[str] = (), done: Callable[[int], None] = lambda _: None
    ) -> int:
        """Take notices over, which may be more than is seen."""
        return self._store.adopt(notices, remove, done)

    def remove(self, notice_id: str) -> None:
        """Remove a notice that is seen. :raises UnknownNotice: there is none"""
        self._card(notice_id)
        self._store.remove(notice_id)

    # -- reading -------------------------------------------------------------------------------------------------------

    def cards(self) -> dict[str, NoticeCard]:
        """The notices that are seen, by id."""
        return {notice_id: card for notice_id, card in self._store.cards().items() if self.sees(card)}

    def findings(self) -> dict[str, tuple[Finding, ...]]:
        """Warnings about the notices, by id."""
        seen = self.cards()
        return {notice_id: found for notice_id, found in self._store.findings().items() if notice_id in seen}

    def links(self) -> tuple[tuple[Link, ...], dict[str, NoticeCard]]:
        """The links between notices that are both seen, and the notices."""
        links, cards = self._store.links()
        seen = {notice_id: card for notice_id, card in cards.items() if self.sees(card)}
        return tuple(link for link in links if link.source in seen and link.target in seen), seen

    def notice(self, notice_id: str) -> Notice:
        """A whole notice. :raises UnknownNotice: there is none that is seen"""
        card, sequence = self._card(notice_id), self.sequence
        with self._lock:
            if self._shown[0] != sequence:
                self._shown = (sequence, {})
            known = self._shown[1].get(notice_id)
        if known is None:
            known = self._hidden(card, self._store.notice(notice_id))
            with self._lock:
                if len(self._shown[1]) > 64:
                    self._shown[1].clear()
                self._shown[1][notice_id] = known
        return known

    def find_passage(self, passage_id: str) -> Stored | None:
        """One passage by its id."""
        stored = self._store.find_passage(passage_id)
        return self._masked(stored) if stored is not None and self.sees(stored.notice) else None

    def words(self, notice_id: str, start: int, end: int) -> str:
        """``text[start:end]`` of a notice."""
        try:
            return self.notice(notice_id).text[start:end]
        except UnknownNotice:
            return ""

    def facts(self) -> list[Fact]:
        """All facts of the notices that are seen."""
        texts = {s.passage.passage_id: (s.passage.start, s.passage.text) for s in self.passages()}
        return [
            self._fact(fact, *texts[fact.passage_id]) for fact in self._store.facts() if fact.passage_id in texts
        ]  # fmt: skip

    def passages(self, filters: Filters | None = None) -> list[Stored]:
        """All passages that are seen and that the filters admit, in order of their ids."""
        return [self._masked(stored) for stored in self._store.passages(self._within(filters))]

    def vocabulary(self) -> Vocabulary:
        """The words of the passages that are seen."""
        if self._counted_by is not None:
            return self._counted_by(self)
        sequence = self.sequence
        with self._lock:
            if self._words is None or self._words[0] != sequence:
                self._words = (sequence, self._count())
            return self._words[1]

    def search(
        self,
        query: str,
        k: int = 10,
        mode: Mode = "hybrid",
        filters: Filters | None = None,
        explained: bool = False,
        exact: bool = True,
        vocabulary: Vocabulary | None = None,
    ) -> HitList:
        """The ``k`` best passages that are seen."""
        asked = self._ask(query)
        if not asked.strip() and query.strip():
            return HitList(query, mode, 0, (), 0.0)
        known = vocabulary or self.vocabulary()
        found = self._store.search(asked, k, mode, self._within(filters), explained, exact, known)
        hits = tuple(Hit(self._masked(hit.stored), hit.score, hit.explanation) for hit in found.hits)
        return replace(found, query=query, hits=hits)

    # -- what is hidden ------------------------------------------------------------------------------------------------

    def sees(self, card: NoticeCard) -> bool:
        """Whether a notice is seen."""
        return self._labels is None or (card.disclosure or UNDISCLOSED) in self._labels

    def _card(self, notice_id: str) -> NoticeCard:
        card = self._store.cards().get(notice_id)
        if card is None or not self.sees(card):
            raise UnknownNotice(notice_id)
        return card

    def _within(self, filters: Filters | None) -> Filters:
        filters = filters or Filters()
        if self._labels is None:
            return filters
        wanted = filters.disclosure
        seen = sorted(self._labels) if wanted is None else [label for label in wanted if label in self._labels]
        return replace(filters, disclosure=tuple(seen))

    def _count(self) -> Vocabulary:
        """The store's own words where all of it is seen."""
        if self._labels is None:
            return self._store.vocabulary()
        from index.indexable import whole_text  # the engines, which not every store needs

        counting, seen = Counting(), self.passages()
        for stored in seen if len(seen) <= MAX_COUNTED else ():
            text = whole_text(stored)
            counting.add(text, tokenise(text))
        return counting.vocabulary()

    def _masked(self, stored: Stored) -> Stored:
        text = self._hide(stored.passage.text)
        return stored if text is stored.passage.text else replace(stored, passage=replace(stored.passage, text=text))

    def shown(
        self, contents: tuple[NoticeCard, list[Passage], list[Fact]]
    ) -> tuple[NoticeCard, list[Passage], list[Fact]]:
        """A notice that is seen with its passages and facts, without what is hidden in it."""
        card, passages, facts = contents
        seen = [replace(passage, text=self._hide(passage.text)) for passage in passages]
        held = {passage.passage_id: (passage.start, passage.text) for passage in seen}
        return card, seen, [self._fact(fact, *held[fact.passage_id]) for fact in facts if fact.passage_id in held]

    def _hidden(self, card: NoticeCard, notice: Notice) -> Notice:
        _, passages, facts = self.shown((card, list(notice.passages), list(notice.facts)))
        characters = list(notice.text)
        for passage in passages:
            characters[passage.start : passage.end] = passage.text
        return replace(notice, text="".join(characters), passages=tuple(passages), facts=tuple(facts))

    def _fact(self, fact: Fact, start: int, text: str) -> Fact:
        quote = text[fact.start - start : fact.end - start]
        return fact if quote == fact.quote else replace(fact, quote=quote, value=self._hide(fact.value))
