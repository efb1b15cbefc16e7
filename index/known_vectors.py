"""Vectors of passages whose words have not changed are taken over from the state before: a model's take long to make."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.types import Encoder, Vectors
from index.vectors import VectorIndex

_TEXTS = "texts.npy"


class KnownVectors:
    """The vectors that derived indexes hold, by their texts; and a note of the texts that are encoded now.

    :param before: folders of undamaged derived indexes that the same encoder made
    """

    def __init__(self, before: tuple[Path, ...]) -> None:
        self._held: dict[bytes, tuple[int, int]] = {}
        self._indexes: list[VectorIndex] = []
        self._digests: list[npt.NDArray[np.uint8]] = [np.empty((0, 16), np.uint8)]
        for folder in before:
            if (folder / _TEXTS).is_file():
                texts = np.load(folder / _TEXTS, allow_pickle=False)
                self._held |= {digest.tobytes(): (len(self._indexes), row) for row, digest in enumerate(texts)}
                self._indexes.append(VectorIndex(folder / "vectors.faiss"))

    def encode(self, texts: list[str], encoder: Encoder) -> Vectors:
        """Vectors of ``texts``, float32 [n, dimensions]; only those are encoded that are not known."""
        digests = _digests(texts)
        self._digests.append(digests)
        out = np.empty((len(texts), encoder.dimensions), np.float32)
        places = [self._held.get(digest.tobytes()) for digest in digests]
        for number, index in enumerate(self._indexes):
            taken = [(i, place[1]) for i, place in enumerate(places) if place and place[0] == number]
            if taken:
                out[[i for i, _ in taken]] = index.vectors(np.array([row for _, row in taken], np.int64))
        lacking = [i for i, place in enumerate(places) if place is None]
        if lacking:
            out[lacking] = encoder.encode_passages([texts[i] for i in lacking])
        return out

    def write(self, folder: Path) -> None:
        """Note in ``folder`` which text each row stands for, in the order in which they were encoded."""
        np.save(folder / _TEXTS, np.concatenate(self._digests), allow_pickle=False)


def _digests(texts: list[str]) -> npt.NDArray[np.uint8]:
    keys = [hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts]
    return np.frombuffer(b"".join(keys), np.uint8).reshape(len(texts), 16)
