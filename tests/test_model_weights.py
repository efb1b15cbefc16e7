"""The shipped encoder: what lies in ``index/model`` is what the model card describes.

Uses numpy, tokenizers and safetensors only, as the product does; sentence-transformers, where it
is installed, must give the same vectors.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

MODEL = Path(__file__).parents[1] / "index" / "model"
TOLERANCE = 1e-3
MEBIBYTE = 1024 * 1024

#: First five numbers of each text's unit vector.
GOLDEN: dict[str, list[float]] = {
    "哪些单位负责电动自行车相关活动？": [0.05473, 0.01756, -0.04403, 0.092, 0.08713],
    "各区市场监管局要组织开展“质量月”宣传活动。": [0.02512, -0.02378, 0.05148, -0.01742, 0.08396],
    "Which units are responsible for e-bike campaigns?": [0.0205, 0.00582, -0.0329, 0.08855, 0.00629],
}
#: Without a token; sentence-transformers divides zero by zero in float16 here.
EMPTY = ["", "。！？", "\u3000", "🚲"]
ODD = ["ｅ－ｂｉｋｅ", "ꙮ電動自行車ꙮ", "电动自行车" * 2000]


@pytest.fixture(scope="module")
def manifest() -> dict:
    return json.loads((MODEL / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(MODEL / "tokenizer.json"))


@pytest.fixture(scope="module")
def table() -> NDArray[np.float16]:
    return load_file(MODEL / "model.safetensors")["embeddings"]


def encode(texts: list[str], tokenizer: Tokenizer, table: NDArray[np.float16]) -> NDArray[np.float32]:
    """Unit vectors float32 [texts, dim]; zero where a text has no token."""
    out = np.zeros((len(texts), table.shape[1]), dtype=np.float32)
    for row, encoding in enumerate(tokenizer.encode_batch(texts, add_special_tokens=False)):
        if encoding.ids:
            out[row] = table[encoding.ids].astype(np.float32).mean(axis=0)
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)


def test_weights_are_small_enough_to_ship() -> None:
    assert (MODEL / "model.safetensors").stat().st_size <= 25 * MEBIBYTE


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_files_are_the_ones_the_manifest_names(name: str, manifest: dict) -> None:
    assert hashlib.sha256((MODEL / name).read_bytes()).hexdigest() == manifest["sha256"][name]


def test_table_has_the_shape_the_manifest_names(
    manifest: dict, tokenizer: Tokenizer, table: NDArray[np.float16]
) -> None:
    assert table.shape == (manifest["vocabulary"], manifest["dim"])
    assert table.dtype == np.dtype(manifest["dtype"])
    assert tokenizer.get_vocab_size() == manifest["vocabulary"]
    assert np.isfinite(table).all()


def test_run_log_belongs_to_these_weights(manifest: dict) -> None:
    log = json.loads((MODEL / "training_log.json").read_text(encoding="utf-8"))
    assert log["weights_sha256"] == manifest["sha256"]


@pytest.mark.parametrize("text", GOLDEN)
def test_golden_values(text: str, tokenizer: Tokenizer, table: NDArray[np.float16]) -> None:
    vector = encode([text], tokenizer, table)[0]
    np.testing.assert_allclose(vector[:5], GOLDEN[text], atol=TOLERANCE)
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


def test_full_width_and_case_do_not_matter(tokenizer: Tokenizer, table: NDArray[np.float16]) -> None:
    plain, wide = encode(["e-bike 2022年", "Ｅ－ＢＩＫＥ ２０２２年"], tokenizer, table)
    np.testing.assert_array_equal(plain, wide)


def test_han_and_other_letters_never_share_a_token(tokenizer: Tokenizer) -> None:
    tokens = tokenizer.encode("天津市APP备案3号e-bike活动", add_special_tokens=False).tokens
    assert "".join(tokens) == "天津市app备案3号ebike活动"
    assert all(token.isascii() or not any(c.isascii() for c in token) for token in tokens)


def test_text_without_letters_is_the_zero_vector(tokenizer: Tokenizer, table: NDArray[np.float16]) -> None:
    assert not encode(EMPTY, tokenizer, table).any()


def test_sentence_transformers_gives_the_same_vectors(tokenizer: Tokenizer, table: NDArray[np.float16]) -> None:
    library = pytest.importorskip("sentence_transformers", reason="pip install 'notice-assistant[models]'")
    model = library.SentenceTransformer(str(MODEL), device="cpu", local_files_only=True)
    texts = [*GOLDEN, *ODD]
    np.testing.assert_allclose(model.encode(texts), encode(texts, tokenizer, table), atol=TOLERANCE)
