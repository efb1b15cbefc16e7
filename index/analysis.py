"""From text to the tokens that the lexical leg matches."""

from __future__ import annotations

import hashlib
import re
import threading
from functools import cache, lru_cache
from importlib.resources import files
from types import ModuleType

import rjieba

from corpus.units import registry
from index.fold import fold, in_gb2312

VERSION = "3"  # counts what goes into the two legs: title, headings and text of a passage as one
_WORD = re.compile(r"[\w.+%-]*\w", re.UNICODE)
_STOP = frozenset(
    """
    的 了 和 与 及 在 等 是 对 为 以 并 将 由 于 把 被 从 向 到 就 也 都 而 或 其 该 此 这 那
    之 所 上 下 中
    """.split()
)
_KEPT = 200_000  # words of which it is known whether they are tokens
_HEADS = 4096  # headings of which the tokens are kept
_completing, _complete = threading.Lock(), False


class _Tokens(dict[str, bool]):
    """Whether what the segmenter gave is a token; texts repeat their words."""

    def __missing__(self, word: str) -> bool:
        if len(self) >= _KEPT:
            self.clear()
        self[word] = known = bool(_WORD.fullmatch(word)) and word not in _STOP
        return known


_TOKENS = _Tokens()


@cache
def domain_terms() -> frozenset[str]:
    """Words that the segmenter's own dictionary lacks: the domain dictionary and the names of units."""
    text = files("index").joinpath("data", "terms.txt").read_text(encoding="utf-8")
    words = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    names = [name for kind in registry() for name in (kind.core, *kind.aliases)]
    return frozenset(fold(word) for word in [*words, *names] if 2 <= len(word) <= 12)


def segmenter() -> ModuleType:
    """jieba with the domain dictionary. The module's own instance: another would load its dictionary once more."""
    global _complete
    if not _complete:
        with _completing:  # words cannot be added while another thread cuts
            if not _complete:
                for word in sorted(domain_terms()):
                    rjieba.add_word(word, None, None)
                _complete = True
    return rjieba


def tokenise(text: str) -> list[str]:
    """Tokens of a text in order, in jieba's search mode: long words and the shorter words inside them."""
    return list(filter(_TOKENS.__getitem__, segmenter().cut_for_search(fold(text), hmm=True)))


def tokenise_under(head: str, text: str) -> list[str]:
    """As :func:`tokenise` of ``head``, a blank and ``text``; of headings that stand above many texts the tokens are kept.

    No word crosses a blank. A traditional character anywhere decides how the whole is folded, which is then cut as one.
    """
    above = _tokens_above(head)
    return [*above, *tokenise(text)] if above is not None and in_gb2312(text) else tokenise(f"{head} {text}")


@lru_cache(_HEADS)
def _tokens_above(head: str) -> tuple[str, ...] | None:
    """The tokens of a heading; None where it may hold traditional characters."""
    return tuple(tokenise(head)) if in_gb2312(head) else None


def words(text: str) -> list[str]:
    """Words of a text in order, each once where it stands (no words inside words)."""
    return [t for t in segmenter().cut(fold(text), hmm=True) if _TOKENS[t]]


def fingerprint() -> str:
    """Digest of everything that tokens depend on: a store built with another one cannot be searched."""
    digest = hashlib.sha256(VERSION.encode())
    for word in sorted(domain_terms()):
        digest.update(word.encode())
    return digest.hexdigest()[:16]
