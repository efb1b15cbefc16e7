"""How well each passage of a view can cover a topic at most: the bound for all at once, by what holds the words.

A passage's best sentence matches no more of a group than the passage as a whole does, so the bound is met or missed
without reading a sentence; what meets it is matched in full (:class:`assistant.answer.topic.Matcher`). Only passages that
hold a word of the topic, or stand below a heading or title that does, are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, overload

import numpy as np
from numpy.typing import NDArray

from assistant.answer.columns import Columns, Mask
from assistant.answer.joined import JoinedGrams
from assistant.answer.selection import Selection
from assistant.answer.strings import Numbers
from assistant.answer.topic import (
    HALF,
    HEADING_SHARE,
    PHRASE_SHARE,
    QUOTED_WEIGHT,
    SETTLED,
    SIMILAR,
    TITLE_SHARE,
    Group,
    Match,
    Matcher,
    Term,
)

Shares = NDArray[np.float64]
_ROUNDING = 1e-9
_PART = 8  # of all passages: below that share of them they are looked at one by one


def covering(matcher: Matcher, entries: Selection, threshold: float) -> Iterator[Match]:
    """The matches of the passages that cover the matcher's topic to at least ``threshold``, in order."""
    for entry in reaching(matcher, entries, threshold):
        match = matcher.match(entry)
        if match.coverage >= threshold:
            yield match


def reaching(matcher: Matcher, entries: Selection, threshold: float) -> Selection:
    """Those of the passages whose coverage of the topic can be ``threshold`` or more."""
    groups, columns = matcher.groups, entries.columns
    if not groups:
        return entries
    titled = [TITLE_SHARE * group_shares(columns.titles, g) for g, _ in groups]
    left = [shares < SETTLED for shares in titled]
    if matcher.relaxed:
        left = [mask & ~_described(columns, g) for mask, (g, _) in zip(left, groups, strict=True)]
    count = np.sum(left, axis=0)
    part = (count < len(groups)) & ((count > 0) | matcher.relaxed)  # notices of which not all groups are asked
    asked = [weight * (mask | ~part) for mask, (_, weight) in zip(left, groups, strict=True)]
    outside = [np.where(part, 0.0, shares) for shares in titled]
    total = np.sum(asked, axis=0)
    needed = (threshold - _ROUNDING) * total
    among = Within(columns.folded, entries.mask)
    folded = [_shares(among, g) for g, _ in groups]
    around = [HEADING_SHARE * group_shares(columns.around, g) for g, _ in groups]
    # A notice that its title covers so well, or of which nothing is asked, is reached as a whole.
    by_title = np.sum([a * o for a, o in zip(asked, outside, strict=True)], axis=0)
    near = np.zeros(len(columns), np.bool_)
    for _, touched in folded:
        near |= touched
    headed = np.max(around, axis=0) > 0
    if headed.any():
        near[_headed(entries, headed)] = True
    if (whole := by_title >= needed).any():
        near |= columns.of_numbers(whole) & entries.mask
    at = np.flatnonzero(near)
    notice, heading = columns.notice[at], columns.around.of[at]
    reached = np.zeros(len(at))
    for a, o, (inside, _), above in zip(asked, outside, folded, around, strict=True):
        reached += a[notice] * np.maximum(np.maximum(inside[at], above[heading]), o[notice])
    covered = np.zeros(len(columns), np.bool_)
    covered[at[reached >= needed[notice]]] = True
    return Selection(columns, covered)


def _headed(entries: Selection, headed: Mask) -> NDArray[np.intp]:
    """The passages of a selection below some headings, [number of texts of headings]."""
    of = entries.columns.around.of
    if len(entries) * _PART < len(of):
        return entries.positions[headed[of[entries.positions]]]
    return np.flatnonzero(headed[of] & entries.mask)


class Holding(Protocol):
    """What says which of many texts hold a string."""

    @property
    def texts(self) -> Sequence[str]:
        """The texts by number."""

    @property
    def holding(self) -> Callable[[str], Numbers]:
        """The numbers of the texts that hold a string, ascending."""

    def mask(self, strings: Sequence[str]) -> Mask:
        """Whether each text holds one of the strings."""


