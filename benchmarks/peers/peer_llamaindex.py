"""LlamaIndex: BM25Retriever, with a vector index beside it under QueryFusionRetriever."""

from __future__ import annotations

import logging

import harness
from harness import DEPTH, Corpus, Search, Variant, segmented

# BM25Retriever has no tokenizer any more, only a pattern: one that keeps every word between blanks.
WORDS = {"token_pattern": r"\S+", "skip_stemming": True}


def bm25(corpus: Corpus, words: bool) -> Search:
    """BM25Retriever as it comes, or over words that jieba found before."""
    from llama_index.core.schema import TextNode
    from llama_index.retrievers.bm25 import BM25Retriever

    prepare = segmented if words else str
    nodes = [TextNode(id_=str(row), text=prepare(text)) for row, text in enumerate(corpus.texts)]
    options = WORDS if words else {}
    retriever = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=DEPTH, **options)

    def search(query: str) -> list[tuple[int, float]]:
        # bm25s fills up with documents of score 0
        return [(int(n.node.node_id), n.score) for n in retriever.retrieve(prepare(query)) if n.score > 0]

    return search


def hybrid(corpus: Corpus) -> Search:
    """Words of jieba and our encoder, fused by reciprocal ranks."""
    from llama_index.core import VectorStoreIndex
    from llama_index.core.embeddings import MockEmbedding
    from llama_index.core.llms import MockLLM
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.core.schema import QueryBundle, TextNode
    from llama_index.retrievers.bm25 import BM25Retriever

    vectors = corpus.vectors().tolist()
    nodes = [
        TextNode(id_=str(row), text=segmented(text), embedding=vectors[row]) for row, text in enumerate(corpus.texts)
    ]
    depth = min(DEPTH, len(nodes))
    # Nodes and queries bring vectors of their own, and no query is rewritten: embedding model and LLM are never asked.
    index = VectorStoreIndex(nodes, embed_model=MockEmbedding(embed_dim=len(vectors[0])))
    fused = QueryFusionRetriever(
        [
            index.as_retriever(similarity_top_k=depth),
            BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=depth, **WORDS),
        ],
        llm=MockLLM(),
        mode="reciprocal_rerank",
        num_queries=1,
        similarity_top_k=depth,
        use_async=False,
    )

    def search(query: str) -> list[tuple[int, float]]:
        bundle = QueryBundle(segmented(query), embedding=corpus.vector(query).tolist())
        return [(int(n.node.node_id), n.score) for n in fused.retrieve(bundle)]

    return search


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    harness.main(
        "llamaindex",
        ("llama-index-core", "llama-index-retrievers-bm25", "bm25s", "jieba", "model2vec"),
        {
            "default": Variant("BM25Retriever", lambda corpus: bm25(corpus, words=False)),
            "chinese": Variant(r"words of jieba, token_pattern \S+", lambda corpus: bm25(corpus, words=True)),
            "hybrid": Variant("jieba + our encoder, QueryFusionRetriever reciprocal_rerank", hybrid),
        },
    )
