"""Verification of what a model wrote: a sentence stays when the words it cites bear it out, else it is dropped.

What can be decided is decided: marks, quotes, titles, figures, dates, units, places, addresses. What cannot (whether the
sentence means what the words mean) is narrowed: it must share its words with them, and words that turn, widen or narrow
a claim (not, only, all, may, must) must stand on both sides. Two figures of one passage exchanged are not seen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from assistant.answer.model.figures import figures
from assistant.answer.model.sentences import MAX_LENGTH, Sentence
from assistant.answer.naming import find_places, find_units
from assistant.answer.view import View
from assistant.types import Citation, Lang
from index.analysis import words
from index.english import Translation, translate
from index.fold import fold

Fault = Literal[
    "no_mark", "unknown_mark", "too_many_marks", "two_notices", "unpaired", "too_long", "markup", "language", "quote",
    "title", "figure", "unit", "place", "address", "claim", "words", "unrelated_mark", "set_member",
]  # fmt: skip
MAX_MARKS = 4  # of one sentence: the more words are cited, the less it says that they hold the sentence's
SHARED = 0.6  # of a sentence's own words, that the cited words must hold
_SHARED_ENGLISH = 0.5  # the same for the phrases of an English sentence that the glossary knows
_MIN_QUOTE = 4  # code points of the Chinese words that an English sentence must quote
_FRAME = frozenset(
    """
    要求 规定 通知 应当 应该 需要 包括 以及 其中 主要 有关 相关 内容 进行 通过 分别 另外 此外 同时 具体 根据 按照 提出
    明确 写明 活动 工作 负责 开展 组织 安排 实施 单位 部门 方面 围绕 涉及 事项 文件 资料 原文
    """.split()
)
_NOT = "不(?!断|仅|但|同)|未(?!来)|无|没|勿|禁|免|否|非(?!常)"
# Words that turn, widen or narrow a claim: in Chinese, in English, and what the cited words must hold for them.
_TURNS = tuple(
    (re.compile(chinese), re.compile(rf"\b(?:{english})\b"), re.compile(evidence))
    for chinese, english, evidence in (
        (_NOT, r"not|no|never|without|cannot|\w+n't|none|nor|neither|forbid\w*|prohibit\w*|exempt\w*|except\w*",
         rf"{_NOT}|除(?:外|了|去)"),
        ("仅|只|唯", "only|solely|sole|just|merely", "仅|只|唯"),
        ("全部|所有|一律|全体|任何|均", "all|every|everyone|each|any|anyone|always|entire\\w*", "(?<![安健齐完])全|所有|一律|任何|均|各|每"),
        ("可以|允许|有权|自愿|不必", r"may|optional\w*|voluntar\w+|allow\w*|permit\w*", "可|允许|有权|自愿|鼓励"),
        ("牵头|主办", "lead\\w*|head\\w*", "牵头|主办|为主"),
        ("配合|协办|协助", "cooperat\\w*|assist\\w*", "配合|协办|协助|协同|会同|联合"),
        ("超过|高于|大于|多于|至少|以上", "more than|at least|exceed\\w*|above", "超过|高于|大于|多于|至少|以上|不少于|不低于|达到|突破"),
        ("低于|少于|小于|至多|以下|以内|不到", "less than|fewer than|at most|below|within", "低于|少于|小于|至多|以下|以内|不到|不超过|不高于|内"),
        ("之前|以前|日前|月前|底前|截至|截止", "before|no later than", "前|截至|截止|内|底"),
        ("之后|以后|日后|月后", "after|later than", "后"),
        ("必须|务必|强制", "must|mandatory|oblig\\w+", "必须|务必|强制|应|要|须|得|请|严"),
    )
)  # fmt: skip
_NEGATED = re.compile(r"不得|不准|不予|不再|不能|不许|切勿|严禁|禁止|未经|不")
_CLAUSE = re.compile(r"[^，,。；;：:！？!?\n]+")
_UNIT_TAIL = re.compile(
    r"[\u4e00-\u9fff]{2}(?:局|厅|委员会|管委会|办公室|人民政府|公安|法院|检察院|公司|协会|联合会|联社|支队|大队|中心)"
)
_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+|\w+://\S+|www\.\S+|\b[\w-]+(?:\.[a-z0-9-]+)*\.(?:com|cn|net|org|gov|edu|io)\b")
_MARKUP = re.compile(r"</?[a-z!]|\]\(|!\[|\|", re.IGNORECASE)
_LATIN = re.compile(r"[a-z][a-z0-9.+-]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Verifier:
    """Checks the sentences of one answer.

    :param citations: what the model was shown, by number
    :param free_units: names (folded) that may be said although a set of units is asked for; None where any may. The set
        comes from the facts: a sentence that named a few of its units would read as if they were all
    """

    view: View
    lang: Lang
    citations: Mapping[int, Citation]
    free_units: str | None = None

    def fault(self, sentence: Sentence) -> Fault | None:
        """The first thing that is wrong with a sentence, None where its citations bear it out."""
        return self._form(sentence) or _Check(self, sentence).fault()

    def _form(self, sentence: Sentence) -> Fault | None:
        if not sentence.marks:
            return "no_mark"
        if not set(sentence.marks) <= self.citations.keys():
            return "unknown_mark"
        if len(sentence.marks) > MAX_MARKS:
            return "too_many_marks"
        if len({self.citations[number].notice_id for number in sentence.marks}) > 1:
            return "two_notices"  # years and issuers are not mixed in one claim
        if len(sentence.text) > MAX_LENGTH:
            return "too_long"
        if sentence.broken:
            return "unpaired"
        if _MARKUP.search(sentence.own):
            return "markup"
        return None


@dataclass(frozen=True)
class _Check:
    """One sentence against the words it cites."""

    verifier: Verifier
    sentence: Sentence

    @cached_property
    def spans(self) -> list[str]:
        """The cited words as they stand, without blanks."""
        return [_squeeze(self.verifier.citations[n].quote) for n in self.sentence.marks]

    @cached_property
    def cited(self) -> str:
        """The same as one text, folded."""
        return fold("\n".join(self.spans))

    @cached_property
    def own(self) -> str:
        """The model's own words, folded."""
        return fold(self.sentence.own)

    @cached_property
    def phrases(self) -> list[Translation]:
        """What the glossary knows of an English sentence."""
        return translate(self.own) if self.verifier.lang == "en" else []

    @cached_property
    def content(self) -> list[str]:
        """The own words of a Chinese sentence that say something."""
        return [w for w in words(self.own) if len(w) > 1 and w not in _FRAME and _HAN.search(w)]

    def fault(self) -> Fault | None:
        verbatim = all(any(_squeeze(quote) in span for span in self.spans) for quote in self.sentence.quotes)
        if not verbatim or not all(quote.strip() for quote in self.sentence.quotes):
            return "quote"
        titles = {_squeeze(self.verifier.citations[n].notice_title) for n in self.sentence.marks}
        if not all(_squeeze(t) in titles or any(_squeeze(t) in s for s in self.spans) for t in self.sentence.titles):
            return "title"
        if self._other_language():
            return "language"
        if not self._figures_hold():
            return "figure"
        return self._names() or self._claims()

    def _other_language(self) -> bool:
        letters, han = len(re.findall(r"[a-z]", self.own)), len(_HAN.findall(self.own))
        return han > 0 if self.verifier.lang == "en" else letters > 2 * han

    def _figures_hold(self) -> bool:
        said = [figures(self.sentence.own), *map(figures, self.sentence.quotes)]
        cited = figures("\n".join(self.spans))
        return all(one.within(cited) for one in said)

    def _names(self) -> Fault | None:
        """Units, places and addresses that the cited words do not hold, or that only the facts may name."""
        named = {self.own[start:end] for _, start, end in find_units(self.verifier.view, self.own)}
        named |= {match.group() for match in _UNIT_TAIL.finditer(self.own)}
        places = {self.own[start:end] for start, end, _ in find_places(self.own)}
        if any(_squeeze(name) not in self.cited for name in named):
            return "unit"
        if any(_squeeze(place) not in self.cited for place in places):
            return "place"
        for phrase in self.phrases:
            if phrase.sort != "term" and not any(fold(term) in self.cited for term in phrase.chinese):
                return "unit" if phrase.sort == "unit" else "place"
        if not all(address in self.cited for address in _ADDRESS.findall(self.own)):
            return "address"
        if self.verifier.lang == "zh" and not all(word in self.cited for word in _LATIN.findall(self.own)):
            return "words"
        return self._set_members(named)

    def _set_members(self, named: set[str]) -> Fault | None:
        free = self.verifier.free_units
        if free is None:
            return None
        quoted = fold(" ".join((*self.sentence.quotes, *self.sentence.titles)))
        members = {fold(name) for name in self.verifier.view.unit_names}
        said = {name for name in members if name in self.own or name in quoted} | named
        said |= {p.english for p in self.phrases if p.sort == "unit"}
        return "set_member" if any(name not in free for name in said) else None

    def _claims(self) -> Fault | None:
        """Whether the sentence says something else than the cited words, as far as its own words tell."""
        for chinese, english, evidence in _TURNS:
            turned = english.search(self.own) if self.verifier.lang == "en" else chinese.search(self.own)
            if turned and not evidence.search(self.cited):
                return "claim"
        if self._loses_negation():
            return "claim"
        if self.verifier.lang == "en":
            if not any(len(_squeeze(q)) >= _MIN_QUOTE or _squeeze(q) in self.spans for q in self.sentence.quotes):
                return (
                    "words"  # English words cannot be compared with Chinese ones: the original must stand beside them
                )
            terms = [p for p in self.phrases if p.sort == "term"]
            shared = sum(any(fold(t) in self.cited for t in p.chinese) for p in terms)
            enough = shared >= min(
                _SHARED_ENGLISH * len(terms), len(terms) - 1
            )  # one verb may be of the frame: announced
        else:
            shared = sum(word in self.cited for word in self.content)
            said = bool(self.sentence.quotes) or bool(figures(self.sentence.own).values)
            enough = shared >= SHARED * len(self.content) if self.content else said
        if not enough:
            return "words"
        return None if all(map(self._related, self.spans)) else "unrelated_mark"

    def _loses_negation(self) -> bool:
        """不得使用… retold as 使用…: most of a negated clause is said, and no negation with it."""
        if self.verifier.lang == "en" or _NEGATED.search(self.own) or re.search("[无没勿禁免未]", self.own):
            return False
        own = "".join(self.own.split())
        for clause in _CLAUSE.findall(self.cited):
            if not (found := _NEGATED.search(clause)):
                continue
            told = [word for word in words(clause[found.end() :]) if len(word) > 1 and word not in _FRAME]
            if len(told) > 1 and sum(word in own for word in told) >= SHARED * len(told):
                return True
        return False

    def _related(self, span: str) -> bool:
        """Whether one of the cited spans has anything of the sentence."""
        folded = fold(span)
        if any(_squeeze(quote) in span for quote in self.sentence.quotes):
            return True
        said = figures(self.sentence.own).values
        if said & figures(span).values or any(word in folded for word in self.content):
            return True
        return any(fold(term) in folded for phrase in self.phrases for term in phrase.chinese)


def _squeeze(text: str) -> str:
    return "".join(text.split())
