"""Vectors of passages whose words have not changed are taken over from the state before: a model's take long to make."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.types import Encoder, Vectors
from index.vectors import VectorIndex

_TEXTS = "texts.npy"
_BATCH = 256  # texts between two reports


def encode(
    folder: Path, texts: list[str], encoder: Encoder, before: Path | None, done: Callable[[int], None]
) -> Vectors:
    """Vectors of ``texts``, float32 [n, dimensions]; in ``folder`` it is noted which text each row stands for.

    :param before: undamaged derived indexes that the same encoder made, None where there are none
    :param done: hears how many texts each step has finished
    """
    digests = _digests(texts)
    np.save(folder / _TEXTS, digests, allow_pickle=False)
    out = np.empty((len(texts), encoder.dimensions), np.float32)
    held = _held(before)
    rows = np.array([held.get(digest.tobytes(), -1) for digest in digests], np.int64)
    known, lacking = np.flatnonzero(rows >= 0), np.flatnonzero(rows < 0)
    if before is not None and len(known):
        out[known] = VectorIndex(before / "vectors.faiss").vectors(rows[known])
        done(len(known))
    for start in range(0, len(lacking), _BATCH):
        batch = lacking[start : start + _BATCH]
        out[batch] = encoder.encode_passages([texts[row] for row in batch])
        done(len(batch))
    return out


def _held(before: Path | None) -> dict[bytes, int]:
    """The row of each text that derived indexes hold, by its digest."""
    if before is None or not (before / _TEXTS).is_file():
        return {}
    return {digest.tobytes(): row for row, digest in enumerate(np.load(before / _TEXTS, allow_pickle=False))}


def _digests(texts: list[str]) -> npt.NDArray[np.uint8]:
    keys = [hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts]
    return np.frombuffer(b"".join(keys), np.uint8).reshape(len(texts), 16)
