"""A state of a store as the composer sees it: its passages folded for matching, in shards that are read as they are touched."""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np

from assistant.answer.columns import Columns
from assistant.answer.selection import Selection
from assistant.answer.shard import Entry as Entry
from assistant.answer.shard import Shard
from assistant.answer.shard_writer import Contents, spelled
from assistant.answer.shards import Held, StateGone, shards_of, words_of
from assistant.answer.strings import Numbers
from corpus.types import Fact, Passage
from index import english
from index.dictionary import Dictionary
from index.english import Key
from index.fold import fold
from index.restricted import Restricted
from index.store import LocalStore
from index.types import NoticeCard, Retriever
from index.vocabulary import Vocabulary

_SHORT = 4  # characters of a short name, at most
_BETWEEN = 2  # characters of the name between two of a short one
_TRIES = 5  # of reading a state before the store has gone on to the next
_PATIENCE, _PAUSE = 5.0, 0.02  # seconds until a state that cannot be read is put together in memory; between tries


class View:
    """One state of a store, shared by all questions to it."""

    def __init__(self, held: Sequence[Held], vocabulary: Vocabulary, dictionary: Dictionary) -> None:
        self.vocabulary = vocabulary
        self.dictionary = dictionary
        self.columns = Columns(held)
        self._df: dict[str, int] = {}
        self._long: dict[str, tuple[str, ...]] = {}

    @property
    def shards(self) -> tuple[Shard, ...]:
        """What the state consists of."""
        return self.columns.shards

    def complete(self) -> None:
        """Work out what the first question would wait for."""
        self.columns.complete()

    @property
    def entries(self) -> Sequence[Entry]:
        """The passages by their positions, those included that no longer count (see :class:`Columns`)."""
        return self.columns.entries

    @cached_property
    def cards(self) -> Mapping[str, NoticeCard]:
        """The notices, by id."""
        return Cards(self.columns)

    @property
    def facts(self) -> Iterator[Fact]:
        """All facts, notice by notice; each passage that states one is read."""
        stated = self.columns.everywhere()
        stated &= np.concatenate([shard.facts != 0 for shard in self.shards])
        return (fact for entry in Selection(self.columns, stated) for fact in entry.facts)

    @cached_property
    def digest(self) -> str:
        """What the same notices always have in common, whatever the order in which they came; 8 hexadecimal digits."""
        digests = np.concatenate([shard.digests for shard in self.shards])
        alive = self.columns.alive
        total = np.sum(digests if alive is None else digests[alive], dtype=np.uint64)
        return f"{int(total) >> 32:08x}"

    @cached_property
    def everything(self) -> Selection:
        """All passages."""
        return Selection(self.columns, self.columns.everywhere())

    @cached_property
    def bodies(self) -> Selection:
        """The passages of the notices' bodies."""
        return Selection(self.columns, self.columns.body)

    def holds(self, forms: Collection[str]) -> bool:
        """Whether a notice holds one of the given strings: in a passage, a heading or a title, as it is typed there."""
        return any(self._holds(spelled(form)) for form in forms)

    def _holds(self, letters: str) -> bool:
        columns = self.columns
        rows = columns.spelled.holding(letters)
        if len(rows if columns.alive is None else rows[columns.alive[columns.notice[rows]]]):
            return True
        return len(columns.spelled_titles.holding(letters)) > 0 or any(
            len(shard.grams("spelled_headings").holding(letters)) for shard in self.shards
        )

    def long_forms(self, word: str) -> tuple[str, ...]:
        """Names of which a word may be short: 农校 of 农业学校. Its characters begin or end the name's, in order."""
        if not 2 <= len(word) <= _SHORT or not all("\u4e00" <= character <= "\u9fff" for character in word):
            return ()
        if word not in self._long:
            pattern = re.compile(f"[\u4e00-\u9fff]{{0,{_BETWEEN}}}".join(word))
            found = (match.group() for shard in self.shards for match in pattern.finditer(shard.called))
            self._long[word] = tuple(sorted({long for long in found if len(long) == 2 * len(word)}))
        return self._long[word]

    def but_for_one(self, phrase: str) -> tuple[str, ...]:
        """What passages hold that differs from a phrase of four characters or more in one of them."""
        folded = self.columns.folded
        near = np.zeros(len(self.columns), np.bool_)
        for i in range(len(phrase)):
            before, behind = phrase[:i], phrase[i + 1 :]
            rows: Numbers = folded.holding(max(before, behind, key=len))
            if before and behind:
                rows = np.intersect1d(rows, folded.holding(min(before, behind, key=len)), assume_unique=True)
            near[rows] = True
        forms = "|".join(f"{re.escape(phrase[:i])}\\w{re.escape(phrase[i + 1 :])}" for i in range(len(phrase)))
        pattern = re.compile(forms)
        texts = folded.texts
        near &= self.columns.everywhere()
        found = (match.group() for row in np.flatnonzero(near).tolist() for match in pattern.finditer(texts[row]))
        return tuple(dict.fromkeys(found))

    def knows(self, word: str) -> bool:
        """Whether an English word can be translated."""
        return english.knows(word) or bool(self.dictionary.lookup([english.key_of(word)]))

    def own_terms(self, keys: Collection[Key]) -> Mapping[Key, tuple[str, ...]]:
        """What the user's dictionary says of English phrases that the glossary lacks, in words that the notices hold.

        An answer must be complete and hold nothing else: where the glossary has a phrase, more words would widen it.
        """
        found = {
            key: tuple(word for word in chinese if self.document_frequency(fold(word)))
            for key, chinese in self.dictionary.lookup(keys).items()
            if not english.in_glossary(key)
        }
        return {key: chinese for key, chinese in found.items() if chinese}

    @cached_property
    def unit_names(self) -> frozenset[str]:
        """Every unit name as printed."""
        return frozenset(name for shard in self.shards for name in shard.strings("names"))

    def unit_name_at(self, text: str, start: int) -> int:
        """The length of the longest unit name, folded, with which a folded text goes on; 0 for none."""
        return max(shard.strings("unit_name").longest(text, start) for shard in self.shards)

    @cached_property
    def places(self) -> frozenset[str]:
        """Full names of the places that the notices speak of: regions, unit places, places named in texts."""
        return frozenset(place for shard in self.shards for place in shard.strings("places"))

    def speaks_of(self, place: str) -> bool:
        """Whether the notices speak of a place, or of what lies in it."""
        return any(len(shard.strings("places").beginning(place)) for shard in self.shards)

    @cached_property
    def years(self) -> tuple[int, ...]:
        """The years of the notices, ascending."""
        years, alive = self.columns.years, self.columns.alive
        return tuple(year for year in np.unique(years if alive is None else years[alive]).tolist() if year)

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """The regions of the notices, in order."""
        columns, regions = self.columns, sorted({key for shard in self.shards for key in shard.table("region")})
        if columns.alive is None:
            return tuple(regions)
        return tuple(region for region in regions if (columns.in_regions([region]) & columns.alive).any())

    @cached_property
    def issuers(self) -> tuple[str, ...]:
        """The issuers of the notices, in order."""
        return tuple(sorted({card.issuer for card in self.cards.values() if card.issuer}))

    def unit_counts(self) -> dict[str, int]:
        """In how many passages each unit acts, by its canonical name."""
        if self.columns.alive is None:
            return {name: len(found) for name, found in self.columns.by_canonical.items()}
        return {
            name: int(np.count_nonzero(self.everything.mask[found]))
            for name, found in self.columns.by_canonical.items()
        }

    def document_frequency(self, word: str) -> int:
        """In how many body passages ``word`` (folded) stands."""
        known = self._df.get(word)
        if known is None:
            known = self._df[word] = self.columns.folded.frequency(word, self.columns.body)
        return known

    def idf(self, frequency: int) -> float:
        """Inverse document frequency, as in BM25's Robertson form, never negative."""
        return math.log(1 + (max(1, len(self.bodies)) - frequency + 0.5) / (frequency + 0.5))

    def is_heading(self, text: str) -> bool:
        """Whether a text (folded) is a heading of a notice."""
        positions = self.columns.by_heading.of(text)
        return bool(self.everything.mask[positions].any())

    @cached_property
    def headings(self) -> frozenset[str]:
        """Every heading, folded."""
        return frozenset(self.columns.by_heading)


