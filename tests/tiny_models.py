"""Small transformers with random weights, built here: an encoder and a cross-encoder over a WordPiece vocabulary."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from tests.notices import DIGEST

WIDTH = 32
_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def transformer(folder: Path, task: str, seed: int = 7, **settings: Any) -> Path:
    """A BERT of two layers with its tokenizer; ``task`` is the class of transformers that holds it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries' own imports
        import torch
        import transformers

    folder.mkdir(parents=True)
    letters = sorted(
        {c for p in DIGEST.glob("*.txt") for c in p.read_text(encoding="utf-8").lower() if not c.isspace()}
    )
    pieces = dict.fromkeys([*_SPECIAL, *letters, *(f"##{c}" for c in letters)])
    (folder / "vocab.txt").write_text("\n".join(pieces), encoding="utf-8")
    tokenizer = transformers.BertTokenizerFast(vocab=str(folder / "vocab.txt"), model_max_length=128)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(seed)
    config = transformers.BertConfig(
        vocab_size=len(pieces), hidden_size=WIDTH, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=128, initializer_range=0.5, **settings,
    )  # fmt: skip
    getattr(transformers, task)(config).eval().save_pretrained(folder)
    return folder


def encoder(folder: Path, prompts: dict[str, str] | None = None, **settings: Any) -> Path:
    """An encoder with mean pooling, as sentence-transformers saves it."""
    bare = transformer(folder / "bare", "BertModel")
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    model = SentenceTransformer(
        modules=[Transformer(str(bare)), Pooling(WIDTH)], device="cpu", prompts=prompts, **settings
    )
    model.save(str(folder / "encoder"), create_model_card=False)
    return folder / "encoder"


def cross_encoder(folder: Path, labels: int = 1) -> Path:
    """A cross-encoder, as transformers saves a classifier."""
    return transformer(folder / "cross-encoder", "BertForSequenceClassification", num_labels=labels)