class Within:
    """Some of many texts: the others hold nothing."""

    def __init__(self, texts: JoinedGrams, some: Mask) -> None:
        self._all, self._some = texts, some

    @property
    def texts(self) -> Sequence[str]:
        """All texts by number."""
        return self._all.texts

    def holding(self, string: str) -> Numbers:
        """The numbers of those that hold a string."""
        return self._all.within(string, self._some)

    def mask(self, strings: Sequence[str]) -> Mask:
        """Whether each is one of those and holds one of the strings."""
        out = np.zeros(len(self._some), np.bool_)
        for string in strings:
            out[self.holding(string)] = True
        return out


class WholeNotices(Sequence[str]):
    """Each notice as one text: what describes it, and those of its passages that are selected; others hold nothing."""

    def __init__(self, entries: Selection) -> None:
        self._entries = entries
        self._near = entries.columns.counts(entries.mask) > 0

    @property
    def texts(self) -> Sequence[str]:
        """The notices themselves."""
        return self

    def __len__(self) -> int:
        return len(self._near)

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> list[str]: ...
    def __getitem__(self, number: int | slice) -> str | list[str]:
        if isinstance(number, slice):
            return [self[i] for i in range(*number.indices(len(self)))]
        columns = self._entries.columns
        held = self._entries.of(columns.card(number).notice_id)
        return "\n".join((columns.abouts.texts[number], *(entry.folded for entry in held)))

    def holding(self, string: str) -> Numbers:
        """The notices that hold a string."""
        return np.flatnonzero(self.mask([string])).astype(np.int32)

    def mask(self, strings: Sequence[str]) -> Mask:
        """Whether each notice holds one of the strings."""
        columns = self._entries.columns
        held = columns.abouts.mask(strings)
        for string in strings:
            rows = columns.folded.holding(string)
            held[columns.notice[rows[self._entries.mask[rows]]]] = True
        return held & self._near


def group_shares(texts: Holding, group: Group) -> Shares:
    """How well each text matches a group, as :meth:`Group.match` says; [number of texts]."""
    return _shares(texts, group)[0]


def _shares(texts: Holding, group: Group) -> tuple[Shares, Mask]:
    """The same, and of which texts it is above 0. Only these are written to: of a million texts few hold a word."""
    shares, touched = np.zeros(len(texts.texts)), np.zeros(len(texts.texts), np.bool_)
    for term in group.terms:
        if term.pairs:
            for number in np.flatnonzero(_similar(texts, term.pairs)).tolist():
                share = term.match(texts.texts[number])
                shares[number] = max(shares[number], share)
                touched[number] |= share > 0
        elif term.words:
            at, found = _by_words(texts, term)
            shares[at] = np.maximum(shares[at], found)
            touched[at] = True
        for held in map(texts.holding, term.whole.variants):
            if len(held):
                shares[held] = 1.0
                touched[held] = True
    return shares, touched


def _by_words(texts: Holding, term: Term) -> tuple[NDArray[np.intp], Shares]:
    """The texts that hold enough of a term's words, and how well they match it."""
    weights, touched = np.zeros(len(texts.texts)), np.zeros(len(texts.texts), np.bool_)
    for word in term.words:
        held = _union([texts.holding(variant) for variant in word.variants])
        weights[held] += word.weight
        touched[held] = True
    at = np.flatnonzero(touched)
    found = weights[at] / sum(word.weight for word in term.words)
    enough = found >= HALF
    return at[enough], PHRASE_SHARE * found[enough]


def _union(found: Sequence[Numbers]) -> Numbers:
    """The numbers that are in one of several lists, each once."""
    some = [numbers for numbers in found if len(numbers)]
    return np.unique(np.concatenate(some)) if len(some) > 1 else (some or list(found))[0]


def _similar(texts: Holding, pairs: frozenset[str]) -> Mask:
    """The texts that can hold enough of a phrase's pairs: punctuation may part them, so both characters count."""
    held = np.zeros(len(texts.texts))
    characters = {character: texts.mask([character]) for pair in pairs for character in pair}
    for pair in pairs:
        held += characters[pair[0]] & characters[pair[1]]
    enough: Mask = held >= SIMILAR * len(pairs) - _ROUNDING
    return enough


def _described(columns: Columns, group: Group) -> Mask:
    """The notices that a group only describes, [number of notices]."""
    if group.unknown:
        return np.ones(len(columns.years), np.bool_)
    if group.factor >= QUOTED_WEIGHT:
        return np.zeros(len(columns.years), np.bool_)
    described: Mask = group_shares(columns.abouts, group) == 1.0
    return described
