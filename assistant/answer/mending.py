"""Names of the notices that a question misspells: units, places, and what the notices themselves put in quotation marks.

Tried only where a question finds no answer as it stands; the word-by-word correction of `index.typos` has run before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from assistant.answer.view import View
from corpus.places import short_name
from index.fold import fold
from index.quotes import quoted_spans
from index.sounds import sounds_of
from index.types import Correction

_NAMED = re.compile(r"[“《]([\u4e00-\u9fff]{3,10})[”》]")
_HAN = re.compile(r"[\u4e00-\u9fff]{3,}")
_LENGTHS = range(3, 11)
_MOST_WRONG = 1  # characters of a name
Sounds = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Names:
    """Names by how they sound: those of units and places, and those that stand in quotation marks."""

    plain: dict[Sounds, str]
    quoted: dict[Sounds, str]


_known: WeakKeyDictionary[View, _Names] = WeakKeyDictionary()


def mended_names(view: View, text: str) -> tuple[str, tuple[Correction, ...]]:
    """A question with its misspelt names as the notices write them; what stands in a notice as typed is left alone."""
    names = _names(view)
    out, corrections = text, []
    quoted = quoted_spans(text)
    for start, end in quoted:
        meant = _meant(view, text[start:end], names.quoted)
        if meant:
            out = out[:start] + meant + out[end:]
            corrections.append(Correction(text[start:end], meant, "homophone"))
    for run in _HAN.finditer(text):
        position = run.start()
        while position < run.end():
            for length in reversed(_LENGTHS):
                typed = text[position : position + length]
                inside = any(a < position + length and position < b for a, b in quoted)
                if position + length > run.end() or inside:
                    continue
                meant = _meant(view, typed, names.plain)
                if meant:
                    out = out[:position] + meant + out[position + length :]
                    corrections.append(Correction(typed, meant, "homophone"))
                    position += length - 1
                    break
            position += 1
    return out, tuple(corrections)


def _meant(view: View, typed: str, names: dict[Sounds, str]) -> str | None:
    """The name that sounds like ``typed`` and is another by one character."""
    for sounds in sounds_of(typed, exact=True):
        meant = names.get(sounds)
        if meant and meant != typed:
            wrong = sum(a != b for a, b in zip(typed, meant, strict=True))
            return meant if wrong <= _MOST_WRONG and not view.holds([typed]) else None
    return None


def _names(view: View) -> _Names:
    if view not in _known:
        plain = [*view.unit_names, *map(short_name, view.places), *(place[-3:] for place in view.places)]
        quoted = [match.group(1) for entry in view.entries for match in _NAMED.finditer(entry.stored.passage.text)]
        _known[view] = _Names(_by_sound(plain), _by_sound(quoted))
    return _known[view]


def _by_sound(names: Iterable[str]) -> dict[Sounds, str]:
    folded = {fold(name) for name in names}
    return {
        sounds_of(name, exact=True)[0]: name
        for name in sorted(folded)
        if len(name) in _LENGTHS and _HAN.fullmatch(name)
    }
