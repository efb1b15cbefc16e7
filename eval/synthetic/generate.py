"""A question set from notices: one maker a kind, taken in turn until there are enough."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from random import Random
from typing import Any

from corpus.types import Fact, Notice, Passage, Unit
from eval.errors import BadDataset
from eval.synthetic import phrases, topics
from eval.synthetic.topics import Place, items
from index.analysis import domain_terms, words

Line = dict[str, Any]
_SHORTEST, _LONGEST = 8, 60  # characters of a quote
_MOST_ACTIVITIES = 12  # passages of a unit that a question about it may have to list


@dataclass
class Maker:
    """What all kinds draw from: the notices, their items and topics, and one source of chance."""

    notices: list[Notice]
    chance: Random
    places: list[Place] = field(init=False)
    topics: dict[str, list[Place]] = field(init=False)
    keys: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.places = items(self.notices)
        self.topics = topics.topics(self.places)
        self.keys = _keys([n.source for n in self.notices])

    def quote(self, notice: Notice, passage: Passage) -> str | None:
        """Words of a passage that stand once in the whole file, without line breaks."""
        whole = "\n".join(n.text for n in self.notices if n.source == notice.source)
        for line in passage.text.splitlines():
            line = line.strip()
            for start in range(0, max(1, len(line) - _SHORTEST), 4):
                for length in (24, 40, _LONGEST):
                    words_ = line[start : start + length].strip()
                    if len(words_) >= _SHORTEST and whole.count(words_) == 1:
                        return words_
        return None

    def gold(self, places: list[Place]) -> list[Line] | None:
        """Labels for passages; None where one of them cannot be quoted."""
        labels = []
        for place in places:
            quote = self.quote(place.notice, place.passage)
            if quote is None:
                return None
            units = [unit.name for unit in place.passage.units]
            labels.append({"notice": self.keys[place.notice.source], "quote": quote, "units": units})
        return labels

    def pick(self, wordings: tuple[str, ...], **slots: str) -> str:
        """One wording, filled."""
        return self.chance.choice(wordings).format(**slots)


def generate(notices: list[Notice], count: int, seed: int) -> list[Line]:
    """``count`` questions, the same for the same seed; fewer where the notices do not give as many.

    :raises BadDataset: the notices give none
    """
    maker = Maker(notices, Random(seed))
    if not maker.places:
        raise BadDataset("the notices hold no items to ask about; name other notices")
    sources = [_shuffled(kind(maker), maker.chance) for kind in KINDS]
    lines: list[Line] = []
    asked: set[tuple[str, ...]] = set()
    while sources and len(lines) < count:
        for source in list(sources):
            line = next((one for one in source if (*one["history"], one["question"]) not in asked), None)
            if line is None:
                sources.remove(source)
            elif len(lines) < count:
                asked.add((*line["history"], line["question"]))
                lines.append({"id": f"s{len(lines) + 1:03d}", **line})
    return lines


def _shuffled(lines: Iterator[Line], chance: Random) -> Iterator[Line]:
    made = list(lines)
    chance.shuffle(made)
    return iter(made)


def _line(kind: str, question: str, gold: list[Line], note: str, **more: Any) -> Line:
    line: Line = {
        "lang": "zh" if re.search("[一-鿿]", question) else "en", "kind": kind, "question": question, "history": [], "filters": {},
        "gold": gold, "units": [], "answer_contains": [], "difficulty": "medium", "note": f"synthetic: {note}",
    }  # fmt: skip
    return {**line, **more}


def _accepted(units: list[Unit]) -> list[list[str]]:
    """The accepted names of each unit: as printed, and the registry's."""
    by_name: dict[str, list[str]] = {}
    for unit in units:
        names = by_name.setdefault(unit.canonical, [])
        names += [name for name in (unit.name, unit.canonical) if name not in names]
    return list(by_name.values())


