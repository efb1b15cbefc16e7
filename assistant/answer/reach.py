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
    folded = [group_shares(columns.folded, g) for g, _ in groups]
    around = [HEADING_SHARE * group_shares(columns.around, g) for g, _ in groups]
    # A notice that its title covers so well, or of which nothing is asked, is reached as a whole.
    by_title = np.sum([a * o for a, o in zip(asked, outside, strict=True)], axis=0)
    near = np.zeros(len(columns), np.bool_)
    for shares in folded:
        near |= shares > 0
    headed = np.max(around, axis=0) > 0
    if headed.any():
        near |= headed[columns.around.of]
    if (whole := by_title >= needed).any():
        near |= columns.of_numbers(whole)
    at = np.flatnonzero(near & entries.mask)
    notice, heading = columns.notice[at], columns.around.of[at]
    reached = np.zeros(len(at))
    for a, o, inside, above in zip(asked, outside, folded, around, strict=True):
        reached += a[notice] * np.maximum(np.maximum(inside[at], above[heading]), o[notice])
    covered = np.zeros(len(columns), np.bool_)
    covered[at[reached >= needed[notice]]] = True
    return Selection(columns, covered)


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
    shares = np.zeros(len(texts.texts))
    for term in group.terms:
        _raise(shares, texts, term)
    return shares


def _raise(shares: Shares, texts: Holding, term: Term) -> None:
    """Raise the shares to what a term matches, as :meth:`Term.match` says; only texts that hold a word are written to."""
    if term.pairs:
        for number in np.flatnonzero(_similar(texts, term.pairs)).tolist():
            shares[number] = max(shares[number], term.match(texts.texts[number]))
    elif term.words:
        weights = np.zeros(len(shares))
        for word in term.words:
            weights[_holding(texts, word.variants)] += word.weight
        held = np.flatnonzero(weights)
        found = weights[held] / sum(word.weight for word in term.words)
        enough = found >= HALF
        at = held[enough]
        shares[at] = np.maximum(shares[at], PHRASE_SHARE * found[enough])
    for variant in term.whole.variants:
        shares[texts.holding(variant)] = 1.0


def _holding(texts: Holding, variants: tuple[str, ...]) -> Numbers | Mask:
    """What holds one of some strings, each text once."""
    return texts.holding(variants[0]) if len(variants) == 1 else texts.mask(variants)


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
