"""The product's search beside what else one could install: the same passages, questions and machine, one after the other in one run.

    .venv/bin/python benchmarks/rivals.py [--passages 100000] [--texts ../shared/data/text] [--questions 100]

rank-bm25, bm25s and plain FAISS come with the project, milvus-lite with the extra [dev]. txtai is left out where it is not
installed (`pip install --target DIR --no-deps txtai`, then PYTHONPATH=DIR, beside the extra [models]). All get the tokens of
jieba's search mode and the vectors of the shipped encoder, so that times and ranks are those of the engine: FAISS compares
every vector, txtai fuses its BM25 and FAISS by its own convex weights, milvus-lite its BM25 function (with its own jieba) and
dense field by reciprocal ranks. A time is that from the text of a question to the ids of ten passages; milliseconds that passed,
one question at a time.

Judged by known items: 24 characters of a passage of running text, whose passage is looked for; and questions about a topic in
the notices of a place and year, whose passages the templates know.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from corpus.parse import parse
from corpus.reading import ReadFile
from corpus.types import Notice
from eval.bench.generator import PLACES, topics
from eval.bench.running import mixture
from eval.measures import by_query, means
from eval.measures import parse as measures
from eval.types import Dataset, Document, Query
from index.analysis import tokenise
from index.encoder import shipped_encoder
from index.store import LocalStore
from index.types import Mode

Found = list[str]
Search = Callable[[str], Found]
_K = 10
_FRAGMENT = 24  # characters
_SLOW = {"rank-bm25": 20, "milvus-lite": 20}  # questions for what takes a second each
_AT_ONCE = 1000
_notices: dict[str, Notice] = {}  # what the documents are passages of


def main() -> None:
    """Build, ask, print a table and the same as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--texts", type=Path, help="running text beside generated notices")
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--only", nargs="*", choices=list(SYSTEMS))
    options = parser.parse_args()
    data = dataset(options.passages, options.texts, options.questions)
    report: dict[str, Any] = {"passages": len(data.documents), "questions": len(data.queries), "systems": {}}
    for name, make in SYSTEMS.items():
        if options.only and name not in options.only:
            continue
        with TemporaryDirectory(prefix="notices-rival-") as folder:
            started = time.perf_counter()
            try:
                search = make(data, Path(folder))
            except ImportError as error:
                print(f"{name}: not installed ({error.name})", flush=True)
                continue
            built = time.perf_counter() - started
            row = {"build_s": round(built, 1), **measured(search, data, _SLOW.get(name))}
        report["systems"][name] = row
        print(name, json.dumps(row), f"load {os.getloadavg()[0]:.1f}", flush=True)
    print(json.dumps(report))