def units(maker: Maker) -> Iterator[Line]:
    """Which units handle a topic: every passage that holds it, with its units."""
    for topic, places in maker.topics.items():
        line = _units(maker, topic, places, "", "units of a topic")
        if line is None:
            continue
        yield line
        phrase = topics.english(topic)
        if phrase is not None:
            yield {
                **line,
                "lang": "en",
                "question": maker.pick(phrases.UNITS_EN, english=phrase),
                "note": "synthetic: units, in English",
            }


def _units(maker: Maker, topic: str, places: list[Place], scope: str, note: str) -> Line | None:
    named = [place for place in places if place.passage.units]
    gold = maker.gold(named) if named else None
    if gold is None:
        return None
    wording = maker.pick(phrases.UNITS, topic=topic, scope=scope)
    accepted = _accepted([unit for place in named for unit in place.passage.units])
    return _line("units", wording, gold, note, units=accepted)


def units_of_a_year(maker: Maker) -> Iterator[Line]:
    """The same within one year, for topics that several years share; and the other year as a follow-up."""
    for topic, places in maker.topics.items():
        years = sorted({p.notice.header.year for p in places if p.notice.header.year and p.passage.units})
        if len(years) < 2:
            continue
        first, second = maker.chance.sample(years, 2)
        for year, history in ((first, []), (second, [f"{first}年哪些单位负责{topic}？"])):
            chosen = [p for p in places if p.notice.header.year == year]
            line = _units(maker, topic, chosen, f"{year}年", "units of a topic in a year")
            if line is None:
                continue
            if history:
                follow = maker.pick(phrases.FOLLOW_YEAR, year=str(year))
                line |= {
                    "kind": "followup",
                    "question": follow,
                    "history": history,
                    "units": [],
                    "note": "synthetic: another year",
                }
            elif f"{year}" not in line["question"]:
                line["question"] = f"{year}年{line['question']}"
            yield line


def activities(maker: Maker) -> Iterator[Line]:
    """What a unit does: every passage in which it acts."""
    acting: dict[tuple[str, str | None], list[Place]] = {}
    for place in maker.places:
        for unit in {(u.canonical, u.place) for u in place.passage.units}:
            acting.setdefault(unit, []).append(place)
    for (canonical, _), places in acting.items():
        years = {place.notice.header.year for place in places}
        names = {u.name for place in places for u in place.passage.units if u.canonical == canonical}
        gold = maker.gold(places) if len(places) <= _MOST_ACTIVITIES and len(years) == 1 else None
        if gold is None or any(c in canonical for c in "各等有关"):
            continue
        scope = f"{years.pop()}年" if years != {None} else ""
        question = maker.pick(phrases.ACTIVITIES, unit=sorted(names)[0], scope=scope)
        yield _line("activities", question, gold, "activities of a unit")


def lookups(maker: Maker) -> Iterator[Line]:
    """One item, by words of it that stand together nowhere else, in another order."""
    for place in maker.places:
        own = [w for w in dict.fromkeys(words(place.passage.text)) if len(w) >= 2 and re.fullmatch("[一-鿿]+", w)]
        rare = sorted(own, key=lambda w: (w not in domain_terms(), sum(w in p.passage.text for p in maker.places)))[:3]
        together = [p for p in maker.places if all(w in p.passage.text for w in rare)]
        gold = maker.gold([place]) if len(rare) == 3 and len(together) == 1 and len(place.passage.text) >= 20 else None
        if gold is not None:
            maker.chance.shuffle(rare)
            yield _line(
                "lookup", maker.pick(phrases.LOOKUP, words="、".join(rare)), gold, "an item by three of its words"
            )


def facts(maker: Maker) -> Iterator[Line]:
    """Deadlines, themes and telephone numbers of one notice, named by its title."""
    for notice in maker.notices:
        for kind, wordings in (("deadline", phrases.DEADLINE), ("theme", phrases.THEME), ("contact", phrases.CONTACT)):
            found = [f for f in notice.facts if f.kind == kind and (kind != "contact" or re.search(r"\d{7,}", f.value))]
            if len({f.value for f in found}) != 1:
                continue
            place = _place(notice, found[0])
            gold = maker.gold([place]) if place else None
            if gold is not None:
                question = maker.pick(wordings, document=f"《{notice.header.title}》")
                yield _line("fact", question, gold, kind, answer_contains=[_spellings(found[0])])


