"""The shipped static encoder: a vector for each token piece, the mean of them for a text. No PyTorch."""

from __future__ import annotations

import errno
import hashlib
import json
from functools import cache, cached_property
from importlib.resources import as_file, files
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from index.errors import BadModel, StoreMismatch
from index.types import Encoder, Scores, Vectors

if TYPE_CHECKING:
    from tokenizers import Tokenizer

DEFAULT = "default"  # the name of the shipped encoder, where a user has to say so

_FEW = 32  # texts that are pooled without widening all vectors
_MANY = 512  # texts that are pooled by a sparse product
_KEPT_HEADS = 8192  # heads of which the pieces are kept
_LONGEST_HEADER = 1 << 20  # bytes


class StaticEncoder:
    """Static token vectors from a folder that ``SentenceTransformer(folder)`` loads as well."""

    def __init__(self, folder: Path, source: str | None = None) -> None:
        """Open a folder. ``source``: what finds it again; None for the shipped one."""
        self._folder = folder
        self.source = source
        weights = folder / "model.safetensors"
        if not weights.is_file():
            raise StoreMismatch(f"no encoder in {folder}; reinstall the package, or train one with `make model`")
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        self.name = f"{manifest['name']}-{manifest['sha256']['model.safetensors'][:12]}"
        self.dimensions = int(manifest["dim"])

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    @cached_property
    def _vectors(self) -> Vectors:
        """Token vectors, float16 [pieces, dimensions], mapped and not read: a query touches a few rows."""
        return _map_tensor(self._folder / "model.safetensors")

    def encode_queries(self, texts: list[str]) -> Vectors:
        """float32 [n, dimensions], rows of unit length (zero for a text without known pieces)."""
        return self.pool(self.pieces(texts))

    def encode_passages(self, texts: list[str]) -> Vectors:
        """float32 [n, dimensions], rows of unit length (zero for a text without known pieces)."""
        return self.pool(self.pieces(texts))

    def pieces(self, texts: list[str]) -> list[list[int]]:
        """The ids of the token pieces of each text, in order."""
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]

    def pieces_under(self, heads: list[str], texts: list[str]) -> list[list[int]]:
        """As :meth:`pieces` of each head, a blank and the text below; a head that stands above many texts is cut up once."""
        if not self._blanks_part:
            return self.pieces([f"{head} {text}" for head, text in zip(heads, texts, strict=True)])
        if len(self._heads) > _KEPT_HEADS:
            self._heads.clear()
        above = {head: self._heads.get(head) or [] for head in heads}
        if new := [head for head, ids in above.items() if not ids]:
            cut = dict(zip(new, self.pieces(new), strict=True))
            above.update(cut)
            self._heads.update(cut)
        return [above[head] + ids for head, ids in zip(heads, self.pieces(texts), strict=True)]

    @cached_property
    def _heads(self) -> dict[str, list[int]]:
        return {}

    @cached_property
    def _blanks_part(self) -> bool:
        """Whether no piece reaches across a blank or depends on one, as with every tokenizer that `make model` trains."""
        words, before = ["甲", "乙", "a", "b"], self._tokenizer.pre_tokenizer
        parted = before is not None and [word for word, _ in before.pre_tokenize_str(" ".join(words))] == words
        return parted and self.pieces([" ".join(words)]) == [list(chain.from_iterable(self.pieces(words)))]

    def unit_pieces(self, pieces: npt.NDArray[np.integer[Any]]) -> tuple[Vectors, Scores]:
        """The directions of token pieces, float32 [n, dimensions] of unit length, and their squared lengths.

        What has been asked once is kept: a server soon reads no weights any more.
        """
        directions, weights = self._units
        new = np.unique(pieces[weights[pieces] < 0])
        if len(new):
            vectors = self._vectors[new].astype(np.float32)
            directions[new] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
            weights[new] = np.square(vectors).sum(axis=1)
        return directions[pieces], weights[pieces]

    @cached_property
    def _units(self) -> tuple[Vectors, Scores]:
        count = len(self._vectors)
        directions = np.empty((count, self.dimensions), np.float32)  # no memory until it is written
        return directions, np.full(count, -1.0, np.float32)

    def pool(self, texts: list[list[int]]) -> Vectors:
        """float32 [n, dimensions] from the pieces of texts, rows of unit length (zero for a text without pieces)."""
        out = self._sums_of_many(texts) if len(texts) >= _MANY else self._sums(texts)
        norms = np.linalg.norm(out, axis=1, keepdims=True)
        return np.asarray(np.divide(out, norms, out=out, where=norms > 0))

    def _sums(self, texts: list[list[int]]) -> Vectors:
        out = np.zeros((len(texts), self.dimensions), np.float32)
        vectors = self._wide if len(texts) > _FEW else self._vectors
        for row, ids in enumerate(texts):
            if ids:
                np.add.reduce(vectors.take(ids, 0), axis=0, dtype=np.float32, out=out[row])
        return out

    def _sums_of_many(self, texts: list[list[int]]) -> Vectors:
        """The same sums, bit by bit, in half the time: a sparse matrix of ones times the vectors."""
        from scipy.sparse import csr_array  # takes as long to import as it saves on a thousand notices

        bounds = np.cumsum([0, *map(len, texts)], dtype=np.int32)
        ids = np.fromiter(chain.from_iterable(texts), np.int32, int(bounds[-1]))
        ones = csr_array((np.ones(len(ids), np.float32), ids, bounds), shape=(len(texts), len(self._wide)))
        return np.asarray(ones @ self._wide)

    @cached_property
    def _wide(self) -> Vectors:
        """The vectors as float32 in memory, for many texts: 40 MiB, six times as fast as widening them text by text."""
        return np.array(self._vectors, np.float32)  # no memmap: taking rows of one is slow


