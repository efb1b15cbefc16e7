"""Slips of the pen and of the input method: what a query must have meant, and what was made of it.

A word is read as another only where no dictionary knows it, where no notice holds it, where it does not stand in
quotation marks, and where a word of the notices sounds or looks the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Protocol

from corpus.places import places_in
from index import english
from index.analysis import segmenter
from index.fold import fold_aligned, visible
from index.quotes import quoted_spans
from index.shapes import lookalikes
from index.sounds import sounds_of
from index.types import Correction, CorrectionKind
from index.vocabulary import LENGTHS

if TYPE_CHECKING:
    from opencc import OpenCC

Holds = Callable[[Sequence[str]], bool]
Knows = Callable[[str], bool]


class Words(Protocol):
    """What is asked of :class:`index.vocabulary.Vocabulary`."""

    @property
    def words(self) -> Mapping[str, int]:
        """The notices' words."""

    @property
    def traditional(self) -> bool:
        """Whether a notice is written in traditional characters."""

    @property
    def by_sound(self) -> Mapping[tuple[str, ...], str]:
        """Chinese words by their syllables."""

    @property
    def by_letters(self) -> Mapping[str, str]:
        """Chinese words by their syllables written as one."""


_HAN = re.compile(r"[\u4e00-\u9fff]+")
_LATIN = re.compile(r"[a-z]+(?:['’][a-z]+)*")
_WIDE = re.compile(r"[\uff01-\uff5e]*[Ａ-Ｚａ-ｚ][\uff01-\uff5e]*")  # full-width digits are the same to every reader
# Single characters that questions hold by right; a run of others is a word that the dictionary lacks.
_LOOSE = frozenset(
    "的了吗呢吧啊有在是和与及或要会做搞办弄哪那这几个项家所条些人年月日号里中上下内外前后时市区县省局委科股处室所站队谁件事给把被让由归从向往到去来"
    "都也还又再就才只很最更太不没无各每某该本我你他它其之为以于对跟同等等请问查看说想能可得着过么啥多少大小第一二三四五六七八九十两"
)
_MAX_SLIPS = 3  # in one run of characters
_MIN_LETTERS = 5  # of a word of Latin letters alone that is read as pinyin
_LIKEST = 2  # look-alikes of a character in a word of two
_RUNS = 1024  # of characters whose words are kept: a query asks several times for each
_BESIDE = 4  # Chinese characters beside Latin letters that can belong to one word with them


def correct(text: str, words: Words, holds: Holds, knows: Knows = english.knows) -> tuple[str, tuple[Correction, ...]]:
    """A query as it is searched for, and how that differs from what was typed.

    :param words: the words of the notices
    :param holds: whether any notice holds one of the given strings
    :param knows: whether an English word can be translated
    """
    typed = visible(text)
    folded = fold_aligned(typed)
    quoted = quoted_spans(typed)
    corrections = _scripts(typed, folded, quoted, holds)
    masked = _without(folded, quoted)
    if any(_tokens(run)[1] for run in _HAN.findall(masked)):  # the gazetteer is loaded only for strange characters
        masked = _without(masked, [(a, b) for a, b, _ in places_in(folded)])
    for run in _HAN.finditer(masked):  # a correction keeps the length, so that the offsets hold
        mended, found = _mend_run(run.group(), words, holds)
        folded = folded[: run.start()] + mended + folded[run.end() :]
        corrections += found
    out, position = "", 0
    for start, end, meant, kind in _latin(_without(folded, quoted), typed, words, holds, knows):
        corrections.append(Correction(folded[start:end], meant, kind))
        out, position = out + folded[position:start] + meant, end
    return out + folded[position:], tuple(corrections)


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with blanks in place of the spans."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


# -- scripts -----------------------------------------------------------------------------------------------------------


def _scripts(typed: str, folded: str, quoted: Sequence[tuple[int, int]], holds: Holds) -> list[Correction]:
    """Words in traditional characters or full-width letters that no notice holds in that form."""
    outside = _without(typed, quoted)
    found: list[tuple[int, Correction]] = []
    for match in _WIDE.finditer(outside):
        found.append((match.start(), Correction(match.group(), folded[slice(*match.span())], "width")))
    for run in _HAN.finditer(outside):
        start = run.start()
        for word in segmenter().cut(folded[slice(*run.span())], hmm=False):
            end = start + len(word)
            if typed[start:end] != word:
                found.append((start, Correction(typed[start:end], word, "traditional")))
            start = end
    return [c for _, c in sorted(found, key=lambda entry: entry[0]) if not holds([c.typed])]


# -- Chinese -----------------------------------------------------------------------------------------------------------


def _mend_run(run: str, words: Words, holds: Holds) -> tuple[str, list[Correction]]:
    """A run of Chinese characters with its slips mended."""
    corrections = []
    for _ in range(_MAX_SLIPS):
        found = _mend(run, words, holds)
        if found is None:
            break
        start, correction = found
        run = run[:start] + correction.meant + run[start + len(correction.typed) :]
        corrections.append(correction)
    return run, corrections


def _mend(run: str, words: Words, holds: Holds) -> tuple[int, Correction] | None:
    """The first slip of a run of Chinese characters, and where it stands."""
    bounds, strange = _tokens(run)
    if not strange:
        return None
    for length in reversed(LENGTHS):
        for start in range(len(run) - length + 1):
            typed = run[start : start + length]
            if strange.isdisjoint(range(start, start + length)) or not _mendable(start, length, bounds, strange):
                continue
            if segmenter().has_word(typed):
                continue
            for meant, kind in _candidates(typed, words):
                if not _plausible(typed, meant, start, strange) or _stands(typed, words, holds):
                    continue
                if not _torn(run, start, typed, meant, holds):
                    return start, Correction(typed, meant, kind)
    return None


