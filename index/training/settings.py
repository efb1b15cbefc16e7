"""All numbers that decide what comes out of a training run, in one frozen object."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Most pairs that one source may give to an epoch, so that none dominates.
#: Keys are the names that :func:`index.training.pairs.all_pairs` gives its sources.
DEFAULT_CAPS: dict[str, int] = {
    "law_heading2article": 60_000,
    "cedict_zh_en": 120_000,
    "cow_wordnet_synonyms": 34_000,
    "news_cloze": 60_000,
    "news_lead": 30_000,
    "law_cloze": 40_000,
    "report_cloze": 5_000,
    "lawyer_llama_query2law": 1_500,  # 168 different positives
    "glossed": 70_000,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one run; the defaults gave the shipped weights.

    Lengths are in tokens unless a name says otherwise; rates are Adam's.
    """

    seed: int = 20
    threads: int = 2
    # vocabulary
    vocabulary_size: int = 40_000
    vocabulary_sample_chars: int = 6_000_000
    other_pieces: int = 11_000  # of them: English words and their parts, digits
    longest_han_piece: int = 4
    longest_other_piece: int = 16
    # encoder
    dim: int = 256
    matryoshka_dims: tuple[int, ...] = (256, 128)
    max_tokens: int = 256
    scale: float = 20.0
    # phase 1: in-batch negatives over every source
    batch_size: int = 2048
    epochs: int = 4
    learning_rate: float = 0.05
    warmup: float = 0.1
    # phase 2: BM25-mined negatives on question-passage pairs
    hard_epochs: int = 4
    hard_batch_size: int = 1024
    hard_learning_rate: float = 0.01
    hard_negatives: int = 3
    hard_from_rank: int = 1
    hard_to_rank: int = 30
    caps: dict[str, int] = field(default_factory=lambda: dict(DEFAULT_CAPS))
