"""English questions in the vocabulary of Chinese notices: glossary, units and places."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from corpus.lexicon import alternatives, rows
from corpus.places import gazetteer
from corpus.units import registry

_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*|\d+")  # a hyphen parts words: e-bike, e bike
# Ordinary words that lie one slip from a word of the glossary and are none (present, prevent).
_NO_SLIP = frozenset(
    """
    regarding present presents presented found bring brings simple meant mean ready always never every other others
    where there their these those which while whose after before about above under again still might could would should
    place places great small large later since until today month months week weeks yearly daily given taken makes doing
    being having going coming using based issue issues first second third total number numbers
    """.split()
)
FUNCTION_WORDS = frozenset(
    """
    a an the of in on at to for by with and or is are was were be been do does did which what who whom whose when where
    how why that this these those there their its it as from about into all any some each every has have had can could
    will would should please list show tell me us i we you they he she not no only one ones exactly many much
    """.split()
)
LONGEST_OWN = 6  # words of a phrase in a user's dictionary
_MIN_TYPO = 5  # letters of a word in which one slip is forgiven
Key = tuple[str, ...]  # an English phrase as its stems
Lookup = Callable[[Collection[Key]], Mapping[Key, tuple[str, ...]]]  # Chinese terms of phrases, best first


@dataclass(frozen=True, slots=True)
class Translation:
    """An English phrase at ``question[start:end]`` and the Chinese terms that it stands for, best first."""

    start: int
    end: int
    english: str
    chinese: tuple[str, ...]
    sort: str  # "term", "unit", "place"; "dictionary" where only the user's own dictionary has it


def _entries() -> Iterator[tuple[str, tuple[str, ...], str]]:
    """English phrases with their Chinese terms and their sort."""
    for english, chinese in rows("index", "glossary.tsv", 2):
        yield english, tuple(alternatives(chinese)), "term"
    for place in gazetteer():
        yield from ((english, (place.name,), "place") for english in place.english)
    for kind in registry():
        yield from ((english, (kind.core, *kind.aliases), "unit") for english in kind.english)


@cache
def _phrases() -> dict[Key, tuple[str, tuple[str, ...]]]:
    """Sort and Chinese terms by English phrase."""
    table: dict[Key, tuple[str, tuple[str, ...]]] = {}
    for english, chinese, sort in _entries():
        key = key_of(english)
        if key:
            old = table.get(key, (sort, ()))
            table[key] = (old[0], tuple(dict.fromkeys((*old[1], *chinese))))
    return table


def key_of(phrase: str) -> Key:
    """The stems of an English phrase, under which it is looked up."""
    return tuple(stem(word) for word in _WORD.findall(phrase.lower()))


@cache
def _longest() -> int:
    return max(map(len, _phrases()), default=1)


@cache
def _words() -> dict[str, str]:
    """The words of the glossary by their stems; of several the shortest."""
    table: dict[str, str] = {}
    for phrase, _, _ in _entries():
        for word in _WORD.findall(phrase.lower()):
            key = stem(word)
            table[key] = min(table.get(key, word), word, key=lambda w: (len(w), w))
    return table


@cache
def _english() -> frozenset[str]:
    """Stems of words that are English, whether the glossary has them or not."""
    return frozenset(stem(row[0]) for row in rows("index", "english.txt", 1))


@cache
def _vocabulary() -> dict[str, list[str]]:
    """Stems by their first letter, for the repair of typos."""
    index: dict[str, list[str]] = {}
    for key in _phrases():
        for word in key:
            if len(word) >= _MIN_TYPO - 1:
                index.setdefault(word[0], []).append(word)
    return {letter: sorted(set(words)) for letter, words in index.items()}


def stem(word: str) -> str:
    """Light stem of an English word: plural and verb endings off."""
    word = word.lower().replace("’", "'").removesuffix("'s")
    for ending, kept in (
        ("ies", "y"),
        ("sses", "ss"),
        ("ches", "ch"),
        ("shes", "sh"),
        ("ing", ""),
        ("ed", ""),
        ("es", "e"),
        ("s", ""),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: len(word) - len(ending)] + kept
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "aeiouls":  # plann(ing) → plan
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 4 else word


def translate(text: str, lookup: Lookup | None = None) -> list[Translation]:
    """Translations of the longest known phrases of ``text``, left to right, none overlapping.

    :param lookup: the user's own dictionary, whose terms follow those of the glossary
    """
    found = list(_WORD.finditer(text))
    if not found:
        return []  # the glossary is not even read
    stems = [stem(match.group()) for match in found]
    own = _own(found, stems, lookup) if lookup else {}
    longest = max([_longest(), *map(len, own)])
    out: list[Translation] = []
    i = 0
    while i < len(found):
        for length in range(min(longest, len(found) - i), 0, -1):
            key = tuple(stems[i : i + length])
            sort, chinese = _phrases().get(key, ("dictionary", ()))
            chinese = tuple(dict.fromkeys((*chinese, *own.get(key, ()))))
            if chinese:
                start, end = found[i].start(), found[i + length - 1].end()
                out.append(Translation(start, end, text[start:end].lower(), chinese, sort))
                i += length
                break
        else:
            i += 1
    return out


def _own(found: list[re.Match[str]], stems: list[str], lookup: Lookup) -> Mapping[Key, tuple[str, ...]]:
    """What the user's dictionary says of the phrases of a text, those of function words alone left out."""
    plain = [match.group().lower() in FUNCTION_WORDS for match in found]
    keys = {
        tuple(stems[i:j])
        for i in range(len(stems))
        for j in range(i + 1, min(i + LONGEST_OWN, len(stems)) + 1)
        if not (plain[i] or plain[j - 1])
    }
    return lookup(keys) if keys else {}


def in_glossary(key: Key) -> bool:
    """Whether the glossary has a phrase."""
    return key in _phrases()


def knows(word: str) -> bool:
    """Whether an English word is a function word or stands in the glossary."""
    word = word.lower()
    return word in FUNCTION_WORDS or word in _NO_SLIP or stem(word) in _words()


def one_slip_away(word: str) -> str | None:
    """The one word of the glossary that lies one slip of the pen from a word that neither it nor English has."""
    wrong = stem(word)
    if knows(word) or len(wrong) < _MIN_TYPO or wrong in _english():
        return None
    near = [c for c in _vocabulary().get(wrong[0], []) if abs(len(c) - len(wrong)) <= 1 and _one_slip(wrong, c)]
    return _words()[near[0]] if len(near) == 1 else None


def near_one_of(word: str, others: Collection[str]) -> bool:
    """Whether a word that is no English one lies one slip from one of the others (stems all)."""
    return (
        len(word) >= _MIN_TYPO
        and word not in _english()
        and any(
            other[:1] == word[:1] and abs(len(other) - len(word)) <= 1 and _one_slip(word, other) for other in others
        )
    )


def _one_slip(a: str, b: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours makes ``a`` into ``b``."""
    if len(a) > len(b):
        a, b = b, a
    i = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if len(a) == len(b):
        return a[i + 1 :] == b[i + 1 :] or (a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :])
    return a[i:] == b[i + 1 :]
