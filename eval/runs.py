"""Runs in TREC form: query, Q0, document, rank, score, tag."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eval.errors import BadRun
from eval.types import Run


def strictly_decreasing(ranked: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """The same ranking with scores (as 32-bit floats, which is what trec_eval reads) that fall at each step.

    Evaluation programs sort a run by score and break ties in ways of their own; without ties all see our ranking.
    """
    out: list[tuple[str, float]] = []
    last = np.float32(np.inf)
    for doc_id, score in ranked:
        last = min(np.float32(score), np.nextafter(last, np.float32(-np.inf)))
        out.append((doc_id, float(last)))
    return out


def check_writable(path: Path) -> None:
    """Raise :class:`BadRun` before any work is done where a run could not be written to ``path``."""
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise BadRun(f"cannot write a run to {path}; name a file in a folder that is there")


def write(path: Path, run: Run, tag: str) -> None:
    """Write a run whose scores decrease strictly.

    :raises BadRun: an id holds a blank, or the file cannot be written
    """
    lines = []
    for query, ranked in run.items():
        for rank, (doc_id, score) in enumerate(ranked, 1):
            if len(query.split()) != 1 or len(doc_id.split()) != 1:
                raise BadRun(f"the ids {query!r} and {doc_id!r} must not hold blanks in a run; rename them")
            lines.append(f"{query} Q0 {doc_id} {rank} {np.float32(score)!s} {tag}\n")
    try:
        path.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise BadRun(f"cannot write a run to {path} ({error.strerror}); name another file") from error
