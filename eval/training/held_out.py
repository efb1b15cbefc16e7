"""Questions with their passages that an encoder has not seen: the second half of every training set."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from corpus.parse import parse
from eval.bench.generator import generate, topics
from eval.formats import beir
from eval.types import Dataset, Document, Query

QUERIES = 600  # of a set
_DISTRACTORS = 20_000  # law articles beside the few that a set's questions are about
_LAW = ("lecoqa_train", "lawyer_llama_query2law")
SOURCES = (
    "cmrc2018_train",
    "drcd_dev_simp",
    "lecoqa_train",
    "lawyer_llama_query2law",
    "beijing_letters_train",
    "tipdm_messages",
)
_ASKED = (
    "哪些单位负责{t}", "{t}由谁负责", "{t}工作有哪些单位参加？", "负责{t}的部门有哪些", "{y}年{t}怎么安排的", "{y}年{r}{t}由哪个单位牵头",
    "{r}的{t}有哪些要求", "{t}要求什么时候完成", "{y}年有没有关于{t}的工作", "谁在抓{t}", "{r}{y}年哪些单位开展{t}",
)  # fmt: skip


def held_out(question: str) -> bool:
    """Whether a question belongs to the half that the encoder of :func:`half_of` is not trained on."""
    return bool(hashlib.md5(question.encode(), usedforsecurity=False).digest()[-1] % 2)


def half_of(data: Path, folder: Path) -> None:
    """A data folder in ``folder`` like ``data``, without the held-out questions; other files are links."""
    from index.training.pairs import QUESTION_SOURCES  # loads torch

    for part in ("train", "benchmarks/stard/qrels"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    os.symlink((data / "text").resolve(), folder / "text")
    for path in sorted((data / "train").glob("*.jsonl.gz")):
        if path.name.partition(".")[0] not in QUESTION_SOURCES:
            os.symlink(path.resolve(), folder / "train" / path.name)
            continue
        with gzip.open(folder / "train" / path.name, "wt", encoding="utf-8") as out:
            out.writelines(line for line in _lines(path) if not held_out(json.loads(line)["anchor"]))
    stard, own = data / "benchmarks" / "stard", folder / "benchmarks" / "stard"
    for name in ("corpus.jsonl.gz", "queries.jsonl", "qrels/dev.tsv"):
        os.symlink((stard / name).resolve(), own / name)
    asked = {q["_id"]: q["text"] for q in map(json.loads, (stard / "queries.jsonl").read_text("utf-8").splitlines())}
    head, *rows = (stard / "qrels" / "train.tsv").read_text("utf-8").splitlines(keepends=True)
    kept = [row for row in rows if not held_out(asked[row.split("\t")[0]])]
    (own / "qrels" / "train.tsv").write_text("".join([head, *kept]), encoding="utf-8")


def sets(data: Path, seed: int) -> Iterator[Dataset]:
    """The held-out questions of every set, at most :data:`QUERIES` each, and questions about generated notices."""
    chance = random.Random(seed)
    stard = beir.load(str(data / "benchmarks" / "stard:train"))
    yield _sample(stard, {i: q for i, q in stard.queries.items() if held_out(q.text)}, chance)
    laws = [row["positive"] for row in map(json.loads, _lines(data / "train" / "law_heading2article.jsonl.gz"))]
    for name in SOURCES:
        rows = [json.loads(line) for line in _lines(data / "train" / f"{name}.jsonl.gz")]
        others = chance.sample(laws, _DISTRACTORS) if name in _LAW else []
        texts = dict.fromkeys([*(row["positive"] for row in rows), *others])
        place = {text: f"d{n}" for n, text in enumerate(texts)}
        qrels: dict[str, dict[str, int]] = {}
        for row in rows:
            qrels.setdefault(row["anchor"], {})[place[row["positive"]]] = 1
        queries = {q: Query(q, q) for q in qrels if held_out(q)}
        documents = tuple(Document(doc_id, "", text) for text, doc_id in place.items())
        yield _sample(Dataset(name, "held out", documents, queries, qrels), queries, chance)
    yield _about_notices(chance)


def _about_notices(chance: random.Random) -> Dataset:
    """Questions of fixed forms about the topics of generated notices; relevant are the items that name the topic."""
    notices = [notice for made in generate(4000, seed=7) for notice in parse(made.text, made.name)]
    every = [(n.header, passage) for n in notices for passage in n.passages]
    documents = tuple(Document(p.passage_id, " ".join([header.title, *p.section_path]), p.text) for header, p in every)
    items = [(header, p) for header, p in every if p.kind in ("item", "paragraph")]
    by_topic = {topic: [(h, p) for h, p in items if topic in p.text] for topic in topics()}
    named = sorted(topic for topic, found in by_topic.items() if found)
    queries: dict[str, Query] = {}
    qrels: dict[str, dict[str, int]] = {}
    for number in range(420):
        topic, form = chance.choice(named), chance.choice(_ASKED)
        header, _ = chance.choice(by_topic[topic])
        query_id = f"q{number}"
        queries[query_id] = Query(query_id, form.format(t=topic, y=header.year, r=header.region or ""))
        qrels[query_id] = {
            p.passage_id: 1
            for h, p in by_topic[topic]
            if ("{y}" not in form or h.year == header.year) and ("{r}" not in form or h.region == header.region)
        }
    return Dataset("generated notices", "held out", documents, queries, qrels)


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from file


def _sample(dataset: Dataset, queries: dict[str, Query], chance: random.Random) -> Dataset:
    kept = chance.sample(sorted(queries), min(QUERIES, len(queries)))
    return replace(dataset, queries={i: queries[i] for i in kept})
