"""Questions that the notices of a store can answer: made of its own topics, units, years and titles, and tried."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from time import thread_time
from weakref import WeakKeyDictionary

from assistant.answer.view import View, view_of
from assistant.exploring import Matrix, explore
from assistant.service import Assistant
from assistant.types import Kind, Lang, Question
from corpus.lexicon import alternatives, rows
from index.fold import fold

MAX_SUGGESTIONS = 20  # of one answer
_TRIED = 16  # questions that are kept for each language
_SECONDS = 1.0  # of this thread's own time that trying them may take; a large store gets fewer
_LONGEST_TITLE = 32  # characters of a title that a question repeats
_TITLES = 400  # that are offered to who types them
_WORDS = 3  # of the notices that begin as what is typed, and are made a question of
_SHORT = 2  # letters of such a beginning
_REMEMBERED = 2000  # questions, of which it is known whether they have an answer


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question and the form of its answer."""

    text: str
    kind: Kind
    lang: Lang


class Suggestions:
    """What can be asked of an assistant's store as who asks may see it; worked out once a state of it."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._tried: WeakKeyDictionary[View, dict[Lang, tuple[Suggestion, ...]]] = WeakKeyDictionary()
        self._verdicts: WeakKeyDictionary[View, dict[str, bool]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def of_store(self, lang: Lang) -> tuple[Suggestion, ...]:
        """Questions that have an answer, of several kinds, the most telling first; none where the store is empty."""
        view = view_of(self._assistant.store)
        with self._lock:
            tried = self._tried.setdefault(view, {})
            if lang not in tried:
                tried[lang] = tuple(self._answered(view, _made(explore(view), _titles(view), lang)))
            return tried[lang]

    def suggest(self, typed: str, k: int, lang: Lang) -> tuple[Suggestion, ...]:
        """At most ``k`` questions that go on from what is typed: those that begin with it, then those that hold it, then
        those about words of the notices that begin so."""
        view, known = view_of(self._assistant.store), self.of_store(lang)
        words = fold(typed).strip().lower()
        if not words:
            return known[:k]
        ranked = []
        for place, one in enumerate((*known, *(_named(view) if lang == "zh" else ()))):
            text = fold(one.text).lower()
            at = text.find(words)
            if at >= 0 and text != words:
                ranked.append((at > 0, place, one))
        found = dict.fromkeys(one for _, _, one in sorted(ranked, key=lambda row: row[:2]))
        if len(found) < k and len(words) >= _SHORT:
            found |= dict.fromkeys(self._answered(view, _continued(view, words, lang)))
        return tuple(found)[:k]

    def _answered(self, view: View, made: Iterable[Suggestion]) -> Iterator[Suggestion]:
        """Those that the assistant answers as they mean it."""
        started, kept = thread_time(), 0
        verdicts = self._verdicts.setdefault(view, {})
        for one in made:
            if kept == _TRIED or thread_time() - started > _SECONDS:
                return
            if one.text not in verdicts:
                if len(verdicts) >= _REMEMBERED:
                    verdicts.clear()
                answer = self._assistant.extract(Question(one.text))
                verdicts[one.text] = not answer.abstained and answer.kind == one.kind
            if verdicts[one.text]:
                kept += 1
                yield one


def _made(matrix: Matrix, titles: list[str], lang: Lang) -> Iterator[Suggestion]:
    """Questions by their kinds in turn, each kind from what most items are about."""
    years = [year for year in reversed(matrix.years) if year is not None]
    topics = [_in_english(topic) for topic in matrix.topics] if lang == "en" else list(matrix.topics)
    several = [
        (topic, *[year for year, count in zip(matrix.years, counts, strict=True) if count and year is not None][-2:])
        for topic, counts in zip(topics, matrix.per_topic.tolist(), strict=True)
    ]
    pairs = [row for row in several if len(row) == 3 and row[0]]
    named = [topic for topic in topics if topic]
    if lang == "en":
        forms: list[tuple[Kind, list[str]]] = [
            ("units", [f"Which units are responsible for {topic}?" for topic in named]),
            ("fact", [f"What was the theme in {year}?" for year in years]),
            ("compare", [f"How did {topic} change between {first} and {last}?" for topic, first, last in pairs]),
            ("fact", [f"What are the deadlines in {year}?" for year in years]),
            ("count", [f"How many units work on {topic}?" for topic in named]),
        ]
    else:
        forms = [
            ("units", [f"哪些单位负责{topic}相关工作" for topic in named]),
            ("fact", [f"{year}年的活动主题是什么" for year in years]),
            ("tasks", [f"{unit}有哪些任务，什么时候完成" for unit in matrix.rows]),
            ("compare", [f"{topic}工作{first}年和{last}年有什么不同" for topic, first, last in pairs]),
            ("fact", [f"{year}年有哪些截止时间" for year in years]),
            ("summary", [f"《{title}》的主要内容是什么" for title in titles]),
            ("count", [f"有多少个单位开展{topic}工作" for topic in named]),
        ]
    columns = [[Suggestion(text, kind, lang) for text in texts] for kind, texts in forms]
    yield from (one for row in zip_longest(*columns) for one in row if one is not None)


def _titles(view: View) -> list[str]:
    """Titles that are short enough to be repeated, newest notice first."""
    cards = sorted(view.cards.values(), key=lambda card: (-(card.year or 0), card.notice_id))
    return list(dict.fromkeys(card.title for card in cards if len(card.title) <= _LONGEST_TITLE))


_named_of: WeakKeyDictionary[View, tuple[Suggestion, ...]] = WeakKeyDictionary()


def _named(view: View) -> tuple[Suggestion, ...]:
    """Questions about units and notices, for who types their names. Each has an answer by the way it is made."""
    if view not in _named_of:
        units = [Suggestion(f"{unit}有哪些任务", "tasks", "zh") for unit in explore(view).rows]
        titles = [Suggestion(f"《{title}》的主要内容是什么", "summary", "zh") for title in _titles(view)[:_TITLES]]
        _named_of[view] = (*units, *titles)
    return _named_of[view]


def _continued(view: View, typed: str, lang: Lang) -> list[Suggestion]:
    """Questions about the words of the notices that begin as what is typed, the most frequent first."""
    frequent = view.vocabulary.words
    if lang == "en":
        terms = [(phrase, frequent.get(term, 0)) for term, phrase in _english_terms().items()]
        made = [(phrase, count) for phrase, count in terms if phrase.startswith(typed) and count]
    else:
        names = "\n".join(view.unit_names)
        made = [(word, n) for word, n in frequent.items() if word.startswith(typed) and word not in names]
    best = sorted(made, key=lambda found: (-found[1], found[0]))[:_WORDS]
    ask = "Which units are responsible for {}?" if lang == "en" else "哪些单位负责{}相关工作"
    return [Suggestion(ask.format(word), "units", lang) for word, _ in best]


@cache
def _english_terms() -> dict[str, str]:
    """Chinese terms and the first English phrase that the glossary has for each."""
    found: dict[str, str] = {}
    for english, chinese in rows("index", "glossary.tsv", 2):
        for term in alternatives(chinese)[:1]:
            found.setdefault(fold(term), english)
    return found


def _in_english(topic: str) -> str:
    return _english_terms().get(fold(topic), "")
