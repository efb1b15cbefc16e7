"""What answering needs of some notices, as arrays: texts folded for matching, what holds each bigram, who acts where."""

from __future__ import annotations

import hashlib
import json
import re
from array import array
from collections.abc import Iterable
from dataclasses import astuple
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from assistant.answer.grams import Grams, GramsWriter
from assistant.answer.strings import Strings, StringsWriter, encoded, table_arrays
from corpus.places import gazetteer, places_in, short_name
from corpus.types import Fact, FactKind, Passage, PassageKind
from index.analysis import tokenise
from index.document_names import plain
from index.filters import notice_terms, unit_terms
from index.fold import fold, fold_aligned
from index.indexable import whole_text
from index.sounds import sounds_of
from index.types import NoticeCard, Stored
from index.vocabulary import Counting

LAYOUT = 1  # of the arrays; a shard of another one is built anew
KINDS: tuple[PassageKind, ...] = get_args(PassageKind)
FACTS: tuple[FactKind, ...] = get_args(FactKind)
SOUND_LENGTHS = range(3, 11)  # characters of a name that a question may misspell
SOUND = "\x1f"  # between the syllables of a name
TEXT = 6  # place of the text in a record
OPENING = 8  # code points by which passages are found that begin with a name
_FEW = 2_000  # passages that are sooner read for places than asked for each place of the gazetteer
_HEAD = ("title", "banner", "signature")
_DESCRIPTION = 400  # code points of head and first paragraphs
_MASK = "\x00"  # stands for a unit's name: a topic is not matched inside 区文化和旅游局
_BLANK = re.compile(r"\s+")
_NAMED = re.compile(r"[“《]([\u4e00-\u9fff]{3,10})[”》]")
_HAN = re.compile(r"[\u4e00-\u9fff]{3,}")
Contents = tuple[NoticeCard, list[Passage], list[Fact]]  # passages in order of their ids, facts in order of places


def spelled(text: str) -> str:
    """A text as it is looked for letter by letter: lower case, without blanks, for a line may end inside a word."""
    return _BLANK.sub("", text).lower()


def opening_of(passage: Passage) -> str:
    """How a passage begins behind its number, folded; units are not masked."""
    plain = fold_aligned(passage.text)
    return plain.removeprefix(fold_aligned(passage.printed_number or "")).lstrip(" 、.．")


def masked(passage: Passage) -> str:
    """A passage's text, folded at its length, the names of its units masked."""
    plain = fold_aligned(passage.text)
    inside = [u for u in passage.units if passage.start <= u.start and u.end <= passage.end]
    if not inside:
        return plain
    chars = list(plain)
    for unit in inside:
        a, b = unit.start - passage.start, unit.end - passage.start
        chars[a:b] = _MASK * (b - a)
    return "".join(chars)


def headings_around(passage: Passage) -> str:
    """The headings above a passage but for those that name its units, folded."""
    around = [h for h in passage.section_path if not any(unit.name in h for unit in passage.units)]
    return fold_aligned("\n".join(around))


def described(card: NoticeCard, passages: Iterable[Passage]) -> str:
    """What describes a notice: title, issuer, region, head and foot, and how its body begins; folded."""
    parts = [card.title, card.issuer or "", card.region or ""]
    for passage in passages:
        first = passage.kind in ("preamble", "paragraph") and not passage.section_path
        if passage.kind in _HEAD or (first and sum(map(len, parts)) < _DESCRIPTION):
            parts.append(passage.text)
    return fold_aligned("\n".join(parts))


def bare_number(number: str) -> str:
    """A document number by its letters and digits alone; 第39号 is 39号."""
    return plain(number).replace("第", "")


def digest_of(card: NoticeCard, passages: Iterable[Passage], facts: Iterable[Fact]) -> int:
    """64 bits of SHA-256 over header fields, passages with their units, and facts."""
    fields = (card.notice_id, card.title, card.document_number, card.issuer, card.region, card.year, card.issued_on)
    total = hashlib.sha256(repr(fields).encode("utf-8", "surrogatepass"))
    for p in passages:
        units = [(unit.name, unit.canonical, unit.role) for unit in p.units]
        total.update(repr((p.passage_id, p.text, p.section_path, units)).encode("utf-8", "surrogatepass"))
    for fact in sorted(facts, key=lambda fact: (fact.start, fact.end, fact.kind, fact.value)):
        total.update(repr((fact.kind, fact.value, fact.start, fact.end)).encode("utf-8", "surrogatepass"))
    return int.from_bytes(total.digest()[:8], "little")


