"""``jieba`` is the oracle of ``rjieba``, on the lines of the digest notices; folding keeps its promises.

All 267 lines are cut alike. The two engines differ in two ways, which the tests step around and state:

- rjieba keeps Latin runs with inner ``-``, ``.`` or ``_`` whole (``notice-assistant``, ``3-5``), jieba cuts them: such
  lines (13 of 280) are left out;
- the frequency that a new word gets is one less with rjieba (rounding). Where two domain words overlap (建设工程 质量月,
  建设 工程质量 月) that can decide: 264 of 267 lines are equal when each engine suggests its own, all when jieba is
  given rjieba's.
"""

from __future__ import annotations

import logging
import re
import unicodedata
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import rjieba
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.analysis import domain_terms, segmenter, tokenise, tokenise_under, words
from index.fold import fold, fold_aligned, holds_traditional
from tests.conftest import ROOT

if TYPE_CHECKING:
    import jieba

_LATIN_COMPOUND = re.compile(r"[a-z0-9][-._][a-z0-9]")


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> jieba.Tokenizer:
    """jieba with its own dictionary; its cache lies in a temporary folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its sources hold escapes that Python 3.12 warns about
        import jieba
    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.tmp_dir = str(tmp_path_factory.mktemp("jieba"))
    tokenizer.initialize()
    return tokenizer


@pytest.fixture(scope="module")
def domain_oracle(oracle: jieba.Tokenizer) -> jieba.Tokenizer:
    """The same with the domain words. Asked for after the test of the bare one: it is the same object."""
    twin = rjieba.Jieba()
    for word in sorted(domain_terms()):
        frequency = twin.suggest_freq(word)
        assert abs(frequency - oracle.suggest_freq(word)) <= 1
        twin.add_word(word, None, None)
        oracle.add_word(word, frequency)
    return oracle


@pytest.fixture(scope="module")
def lines() -> list[str]:
    files = sorted(Path(ROOT / "corpus" / "notices").glob("*.txt"))
    every = [fold(line) for path in files for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [line for line in every if not _LATIN_COMPOUND.search(line)]


def test_bare_dictionary_cuts_alike(oracle: jieba.Tokenizer, lines: list[str]) -> None:
    engine = rjieba.Jieba()
    assert len(lines) > 250
    assert [engine.cut(line, hmm=False) for line in lines] == [oracle.lcut(line, HMM=False) for line in lines]
    assert [engine.cut(line, hmm=True) for line in lines] == [oracle.lcut(line, HMM=True) for line in lines]


@pytest.mark.parametrize("mode", ["cut", "cut_for_search"])
def test_domain_dictionary_cuts_alike(mode: str, domain_oracle: jieba.Tokenizer, lines: list[str]) -> None:
    ours, theirs = getattr(segmenter(), mode), getattr(domain_oracle, f"l{mode}")
    assert [ours(line, hmm=True) for line in lines] == [theirs(line, HMM=True) for line in lines]


def test_tokens_are_words_and_their_inner_words() -> None:
    assert tokenise("（二）电动自行车的质量安全。") == [
        "二", "电动", "自行", "行车", "自行车", "电动自行车", "质量", "安全", "质量安全",
    ]  # fmt: skip
    assert words("（二）电动自行车的质量安全。") == ["二", "电动自行车", "质量安全"]


# -- folding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "folded"),
    [
        ("電動自行車", "电动自行车"),
        ("ｅ－ｂｉｋｅ", "e-bike"),
        ("２０２２年９月", "2022年9月"),
        ("（一）", "(一)"),
        ("ＳＡＭＲ", "samr"),
        ("「質量月」", "“质量月”"),
        ("a\u200bb\ufeff", "ab"),
        ("①", "1"),
    ],
)
def test_fold_by_hand(printed: str, folded: str) -> None:
    assert fold(printed) == folded


_text = st.text(
    st.one_of(
        st.characters(min_codepoint=0x20, max_codepoint=0x7E),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
        st.characters(min_codepoint=0xFF01, max_codepoint=0xFF5E),
        st.sampled_from("「」『』‘’“”＂①㈠℃\u200b\ufeff\u3000ßİ電動車ﬁ"),
        st.characters(codec="utf-8"),
    ),
    max_size=30,
)


@settings(derandomize=True)
@given(_text.filter(lambda text: "薴" not in text and not any(map(unicodedata.combining, text))))
def test_fold_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize("text", ["薴", "e\u200b\u0301"])
def test_fold_is_idempotent_in_rare_cases(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@settings(derandomize=True)
@given(_text)
def test_aligned_fold_keeps_the_length(text: str) -> None:
    assert len(fold_aligned(text)) == len(text)


@settings(derandomize=True)
@given(_text, _text)
@example("關於乾燥的通知", "乾坤")
@example("乾燥", "關於")
def test_tokens_under_a_heading_are_those_of_both(head: str, text: str) -> None:
    assert tokenise_under(head, text) == tokenise(f"{head} {text}") == tokenise_under(head, text)


@settings(derandomize=True)
@given(_text)
def test_fold_takes_no_short_cut_that_matters(text: str) -> None:
    """By definition, without what is looked at first to save time."""
    quotes = str.maketrans({"「": "“", "」": "”", "『": "“", "』": "”", "‘": "'", "’": "'", "＂": '"'})
    plain = unicodedata.normalize("NFKC", re.sub("[\u200b-\u200f\u2060\ufeff\u00ad\ud800-\udfff]", "", text))
    plain = unicodedata.normalize("NFKC", plain.translate(quotes).lower())
    if not holds_traditional(plain):
        assert fold(text) == plain
