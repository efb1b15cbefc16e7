"""LanceDB: its native full-text index, with a vector column beside it in the hybrid search."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import harness
from harness import DEPTH, Corpus, Search, Variant

PLAIN = {"stem": False, "remove_stop_words": False}  # both are for English


def build(corpus: Corpus, tokenizer: str = "", hybrid: bool = False) -> Search:
    """A table with a full-text index; ``tokenizer`` empty leaves every option as it comes."""
    import lancedb
    from lancedb.index import FTS

    if tokenizer.startswith("jieba"):
        _dictionary(corpus.folder / "models")
    rows = [{"row": row, "text": text} for row, text in enumerate(corpus.texts)]
    if hybrid:
        rows = [row | {"vector": vector} for row, vector in zip(rows, corpus.vectors(), strict=True)]
    table = lancedb.connect(corpus.folder / "db").create_table("documents", rows)
    table.create_index("text", config=FTS(base_tokenizer=tokenizer, **PLAIN) if tokenizer else FTS())

    def search(query: str) -> list[tuple[int, float]]:
        if hybrid:
            asked = table.search(query_type="hybrid").vector(corpus.vector(query)).text(query)
            return [(hit["row"], hit["_relevance_score"]) for hit in asked.limit(DEPTH).to_list()]
        return [(hit["row"], hit["_score"]) for hit in table.search(query, query_type="fts").limit(DEPTH).to_list()]

    return search


def _dictionary(folder: Path) -> None:
    """LanceDB brings no dictionary for jieba; the one of the Python package serves."""
    import jieba

    target = folder / "jieba" / "default"
    target.mkdir(parents=True)
    shutil.copy(Path(jieba.__file__).with_name("dict.txt"), target / "dict.txt")
    os.environ["LANCE_LANGUAGE_MODEL_HOME"] = str(folder)


if __name__ == "__main__":
    harness.main(
        "lancedb",
        ("lancedb", "jieba", "model2vec"),
        {
            "default": Variant("FTS()", build),
            "chinese": Variant(
                "FTS(jieba/default), dictionary of jieba", lambda corpus: build(corpus, "jieba/default")
            ),
            "icu": Variant("FTS(icu)", lambda corpus: build(corpus, "icu")),
            "hybrid": Variant("jieba + our encoder, RRFReranker", lambda corpus: build(corpus, "jieba/default", True)),
        },
    )
