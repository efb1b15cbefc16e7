"""Bytes of a passage in a Milvus store, field by field, and in the memory of a node that reads it.

``.venv/bin/python benchmarks/milvus_size.py [FOLDER]``: of the notices in FOLDER, else of 3,000 generated passages. No server
is needed: the rows that would be written are counted. docs/scale.md's figures come from here.
"""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from corpus.parse import parse
from corpus.reading import read_paths
from eval.bench.generator import generate
from index.encoder import shipped_encoder
from index.milvus import packing
from index.milvus.connection import Connection
from index.milvus.generations import AVERAGE
from index.milvus.location import parse_location
from index.milvus.state import Marker, State, count_words
from index.milvus.writing import Writer

GENERATED = 3000


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, dict):
        return 8 * len(value)  # number and float32 of each dimension
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    return sum(map(_size, value)) if isinstance(value, list) else 8


def _bytes(rows: Iterable[dict[str, Any]]) -> int:
    return sum(_size(row["body"]) + _size(row["pk"]) + _size(row["key"]) for row in rows)


def main() -> None:
    """Print the table."""
    if len(sys.argv) > 1:
        notices = [notice for file in read_paths([Path(sys.argv[1])]) for notice in file.notices]
    else:
        notices = [notice for made in generate(GENERATED) for notice in parse(made.text, made.name)]
    version = "0" * 16
    writer = Writer(Connection(parse_location("milvus+http://127.0.0.1/size")), shipped_encoder(), "size")
    rows = list(writer.passage_rows(notices, {notice.notice_id: version for notice in notices}, AVERAGE))
    count = len(rows)
    fields = {name: sum(_size(row[name]) for row in rows) / count for name in rows[0]}
    print(f"{len(notices)} notices, {count} passages; bytes a passage")
    for name, size in fields.items():
        print(f"  {name:10} {size:7.0f}")
    print(f"  {'row':10} {sum(fields.values()):7.0f}")
    heads = [packing.head_row(notice, version) for notice in notices]
    ids = {n.notice_id: [p.passage_id for p in n.passages] for n in notices}
    parts = [row for n in notices for row in packing.part_rows("whole", n.notice_id, version, packing.whole_of(n))]
    parts += [row for n in notices for row in packing.part_rows("ids", n.notice_id, version, ids[n.notice_id])]
    print(f"  {'records':10} {(_bytes(parts) + _bytes(heads)) / count:7.0f}")
    words = count_words(notices)
    tracemalloc.start()
    held = {row["key"]: packing.read_head(row) for row in heads}
    known = {key: tuple("".join(list(passage_id)) for passage_id in some) for key, some in ids.items()}
    state = State("size", Marker(1, "", {}, AVERAGE), 1, held, known, words)
    assert len(state.order) == count
    print(f"  {'node':10} {tracemalloc.get_traced_memory()[0] / count:7.0f}")


if __name__ == "__main__":
    main()