class ShardWriter:
    """Takes notices one by one, in the order in which their passages are to stand."""

    def __init__(self, vocabulary: bool = False) -> None:
        """A writer.

        :param vocabulary: whether the words are counted as well, as for the whole of a store its derived indexes do
        """
        self._words = Counting() if vocabulary else None
        self._ids, self._records = StringsWriter(), StringsWriter()
        self._folded, self._spelled, self._around = GramsWriter(), GramsWriter(), GramsWriter()
        self._arounds: dict[str, int] = {}
        self._around_of: list[int] = []
        self._openings: list[str] = []
        self._kinds, self._fact_bits = bytearray(), array("H")
        self._headings: dict[str, array[int]] = {}  # rows by heading as printed
        self._by_unit: dict[tuple[str, str, str | None], array[int]] = {}  # by name, canonical name and place
        self._quoted: set[str] = set()
        self._cards: list[NoticeCard] = []
        self._fingerprints: list[str] = []
        self._begins = [0]
        self._digests: list[int] = []
        self._titles, self._abouts, self._spelled_titles = GramsWriter(), GramsWriter(), GramsWriter()
        self._terms: dict[str, array[int]] = {}  # notices by filter term
        self._regions: dict[str, array[int]] = {}
        self._namings: set[tuple[str | None, str | None]] = set()

    def __len__(self) -> int:
        return len(self._kinds)

    def add(self, contents: Contents, fingerprint: str = "") -> None:
        """Add a notice.

        :param fingerprint: what tells that it has changed
        """
        card, passages, facts = contents
        number = len(self._cards)
        self._cards.append(card)
        self._fingerprints.append(fingerprint)
        stated: dict[str, list[Fact]] = {}
        for fact in facts:
            stated.setdefault(fact.passage_id, []).append(fact)
        for passage in passages:
            self._passage(card, passage, stated.get(passage.passage_id, []))
        self._begins.append(len(self))
        self._digests.append(digest_of(card, passages, facts))
        self._titles.add(fold_aligned(card.title))
        self._spelled_titles.add(spelled(card.title))
        self._abouts.add(described(card, passages))
        self._namings.add((card.region, card.issuer))
        for term in notice_terms(card):
            self._terms.setdefault(term, array("i")).append(number)
        if card.region:
            self._regions.setdefault(card.region, array("i")).append(number)

    def _passage(self, card: NoticeCard, passage: Passage, facts: list[Fact]) -> None:
        row = len(self)
        if self._words is not None:
            text = whole_text(Stored(row, passage, card))
            self._words.add(text, tokenise(text))
        self._ids.add(passage.passage_id)
        self._records.add(_record(passage, facts))
        self._kinds.append(KINDS.index(passage.kind))
        self._fact_bits.append(sum({1 << FACTS.index(fact.kind) for fact in facts}))
        self._folded.add(masked(passage))
        self._spelled.add(spelled(passage.text))
        around = headings_around(passage)
        if around not in self._arounds:
            self._arounds[around] = len(self._around)
            self._around.add(around)
        self._around_of.append(self._arounds[around])
        self._openings.append(opening_of(passage)[:OPENING])
        for heading in passage.section_path:
            self._headings.setdefault(heading, array("i")).append(row)
        for unit in passage.units:
            self._by_unit.setdefault((unit.name, unit.canonical, unit.place), array("i")).append(row)
            if unit.place:
                self._namings.add((unit.place, card.issuer))
        self._quoted.update(match.group(1) for match in _NAMED.finditer(passage.text))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What :class:`assistant.answer.shard.Shard` reads."""
        letters = self._spelled.arrays("spelled")
        records = self._records.arrays("records")
        return {
            "layout": np.array([LAYOUT], np.int32),
            "kind": np.frombuffer(bytes(self._kinds), np.uint8),
            "facts": np.array(self._fact_bits, np.uint16),
            **self._ids.arrays("ids"),
            **records,
            **self._folded.arrays("folded"),
            **letters,
            **self._around.arrays("around"),
            "around.of": np.array(self._around_of, np.int32),
            **self._openings_arrays(),
            **self._notice_arrays(),
            **self._heading_arrays(),
            **self._unit_arrays(),
            **self._name_arrays(self._places(Grams(letters, "spelled"), Strings(records, "records"))),
            **({} if self._words is None else StringsWriter([self._words.text().decode()]).arrays("vocabulary")),
        }

    def _notice_arrays(self) -> dict[str, NDArray[Any]]:
        numbers = [(i, bare_number(c.document_number)) for i, c in enumerate(self._cards) if c.document_number]
        return {
            **StringsWriter(f"{card.notice_id}/" for card in self._cards).arrays("notice_ids"),
            **StringsWriter(json.dumps(astuple(c), ensure_ascii=False) for c in self._cards).arrays("cards"),
            **StringsWriter(self._fingerprints).arrays("fingerprints"),
            "notice_begins": np.array(self._begins, np.int64),
            "notice_digests": np.array(self._digests, np.uint64),
            "notice_year": np.array([card.year or 0 for card in self._cards], np.int32),
            **self._titles.arrays("titles"),
            **self._spelled_titles.arrays("spelled_titles"),
            **self._abouts.arrays("abouts"),
            **table_arrays("notice_term", self._terms),
            **table_arrays("region", self._regions),
            **table_arrays("title", _numbered((i, card.title) for i, card in enumerate(self._cards))),
            **table_arrays("number", _numbered(numbers)),
        }

    def _heading_arrays(self) -> dict[str, NDArray[Any]]:
        letters = GramsWriter()
        for heading in sorted({spelled(heading) for heading in self._headings}):
            letters.add(heading)
        by_heading = _merged((fold(heading), rows) for heading, rows in self._headings.items())
        return {**table_arrays("heading", by_heading), **letters.arrays("spelled_headings")}

    def _unit_arrays(self) -> dict[str, NDArray[Any]]:
        units = self._by_unit.items()
        by_term = _merged((term, rows) for u, rows in units for term in unit_terms(u[0], u[1]))
        return {
            **table_arrays("unit_name", _merged((fold_aligned(u[0]), rows) for u, rows in units)),
            **table_arrays("canonical", _merged((u[1], rows) for u, rows in units)),
            **table_arrays("unit_place", _merged((u[2], rows) for u, rows in units if u[2])),
            **table_arrays("unit_term", by_term),
        }

    def _name_arrays(self, places: set[str]) -> dict[str, NDArray[Any]]:
        names = sorted({unit[0] for unit in self._by_unit})
        called = {c.title for c in self._cards} | {c.issuer for c in self._cards if c.issuer} | set(names)
        namings = sorted(self._namings, key=lambda pair: (pair[0] or "", pair[1] or ""))
        return {
            **StringsWriter(names).arrays("names"),
            **StringsWriter(["\n".join(sorted(map(fold_aligned, called)))]).arrays("called"),
            **StringsWriter(sorted(places)).arrays("places"),
            **StringsWriter(json.dumps(pair, ensure_ascii=False) for pair in namings).arrays("namings"),
            **_sounding("sounds", [*names, *map(short_name, places), *(place[-3:] for place in places)]),
            **_sounding("quoted_sounds", self._quoted),
        }

    def _openings_arrays(self) -> dict[str, NDArray[Any]]:
        order = sorted(range(len(self)), key=self._openings.__getitem__)
        return {
            **StringsWriter(self._openings[row] for row in order).arrays("openings"),
            "opening_rows": np.array(order, np.int32),
        }

    def _places(self, letters: Grams, records: Strings) -> set[str]:
        """Full names of the places that the notices speak of: regions, places of units, places named in texts by their names."""
        known = set(self._regions) | {unit[2] for unit in self._by_unit if unit[2]}
        if len(self) <= _FEW:
            texts = (json.loads(record)[TEXT] for record in records)
            return known | {
                p.path for text in texts for a, b, found in places_in(text) for p in found if p.name == text[a:b]
            }
        by_name: dict[str, set[str]] = {}
        for place in gazetteer():
            by_name.setdefault(place.name, set()).add(place.path)
        for name, paths in by_name.items():
            left = paths - known
            for row in letters.holding(spelled(name)).tolist() if left else ():
                left -= _named_in(json.loads(records[row])[TEXT], name)
                if not left:
                    break
            known |= paths - left
        return known


def _record(passage: Passage, facts: list[Fact]) -> str:
    """A passage but for its id, and its facts, as JSON: an array, to be read by :mod:`assistant.answer.shard`."""
    p = passage
    headings = [[span.start, span.end] for span in p.headings]
    units = [[u.name, u.canonical, u.level, u.place, u.role, u.start, u.end] for u in p.units]
    stated = [[f.kind, f.value, f.quote, f.start, f.end] for f in facts]
    values = [p.section_path, headings, p.number, p.printed_number, p.start, p.end, p.text, units, stated]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _named_in(text: str, name: str) -> set[str]:
    """The places of a name that a text names by it."""
    return {p.path for a, b, found in places_in(text) if text[a:b] == name for p in found if p.name == name}


def _merged(pairs: Iterable[tuple[str, array[int]]]) -> dict[str, array[int]]:
    """The rows of keys that have become the same, put together."""
    found: dict[str, array[int]] = {}
    for key, rows in pairs:
        found.setdefault(key, array("i")).extend(rows)
    return found


def _numbered(pairs: Iterable[tuple[int, str]]) -> dict[str, array[int]]:
    """Numbers by key."""
    found: dict[str, array[int]] = {}
    for number, key in pairs:
        found.setdefault(key, array("i")).append(number)
    return found


def _sounding(name: str, called: Iterable[str]) -> dict[str, NDArray[Any]]:
    """Names by how they sound; of several that sound alike the last."""
    names = sorted({fold(one) for one in called})
    found = {
        SOUND.join(sounds_of(one, exact=True)[0]): one
        for one in names
        if len(one) in SOUND_LENGTHS and _HAN.fullmatch(one)
    }
    keys = sorted(found, key=encoded)
    return {
        **StringsWriter(keys).arrays(name),
        **StringsWriter(found[key] for key in keys).arrays(f"{name}.names"),
    }
