"""A data set of four documents and four judged queries, whose figures can be worked by hand."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from index.types import Vectors

Run = Callable[..., tuple[int, str, str]]  # `notices-eval …` → exit code, stdout, stderr
CORPUS = [
    {"_id": "d1", "title": "", "text": "充电安全"},
    {"_id": "d2", "title": "", "text": "食品安全"},
    {"_id": "d3", "title": "特种设备", "text": "电梯检验"},
    {"_id": "d4", "text": "产品抽检"},
]
QUERIES = [
    {"_id": "q1", "text": "电梯如何检验？"},
    {"_id": "q2", "text": "安全"},
    {"_id": "q3", "text": "火箭"},
    {"_id": "q4", "text": "抽检"},
    {"_id": "q5", "text": "没有标注的问题"},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\td3\t1\nq2\td2\t1\nq3\td1\t1\nq4\td4\t1\nq4\td9\t1\n"


class HashedEncoder:
    """Character pairs, hashed into a few dimensions: a pure function of the text."""

    name = "hashed"
    dimensions = 64

    def encode_queries(self, texts: list[str]) -> Vectors:
        return self.encode_passages(texts)

    def encode_passages(self, texts: list[str]) -> Vectors:
        out = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            for a, b in pairwise(text):
                out[row, zlib.crc32((a + b).encode()) % self.dimensions] += 1
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)


def lines(values: list[dict[str, Any]]) -> str:
    """JSON Lines."""
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


def write(folder: Path) -> Path:
    """The data set in BEIR form, its corpus gzipped."""
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress(lines(CORPUS).encode()))
    (folder / "queries.jsonl").write_text(lines(QUERIES), encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text(QRELS, encoding="utf-8")
    return folder
