"""English questions in the vocabulary of Chinese notices: glossary, units and places."""

from __future__ import annotations

import re
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
_MIN_TYPO = 5  # letters of a word in which one slip is forgiven


@dataclass(frozen=True, slots=True)
class Translation:
    """An English phrase at ``question[start:end]`` and the Chinese terms that it stands for, best first."""

    start: int
    end: int
    english: str
    chinese: tuple[str, ...]
    sort: str  # "term", "unit" or "place"


@cache
def _phrases() -> dict[tuple[str, ...], tuple[str, tuple[str, ...]]]:
    """Chinese by English phrase, as a tuple of stems."""
    table: dict[tuple[str, ...], tuple[str, tuple[str, ...]]] = {}

    def add(english: str, chinese: tuple[str, ...], sort: str) -> None:
        key = tuple(stem(word) for word in _WORD.findall(english.lower()))
        if key:
            old = table.get(key, (sort, ()))
            table[key] = (old[0], tuple(dict.fromkeys((*old[1], *chinese))))

    for english, chinese in rows("index", "glossary.tsv", 2):
        add(english, tuple(alternatives(chinese)), "term")
    for place in gazetteer():
        for english in place.english:
            add(english, (place.name,), "place")
    for kind in registry():
        for english in kind.english:
            add(english, (kind.core, *kind.aliases), "unit")
    return table


@cache
def _longest() -> int:
    return max(map(len, _phrases()), default=1)


@cache
def _vocabulary() -> dict[str, list[str]]:
    """Stems by their length-and-first-letter key, for the repair of typos."""
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


def translate(text: str) -> list[Translation]:
    """Translations of the longest known phrases of ``text``, left to right, none overlapping."""
    found = list(_WORD.finditer(text))
    stems = [
        stem(match.group()) if match.group().lower() in _NO_SLIP else _known(stem(match.group())) for match in found
    ]
    out: list[Translation] = []
    i = 0
    while i < len(found):
        for length in range(min(_longest(), len(found) - i), 0, -1):
            entry = _phrases().get(tuple(stems[i : i + length]))
            if entry:
                start, end = found[i].start(), found[i + length - 1].end()
                out.append(Translation(start, end, text[start:end].lower(), entry[1], entry[0]))
                i += length
                break
        else:
            i += 1
    return out


@cache
def _known(word: str) -> str:
    """``word``, or the one vocabulary word that lies one slip of the pen away."""
    if len(word) < _MIN_TYPO - 1 or (word,) in _phrases():
        return word
    candidates = _vocabulary().get(word[0], [])
    if word in candidates:
        return word
    near = [c for c in candidates if abs(len(c) - len(word)) <= 1 and _one_slip(word, c)]
    return near[0] if len(near) == 1 and len(word) >= _MIN_TYPO else word


def _one_slip(a: str, b: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours makes ``a`` into ``b``."""
    if len(a) > len(b):
        a, b = b, a
    i = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if len(a) == len(b):
        return a[i + 1 :] == b[i + 1 :] or (a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :])
    return a[i:] == b[i + 1 :]
