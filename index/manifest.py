"""What built a store: format, analysis, encoder. A store built by something else is refused, with what mends it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from index.errors import StoreMismatch


@dataclass(frozen=True, slots=True)
class Manifest:
    """The fingerprints that a store and the program must share."""

    format: int
    analysis: str
    encoder: str


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
    os.replace(temporary, path_in(folder))


def check(folder: Path, expected: Manifest) -> None:
    """Compare a store with the program.

    :raises StoreMismatch: they differ, or the manifest cannot be read
    """
    try:
        found = json.loads(path_in(folder).read_text(encoding="utf-8"))
        version = found["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreMismatch(
            f"the manifest of {folder} cannot be read; restore it, or index the notices into a new folder"
        ) from error
    if version != expected.format:
        raise StoreMismatch(
            f"{folder} is a store of format {version}, this program reads format {expected.format}; "
            f"index the notices into a new folder: `notices index PATH… --store NEW_FOLDER`"
        )
    for key, value in asdict(expected).items():
        if found.get(key) != value:
            raise StoreMismatch(
                f"{folder} was built with another {key} ({found.get(key)}, now {value}); "
                f"rebuild it with `notices rebuild --store {folder}`"
            )
