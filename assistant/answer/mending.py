"""Names of the notices that a question misspells: units, places, and what the notices themselves put in quotation marks.

Tried only where a question finds no answer as it stands; the word-by-word correction of `index.typos` has run before.
"""

from __future__ import annotations

import re

from assistant.answer.shard_writer import SOUND, SOUND_LENGTHS
from assistant.answer.view import View
from index.quotes import quoted_spans
from index.sounds import sounds_of
from index.types import Correction

_HAN = re.compile(r"[\u4e00-\u9fff]{3,}")
_MOST_WRONG = 1  # characters of a name


def mended_names(view: View, text: str) -> tuple[str, tuple[Correction, ...]]:
    """A question with its misspelt names as the notices write them; what stands in a notice as typed is left alone."""
    out, corrections = text, []
    quoted = quoted_spans(text)
    for start, end in quoted:
        meant = _meant(view, text[start:end], "quoted_sounds")
        if meant:
            out = out[:start] + meant + out[end:]
            corrections.append(Correction(text[start:end], meant, "homophone"))
    for run in _HAN.finditer(text):
        position = run.start()
        while position < run.end():
            heads = sounds_of(text[position : position + 2], exact=True)
            likely = any(len(head) == 2 and _begins(view, "sounds", *head) for head in heads)
            for length in reversed(SOUND_LENGTHS) if likely else ():
                typed = text[position : position + length]
                inside = any(a < position + length and position < b for a, b in quoted)
                if position + length > run.end() or inside:
                    continue
                meant = _meant(view, typed, "sounds")
                if meant:
                    out = out[:position] + meant + out[position + length :]
                    corrections.append(Correction(typed, meant, "homophone"))
                    position += length - 1
                    break
            position += 1
    return out, tuple(corrections)


def _meant(view: View, typed: str, names: str) -> str | None:
    """The name that sounds like ``typed`` and is another by one character.

    :param names: ``sounds`` of units and places, or ``quoted_sounds`` of what stands in quotation marks
    """
    if len(typed) not in SOUND_LENGTHS or not _HAN.fullmatch(typed):
        return None
    for sounds in sounds_of(typed, exact=True):
        if not _begins(view, names, sounds[0], sounds[1]):
            continue
        meant = max((name for shard in view.shards if (name := shard.sounding(names, sounds))), default=None)
        if meant and meant != typed:
            wrong = sum(a != b for a, b in zip(typed, meant, strict=True))
            return meant if wrong <= _MOST_WRONG and not view.holds([typed]) else None
    return None


def _begins(view: View, names: str, first: str, second: str) -> bool:
    """Whether any name begins with two syllables: most places of a question end here."""
    return any(shard.sounds_begin(names, f"{first}{SOUND}{second}{SOUND}") for shard in view.shards)
