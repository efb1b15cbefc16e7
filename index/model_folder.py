"""A model on disk: found by its folder or name, told apart, fingerprinted, loaded by sentence-transformers. No network."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from index.errors import BadModel

Kind = Literal["SentenceTransformer", "CrossEncoder"]
_OPTION: dict[Kind, str] = {"SentenceTransformer": "--model", "CrossEncoder": "--reranker"}
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?", re.ASCII)
_SAYS_NOTHING = re.compile(r"models?|snapshots|[0-9a-f]{40}")
# What no vector depends on: other backends' copies of the weights, and what people read.
_OTHER_FOLDERS = frozenset({"onnx", "openvino", "coreml"})
_OTHER_ENDINGS = frozenset(
    {".md", ".onnx", ".h5", ".msgpack", ".ot", ".tflite", ".gguf", ".png", ".jpg", ".svg", ".pdf"}
)
_PICKLED = frozenset({".bin", ".pt", ".pth"})


@dataclass(frozen=True)
class ModelFolder:
    """A folder that holds a model. ``source`` finds it again, ``label`` is its name for people."""

    path: Path
    source: str
    label: str

    @cached_property
    def fingerprint(self) -> str:
        """The label and twelve hexadecimal digits of everything that vectors or scores depend on.

        Weights, vocabulary, prompts, pooling and lengths are all files of the folder, so a changed one is another model.
        """
        whole = hashlib.sha256()
        for path in sorted(p for p in self.path.rglob("*") if p.is_file() and _counts(p, self.path)):
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            whole.update(f"{path.relative_to(self.path).as_posix()}\0{digest}\n".encode())
        return f"{self.label}-{whole.hexdigest()[:12]}"


def find_model(name: str, kind: Kind) -> ModelFolder:
    """The folder that ``name`` means: a path, else a name in the local cache of the Hugging Face Hub.

    :raises BadModel: the libraries are missing, there is no such model here, or it is of another kind
    """
    if find_spec("sentence_transformers") is None:
        raise BadModel(
            f"{_OPTION[kind]} needs PyTorch and sentence-transformers; install them with `make install-models`, "
            f"or `pip install torch==2.13.0` and then `pip install 'notice-assistant[models]'` (需另装模型组件)"
        )
    found = _find(name, kind)
    served = _served(found.path)
    if not served:
        raise BadModel(
            f"{found.path} holds no sentence-transformers model (no modules.json, no config.json); "
            f"name the folder that holds one (这个文件夹里没有模型)"
        )
    if kind not in served:
        other = next((_OPTION[k] for k in _OPTION if k in served), None)
        raise BadModel(
            f"{found.path} holds a {'/'.join(sorted(served))}, not a {kind}; "
            + (f"give it to {other} instead" if other else f"name another folder with {_OPTION[kind]}")
            + " (模型种类不符)"
        )
    return found


def load(folder: ModelFolder, kind: Kind) -> Any:
    """The model in float32, ready to be asked. No code of the folder is run.

    :raises BadModel: it cannot be loaded
    """
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"  # read when the libraries are imported
    import sentence_transformers
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call, unused-ignore]
    try:
        model = getattr(sentence_transformers, kind)(str(folder.path), local_files_only=True, trust_remote_code=False)
        return model.float().eval()
    except Exception as error:  # whatever torch, transformers and tokenizers raise over a damaged folder
        reason = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
        raise BadModel(
            f"the model in {folder.path} cannot be loaded ({reason}); copy it anew, or name another folder with "
            f"{_OPTION[kind]} (模型无法载入)"
        ) from error


def _find(name: str, kind: Kind) -> ModelFolder:
    path = Path(name).expanduser()
    if path.is_dir():
        path = path.resolve()
        return ModelFolder(path, str(path), _label(path))
    if path.exists():
        raise BadModel(f"{name} is a file; give {_OPTION[kind]} the folder that holds the model (请指定文件夹)")
    cached = _cached(name, kind)
    if cached is None:
        raise BadModel(
            f"no model {name!r}: neither a folder nor in the local model cache; nothing is downloaded, so copy the model "
            f"here and give {_OPTION[kind]} its folder (没有这个模型，程序不会下载)"
        )
    return ModelFolder(cached, name, name.rpartition("/")[2])


def _label(path: Path) -> str:
    """The last part of a path that says something: neither `model` nor the Hub cache's `snapshots/COMMIT`."""
    telling = (part for part in reversed(path.parts[1:]) if not _SAYS_NOTHING.fullmatch(part))
    return next(telling, path.name).rpartition("--")[2]


def _cached(name: str, kind: Kind) -> Path | None:
    """Where the Hub's local cache has a model, if it has it. A bare name is one of sentence-transformers' own."""
    if not _HUB_NAME.fullmatch(name):
        return None
    os.environ["HF_HUB_OFFLINE"] = "1"
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    whole = name if "/" in name or kind == "CrossEncoder" else f"sentence-transformers/{name}"
    try:
        return Path(
            snapshot_download(whole, local_files_only=True, cache_dir=os.environ.get("SENTENCE_TRANSFORMERS_HOME"))
        )
    except (LocalEntryNotFoundError, HFValidationError):
        return None


def _served(folder: Path) -> frozenset[str]:
    """As which classes of sentence-transformers a folder can be loaded with all its weights."""
    said = _json(folder / "config_sentence_transformers.json").get("model_type")
    if isinstance(said, str):
        return frozenset({said})
    if (folder / "modules.json").is_file():
        return frozenset({"SentenceTransformer"})
    if not (folder / "config.json").is_file():
        return frozenset()
    built_as = str(next(iter(_json(folder / "config.json").get("architectures") or ()), ""))
    if built_as.endswith("ForSequenceClassification"):
        return frozenset({"CrossEncoder"})
    if built_as.endswith("ForCausalLM"):
        return frozenset({"SentenceTransformer", "CrossEncoder"})
    return frozenset({"SentenceTransformer"})  # a bare transformer: the library adds mean pooling


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _counts(path: Path, folder: Path) -> bool:
    """Whether vectors may depend on a file."""
    parts = path.relative_to(folder).parts
    if any(part.startswith(".") or part in _OTHER_FOLDERS for part in parts) or path.suffix in _OTHER_ENDINGS:
        return False
    return path.suffix not in _PICKLED or not any(path.parent.glob("*.safetensors"))
