"""Contrastive training of a static embedding table with sentence-transformers' losses.

The texts are tokenised once; the loop feeds the ids straight into ``StaticEmbedding``.  Two
phases: every source with in-batch negatives, then question-passage pairs with BM25-mined ones.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import (
    MatryoshkaLoss,
    MultipleNegativesRankingLoss,
)
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer

from .batches import PairTable, Tokens, distinct_batches
from .settings import Settings

log = logging.getLogger(__name__)
Features = dict[str, torch.Tensor]


@dataclass(slots=True)
class PhaseLog:
    """What a phase did: steps, minutes, and the mean loss of each group in its last epoch."""

    name: str
    steps: int = 0
    minutes: float = 0.0
    last_loss: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HardTable:
    """A group's pairs with mined negatives.

    ``gold`` int64 [pairs] and ``negatives`` int64 [pairs, candidates] are rows of ``passages``.
    """

    pairs: PairTable
    passages: Tokens
    gold: NDArray[np.int64]
    negatives: NDArray[np.int64]

    def pick(self, rows: NDArray[np.int64], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """``count`` random negatives for each of the pairs ``rows``, int64 [rows, count].

        The loss sets every passage of a batch against every question, so none of the picks may
        be a positive of the same batch; where too few candidates are left, any passage serves.
        """
        candidates = self.negatives[rows]
        taken = np.isin(candidates, self.gold[rows])
        order = np.argsort(rng.random(candidates.shape) + taken, axis=1)[:, :count]
        picked = np.take_along_axis(candidates, order, axis=1)
        free = np.setdiff1d(np.arange(len(self.passages)), self.gold[rows])
        clash = np.take_along_axis(taken, order, axis=1)
        picked[clash] = rng.choice(free, int(clash.sum()))
        return picked


def new_model(tokenizer: Tokenizer, settings: Settings) -> SentenceTransformer:
    """A freshly seeded table, float32 [vocabulary, dim], as a sentence-transformers model."""
    torch.manual_seed(settings.seed)
    torch.set_num_threads(settings.threads)
    module = StaticEmbedding(tokenizer, embedding_dim=settings.dim)
    return SentenceTransformer(modules=[module], device="cpu")


def train_in_batch(model: SentenceTransformer, tables: Sequence[PairTable], settings: Settings) -> PhaseLog:
    """Phase 1: every other pair of the batch is a negative."""

    def epoch(rng: np.random.Generator) -> Iterator[tuple[str, list[Features]]]:
        plan = [(table, rows) for table in tables for rows in distinct_batches(table, settings.batch_size, rng)]
        for index in rng.permutation(len(plan)):
            table, rows = plan[index]
            yield table.name, [_bag(table.anchors, rows), _bag(table.positives, rows)]

    steps = sum(math.ceil(len(table) / settings.batch_size) for table in tables)
    phase = Phase("in_batch", steps, settings.epochs, settings.learning_rate)
    return _run(model, phase, epoch, settings)


def train_hard(model: SentenceTransformer, tables: Sequence[HardTable], settings: Settings) -> PhaseLog:
    """Phase 2: a few mined negatives for each question beside the in-batch ones."""

    def epoch(rng: np.random.Generator) -> Iterator[tuple[str, list[Features]]]:
        plan = [
            (table, rows) for table in tables for rows in distinct_batches(table.pairs, settings.hard_batch_size, rng)
        ]
        for index in rng.permutation(len(plan)):
            table, rows = plan[index]
            picked = table.pick(rows, settings.hard_negatives, rng)
            bags = [_bag(table.pairs.anchors, rows), _bag(table.pairs.positives, rows)]
            for column in range(settings.hard_negatives):
                bags.append(_bag(table.passages, picked[:, column]))
            yield table.pairs.name, bags

    steps = sum(math.ceil(len(table.pairs) / settings.hard_batch_size) for table in tables)
    phase = Phase("hard", steps, settings.hard_epochs, settings.hard_learning_rate)
    return _run(model, phase, epoch, settings)


def _bag(tokens: Tokens, rows: NDArray[np.int64]) -> Features:
    """The rows as an EmbeddingBag's input: ids int64 [tokens], offsets int64 [rows]."""
    ids, offsets = tokens.take(rows)
    return {
        "input_ids": torch.from_numpy(ids.astype(np.int64)),
        "offsets": torch.from_numpy(offsets),
    }


@dataclass(frozen=True, slots=True)
class Phase:
    """How long and how fast a phase trains; ``steps`` (an epoch) only shapes the rate's course."""

    name: str
    steps: int
    epochs: int
    rate: float


def _run(
    model: SentenceTransformer,
    phase: Phase,
    epoch: Callable[[np.random.Generator], Iterator[tuple[str, list[Features]]]],
    settings: Settings,
) -> PhaseLog:
    """Adam with linear warm-up and decay over the phase's passes of ``epoch(rng)``."""
    record = PhaseLog(phase.name)
    if not phase.epochs:
        return record
    base = MultipleNegativesRankingLoss(model, scale=settings.scale)
    several = len(settings.matryoshka_dims) > 1
    loss_of = MatryoshkaLoss(model, base, list(settings.matryoshka_dims)) if several else base
    optimizer = torch.optim.Adam(model.parameters(), lr=phase.rate)
    total = phase.steps * phase.epochs
    warm = max(1, round(total * settings.warmup))
    rng = np.random.default_rng([settings.seed, len(phase.name)])
    began = time.monotonic()
    model.train()
    for number in range(phase.epochs):
        losses: dict[str, list[float]] = {}
        for group, bags in epoch(rng):
            record.steps += 1
            share = min(record.steps / warm, max(0.0, (total - record.steps) / (total - warm)))
            for parameters in optimizer.param_groups:
                parameters["lr"] = phase.rate * share
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(bags, labels=None)
            loss.backward()
            optimizer.step()
            losses.setdefault(group, []).append(float(loss.detach()))
        record.last_loss = {group: round(float(np.mean(v)), 4) for group, v in losses.items()}
        record.minutes = round((time.monotonic() - began) / 60, 2)
        log.info("%s epoch %d, %.1f min: %s", phase.name, number + 1, record.minutes, record.last_loss)
    model.eval()
    return record
