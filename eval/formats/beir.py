"""Data sets in BEIR form: corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv, each also gzipped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from eval import slices
from eval.errors import BadDataset
from eval.formats.lines import read_lines, read_objects, read_text, write_text
from eval.formats.qrels import add_judgement
from eval.types import Dataset, Document, Qrels, Query

_DEFAULT_SPLIT = "test"


def load(name: str) -> Dataset:
    """The data set in ``FOLDER`` or ``FOLDER:SPLIT``; ``FOLDER:train+dev`` takes the judgements of both splits.

    Only judged queries are kept, in the order of the judgements.

    :raises BadDataset: something is missing or broken
    """
    folder, split = _folder_and_split(name)
    documents = tuple(_documents(_file(folder, "corpus.jsonl")))
    texts = dict(_queries(_file(folder, "queries.jsonl")))
    qrels: Qrels = {}
    for one in split.split("+"):
        _add_judgements(qrels, _file(folder / "qrels", f"{one}.tsv"), texts)
    known = {document.doc_id for document in documents}
    lost = sum(doc_id not in known for judged in qrels.values() for doc_id in judged)
    notes = (f"judged documents that are not in the corpus: {lost}; they count as not found",) if lost else ()
    queries = {q: Query(q, texts[q], slices=slices.of_text(texts[q])) for q in qrels}
    return Dataset(folder.resolve().name, split, documents, queries, qrels, notes, _digest(documents, texts, qrels))


def _digest(documents: tuple[Document, ...], texts: dict[str, str], qrels: Qrels) -> str:
    digest = hashlib.sha256()
    for document in documents:
        digest.update(json.dumps([document.doc_id, document.title, document.text]).encode())
    digest.update(json.dumps([{q: texts[q] for q in qrels}, qrels], sort_keys=True).encode())
    return digest.hexdigest()


def load_unjudged(folder: Path) -> Dataset:
    """Corpus and all queries of a folder, without judgements. :raises BadDataset: something is missing or broken"""
    documents = tuple(_documents(_file(folder, "corpus.jsonl")))
    texts = dict(_queries(_file(folder, "queries.jsonl")))
    queries = {q: Query(q, text, slices=slices.of_text(text)) for q, text in texts.items()}
    return Dataset(folder.resolve().name, "all", documents, queries, {})


def write(folder: Path, dataset: Dataset) -> None:
    """Write a data set in BEIR form. Filters of queries are lost; the history of a query stands before its text.

    :raises BadDataset: the folder is there and holds something, or cannot be written
    """
    if folder.exists() and any(folder.iterdir()):
        raise BadDataset(f"{folder} is there and not empty; name a new folder")
    try:
        (folder / "qrels").mkdir(parents=True)
    except OSError as error:
        raise BadDataset(f"cannot make {folder} ({error.strerror}); name another folder") from error
    corpus = ({"_id": d.doc_id, "title": d.title, "text": d.text} for d in dataset.documents)
    queries = ({"_id": q.query_id, "text": " ".join((*q.history, q.text))} for q in dataset.queries.values())
    for name, values in (("corpus.jsonl", corpus), ("queries.jsonl", queries)):
        write_text(folder / name, (json.dumps(value, ensure_ascii=False) + "\n" for value in values), BadDataset)
    rows = (f"{q}\t{d}\t{score}\n" for q, judged in dataset.qrels.items() for d, score in judged.items())
    write_text(folder / "qrels" / f"{dataset.split}.tsv", ("query-id\tcorpus-id\tscore\n", *rows), BadDataset)


def _folder_and_split(name: str) -> tuple[Path, str]:
    folder, split = Path(name), ""
    if not folder.is_dir() and ":" in name:
        before, _, split = name.rpartition(":")
        folder = Path(before)
    if not folder.is_dir():
        raise BadDataset(f"no folder {folder}; name a folder with corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv")
    splits = sorted({p.name.removesuffix(".gz").removesuffix(".tsv") for p in (folder / "qrels").glob("*.tsv*")})
    if not splits:
        raise BadDataset(f"no judgements in {folder / 'qrels'}; add qrels/SPLIT.tsv (query-id, corpus-id, score)")
    if not split and _DEFAULT_SPLIT not in splits and len(splits) > 1:
        raise BadDataset(f"{folder} has the splits {', '.join(splits)}; choose one: {folder}:{splits[0]}")
    split = split or (_DEFAULT_SPLIT if _DEFAULT_SPLIT in splits else splits[0])
    if not set(split.split("+")) <= set(splits):
        raise BadDataset(f"{folder} has no split {split!r}; it has {', '.join(splits)}")
    return folder, split


def _file(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise BadDataset(f"no {folder / name} (nor {name}.gz); add it, or name another folder")


def _documents(path: Path) -> Iterator[Document]:
    empty = True
    for place, identity, value in read_objects(path):
        empty = False
        yield Document(identity, read_text(place, value, "title", ""), read_text(place, value, "text"))
    if empty:
        raise BadDataset(f"{path} holds no documents; add some")


def _queries(path: Path) -> Iterator[tuple[str, str]]:
    for place, identity, value in read_objects(path):
        text = read_text(place, value, "text")
        if not text.strip():
            raise BadDataset(f"{place}: a blank query; write it or remove the line")
        yield identity, text


def _add_judgements(qrels: Qrels, path: Path, queries: dict[str, str]) -> None:
    empty = True
    for number, (place, line) in enumerate(read_lines(path)):
        columns = line.split("\t")
        if number == 0 and columns[-1] == "score":
            continue
        empty = False
        if len(columns) != 3:
            raise BadDataset(f"{place}: {len(columns)} columns; three are needed: query-id, corpus-id, score (tabs)")
        query, document, score = (column.strip() for column in columns)
        if query not in queries:
            raise BadDataset(f"{place}: query {query!r} is not in the queries; add it or remove the judgement")
        add_judgement(qrels, place, query, document, score)
    if empty:
        raise BadDataset(f"{path} holds no judgements; add some")
