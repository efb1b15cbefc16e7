"""Word-by-word English for Chinese texts, from the CC-CEDICT pairs (CC BY-SA 4.0).

A glossed question is no English sentence, yet it puts several English words at once beside the
Chinese passage they speak of, which single dictionary entries cannot.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict

from .han import is_han
from .reading import PairSource

#: Words that real English questions hold and dictionary glosses do not.  They are strewn into
#: glossed texts so that they get tokens of their own and learn to say little.
FUNCTION_WORDS = tuple(
    "a about after all also an and any are as at be been before being between by can could did "
    "do does during each for from had has have her his how if in into is it its many much of on "
    "or other our out over she should since some such than that the their them then there these "
    "they this to under until upon was we were what when where which while who whom whose why "
    "will with within would you your".split()
)
_ENDINGS = ("s", "s", "s", "ed", "ing")
_STREWN, _INFLECTED = 0.4, 0.15
_NOISE = re.compile(r"\([^)]*\)|\[[^\]]*\]|\"")
_CROSS_REFERENCE = re.compile(r"variant of|^see |^also |abbr\.|surname |pr\. |classifier|particle")
_HAN_IN_GLOSS = re.compile(r"[\u3400-\u9fff]")
_LONGEST_WORD = 8


def clean_gloss(gloss: str) -> str:
    """The gloss without remarks, brackets and a leading ``to``; empty for cross references."""
    gloss = " ".join(_NOISE.sub(" ", gloss).split()).strip(" ;,.")
    if not gloss or _CROSS_REFERENCE.search(gloss) or _HAN_IN_GLOSS.search(gloss):
        return ""
    return gloss.removeprefix("to ").strip()


def clean_dictionary(source: PairSource) -> PairSource:
    """The dictionary pairs with cleaned glosses, cross references left out."""
    pairs = [(word, clean_gloss(gloss)) for word, gloss in zip(source.anchors, source.positives, strict=True)]
    kept = list(dict.fromkeys(pair for pair in pairs if pair[1]))
    return PairSource(source.name, [w for w, _ in kept], [g for _, g in kept])


class Glosser:
    """Segments by longest dictionary match and puts one short gloss in place of each word."""

    def __init__(self, dictionary: PairSource) -> None:
        self._glosses: dict[str, list[str]] = defaultdict(list)
        for word, gloss in zip(dictionary.anchors, dictionary.positives, strict=True):
            short = gloss.split(";")[0].split(",")[0].strip()
            if is_han(word) and 0 < len(short.split()) <= 4 and len(word) <= _LONGEST_WORD:
                self._glosses[word].append(short)

    def gloss(self, text: str, rng: random.Random) -> str:
        """English words in the order of the Chinese ones; unknown Han is left out.

        Function words and regular endings are strewn in at random: bases alone are what a
        dictionary knows, not what people type.
        """
        out: list[str] = []
        at = 0
        while at < len(text):
            if not is_han(text[at]):
                end = at + 1
                while end < len(text) and not is_han(text[end]):
                    end += 1
                out.append(text[at:end].strip())
                at = end
                continue
            for length in range(min(_LONGEST_WORD, len(text) - at), 0, -1):
                glosses = self._glosses.get(text[at : at + length])
                if glosses:
                    if rng.random() < _STREWN:
                        out.append(rng.choice(FUNCTION_WORDS))
                    ending = rng.choice(_ENDINGS) if rng.random() < _INFLECTED else ""
                    out.append(rng.choice(glosses) + ending)
                    break
            at += length
        return " ".join(word for word in out if word)
