"""Token ids held as flat arrays, and batches without a pair's double among its negatives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from .reading import PairSource

#: Small sources of one kind share batches: each is then full, and its negatives are related.
GROUPS: dict[str, str] = {
    "stard_train": "law_questions",
    "lecoqa_train": "law_questions",
    "lawyer_llama_query2law": "law_questions",
    "beijing_letters_train": "government",
    "tipdm_messages": "government",
    "ncp_policies_train": "government",
    "cmrc2018_train": "encyclopedia",
    "cmrc2018_trial": "encyclopedia",
    "drcd_dev_simp": "encyclopedia",
    "dureader_demo_train": "encyclopedia",
    "cmedir_dev": "medical",
    "cmedqa_dev_pos": "medical",
    "cmedqa_test_pos": "medical",
    "cmedqq_pos": "medical",
}
_FEWEST = 16


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token ids of n texts: row i is ``ids[starts[i]:starts[i + 1]]`` (int32; starts int64 [n+1])."""

    ids: NDArray[np.int32]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def row(self, index: int) -> NDArray[np.int32]:
        return self.ids[self.starts[index] : self.starts[index + 1]]

    def take(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The rows' ids in one array, and where each row begins in it (an EmbeddingBag's input)."""
        starts = self.starts[rows]
        lengths = self.starts[rows + 1] - starts
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        positions = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)
        return self.ids[positions], offsets[:-1]


def tokenize(tokenizer: Tokenizer, texts: Sequence[str], longest: int) -> Tokens:
    """Ids of each text, cut after ``longest`` tokens (and, to save time, 3 characters a token)."""
    rows: list[list[int]] = []
    for start in range(0, len(texts), 4096):
        chunk = [text[: 3 * longest] for text in texts[start : start + 4096]]
        encoded = tokenizer.encode_batch_fast(chunk, add_special_tokens=False)
        rows += [encoding.ids[:longest] for encoding in encoded]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    ids = np.fromiter((token for row in rows for token in row), np.int32, int(starts[-1]))
    ids.flags.writeable = starts.flags.writeable = False
    return Tokens(ids, starts)


@dataclass(frozen=True, slots=True)
class PairTable:
    """Tokenised pairs of one group, with ids that tell equal texts.

    ``pair_ids`` is int64 [n, 2]: equal numbers in a column mean equal anchor or positive text.
    """

    name: str
    anchors: Tokens
    positives: Tokens
    pair_ids: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.pair_ids)


def pair_tables(tokenizer: Tokenizer, sources: Iterable[PairSource], longest: int) -> list[PairTable]:
    """One table a group, in order of first appearance."""
    groups: dict[str, list[PairSource]] = {}
    for source in sources:
        groups.setdefault(GROUPS.get(source.name, source.name), []).append(source)
    tables = []
    for name, members in groups.items():
        anchors = [text for source in members for text in source.anchors]
        positives = [text for source in members for text in source.positives]
        numbers: dict[str, int] = {}
        pair_ids = np.array(
            [[numbers.setdefault(text, len(numbers)) for text in pair] for pair in zip(anchors, positives, strict=True)]
        )
        tables.append(
            PairTable(
                name,
                tokenize(tokenizer, anchors, longest),
                tokenize(tokenizer, positives, longest),
                pair_ids,
            )
        )
    return tables


def distinct_batches(table: PairTable, size: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """Every pair once, in random batches that hold no text twice; scraps are left out."""
    waiting = rng.permutation(len(table))
    batches = []
    while len(waiting):
        seen: set[int] = set()
        batch: list[int] = []
        late: list[int] = []
        rows = iter(waiting.tolist())
        for row in rows:
            first, second = table.pair_ids[row].tolist()
            if first in seen or second in seen:
                late.append(row)
                continue
            seen.update((first, second))
            batch.append(row)
            if len(batch) == size:
                break
        waiting = np.array([*late, *rows], dtype=np.int64)
        if len(batch) >= _FEWEST:
            batches.append(np.array(batch, dtype=np.int64))
    return batches
