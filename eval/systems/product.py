"""The product as a system: notices through its store and assistant, other corpora through the same legs and ranking."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path

from eval.systems import DEPTH, STEPS, Progress, Search, System
from eval.types import Dataset, Query, Ranking
from index import analysis, formula, fusion, lexical, query, ranking
from index.analysis import tokenise
from index.cross_encoder import rerank
from index.derived import write_dense
from index.laps import Laps
from index.lexical import LexicalEntry
from index.ranking import Legs
from index.types import Encoder, Mode, Reranker


def product(mode: Mode, encoder: Encoder, reranker: Reranker | None = None) -> System:
    """One mode of the product; with a reranker, its best hits are ordered anew (notices: by their own store's reranker)."""

    def build_search(dataset: Dataset, folder: Path, done: Progress) -> Search:
        if dataset.assistant is not None:
            done(STEPS * len(dataset.documents))
            return _over_store(dataset, mode)
        legs = build(dataset, folder, encoder, mode, done)
        doc_ids = [document.doc_id for document in dataset.documents]

        def search(asked: Query, laps: Laps) -> Ranking:
            text = " ".join((*asked.history, asked.text))
            rows, scores, _ = ranking.rank(text, DEPTH, mode, legs, encoder, laps=laps)
            if reranker is not None:
                rows, scores = rerank(rows, scores, DEPTH, lambda best: reranker.scores(text, _texts(dataset, best)))
                laps.lap("reranking")
            return [(doc_ids[row], float(score)) for row, score in zip(rows, scores, strict=True)]

        return search

    names = [encoder.name] if reranker is None else [encoder.name, reranker.name]
    return System(mode, build_search, [mode, analysis.fingerprint(), *names, settings()])


def _texts(dataset: Dataset, rows: Iterable[int]) -> list[str]:
    return [f"{d.title} {d.text}".strip() for d in (dataset.documents[row] for row in rows)]


def _over_store(dataset: Dataset, mode: Mode) -> Search:
    """The search that users have: follow-ups and filters included."""
    assistant = dataset.assistant
    assert assistant is not None

    def search(asked: Query, laps: Laps) -> Ranking:
        found = assistant.search(asked.text, DEPTH, mode, asked.filters, asked.history)
        laps.ms.update(found.stages_ms)
        return [(hit.stored.passage.passage_id, hit.score) for hit in found.hits]

    return search


def build(
    dataset: Dataset, folder: Path, encoder: Encoder, mode: Mode = "hybrid", done: Progress = lambda _: None
) -> Legs:
    """Index a corpus in ``folder``: title and text as one. Only the legs that ``mode`` asks.

    Rows of the indexes are places in ``dataset.documents``.
    """
    documents = dataset.documents if mode != "dense" else ()
    share = STEPS if mode != "hybrid" else STEPS // 2  # both legs see every document

    def entries() -> Iterator[LexicalEntry]:
        for document in documents:
            done(share)
            yield LexicalEntry(tokenise(f"{document.title} {document.text}"), ())

    (folder / "lexical").mkdir(parents=True)
    lexical.build(folder / "lexical", entries())
    texts = [f"{document.title} {document.text}" for document in dataset.documents] if mode != "lexical" else []
    write_dense(folder, texts, encoder, lambda count: done(share * count))
    return Legs.load(folder)


def settings() -> dict[str, object]:
    """Every constant, word list and learned file that a ranking depends on, beside analysis and encoder."""
    own = dict.fromkeys(("synonyms.tsv", "glossary.tsv", "shapes.tsv", "english.txt"), "data") | {
        "ranker.json": "model"
    }
    words = {name: files("index").joinpath(folder, name).read_bytes() for name, folder in own.items()}
    return {
        "dense_weight": fusion.DENSE_WEIGHT,
        "candidates": ranking.CANDIDATES,
        "chinese_dense_weight": ranking.CHINESE_DENSE_WEIGHT,
        "late_interaction": [ranking.TOP, formula.LATE_WEIGHT],
        "synonym_weight": query.SYNONYM_WEIGHT,
        "translation_weights": query.TRANSLATION_WEIGHTS,
        "max_tokens": query.MAX_TOKENS,
        **{name: hashlib.sha256(content).hexdigest() for name, content in words.items()},
    }
