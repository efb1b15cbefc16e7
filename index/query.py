"""From what a user types to what the two legs look for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from corpus.units import kinds_by_name
from index.analysis import domain_terms, tokenise
from index.english import FUNCTION_WORDS, Lookup, translate
from index.fold import fold
from index.lexical import TermGroup
from index.synonyms import expand

SYNONYM_WEIGHT = 0.7
TRANSLATION_WEIGHTS = (1.0, 0.8, 0.6, 0.5)
MAX_TOKENS = 64  # a query longer than this is cut: more words bring nothing but time
_QUESTION_WORDS = frozenset(
    """
    哪些 哪个 哪 哪家 哪里 哪儿 哪几 哪几个 什么 多少 几 谁 如何 怎么 怎样 怎么样 为什么 吗 呢 吧 啊 请
    请问 是否 有没有 有 没有 一下 给 我 你 分别 所有 全部 各 列出 告诉 查 查询 知道 想 能 可以 要 会
    还有 也 都 是 一共 单位 部门 负责 安排 相关 关于 方面 涉及 何时 时候 什么时候 多久 多长时间
    """.split()
)
_KEPT = 16_384  # words whose groups are kept


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """``groups`` for the lexical leg, ``dense`` for the encoder."""

    groups: tuple[TermGroup, ...]
    dense: str


def parse_query(text: str, lookup: Lookup | None = None) -> ParsedQuery:
    """Terms with their synonyms and translations; the text for the encoder is the folded query itself.

    :param lookup: the user's own dictionary
    """
    folded = fold(text)
    groups: dict[TermGroup, None] = {}  # groups of the same alternatives are one
    translations = translate(folded, lookup)
    for translation in translations:
        options = _translated(translation.chinese)
        if options:
            groups[TermGroup(options, translation.english, translated=True)] = None
    for token in _tokens(folded, [(t.start, t.end) for t in translations])[:MAX_TOKENS]:
        groups[_group(token)] = None
    if not groups:  # nothing but question words: look for them all the same
        groups = dict.fromkeys(TermGroup(((token, 1.0),), token) for token in tokenise(folded)[:MAX_TOKENS])
    return ParsedQuery(tuple(groups), folded)


@lru_cache(_KEPT)
def _group(token: str) -> TermGroup:
    """A word and the others that mean the same."""
    others = [(word, SYNONYM_WEIGHT) for word in (*expand(token), *_names(token)) if " " not in word]
    return TermGroup(((token, 1.0), *others), token)


def _names(token: str) -> list[str]:
    """The other names of a unit, as far as they are words of the index: 发改委 for 发展和改革委员会."""
    kind = kinds_by_name().get(token)
    names = (kind.core, *kind.aliases) if kind else ()
    return [name for name in names if name != token and name in domain_terms()]


@lru_cache(_KEPT)
def _translated(chinese: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    """One group of alternatives: the translations as words, and their parts where a word has several."""
    options: dict[str, float] = {}
    for term, weight in zip(chinese, TRANSLATION_WEIGHTS, strict=False):
        tokens = tokenise(term)
        for token in tokens:
            share = weight if token == fold(term) or len(tokens) == 1 else weight / len(tokens)
            options[token] = max(options.get(token, 0.0), share)
    return tuple(sorted(options.items(), key=lambda o: (-o[1], o[0])))


def _tokens(folded: str, covered: list[tuple[int, int]]) -> list[str]:
    """Tokens outside of what has been translated, question words left out, each once."""
    kept = list(folded)
    for start, end in covered:
        kept[start:end] = " " * (end - start)
    tokens = dict.fromkeys(tokenise("".join(kept)))
    return [t for t in tokens if t not in _QUESTION_WORDS and t not in FUNCTION_WORDS]