def _place(notice: Notice, fact: Fact) -> Place | None:
    passage = next((p for p in notice.passages if p.passage_id == fact.passage_id), None)
    return Place(notice, passage) if passage else None


def _spellings(fact: Fact) -> list[str]:
    """A date as ISO and in Chinese; other values as the notice prints them."""
    date = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", fact.value)
    if date:
        year, month, day = (int(part) for part in date.groups())
        return [f"{year}年{month}月{day}日", f"{month}月{day}日", fact.value]
    number = re.search(r"\d[\d-]{6,}", fact.value)
    return [number[0]] if number and fact.kind == "contact" else [fact.value]


def counts(maker: Maker) -> Iterator[Line]:
    """How many units handle a topic."""
    for topic, places in maker.topics.items():
        line = _units(maker, topic, places, "", "how many units")
        if line is not None and len(line["units"]) >= 2:
            number = str(len(line["units"]))
            yield {
                **line,
                "kind": "count",
                "question": maker.pick(phrases.COUNT, topic=topic),
                "units": [],
                "answer_contains": [[number]],
            }


def comparisons(maker: Maker) -> Iterator[Line]:
    """Themes of two years."""
    themes: dict[int, list[tuple[Notice, Fact]]] = {}
    for notice in maker.notices:
        for fact in notice.facts:
            if fact.kind == "theme" and notice.header.year:
                themes.setdefault(notice.header.year, []).append((notice, fact))
    single = {year: found[0] for year, found in themes.items() if len(found) == 1}
    for first in single:
        for second in (year for year in single if year > first):
            places = [_place(*single[first]), _place(*single[second])]
            gold = maker.gold([p for p in places if p])
            if gold is not None and len(gold) == 2:
                question = maker.pick(phrases.COMPARE_THEMES, first=str(first), second=str(second))
                contains = [[single[year][1].value] for year in (first, second)]
                yield _line("compare", question, gold, "themes of two years", answer_contains=contains)


def absent(maker: Maker) -> Iterator[Line]:
    """What nothing answers: matters, years and places that the notices lack, and premises that they do not bear out."""
    for matter, english in phrases.MATTERS.items():
        if not topics.is_held(matter, maker.places):
            question = maker.pick(phrases.ABSENT_TOPIC, topic=matter, english=english)
            yield _line("abstain", question, [], "a matter that no notice holds")
    years = {n.header.year for n in maker.notices if n.header.year}
    texts = " ".join(n.text for n in maker.notices)
    gone = [y for y in range(min(years, default=2020) - 3, max(years, default=2024) + 3) if str(y) not in texts]
    places = [p for p in phrases.PLACES if p not in texts and p.removesuffix("市") not in texts]
    for topic, held in maker.topics.items():
        if gone:
            question = maker.pick(phrases.ABSENT_YEAR, year=str(maker.chance.choice(gone)), topic=topic)
            yield _line("abstain", question, [], "a year without notices")
        if places:
            question = maker.pick(phrases.ABSENT_PLACE, place=maker.chance.choice(places), topic=topic)
            yield _line("abstain", question, [], "a place without notices")
        unit = next((u.name for p in held for u in p.passage.units), None)
        year = held[0].notice.header.year
        if unit and year:
            question = maker.pick(phrases.FALSE_PREMISE, unit=unit, year=str(year), topic=topic)
            yield _line("abstain", question, [], "a premise that no notice bears out")


KINDS: tuple[Callable[[Maker], Iterator[Line]], ...] = (
    units, activities, lookups, facts, counts, comparisons, units_of_a_year, absent,
)  # fmt: skip


def _keys(sources: list[str]) -> dict[str, str]:
    """What labels call a file: the number that its name begins with where that tells it apart, else its path."""
    numbers = {s: m[0] for s in set(sources) if (m := re.match(r"\d+(?![0-9A-Za-z])", PurePosixPath(s).name))}
    return {s: numbers[s] if list(numbers.values()).count(numbers.get(s, "")) == 1 else s for s in sources}
