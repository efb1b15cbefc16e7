"""TREC forms: runs (query Q0 document rank score tag) and judgements (query 0 document relevance), also gzipped."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from eval.errors import BadDataset, BadRun
from eval.formats.lines import read_lines, write_text
from eval.formats.qrels import add_judgement
from eval.types import Qrels, Ranking, Run


def strictly_decreasing(ranked: Sequence[tuple[str, float]]) -> Ranking:
    """The same ranking with scores (as 32-bit floats, which is what trec_eval reads) that fall at each step.

    Evaluation programs sort a run by score and break ties in ways of their own; without ties all see our ranking.
    """
    out: Ranking = []
    last = np.float32(np.inf)
    for doc_id, score in ranked:
        last = min(np.float32(score), np.nextafter(last, np.float32(-np.inf)))
        out.append((doc_id, float(last)))
    return out


def write_run(path: Path, run: Run, tag: str) -> None:
    """Write a run whose scores decrease strictly.

    :raises BadRun: an id holds a blank, or the file cannot be written
    """
    write_text(path, _run_lines(run, tag))


def _run_lines(run: Run, tag: str) -> Iterator[str]:
    for query, ranked in run.items():
        for rank, (doc_id, score) in enumerate(ranked, 1):
            _check_ids(query, doc_id)
            yield f"{query} Q0 {doc_id} {rank} {np.float32(score)!s} {tag}\n"


def read_run(path: Path) -> tuple[str, Run]:
    """The tag of a run and its rankings.

    Sorted as trec_eval sorts them: by score (a 32-bit float), ties by document id, both descending. The rank column
    is not looked at.

    :raises BadRun: a line is broken, or names a document twice for one query
    """
    found: dict[str, dict[str, float]] = {}
    tag = ""
    for place, columns in _columns(path, 6, "query Q0 document rank score tag", BadRun):
        query, _, doc_id, _, score, tag = columns
        try:
            value = float(score)
        except ValueError:
            value = math.nan
        if math.isnan(value):
            raise BadRun(f"{place}: the score {score!r} is no number; mend the line")
        if doc_id in found.setdefault(query, {}):
            raise BadRun(f"{place}: {doc_id!r} stands twice under {query!r}; keep one")
        found[query][doc_id] = float(np.float32(value))
    if not found:
        raise BadRun(f"{path} holds no ranking; each line is: query Q0 document rank score tag")
    rankings = {q: sorted(docs.items(), key=lambda pair: (pair[1], pair[0]), reverse=True) for q, docs in found.items()}
    return tag, rankings


def read_qrels(path: Path) -> Qrels:
    """Judgements in TREC form. :raises BadDataset: a line is broken"""
    qrels: Qrels = {}
    for place, (query, _, doc_id, relevance) in _columns(path, 4, "query 0 document relevance", BadDataset):
        add_judgement(qrels, place, query, doc_id, relevance)
    if not qrels:
        raise BadDataset(f"{path} holds no judgements; each line is: query 0 document relevance")
    return qrels


def write_qrels(path: Path, qrels: Qrels) -> None:
    """Write judgements in TREC form. :raises BadRun: an id holds a blank, or the file cannot be written"""
    lines = []
    for query, judged in qrels.items():
        for doc_id, relevance in judged.items():
            _check_ids(query, doc_id)
            lines.append(f"{query} 0 {doc_id} {relevance}\n")
    write_text(path, lines)


def _columns(
    path: Path, count: int, names: str, error: type[BadRun] | type[BadDataset]
) -> Iterator[tuple[str, list[str]]]:
    if not path.is_file():
        raise error(f"no file {path}; check the path")
    for place, line in read_lines(path):
        columns = line.split()
        if len(columns) != count:
            raise error(f"{place}: {len(columns)} columns instead of {count} ({names}); mend the line")
        yield place, columns


def _check_ids(query: str, doc_id: str) -> None:
    if len(query.split()) != 1 or len(doc_id.split()) != 1:
        raise BadRun(f"the ids {query!r} and {doc_id!r} must not hold blanks in TREC form; rename them")
