"""Slips of the input method: a word that sounds like one of the notices' words is read as that word, and said so."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from assistant.answer.view import View
from index.analysis import domain_terms, segmenter
from index.fold import fold_aligned

_HAN = re.compile(r"[\u4e00-\u9fff]+")
# Single characters that questions hold by right; a run of others is a word that the dictionary lacks.
_LOOSE = frozenset(
    "的了吗呢吧啊有在是和与及或要会做搞办弄哪那这几个项家所条些人年月日号里中上下内外前后时市区县省局委科股处室所站队谁件事给把被让由归从向往到去来"
    "都也还又再就才只很最更太不没无各每某该本我你他它其之为以于对跟同等等请问查看说想能可得着过么啥多少大小第一二三四五六七八九十两"
)
_SAME_SOUND = ((r"^zh", "z"), (r"^ch", "c"), (r"^sh", "s"), (r"ng$", "n"))
_LENGTHS = range(2, 8)
_MAX_SLIPS = 3  # in one run of characters


@dataclass(frozen=True, slots=True)
class Correction:
    """``typed`` was read as ``meant``."""

    typed: str
    meant: str


def correct(view: View, text: str) -> tuple[str, tuple[Correction, ...]]:
    """A folded question with its slips mended, and what was mended. Quoted phrases are left as they are typed.

    Only words that no dictionary knows are touched, and only where a word of the notices sounds the same (retroflex and
    flat initials, front and back nasals taken for one, as many speakers do).
    """
    corrections: list[Correction] = []
    for run in list(_HAN.finditer(text)):  # a correction keeps the length, so that the offsets hold
        if text.count("“", 0, run.start()) > text.count("”", 0, run.start()):
            continue
        for _ in range(_MAX_SLIPS):
            found = _mend(view, text[run.start() : run.end()])
            if found is None:
                break
            start, typed, meant = found
            begin = run.start() + start
            text = text[:begin] + meant + text[begin + len(typed) :]
            corrections.append(Correction(typed, meant))
    return text, tuple(corrections)


def _mend(view: View, run: str) -> tuple[int, str, str] | None:
    """The first slip of a run of Chinese characters: (offset, typed, meant)."""
    bounds, strange = _tokens(run)
    if not strange:
        return None
    sounds = _vocabulary(view)
    for length in reversed(_LENGTHS):
        for start in range(len(run) - length + 1):
            typed = run[start : start + length]
            if not any(start <= position < start + length for position in strange) or typed in view.vocabulary:
                continue
            if segmenter().has_word(typed) or view.document_frequency(typed):
                continue
            meant = sounds.get(_sound(typed))
            if meant is not None and _plausible(typed, meant, start, bounds, strange):
                return start, typed, meant
    return None


def _plausible(typed: str, meant: str, start: int, bounds: frozenset[int], strange: frozenset[int]) -> bool:
    """Whether a correction leaves alone what is no slip: words beside it, and characters that stand by right."""
    for here, there in ((typed[0], meant[0]), (typed[-1], meant[-1])):
        if here in _LOOSE and here != there:
            return False
    if len(typed) > 3:
        return True
    changed = {start + i for i, (a, b) in enumerate(zip(typed, meant, strict=True)) if a != b}
    return {start, start + len(typed)} <= bounds and changed <= strange


def _tokens(run: str) -> tuple[frozenset[int], frozenset[int]]:
    """Where words begin and end, and the positions of single characters that belong to no word."""
    position, strange, bounds = 0, set(), {0}
    for word in segmenter().cut(run, hmm=False):
        if len(word) == 1 and word not in _LOOSE:
            strange.add(position)
        position += len(word)
        bounds.add(position)
    return frozenset(bounds), frozenset(strange)


@lru_cache(maxsize=4)
def _vocabulary(view: View) -> dict[tuple[str, ...], str]:
    """The notices' words by their sound; of words that sound alike the commonest."""
    counts: Counter[str] = Counter(view.vocabulary)
    names = {fold_aligned(name) for name in view.unit_names} | (domain_terms() & view.vocabulary.keys())
    counts.update(dict.fromkeys(names, 1))
    sounds: dict[tuple[str, ...], str] = {}
    for word, _ in sorted(counts.items(), key=lambda c: (c[1], c[0])):
        known = segmenter().has_word(word) or word in domain_terms()
        if known and len(word) in _LENGTHS and _HAN.fullmatch(word):
            sounds[_sound(word)] = word
    return sounds


def _sound(word: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin  # 0.1 s: only for a question that holds a strange word

    if len(word) < 3:  # short words have too many neighbours
        return tuple(lazy_pinyin(word))
    out = []
    for syllable in lazy_pinyin(word):
        for pattern, plain in _SAME_SOUND:
            syllable = re.sub(pattern, plain, syllable)
        out.append(syllable)
    return tuple(out)
