"""The whole run: data folder in, model folder and run log out."""

from __future__ import annotations

import json
import logging
import platform
import time
from collections.abc import Iterable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from .batches import GROUPS, PairTable, Tokens, pair_tables, tokenize
from .export import export_model
from .mining import hard_negatives
from .pairs import QUESTION_SOURCES, all_pairs
from .reading import PairSource, stard_articles, stard_train, train_sources
from .settings import Settings
from .train import HardTable, new_model, train_hard, train_in_batch
from .vocabulary import build_vocabulary

log = logging.getLogger(__name__)


def train_and_export(data: Path, out: Path, settings: Settings) -> dict[str, Any]:
    """Trains on ``data`` and writes ``out``; returns the run log, also ``training_log.json``."""
    began = time.monotonic()
    tokenizer = build_vocabulary(data, [*train_sources(data), stard_train(data)], settings)
    log.info("vocabulary: %d pieces", tokenizer.get_vocab_size())
    sources = all_pairs(data, settings)
    counts = {source.name: len(source) for source in sources}
    log.info("pairs: %d in %d sources", sum(counts.values()), len(counts))
    tables = pair_tables(tokenizer, sources, settings.max_tokens)
    model = new_model(tokenizer, settings)
    phases = [train_in_batch(model, tables, settings)]
    if settings.hard_epochs:
        hard = hard_tables(data, tokenizer, sources, settings)
        phases.append(train_hard(model, hard, settings))
    table = model[0].embedding.weight.detach().numpy().astype(np.float32)
    manifest = export_model(table, tokenizer, out)
    record = {
        "settings": asdict(settings),
        "pairs": counts,
        "phases": [asdict(phase) for phase in phases],
        "minutes": round((time.monotonic() - began) / 60, 1),
        "weights_sha256": manifest["sha256"],
        "versions": {name: version(name) for name in ("torch", "sentence-transformers", "tokenizers")},
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    text = json.dumps(record, ensure_ascii=False, indent=2)
    (out / "training_log.json").write_text(text + "\n", encoding="utf-8")
    return record


def hard_tables(data: Path, tokenizer: Tokenizer, sources: Iterable[PairSource], settings: Settings) -> list[HardTable]:
    """The question-passage groups with BM25 negatives.

    A group's pool holds its own positives; the law group's also every STARD statute article.
    """
    chosen = [source for source in sources if source.name in QUESTION_SOURCES]
    extra = {GROUPS["stard_train"]: list(stard_articles(data).values())}
    positives: dict[str, list[str]] = {}
    for source in chosen:
        positives.setdefault(GROUPS[source.name], []).extend(source.positives)
    tables = []
    for table in pair_tables(tokenizer, chosen, settings.max_tokens):
        texts = list(dict.fromkeys([*positives[table.name], *extra.get(table.name, [])]))
        passages = tokenize(tokenizer, texts, settings.max_tokens)
        tables.append(_mined(table, passages, texts, positives[table.name], settings))
        log.info("mined %s: %d questions, %d passages", table.name, len(table), len(texts))
    return tables


def _mined(
    table: PairTable,
    passages: Tokens,
    texts: list[str],
    positives: list[str],
    settings: Settings,
) -> HardTable:
    """The table with the rows of its mined negatives in ``passages``."""
    row_of = {text: row for row, text in enumerate(texts)}
    gold = np.array([row_of[text] for text in positives], dtype=np.int64)
    ranks = (settings.hard_from_rank, settings.hard_to_rank)
    asked = table.pair_ids[:, 0]
    negatives = hard_negatives(table.anchors, passages, gold, asked, settings.vocabulary_size, ranks)
    return HardTable(table, passages, gold, negatives)
