"""Haystack: the in-memory document store with its BM25 and embedding retrievers and its joiner."""

from __future__ import annotations

import harness
from harness import DEPTH, Corpus, Search, Variant, segmented


def bm25(corpus: Corpus, words: bool) -> Search:
    """BM25 as the store has it (one token a Chinese character), or over words that jieba found before."""
    from haystack import Document
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    prepare = segmented if words else str
    store = InMemoryDocumentStore(**({"bm25_tokenization_regex": r"\S+"} if words else {}))
    store.write_documents([Document(id=str(row), content=prepare(text)) for row, text in enumerate(corpus.texts)])
    retriever = InMemoryBM25Retriever(store, top_k=DEPTH)
    return lambda query: [(int(d.id), d.score) for d in retriever.run(query=prepare(query))["documents"]]


def hybrid(corpus: Corpus) -> Search:
    """Words of jieba and our encoder, joined by reciprocal ranks."""
    from haystack import Document
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    store = InMemoryDocumentStore(bm25_tokenization_regex=r"\S+")
    rows = enumerate(zip(corpus.texts, corpus.vectors().tolist(), strict=True))
    store.write_documents([Document(id=str(row), content=segmented(t), embedding=v) for row, (t, v) in rows])
    lexical = InMemoryBM25Retriever(store, top_k=DEPTH)
    dense = InMemoryEmbeddingRetriever(store, top_k=DEPTH)
    joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=DEPTH)

    def search(query: str) -> list[tuple[int, float]]:
        found = [
            lexical.run(query=segmented(query))["documents"],
            dense.run(query_embedding=corpus.vector(query).tolist())["documents"],
        ]
        return [(int(d.id), d.score) for d in joiner.run(found)["documents"]]

    return search


if __name__ == "__main__":
    harness.main(
        "haystack",
        ("haystack-ai", "jieba", "model2vec"),
        {
            "default": Variant("InMemoryBM25Retriever", lambda corpus: bm25(corpus, words=False)),
            "chinese": Variant(r"words of jieba, regex \S+", lambda corpus: bm25(corpus, words=True)),
            "hybrid": Variant("jieba + our encoder, reciprocal_rank_fusion", hybrid),
        },
    )
