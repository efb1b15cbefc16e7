"""Reads the training folder: pair files, running text, and the STARD train split.

Expected layout below the data folder (gzip JSON Lines): ``train/*.jsonl.gz`` with
``{"anchor", "positive"}``, ``text/*.jsonl.gz``, and ``benchmarks/stard`` in BEIR form.
Only the train split of STARD is ever opened as questions; no other benchmark is read.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: "2023-08-16 18:02:41，正文：" and the like in front of crawled news.
_NEWS_STAMP = re.compile(r"^[\d\s:：/年月日.\-]{6,40}[，,]?\s*正文[：:]\s*")


@dataclass(frozen=True, slots=True)
class PairSource:
    """Named pairs; ``anchors[i]`` belongs to ``positives[i]``."""

    name: str
    anchors: list[str]
    positives: list[str]

    def __len__(self) -> int:
        return len(self.anchors)


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a ``.jsonl`` or ``.jsonl.gz`` file, in order."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def train_sources(data: Path) -> list[PairSource]:
    """Every file of ``train/``, sorted by name, blank and duplicate pairs removed."""
    sources = []
    for path in sorted((data / "train").glob("*.jsonl.gz")):
        pairs = {(row["anchor"].strip(), row["positive"].strip()): None for row in json_lines(path)}
        kept = [pair for pair in pairs if pair[0] and pair[1] and pair[0] != pair[1]]
        name = path.name.removesuffix(".jsonl.gz")
        sources.append(PairSource(name, [a for a, _ in kept], [p for _, p in kept]))
    return sources


def stard_train(data: Path) -> PairSource:
    """Question and statute article of STARD's train split (MIT), title kept before the text."""
    folder = data / "benchmarks" / "stard"
    wanted: list[tuple[str, str]] = []
    with open(folder / "qrels" / "train.tsv", encoding="utf-8") as rows:
        next(rows)
        for row in rows:
            query_id, document_id, relevance = row.split("\t")
            if int(relevance) > 0:
                wanted.append((query_id, document_id))
    query_ids = {query_id for query_id, _ in wanted}
    questions = {row["_id"]: row["text"] for row in json_lines(folder / "queries.jsonl") if row["_id"] in query_ids}
    articles = stard_articles(data)
    return PairSource("stard_train", [questions[q] for q, _ in wanted], [articles[d] for _, d in wanted])


def stard_articles(data: Path) -> dict[str, str]:
    """Document id → ``title text`` of STARD's statute corpus (public statute text)."""
    path = data / "benchmarks" / "stard" / "corpus.jsonl.gz"
    return {row["_id"]: f"{row['title']} {row['text']}".strip() for row in json_lines(path)}


def news_documents(data: Path) -> Iterator[str]:
    """Texts of the news documents, the crawler's time stamp removed."""
    for row in json_lines(data / "text" / "crud_news_docs.jsonl.gz"):
        yield _NEWS_STAMP.sub("", row["text"])


def law_articles(data: Path) -> Iterator[dict[str, Any]]:
    """Records ``law, heads, no, text`` of the statute articles."""
    return json_lines(data / "text" / "law_articles.jsonl.gz")


def report_paragraphs(data: Path) -> Iterator[str]:
    """Paragraphs of the government work reports."""
    for row in json_lines(data / "text" / "gov_report_paragraphs.jsonl.gz"):
        yield row["text"]
