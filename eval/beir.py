"""Data sets in BEIR form: corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv, each also gzipped."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eval.errors import BadDataset
from eval.types import Dataset, Document, Qrels

_DEFAULT_SPLIT = "test"


def load(name: str) -> Dataset:
    """The data set in ``FOLDER`` or ``FOLDER:SPLIT``. Only judged queries are kept, in the order of the judgements.

    :raises BadDataset: something is missing or broken
    """
    folder, split = _folder_and_split(name)
    documents = tuple(_documents(_file(folder, "corpus.jsonl")))
    texts = dict(_queries(_file(folder, "queries.jsonl")))
    qrels = _judgements(_file(folder / "qrels", f"{split}.tsv"), texts)
    known = {document.doc_id for document in documents}
    lost = sum(doc_id not in known for judged in qrels.values() for doc_id in judged)
    notes = (f"judged documents that are not in the corpus: {lost}; they count as not found",) if lost else ()
    return Dataset(folder.resolve().name, split, documents, {q: texts[q] for q in qrels}, qrels, notes)


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
    if split not in splits:
        raise BadDataset(f"{folder} has no split {split!r}; it has {', '.join(splits)}")
    return folder, split


def _file(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise BadDataset(f"no {folder / name} (nor {name}.gz); add it, or name another folder")


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """The lines that hold something, each with its place (file:line)."""
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for raw in file:
                number += 1
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                if line.strip():
                    yield f"{path}:{number}", line
    except (UnicodeDecodeError, EOFError, zlib.error, OSError) as error:
        raise BadDataset(f"{path}:{number or 1}: cannot be read ({error}); save it anew as UTF-8") from error


def _objects(path: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Place, id and value of each line of a JSON Lines file; no id twice."""
    seen: set[str] = set()
    for place, line in _lines(path):
        try:
            value = json.loads(line)
        except ValueError as error:
            raise BadDataset(f"{place}: not JSON ({error}); mend or remove the line") from error
        identity = value.get("_id") if isinstance(value, dict) else None
        if not isinstance(identity, str) or not identity:
            raise BadDataset(f'{place}: no "_id"; each line is an object such as {{"_id": "d1", "text": "…"}}')
        if identity in seen:
            raise BadDataset(f'{place}: "_id" {identity!r} stands in an earlier line, too; ids must be unique')
        seen.add(identity)
        yield place, identity, value


def _text(place: str, value: dict[str, Any], key: str, default: str | None = None) -> str:
    text = value.get(key, default)
    if not isinstance(text, str):
        raise BadDataset(f'{place}: "{key}" must be text')
    return text


def _documents(path: Path) -> Iterator[Document]:
    empty = True
    for place, identity, value in _objects(path):
        empty = False
        yield Document(identity, _text(place, value, "title", ""), _text(place, value, "text"))
    if empty:
        raise BadDataset(f"{path} holds no documents; add some")


def _queries(path: Path) -> Iterator[tuple[str, str]]:
    for place, identity, value in _objects(path):
        text = _text(place, value, "text")
        if not text.strip():
            raise BadDataset(f"{place}: a blank query; write it or remove the line")
        yield identity, text


def _judgements(path: Path, queries: dict[str, str]) -> Qrels:
    qrels: Qrels = {}
    for number, (place, line) in enumerate(_lines(path)):
        columns = line.split("\t")
        if number == 0 and columns[-1] == "score":
            continue
        if len(columns) != 3:
            raise BadDataset(f"{place}: {len(columns)} columns; three are needed: query-id, corpus-id, score (tabs)")
        query, document, score = (column.strip() for column in columns)
        try:
            relevance = int(score)
        except ValueError as error:
            raise BadDataset(f"{place}: the score {score!r} is no whole number") from error
        if query not in queries:
            raise BadDataset(f"{place}: query {query!r} is not in the queries; add it or remove the judgement")
        if qrels.setdefault(query, {}).setdefault(document, relevance) != relevance:
            raise BadDataset(f"{place}: {document!r} is judged twice for {query!r}, with different scores; keep one")
    if not qrels:
        raise BadDataset(f"{path} holds no judgements; add some")
    return qrels
