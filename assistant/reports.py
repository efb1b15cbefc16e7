"""The evaluation reports of a folder, as `notices-eval report --out` writes them: which there are, and their headline figures.

Nothing of evaluation is imported: a report's figures are read from the JSON that lies beside it, where there is one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

MEDIA_TYPES: Mapping[str, str] = {
    ".html": "text/html", ".md": "text/plain", ".csv": "text/csv", ".json": "application/json",
}  # fmt: skip
FOLDER = "reports"  # in the store's folder, where `serve --reports` names none
_REPORT, _RESULT = "notices-eval-report/1", "notices-eval/1"  # formats of a report and of one system's result
_LARGEST = 64 << 20  # bytes of a JSON file that is read for its figures


@dataclass(frozen=True, slots=True)
class Headline:
    """How well one system does on one data set: the means of its measures."""

    dataset: str
    split: str
    system: str
    queries: int
    measures: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The files of one name, in whichever forms they were written. ``changed``: local time of the newest."""

    name: str
    files: tuple[str, ...]
    changed: datetime
    size: int
    headlines: tuple[Headline, ...]


def files(folder: Path | None) -> list[Path]:
    """The report files of a folder, newest first; links and subfolders are none."""
    try:
        found = [
            (path.stat().st_mtime, path)
            for path in (folder.iterdir() if folder else ())
            if path.suffix in MEDIA_TYPES and path.is_file() and not path.is_symlink()
        ]
    except OSError:  # there is no such folder, or it cannot be read
        return []
    return [path for _, path in sorted(found, key=lambda entry: (-entry[0], entry[1].name))]


def reports(folder: Path | None) -> list[Report]:
    """The reports of a folder, newest first."""
    forms = list(MEDIA_TYPES)
    by_name: dict[str, list[Path]] = {}
    for path in files(folder):
        by_name.setdefault(path.stem, []).append(path)
    found = []
    for name, paths in by_name.items():
        paths.sort(key=lambda path: forms.index(path.suffix))
        stats = [path.stat() for path in paths]
        figures = next((_figures(path) for path in paths if path.suffix == ".json"), ())
        changed = datetime.fromtimestamp(max(stat.st_mtime for stat in stats))
        found.append(
            Report(name, tuple(path.name for path in paths), changed, sum(stat.st_size for stat in stats), figures)
        )
    return found


def _figures(path: Path) -> tuple[Headline, ...]:
    stat = path.stat()
    return _read(path, stat.st_mtime_ns, stat.st_size) if stat.st_size <= _LARGEST else ()


@lru_cache(maxsize=256)
def _read(path: Path, _changed: int, _size: int) -> tuple[Headline, ...]:
    """The figures of a report or a result; none where a file is neither."""
    try:
        return tuple(_headlines(json.loads(path.read_bytes())))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return ()


def _headlines(value: Any) -> Iterator[Headline]:
    if value["format"] == _RESULT:
        queries = len(value["queries"])
        yield _headline(value, value["system"], queries, value["measures"])
    elif value["format"] == _REPORT:
        for section in value["sections"]:
            for entry in section["systems"]:
                means = {measure: figures["mean"] for measure, figures in entry["measures"].items()}
                yield _headline(section, entry["label"], int(section["queries"]), means)


def _headline(of: Mapping[str, Any], system: str, queries: int, means: Mapping[str, float]) -> Headline:
    measures = tuple((str(measure), float(mean)) for measure, mean in means.items())
    return Headline(str(of["dataset"]), str(of["split"]), str(system), queries, measures)