def _torn(run: str, start: int, typed: str, meant: str, holds: Holds) -> bool:
    """Whether a correction takes a character from a word of the notices beside it: 仿噎|食, where they hold 噎食."""
    end = start + len(typed)
    left = typed[0] != meant[0] and start > 0 and holds([run[start - 1 : start + 1]])
    return bool(left or (typed[-1] != meant[-1] and end < len(run) and holds([run[end - 1 : end + 1]])))


def _candidates(typed: str, words: Words) -> list[tuple[str, CorrectionKind]]:
    """Words of the notices that sound like ``typed``, then those that look like it but for one character."""
    found: list[tuple[str, CorrectionKind]] = []
    for sounds in sounds_of(typed):
        if sounds in words.by_sound:
            found.append((words.by_sound[sounds], "homophone"))
    alike = [
        typed[:place] + other + typed[place + 1 :]
        for place, character in enumerate(typed)
        for other in lookalikes(character)[: _LIKEST if len(typed) == 2 else None]
    ]
    known = sorted((word for word in alike if word in words.words), key=lambda word: -words.words[word])
    return [*found, *((word, "shape") for word in known)]


def _stands(typed: str, words: Words, holds: Holds) -> bool:
    """Whether a notice holds a word as it was typed, in simplified or in traditional characters."""
    return holds([typed]) or (words.traditional and holds([_traditional().convert(typed)]))


@cache
def _traditional() -> OpenCC:
    from opencc import OpenCC  # loaded only where a correction is at hand

    return OpenCC("s2t")


def _mendable(start: int, length: int, bounds: frozenset[int], strange: frozenset[int]) -> bool:
    """Whether a stretch can be a slip at all: a short one is no part of the words beside it."""
    if length == 2 and not strange.issuperset((start, start + 1)):
        return False  # two characters have many neighbours
    return length > 3 or (start in bounds and start + length in bounds)


def _plausible(typed: str, meant: str, start: int, strange: frozenset[int]) -> bool:
    """Whether a correction of a mendable stretch leaves alone what stands by right."""
    for here, there in ((typed[0], meant[0]), (typed[-1], meant[-1])):
        if here in _LOOSE and here != there:
            return False
    if len(typed) > 3:
        return True
    changed = {start + place for place, (a, b) in enumerate(zip(typed, meant, strict=True)) if a != b}
    return changed <= strange and (len(typed) > 2 or len(changed) < 2)


@lru_cache(_RUNS)
def _tokens(run: str) -> tuple[frozenset[int], frozenset[int]]:
    """Where words begin and end, and the positions of single characters that belong to no word."""
    position, strange, bounds = 0, set(), {0}
    for word in segmenter().cut(run, hmm=False):
        if len(word) == 1 and word not in _LOOSE:
            strange.add(position)
        position += len(word)
        bounds.add(position)
    return frozenset(bounds), frozenset(strange)


# -- Latin letters -----------------------------------------------------------------------------------------------------


def _latin(
    text: str, typed: str, words: Words, holds: Holds, knows: Knows
) -> list[tuple[int, int, str, CorrectionKind]]:
    """Pinyin that stands for a word of the notices, and English words one slip away from one that can be translated."""
    matches = [match for match in _LATIN.finditer(text) if not knows(match.group())]
    if not matches:
        return []
    speaks_english = len(matches) < len(_LATIN.findall(text))
    found: list[tuple[int, int, str, CorrectionKind]] = []
    for match in matches:
        if match.group() in words.words:
            continue
        plain = match.group().isalpha()
        name = typed[match.start()].isupper() and typed[match.start() + 1 : match.end()].islower() and match.start() > 0
        read = _pinyin(text, match.start(), match.end(), words, speaks_english and not name)
        if read is None and plain and not name and (meant := english.one_slip_away(match.group())) is not None:
            read = (*match.span(), meant, "spelling")
        if read is not None and (not found or found[-1][1] <= read[0]) and not holds([text[read[0] : read[1]]]):
            found.append(read)
    return found


def _pinyin(
    text: str, start: int, end: int, words: Words, english_word: bool
) -> tuple[int, int, str, CorrectionKind] | None:
    """The longest word of the notices that Latin letters spell, with the Chinese characters beside them (质量yue).

    :param english_word: they may be an English word (no name in an English sentence), which by itself spells nothing
    """
    letters = text[start:end].replace("'", "").replace("’", "")
    before = re.search(rf"[\u4e00-\u9fff]{{0,{_BESIDE}}}$", text[:start])
    after = re.match(rf"[\u4e00-\u9fff]{{0,{_BESIDE}}}", text[end:])
    left, right = before.group() if before else "", after.group() if after else ""
    pairs = [(i, j) for i in range(len(left) + 1) for j in range(len(right) + 1)]
    for i, j in sorted(pairs, key=lambda pair: -sum(pair)):
        if i + j == 0 and (english_word or len(letters) < _MIN_LETTERS):
            continue
        ahead, behind = left[len(left) - i :], right[:j]
        for head in sounds_of(ahead, exact=True):
            for tail in sounds_of(behind, exact=True):
                meant = words.by_letters.get("".join(head) + letters + "".join(tail))
                if meant and meant.startswith(ahead) and meant.endswith(behind):
                    return start - i, end + j, meant, "pinyin"
    return None
