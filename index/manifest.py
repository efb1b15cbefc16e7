"""What built a store: format, analysis, encoder. A store built by something else is refused, with what mends it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

from index.encoder import DEFAULT
from index.errors import StoreDamaged, StoreMismatch
from index.failpoints import failpoint
from index.syncing import sync_folder
from index.types import Encoder


@dataclass(frozen=True, slots=True)
class Manifest:
    """The fingerprints that a store and the program must share; and what opens the encoder again, which may move."""

    format: int
    analysis: str
    encoder: str
    model: str | None = None
    dimensions: int | None = None

    @classmethod
    def of(cls, format: int, analysis: str, encoder: Encoder) -> Manifest:
        """What a store built with this encoder is marked with."""
        source, kept = getattr(encoder, "source", None), getattr(encoder, "kept", None)
        return cls(format, analysis, encoder.name, source, kept)


@dataclass(frozen=True, slots=True)
class Remembered:
    """The encoder of a store: its fingerprint, and what opens it again (``model`` None: the shipped one)."""

    encoder: str | None = None
    model: str | None = None
    dimensions: int | None = None


def path_in(folder: Path) -> Path:
    """Where the manifest of a store lies."""
    return folder / "manifest.json"


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest durably, whole or not at all."""
    temporary = path_in(folder).with_suffix(".json.tmp")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(asdict(manifest), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    failpoint("manifest.written")
    os.replace(temporary, path_in(folder))
    failpoint("manifest.replaced")
    sync_folder(folder)


@contextmanager
def stamping(folder: Path, manifest: Manifest | None) -> Iterator[Callable[[], None]]:
    """Gives what puts a manifest in place (nothing where it is there already), and takes it back where what follows fails.

    Taking it back is a rename, for which there is room on a full disk.
    """
    before = path_in(folder).with_suffix(".json.before.tmp")
    text = json.dumps(asdict(manifest), indent=1).encode() if manifest else None
    kept = False

    def stamp() -> None:
        nonlocal kept
        if manifest is None or path_in(folder).read_bytes() == text:
            return
        before.unlink(missing_ok=True)
        os.link(path_in(folder), before)
        kept = True
        write(folder, manifest)

    try:
        yield stamp
    except BaseException:
        if kept:
            with suppress(OSError):
                os.replace(before, path_in(folder))
        raise
    if kept:
        with suppress(OSError):
            before.unlink()


def remembered(folder: Path) -> Remembered:
    """The encoder that a store was built with; an empty answer where the manifest cannot be read."""
    try:
        found = json.loads(path_in(folder).read_text(encoding="utf-8"))
        return Remembered(found["encoder"], found.get("model"), found.get("dimensions"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Remembered()


def check(folder: Path, expected: Manifest) -> None:
    """Compare a store with the program.

    :raises StoreMismatch: they differ, or the manifest cannot be read
    """
    try:
        found = json.loads(path_in(folder).read_text(encoding="utf-8"))
        version = found["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreDamaged(
            f"the manifest of {folder} cannot be read; make it anew with `notices rebuild --store {folder}` (--model names another "
            "encoder than the shipped one), or restore a backup (清单已损坏，请重建索引或恢复备份)"
        ) from error
    compare(str(folder), {**found, "format": version}, expected)


def check_format(folder: Path, expected: int) -> None:
    """Refuse a store of another format, which building anew would not mend. One without a readable manifest passes.

    :raises StoreMismatch: it is of another format
    """
    try:
        found = json.loads(path_in(folder).read_text(encoding="utf-8"))["format"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    if found != expected:
        refuse_format(str(folder), found, expected)


def compare(store: str, found: Mapping[str, object], expected: Manifest) -> None:
    """Compare what built a store with the program.

    :param store: what ``--store`` names it by
    :raises StoreMismatch: they differ
    """
    if found["format"] != expected.format:
        refuse_format(store, found["format"], expected.format)
    for key, value in (("analysis", expected.analysis), ("encoder", expected.encoder)):
        if found.get(key) != value:
            raise StoreMismatch(
                f"{store} was built with another {key} ({found.get(key)}, now {value}); {_remedy(store, found, expected)}"
            )


def refuse_format(store: str, found: object, expected: int) -> NoReturn:
    """Refuse a store of another format, older or newer or neither, with what to do. :raises StoreMismatch: always"""
    if not isinstance(found, int) or found < 1:
        raise StoreDamaged(
            f"the manifest of {store} cannot be read; restore it, or index the notices into a new folder"
        )
    what = f"{store} is a store of format {found}, this program reads format {expected}"
    if found > expected:
        raise StoreMismatch(
            f"{what}: a newer program wrote it; use that one, or index the notices into a new folder: "
            f"`notices index PATH… --store NEW_FOLDER` (存储由更新的版本建立)"
        )
    if store.startswith("milvus+"):
        raise StoreMismatch(f"{what}; index the notices under a new name: `notices index PATH… --store NEW_NAME`")
    raise StoreMismatch(f"{what}; bring it up to date with `notices migrate --store {store}` (请先升级存储)")


def _remedy(store: str, found: Mapping[str, object], expected: Manifest) -> str:
    rebuild = f"notices rebuild --store {store}"
    built, now = (found.get("model"), found.get("dimensions")), (expected.model, expected.dimensions)
    if built == now:
        return f"rebuild it with `{rebuild}`"
    rebuild += f" --model {expected.model or DEFAULT}"
    if expected.dimensions:
        rebuild += f" --dimensions {expected.dimensions}"
    return f"leave --model out to use the store's own, or rebuild it with `{rebuild}` (存储由另一个编码器建立)"
