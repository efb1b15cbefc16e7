"""Writes the model folder: float16 table, tokenizer, and what each reader needs to load it.

The folder loads with ``SentenceTransformer(folder)``, with ``model2vec.StaticModel`` and with
numpy + tokenizers + safetensors alone: the mean of the tokens' rows, scaled to unit length.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer

WEIGHTS = "model.safetensors"
TENSOR = "embeddings"


def export_model(table: NDArray[np.float32], tokenizer: Tokenizer, out: Path) -> dict[str, Any]:
    """Writes the folder and returns its manifest; ``table`` is [vocabulary, dim].

    The unknown token's row becomes zero: readers that drop it and readers that average it in
    then agree.  The table is scaled to a root mean square of 1, which changes no unit vector
    and keeps small rows clear of float16's subnormal range.
    """
    rows = table / np.sqrt(np.mean(table**2))
    unknown = json.loads(tokenizer.to_str())["model"]["unk_id"]
    rows[unknown] = 0.0
    out.mkdir(parents=True, exist_ok=True)
    save_file({TENSOR: rows.astype(np.float16)}, out / WEIGHTS)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    _write_json(out / "config.json", _MODEL2VEC_CONFIG)
    _write_json(out / "modules.json", _MODULES)
    _write_json(out / "config_sentence_transformers.json", _SENTENCE_TRANSFORMERS_CONFIG)
    (out / "1_Normalize").mkdir(exist_ok=True)
    _write_json(out / "1_Normalize" / "config.json", {})
    manifest = {
        "name": "notice-static-zh-en-256",
        "format": 1,
        "dim": int(rows.shape[1]),
        "vocabulary": int(rows.shape[0]),
        "dtype": "float16",
        "tensor": TENSOR,
        "pooling": "mean",
        "normalize": True,
        "sha256": {name: _sha256(out / name) for name in (WEIGHTS, "tokenizer.json")},
    }
    _write_json(out / "manifest.json", manifest)
    return manifest


_MODEL2VEC_CONFIG: dict[str, Any] = {
    "model_type": "model2vec",
    "architectures": ["StaticModel"],
    "normalize": True,
    "max_length": None,
    "embedding_dtype": "float16",
}
_MODULES = [
    {
        "idx": 0,
        "name": "0",
        "path": "",
        "type": "sentence_transformers.models.StaticEmbedding",
    },
    {
        "idx": 1,
        "name": "1",
        "path": "1_Normalize",
        "type": "sentence_transformers.models.Normalize",
    },
]
_SENTENCE_TRANSFORMERS_CONFIG: dict[str, Any] = {
    "model_type": "SentenceTransformer",
    "prompts": {"query": "", "document": ""},
    "default_prompt_name": None,
    "similarity_fn_name": "cosine",
}


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
