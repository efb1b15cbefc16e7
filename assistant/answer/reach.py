"""How well each passage of a view can cover a topic at most: the bound for all at once, by what holds the words.

A passage's best sentence matches no more of a group than the passage as a whole does, so the bound is met or missed
without reading a sentence; what meets it is matched in full (:class:`assistant.answer.topic.Matcher`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from assistant.answer.columns import Columns, Mask, Selection
from assistant.answer.grams import Grams
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
    for entry in entries.where(reachable(matcher, entries.columns, threshold)):
        match = matcher.match(entry)
        if match.coverage >= threshold:
            yield match


def reachable(matcher: Matcher, columns: Columns, threshold: float) -> Mask:
    """The passages whose coverage of the topic can be ``threshold`` or more; [number of passages]."""
    groups = matcher.groups
    if not groups:
        return columns.everywhere()
    titled = [TITLE_SHARE * group_shares(columns.titles, g)[columns.titles.of] for g, _ in groups]
    left = [shares < SETTLED for shares in titled]
    if matcher.relaxed:
        left = [mask & ~_described(columns, g) for mask, (g, _) in zip(left, groups, strict=True)]
    count = np.sum(left, axis=0)
    part = (count < len(groups)) & ((count > 0) | matcher.relaxed)  # notices of which not all groups are asked
    total = np.zeros(len(columns.notices))
    reached = np.zeros(len(columns.entries))
    for (group, weight), shares, mask in zip(groups, titled, left, strict=True):
        asked = weight * (mask | ~part)
        total += asked
        best = np.maximum(
            group_shares(columns.folded, group)[columns.folded.of],
            HEADING_SHARE * group_shares(columns.around, group)[columns.around.of],
        )
        reached += asked[columns.notice] * np.maximum(best, np.where(part, 0.0, shares)[columns.notice])
    covered: Mask = reached >= (threshold - _ROUNDING) * total[columns.notice]
    return covered


def group_shares(grams: Grams, group: Group) -> Shares:
    """How well each distinct text matches a group, as :meth:`Group.match` says."""
    best = term_shares(grams, group.terms[0])
    for term in group.terms[1:]:
        np.maximum(best, term_shares(grams, term), out=best)
    return best


def term_shares(grams: Grams, term: Term) -> Shares:
    """How well each distinct text matches a term, as :meth:`Term.match` says."""
    shares = np.zeros(len(grams.texts))
    if term.pairs:
        for number in np.flatnonzero(_similar(grams, term.pairs)).tolist():
            shares[number] = term.match(grams.texts[number])
    elif term.words:
        for word in term.words:
            shares[grams.mask(word.variants)] += word.weight
        shares /= sum(word.weight for word in term.words)
        shares = np.where(shares >= HALF, PHRASE_SHARE * shares, 0.0)
    shares[grams.mask(term.whole.variants)] = 1.0
    return shares


def _similar(grams: Grams, pairs: frozenset[str]) -> Mask:
    """The texts that can hold enough of a phrase's pairs: punctuation may part them, so both characters count."""
    held = np.zeros(len(grams.texts))
    characters = {character: grams.mask([character]) for pair in pairs for character in pair}
    for pair in pairs:
        held += characters[pair[0]] & characters[pair[1]]
    enough: Mask = held >= SIMILAR * len(pairs) - _ROUNDING
    return enough


def _described(columns: Columns, group: Group) -> Mask:
    """The notices that a group only describes, [number of notices]."""
    if group.unknown:
        return np.ones(len(columns.notices), np.bool_)
    if group.factor >= QUOTED_WEIGHT:
        return np.zeros(len(columns.notices), np.bool_)
    described: Mask = (group_shares(columns.abouts, group) == 1.0)[columns.abouts.of]
    return described
