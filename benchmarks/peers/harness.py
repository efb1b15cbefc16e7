"""What the peer scripts share: a BEIR folder in, a TREC run and one line of JSON out. Nothing of our own package.

    python peer_NAME.py BEIR_FOLDER SPLIT OUT.trec [--variant default|chinese|…] [--encoder FOLDER]

A peer is a table of variants; each names its setting in words and builds a search from the texts of a corpus.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

DEPTH = 100  # hits of a query that a run keeps
MODEL = Path(__file__).resolve().parents[2] / "index" / "model"

Search = Callable[[str], Sequence[tuple[int, float]]]  # a query → (row of the corpus, score), best first


@dataclass
class Corpus:
    """The documents of a data set: title and text joined by a blank, known by their rows."""

    texts: list[str]
    folder: Path  # an empty one, for indexes that live on disk
    encoder_folder: Path = MODEL

    @cached_property
    def _encoder(self) -> Any:
        from model2vec import StaticModel

        return StaticModel.from_pretrained(str(self.encoder_folder))

    def vectors(self) -> Any:
        """All documents by our static encoder, as model2vec loads it: float32 [n, 256], rows of unit length."""
        return self._encoder.encode(self.texts).astype("float32")

    def vector(self, query: str) -> Any:
        """A query by the same encoder: float32 [256]."""
        return self._encoder.encode(query).astype("float32")


@dataclass(frozen=True)
class Variant:
    """One setting of a peer, in words, and what builds a search with it."""

    setting: str
    build: Callable[[Corpus], Search]


def segmented(text: str) -> str:
    """The words that jieba finds for search engines, between blanks: what users do where a tokenizer knows no Chinese."""
    import jieba

    jieba.setLogLevel("ERROR")
    return " ".join(word for word in jieba.lcut_for_search(text.lower()) if word.strip())


def main(peer: str, packages: Sequence[str], variants: Mapping[str, Variant]) -> None:
    """Run one variant on one data set."""
    parser = argparse.ArgumentParser(prog=f"peer_{peer}.py")
    parser.add_argument("folder", type=Path, help="BEIR folder")
    parser.add_argument("split", help="qrels/SPLIT.tsv")
    parser.add_argument("out", type=Path, help="the run, TREC form")
    parser.add_argument("--variant", choices=tuple(variants), default="default")
    parser.add_argument(
        "--encoder", type=Path, default=MODEL, help="folder of a static encoder, for variants with vectors"
    )
    args = parser.parse_args()
    ids, texts = read_documents(args.folder)
    queries = judged_queries(args.folder, args.split)
    chosen = variants[args.variant]
    run, times = {}, []
    with tempfile.TemporaryDirectory(prefix="peer-") as temporary:
        started = time.perf_counter()
        search = chosen.build(Corpus(texts, Path(temporary), args.encoder))
        index_s = time.perf_counter() - started
        for query_id, text in queries.items():
            started = time.perf_counter()
            hits = search(text)
            times.append((time.perf_counter() - started) * 1000)
            run[query_id] = [ids[row] for row, _ in hits][:DEPTH]
    write_run(args.out, run, f"{peer}-{args.variant}")
    result = {
        "peer": peer,
        "variant": args.variant,
        "setting": chosen.setting,
        "versions": {name: version(name) for name in packages},
        "documents": len(ids),
        "queries": len(queries),
        "index_s": round(index_s, 3),
        "p50_ms": round(statistics.median(times), 3),
        "p95_ms": round(statistics.quantiles(times, n=20, method="inclusive")[18] if len(times) > 1 else times[0], 3),
        "rss_mb": peak_rss_mb(),
    }
    print(json.dumps(result, ensure_ascii=False))


def read_documents(folder: Path) -> tuple[list[str], list[str]]:
    """Ids and texts of a corpus; a title stands before its text."""
    found = list(_objects(folder / "corpus.jsonl"))
    return [d["_id"] for d in found], [f"{d.get('title', '')} {d['text']}".strip() for d in found]


def judged_queries(folder: Path, split: str) -> dict[str, str]:
    """The queries that have judgements, in the order of the judgements."""
    texts = {q["_id"]: q["text"] for q in _objects(folder / "queries.jsonl")}
    lines = (folder / "qrels" / f"{split}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return {query_id: texts[query_id] for query_id in dict.fromkeys(line.split("\t")[0] for line in lines if line)}


def _objects(path: Path) -> Iterator[dict[str, Any]]:
    packed = path.with_name(path.name + ".gz")
    with gzip.open(packed, "rt", encoding="utf-8") if packed.exists() else path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())


def write_run(path: Path, run: Mapping[str, Sequence[str]], tag: str) -> None:
    """A run in TREC form. Its scores only state the system's own order, so that no program breaks ties in another way."""
    with path.open("w", encoding="utf-8") as file:
        for query_id, doc_ids in run.items():
            for rank, doc_id in enumerate(doc_ids, 1):
                file.write(f"{query_id} Q0 {doc_id} {rank} {DEPTH + 1 - rank} {tag}\n")


def peak_rss_mb() -> float:
    """Peak resident memory of this process (MiB). Not ``ru_maxrss`` on Linux: a child inherits its parent's there."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return round(int(line.split()[1]) / 1024, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
