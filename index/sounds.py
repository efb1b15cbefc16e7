"""How Chinese words sound: syllables without tones, every reading of a character."""

from __future__ import annotations

import os
import re
from functools import cache
from itertools import product

_SAME_SOUND = (
    (re.compile(r"^zh"), "z"),
    (re.compile(r"^ch"), "c"),
    (re.compile(r"^sh"), "s"),
    (re.compile(r"ng$"), "n"),
)
_READINGS = 3  # of one character; rarer ones are names and old words
_MOST = 12  # of one word


def sounds_of(word: str, exact: bool = False) -> list[tuple[str, ...]]:
    """The ways in which a word can be read, the usual one first.

    In words of three characters and more, retroflex and flat initials and front and back nasals are taken for one, as
    many speakers do; two characters have too many neighbours for that, and ``exact`` forbids it.
    """
    plain = exact or len(word) < 3
    readings = [[s if plain else _loose(s) for s in _readings(character)] for character in word]
    ways = 1
    for place, options in enumerate(readings):
        if ways * len(options) > _MOST:
            readings[place] = options[:1]
        ways *= len(readings[place])
    return list(dict.fromkeys(product(*readings)))


@cache
def _loose(syllable: str) -> str:
    for pattern, plain in _SAME_SOUND:
        syllable = pattern.sub(plain, syllable)
    return syllable


@cache
def _readings(character: str) -> tuple[str, ...]:
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # characters alone are asked for; phrases take 0.2 s to load
    from pypinyin import Style, pinyin  # loaded only for a question that holds a strange word

    found = pinyin(character, style=Style.NORMAL, heteronym=True, v_to_u=False)[0]
    return tuple(dict.fromkeys(found))[:_READINGS]