def dataset(passages: int, texts: Path | None, count: int) -> Dataset:
    """Passages of generated notices and running text, with known-item questions."""
    chance = Random(7)
    documents: list[Document] = []
    running: list[Document] = []
    by_notice: dict[tuple[str, str], list[Document]] = {}
    for made in mixture(passages, 1, texts):
        place = next((place for place in PLACES if made.text.startswith(place)), "")
        for notice in parse(made.text, made.name):
            _notices[notice.notice_id] = notice
            for passage in notice.passages:
                title = " ".join((notice.header.title, *passage.section_path))
                document = Document(passage.passage_id, title, passage.text)
                documents.append(document)
                if made.name.startswith("r") and len(passage.text) > 2 * _FRAGMENT:
                    running.append(document)
                else:
                    by_notice.setdefault((place, str(notice.header.year)), []).append(document)
    queries: dict[str, Query] = {}
    qrels: dict[str, dict[str, int]] = {}
    for document in chance.sample(running, min(count // 2, len(running))):
        start = chance.randrange(len(document.text) - _FRAGMENT)
        text = document.text[start : start + _FRAGMENT]
        queries[f"f{len(queries)}"] = Query(f"f{len(queries)}", text)
        qrels[f"f{len(qrels)}"] = {other.doc_id: 1 for other in running if text in other.text}
    while len(queries) < count:
        (place, year), held = chance.choice(sorted(by_notice.items()))
        topic = chance.choice(topics())
        wanted = {document.doc_id: 1 for document in held if topic in document.text}
        if place and wanted:
            key = f"g{len(queries)}"
            queries[key], qrels[key] = Query(key, f"{year}年{place}{topic}是怎么要求的"), wanted
    return Dataset("rivals", "all", tuple(documents), queries, qrels)


def measured(search: Search, data: Dataset, most: int | None) -> dict[str, float]:
    """Milliseconds of a search, p50 and p95, and nDCG@10."""
    asked = list(data.queries.values())
    step = max(1, len(asked) // most) if most else 1
    asked = asked[::step]
    search(asked[0].text)
    times, run = [], {}
    for query in asked:
        started = time.perf_counter()
        found = search(query.text)
        times.append((time.perf_counter() - started) * 1000)
        run[query.query_id] = [(doc_id, float(_K - place)) for place, doc_id in enumerate(found)]
    wanted = measures(["nDCG@10"])
    values = means(by_query({key: data.qrels[key] for key in run}, run, wanted))
    p50, p95 = np.percentile(times, [50, 95])
    (ndcg,) = values.values()
    mean = float(np.mean(times))
    return {
        "asked": len(asked),
        "mean_ms": round(mean, 3),
        "p50_ms": round(p50, 3),
        "p95_ms": round(p95, 3),
        "ndcg_at_10": round(ndcg, 4),
    }


def _texts(data: Dataset) -> list[str]:
    return [f"{document.title} {document.text}" for document in data.documents]


def _ids(data: Dataset) -> list[str]:
    return [document.doc_id for document in data.documents]


def _product(data: Dataset, folder: Path) -> LocalStore:
    """A store as users have it: what it finds is read from the catalog, too."""
    store = LocalStore(folder / "store")
    names = dict.fromkeys(document.doc_id.partition("/")[0] for document in data.documents)
    store.index(ReadFile(_notices[name].source, (_notices[name],)) for name in names)
    return store


def _in_mode(mode: Mode) -> Callable[[Dataset, Path], Search]:
    def make(data: Dataset, folder: Path) -> Search:
        store = _product(data, folder)
        return lambda text: [hit.stored.passage.passage_id for hit in store.search(text, _K, mode).hits]

    return make


def _rank_bm25(data: Dataset, _: Path) -> Search:
    from rank_bm25 import BM25Okapi

    index, ids = BM25Okapi([tokenise(text) for text in _texts(data)]), _ids(data)

    def search(text: str) -> Found:
        scores = index.get_scores(tokenise(text))
        best = np.argpartition(-scores, _K)[:_K]
        return [ids[row] for row in best[np.argsort(-scores[best])]]

    return search


def _bm25s(data: Dataset, _: Path) -> Search:
    import bm25s

    index, ids = bm25s.BM25(), _ids(data)
    index.index([tokenise(text) for text in _texts(data)], show_progress=False)

    def search(text: str) -> Found:
        known = [token for token in tokenise(text) if token in index.vocab_dict]
        rows, _ = index.retrieve([known], k=_K, show_progress=False, n_threads=0)
        return [ids[row] for row in rows[0]]

    return search


def _flat(data: Dataset, _: Path) -> Search:
    import faiss

    encoder, ids, texts = shipped_encoder(), _ids(data), _texts(data)
    index = faiss.IndexFlatIP(encoder.dimensions)
    for some in _in_turn(texts):
        index.add(encoder.encode_passages(list(some)))
    faiss.omp_set_num_threads(1)
    return lambda text: [ids[row] for row in index.search(encoder.encode_queries([text]), _K)[1][0]]


def _txtai(data: Dataset, _: Path) -> Search:
    from txtai.embeddings import Embeddings
    from txtai.scoring.tfidf import TFIDF

    encoder, ids = shipped_encoder(), _ids(data)
    # Its own tokeniser knows no Chinese words.
    TFIDF.tokenize = lambda _, text: tokenise(text) if isinstance(text, str) else text
    index = Embeddings(
        method="external",
        transform=lambda texts: encoder.encode_passages(list(texts)),
        scoring={"method": "bm25", "terms": True, "normalize": True},
        hybrid=True,
    )
    index.index(zip(range(len(ids)), _texts(data), [None] * len(ids), strict=True))
    return lambda text: [ids[int(row)] for row, _ in index.search(text, _K)]


def _milvus(data: Dataset, folder: Path) -> Search:
    from pymilvus import AnnSearchRequest, DataType, Function, FunctionType, MilvusClient, RRFRanker

    encoder, ids = shipped_encoder(), _ids(data)
    client = MilvusClient(str(folder / "rival.db"))
    schema = client.create_schema(auto_id=False)
    schema.add_field("pk", DataType.INT64, is_primary=True)
    schema.add_field(
        "text",
        DataType.VARCHAR,
        max_length=65_535,
        enable_analyzer=True,
        analyzer_params={"tokenizer": "jieba"},
    )
    schema.add_field("dense", DataType.FLOAT_VECTOR, dim=encoder.dimensions)
    schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
    bm25 = Function("bm25", FunctionType.BM25, input_field_names=["text"], output_field_names=["sparse"])
    schema.add_function(bm25)
    indexes = client.prepare_index_params()
    indexes.add_index("dense", index_type="AUTOINDEX", metric_type="IP")
    indexes.add_index("sparse", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25")
    client.create_collection("rival", schema=schema, index_params=indexes)
    row = 0
    for some in _in_turn(_texts(data)):
        vectors = encoder.encode_passages(list(some))
        rows = [
            {"pk": row + i, "text": text, "dense": vector.tolist()}
            for i, (text, vector) in enumerate(zip(some, vectors, strict=True))
        ]
        client.insert("rival", rows)
        row += len(rows)
    client.load_collection("rival")

    def search(text: str) -> Found:
        dense = AnnSearchRequest([encoder.encode_queries([text])[0].tolist()], "dense", {"metric_type": "IP"}, 100)
        sparse = AnnSearchRequest([text], "sparse", {"metric_type": "BM25"}, 100)
        (found,) = client.hybrid_search("rival", [dense, sparse], RRFRanker(60), limit=_K)
        return [ids[hit["pk"]] for hit in found]

    return search


def _in_turn(texts: Sequence[str]) -> list[Sequence[str]]:
    return [texts[start : start + _AT_ONCE] for start in range(0, len(texts), _AT_ONCE)]


SYSTEMS: dict[str, Callable[[Dataset, Path], Search]] = {
    "lexical": _in_mode("lexical"),
    "dense": _in_mode("dense"),
    "hybrid": _in_mode("hybrid"),
    "rank-bm25": _rank_bm25,
    "bm25s": _bm25s,
    "faiss-flat": _flat,
    "txtai": _txtai,
    "milvus-lite": _milvus,
}

if __name__ == "__main__":
    main()
