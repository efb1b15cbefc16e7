"""The Unigram vocabulary: what a token is.

Normalising folds compatibility forms (NFKC: full width, ligatures) and case.  Everything but
letters, marks and digits is dropped; runs of Han, of digits and of other letters never share a
piece.  Han pieces are at most four characters long, so that long names still share tokens with
their parts, and each Han character seen has a piece of its own.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from .gloss import FUNCTION_WORDS
from .han import is_han
from .reading import PairSource, law_articles, news_documents, report_paragraphs
from .settings import Settings

UNKNOWN = "[UNK]"
#: Pair sources are repeated this often in the sample: English is rare in running text.
_REPEATS = {"cedict_zh_en": 4}
_PAIR_CHARS = 120


def build_vocabulary(data: Path, sources: list[PairSource], settings: Settings) -> Tokenizer:
    """A tokenizer of ``settings.vocabulary_size`` pieces learned from text and pairs.

    Han and other pieces are learned apart: no run holds both, so their scores never meet.
    """
    characters: Counter[str] = Counter()
    han: list[str] = []
    other: Counter[str] = Counter()
    splitter = _empty(models.Unigram())
    for text in _sample(data, sources, settings):
        plain = splitter.normalizer.normalize_str(text)
        for run, _ in splitter.pre_tokenizer.pre_tokenize_str(plain):
            if is_han(run):
                han.append(run)
                characters.update(run)
            else:
                other[run] += 1
    other.update(dict.fromkeys(FUNCTION_WORDS, 500))
    frequent = [word for word, count in other.items() for _ in range(min(count, 1000))]
    other_size = settings.other_pieces
    other_pieces = _learn(frequent, other_size, settings.longest_other_piece)[:other_size]
    han_size = settings.vocabulary_size - 1 - len(other_pieces)
    han_pieces = _learn(han, han_size, settings.longest_han_piece)
    kept = [*other_pieces, *_with_rare_characters(han_pieces, characters, han_size)]
    return _empty(models.Unigram([(UNKNOWN, 0.0), *kept], unk_id=0, byte_fallback=False))


def _learn(runs: list[str], size: int, longest: int) -> list[tuple[str, float]]:
    """About ``size`` pieces of at most ``longest`` characters with their log probabilities."""
    draft = Tokenizer(models.Unigram())
    draft.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.UnigramTrainer(
        vocab_size=size,
        special_tokens=[UNKNOWN],
        unk_token=UNKNOWN,
        max_piece_length=longest,
        shrinking_factor=0.6,
        show_progress=False,
    )
    draft.train_from_iterator(runs, trainer)
    learned = json.loads(draft.to_str())["model"]["vocab"]
    return [(piece, score) for piece, score in learned if piece != UNKNOWN]


def _empty(model: models.Unigram) -> Tokenizer:
    """The model with our normaliser and pre-tokeniser around it."""
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"[^\p{L}\p{M}\p{N}]+"), "removed"),
            pre_tokenizers.Split(Regex(r"[\p{Han}]+"), "isolated"),
            pre_tokenizers.Split(Regex(r"[\p{N}]+"), "isolated"),
        ]
    )
    return tokenizer


def _sample(data: Path, sources: list[PairSource], settings: Settings) -> Iterator[str]:
    """A seeded sample of running text (most of it news), and the pairs' texts cut short.

    Learning takes time in proportion to the Han characters, one thread of it: hence the cuts.
    """
    rng = random.Random(settings.seed)
    budget = settings.vocabulary_sample_chars
    laws = [row["text"] for row in law_articles(data)]
    yield from _some(list(news_documents(data)), budget * 6 // 10, rng)
    yield from _some(laws, budget * 3 // 10, rng)
    yield from _some(list(report_paragraphs(data)), budget // 10, rng)
    for source in sources:
        if source.name == "law_heading2article":  # the statutes' own articles are in already
            continue
        for _ in range(_REPEATS.get(source.name, 1)):
            pairs = list(zip(source.anchors, source.positives, strict=True))
            rng.shuffle(pairs)
            for anchor, positive in pairs:
                yield anchor[:_PAIR_CHARS]
                yield positive[:_PAIR_CHARS]


def _some(texts: list[str], budget: int, rng: random.Random) -> Iterator[str]:
    """Random texts, at most 400 characters of each, until ``budget`` characters are out."""
    rng.shuffle(texts)
    for text in texts:
        if budget <= 0:
            return
        budget -= min(len(text), 400)
        yield text[:400]


def _with_rare_characters(
    pieces: list[tuple[str, float]], characters: Counter[str], size: int
) -> list[tuple[str, float]]:
    """``size`` pieces: every Han character seen twice or more, then the best longer pieces."""
    singles = {piece: score for piece, score in pieces if len(piece) == 1}
    worst = min(score for _, score in pieces)
    for character, count in sorted(characters.items()):
        if count > 1:
            singles.setdefault(character, worst - 1.0)
    longer = sorted((p for p in pieces if len(p[0]) > 1), key=lambda p: (-p[1], p[0]))
    return [*singles.items(), *longer[: size - len(singles)]]