def _map_tensor(path: Path) -> Vectors:
    """The one tensor of a safetensors file as a memory map (format: 8 bytes of header length, JSON header, data).

    :raises BadModel: the file is missing, cut off, or another kind of file
    """
    kinds = {"F16": np.float16, "F32": np.float32}
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(length, _LONGEST_HEADER)))
        (tensor,) = [value for key, value in header.items() if key != "__metadata__"]
        start = 8 + length + tensor["data_offsets"][0]
        return np.memmap(path, kinds[tensor["dtype"]], "r", start, tuple(tensor["shape"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            raise MemoryError(f"{path} cannot be mapped") from error  # nothing is wrong with it
        raise BadModel(
            f"{path} is damaged or missing ({error}); copy the model's folder anew, or run `notices rebuild` without "
            "--model (模型文件缺失或损坏，请重新复制模型，或改用自带模型后重建索引)"
        ) from error


@cache
def shipped_encoder() -> StaticEncoder:
    """The encoder that comes with the package."""
    with as_file(files("index").joinpath("model")) as folder:
        return StaticEncoder(folder)


def open_encoder(model: str | None, dimensions: int | None = None, batch_size: int | None = None) -> Encoder:
    """The encoder that a user names: None or ``default`` for the shipped one, else a folder or a name in the model cache.

    :param dimensions: the first so many of each vector only, for models of sentence-transformers
    :raises BadModel: there is no such model here, or the extra [models] is not installed
    """
    named = None if model in (None, DEFAULT) else model
    if named is None or is_static(Path(named).expanduser()):
        if dimensions:
            raise BadModel(
                "--dimensions goes with a model of sentence-transformers; leave it out (自带编码器的维数固定)"
            )
        return shipped_encoder() if named is None else _static(Path(named).expanduser())
    from index.transformer_encoder import BATCH, TransformerEncoder

    return TransformerEncoder(named, dimensions, batch_size or BATCH)


def _static(folder: Path) -> StaticEncoder:
    return StaticEncoder(folder, str(folder.resolve()))


def is_static(folder: Path) -> bool:
    """Whether `make model` wrote this folder: its vectors need no PyTorch."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return "model.safetensors" in manifest["sha256"] and "dim" in manifest
    except (OSError, ValueError, KeyError, TypeError):
        return False


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
