"""Any sentence-transformers model as the encoder of a store. PyTorch is imported when the first text is encoded."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import Any

import numpy as np

from index.errors import BadModel
from index.model_folder import find_model, load
from index.types import Vectors

BATCH = 32  # texts encoded at a time
_PASSAGE_PROMPTS = ("document", "passage", "corpus")  # the names that models give it


class TransformerEncoder:
    """A model's vectors at unit length, with the prompts that the model itself has for queries and passages."""

    def __init__(self, model: str, dimensions: int | None = None, batch_size: int = BATCH) -> None:
        """Find the model; it is loaded with the first text.

        :param model: a folder, or a name in the local model cache
        :param dimensions: keep the first so many of each vector, for models trained so (Matryoshka); None for all
        :raises BadModel: there is no such model here, or the extra [models] is not installed
        """
        self._folder = find_model(model, "SentenceTransformer")
        self.source = self._folder.source
        self.kept = dimensions
        self.name = self._folder.fingerprint + (f"-{dimensions}d" if dimensions else "")
        self._batch_size = batch_size
        self._lock = threading.RLock()  # tokenizers are not made for several threads

    @cached_property
    def dimensions(self) -> int:
        """Length of a vector. Loads the model."""
        return int(self._encode(["。"], query=False).shape[1])

    def encode_queries(self, texts: list[str]) -> Vectors:
        """float32 [n, dimensions], rows of unit length. :raises BadModel: the model cannot be loaded or used"""
        return self._encode(texts, query=True)

    def encode_passages(self, texts: list[str]) -> Vectors:
        """float32 [n, dimensions], rows of unit length. :raises BadModel: the model cannot be loaded or used"""
        return self._encode(texts, query=False)

    @cached_property
    def _model(self) -> Any:
        return load(self._folder, "SentenceTransformer")

    def _encode(self, texts: list[str], query: bool) -> Vectors:
        if not texts:
            return np.empty((0, self.dimensions), np.float32)
        with self._lock:
            model = self._model
            # The library would take an empty "document" prompt, which every model has, before a "passage" prompt.
            prompts = model.prompts
            named = "query" if query else next((p for p in _PASSAGE_PROMPTS if prompts.get(p)), None)
            encode = model.encode_query if query else model.encode_document
            encoded = encode(
                texts,
                prompt=prompts.get(named) if named else None,
                batch_size=self._batch_size,
                normalize_embeddings=True,
                truncate_dim=self.kept,
                show_progress_bar=False,
            )
        vectors = np.asarray(encoded, np.float32)
        if self.kept and vectors.shape[1] != self.kept:
            raise BadModel(f"{self.source} has {vectors.shape[1]} dimensions; ask for at most as many (维数过大)")
        if not np.isfinite(vectors).all():
            raise BadModel(f"{self.source} gives vectors that are no numbers; copy the model anew, or use another one")
        return vectors
