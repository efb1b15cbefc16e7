"""What the notices of a store are about: the words that head their items, chosen so that they cover much and repeat little."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.answer.columns import Mask
from assistant.answer.joined import JoinedGrams
from assistant.answer.topic_words import common_words
from assistant.answer.view import View
from assistant.answer.words import FACT_WORDS, GENERIC
from corpus.places import place_names
from corpus.units import kinds_by_name
from index.analysis import domain_terms, segmenter

_CANDIDATES = 400  # words that are looked at, those in most passages first
_COMMON = 0.35  # share of the passages above which a word does not tell one from another
_HEADED = 0.5  # the same, for a word in titles and headings
_STRUCTURAL = (
    3,
    0.1,
)  # issuers, and share of the notices, with a heading that is nothing but the word: it orders documents
_OVERLAP = (
    0.5  # share of the rarer word's passages that hold both, above which two words with the same letters are one topic
)
_SAME = 0.8  # share of both words' passages, above which any two words are one topic
_BASE = 0.05  # weight of a word that never stands at the head of an item, beside one that always does
_REPEATED = 0.5  # what a passage still counts for once a chosen topic covers it
_LETTERS = (2, 5)  # more letters say more, up to five
_LEAD = 32  # code points in which an item's own title ends, its number included
_SAMPLED = 40  # passages of a word whose beginnings are looked at
_STOP = re.compile(r"[。:：;；,，\n]")
_NOUNS = ("n", "nz", "vn", "l")
# What a document is, not what it is about.
_GENRE = re.compile(
    r"(?:通知|方案|办法|条例|意见|细则|规定|预案|规划|计划|措施|决定|通报|公告|批复|清单|名单|制度|标准|印发|转发|要求|附件|分工|主题|口号|单位|部门|机关|小组)$"
)
# Headings that any official document may have, alone or behind 加强 and its like.
_FRAME = frozenset(
    """
    总则 附则 指导思想 基本原则 工作原则 总体目标 工作目标 主要任务 重点任务 工作任务 任务分解 职责分工 组织领导 组织机构 组织保障 保障措施
    组织实施 贯彻落实 督促检查 监督检查 督导检查 监督管理 管理工作 管理机制 工作机制 责任落实 宣传引导 总结评估 工作步骤 实施步骤 进度安排 时间安排
    适用范围 名词解释 法律责任 全面推行 施行 实施日期 有效期
    """.split()
)


@dataclass(frozen=True, slots=True, eq=False)
class Topic:
    """A word and the passages that it heads or stands in; ``mask``: bool [passages of the view]."""

    word: str
    mask: Mask


class _Leads:
    """How the passages begin, up to their first stop; each is looked up once, without reading the whole passage."""

    def __init__(self, view: View) -> None:
        self._texts = view.columns.folded
        self._known: dict[int, str] = {}

    def __getitem__(self, position: int) -> str:
        number = int(self._texts.of[position])
        if number not in self._known:
            lead = _STOP.split(self._texts.texts[number][:_LEAD], maxsplit=1)
            self._known[number] = lead[0] if len(lead) > 1 else ""
        return self._known[number]


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    word: str
    held: NDArray[np.intp]  # passages, ascending
    weight: float


def corpus_topics(view: View, among: Mask, count: int) -> tuple[Topic, ...]:
    """The topics of the passages ``among``, what tells most first.

    A greedy choice: each step takes the word whose passages weigh most, where a passage halves with every topic that
    covers it already. A word weighs more where it heads items (their own title, a heading, the notice's title) than where
    it only occurs in them, when several notices have it, and the longer it is.

    :param among: bool [passages of the view]
    """
    left = {candidate.word: candidate for candidate in _candidates(view, among)}
    worth = np.ones(len(view.entries))
    chosen: list[Topic] = []
    while left and len(chosen) < count:
        best = max(left.values(), key=lambda c: (worth[c.held].sum() * c.weight, c.word))
        worth[best.held] *= _REPEATED
        mask = np.zeros(len(view.entries), np.bool_)
        mask[best.held] = True
        chosen.append(Topic(best.word, mask))
        left = {word: other for word, other in left.items() if word != best.word and not _one(best, mask, other)}
    return tuple(chosen)


def passages_on(view: View, word: str) -> Mask:
    """The passages that say a word, or stand below a heading that does; bool [passages of the view]."""
    return _holding(view.columns.folded, word) | _holding(view.columns.around, word)


def _one(chosen: _Candidate, mask: Mask, other: _Candidate) -> bool:
    """Whether a word is no topic beside a chosen one."""
    both = int(mask[other.held].sum())
    few, all_ = min(len(chosen.held), len(other.held)), len(chosen.held) + len(other.held) - both
    letters = chosen.word in other.word or other.word in chosen.word
    return (
        (letters and both >= _OVERLAP * few) or both > _SAME * all_ or sorted(chosen.word) == sorted(other.word)
    )  # 提升质量, 质量提升


def _candidates(view: View, among: Mask) -> Iterable[_Candidate]:
    frequent = view.vocabulary.words
    usable = [word for word, count in frequent.items() if count > 1 and _usable(word)]
    usable.sort(key=lambda word: (-frequent[word] * min(len(word) - 1, 3), word))
    names = "\n".join(view.unit_names)
    leads = _Leads(view)
    total = int(among.sum())
    for word in usable[:_CANDIDATES]:
        if word in names:
            continue
        candidate = _candidate(view, among, total, leads, word)
        if candidate is not None:
            yield candidate


def _candidate(view: View, among: Mask, total: int, leads: _Leads, word: str) -> _Candidate | None:
    columns = view.columns
    said, headed = _holding(columns.folded, word) & among, _holding(columns.around, word) & among
    held = np.flatnonzero(said | headed)
    if len(held) < 2 or len(held) > max(2.0, _COMMON * total) or _structural(view, word):
        return None
    headed |= _holding(columns.titles, word)[columns.notice] & among
    if int((said | headed).sum()) > max(2.0, _HEADED * total):
        return None
    inside = held[~headed[held]]
    some = inside[:: len(inside) // _SAMPLED + 1].tolist()
    led = len(inside) * sum(word in leads[i] for i in some) / max(1, len(some))
    heads = int(headed[held].sum()) + led
    notices = len(np.unique(columns.notice[held]))
    letters = min(max(len(word), _LETTERS[0]), _LETTERS[1]) - _LETTERS[0]
    return _Candidate(word, held, (_BASE + heads / len(held)) * (1 + letters / 3) * (1 + min(notices - 1, 3) / 4))


def _structural(view: View, word: str) -> bool:
    below = view.columns.by_heading.get(word)
    if below is None:
        return False
    notices = [view.columns.notices[i] for i in np.unique(view.columns.notice[below]).tolist()]
    issuers, share = _STRUCTURAL
    return len({n.issuer for n in notices}) >= issuers and len(notices) >= share * len(view.columns.notices)


def _holding(texts: JoinedGrams, word: str) -> Mask:
    mask: Mask = texts.mask([word])[texts.of]
    return mask


def _usable(word: str) -> bool:
    """Whether a word can name a topic: a domain term or an uncommon noun, no unit, place or kind of document."""
    if word.isascii() or word in GENERIC | FACT_WORDS | _FRAME or _GENRE.search(word) or word in kinds_by_name():
        return False
    if place_names().match(word, 0) == len(word):
        return False
    if word in domain_terms():
        return not any(word[:i] in GENERIC and word[i:] in GENERIC for i in range(2, len(word) - 1))
    tags = segmenter().tag(word, hmm=False)
    return word not in common_words() and len(tags) == 1 and tags[0][1] in _NOUNS