class Cards(Mapping[str, NoticeCard]):
    """The notices of a view by their ids, read when they are asked for."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns

    def __getitem__(self, notice_id: str) -> NoticeCard:
        number = self._columns.number_of(notice_id)
        if number < 0:
            raise KeyError(notice_id)
        return self._columns.card(number)

    def __iter__(self) -> Iterator[str]:
        alive = self._columns.alive
        return (c.notice_id for i, c in enumerate(self._columns.notices) if alive is None or alive[i])

    def __len__(self) -> int:
        alive = self._columns.alive
        return len(self._columns.years) if alive is None else int(np.count_nonzero(alive))


_views: WeakKeyDictionary[Retriever, dict[int, View]] = WeakKeyDictionary()  # by sequence number of the state
_lock = threading.Lock()


def view_of(store: Retriever) -> View:
    """The view of the store's present state."""
    until = time.monotonic() + _PATIENCE
    while True:
        with _lock:
            sequence = store.sequence
            views = _views.setdefault(store, {})
            with suppress(StateGone):
                if sequence not in views:
                    sequence, views[sequence] = _read(store, patient=time.monotonic() < until)
                for older in [known for known in views if known < sequence]:
                    del views[older]
                return views[sequence]
        time.sleep(_PAUSE)  # the writer needs the lock to go on


def prepare(store: Retriever, fresh: Retriever) -> None:
    """Read the state that ``fresh`` is open on, so that questions to ``store`` find it read once it comes to that state."""
    sequence, view = _read(fresh)
    view.complete()
    with _lock:
        _views.setdefault(store, {})[sequence] = view


def _read(store: Retriever, patient: bool = False) -> tuple[int, View]:
    """A state's number and its view.

    :param patient: whether to raise StateGone where a state cannot be read now, since the store goes on to the next one
    """
    part = store if isinstance(store, Restricted) else None
    local = isinstance(part.whole if part else store, LocalStore)
    for _ in range(_TRIES if local else 0):
        sequence = store.sequence
        try:
            held = shards_of(store.folder, sequence, part)
        except StateGone:
            continue  # the store has gone on, or a writer is at work and readers are still on the state before
        return sequence, View(held, words_of(held) if part else store.vocabulary(), store.dictionary)
    if local and patient:
        raise StateGone
    sequence = store.sequence
    held = [Held(Shard.over(_contents(store), vocabulary=part is not None))]
    return sequence, View(held, words_of(held) if part else store.vocabulary(), store.dictionary)


def _contents(store: Retriever) -> Iterator[Contents]:
    """All notices of a store that keeps none of its files here, in the order of their passages."""
    facts: dict[str, list[Fact]] = {}
    for fact in store.facts():
        facts.setdefault(fact.passage_id, []).append(fact)
    held: dict[str, tuple[NoticeCard, list[Passage]]] = {}
    for stored in store.passages():
        held.setdefault(stored.notice.notice_id, (stored.notice, []))[1].append(stored.passage)
    for card, passages in held.values():
        yield card, passages, [fact for passage in passages for fact in facts.get(passage.passage_id, ())]
