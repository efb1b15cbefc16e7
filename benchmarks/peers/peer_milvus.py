"""Milvus Lite through pymilvus: the BM25 function, with a dense field beside it in the hybrid search."""

from __future__ import annotations

import harness
from harness import DEPTH, Corpus, Search, Variant

BATCH = 500
NAME = "documents"


def build(corpus: Corpus, analyzer: dict[str, str], hybrid: bool = False) -> Search:
    """A collection whose sparse field the BM25 function fills."""
    from pymilvus import AnnSearchRequest, DataType, Function, FunctionType, MilvusClient, RRFRanker

    client = MilvusClient(str(corpus.folder / "milvus.db"))
    schema = client.create_schema()
    schema.add_field("row", DataType.INT64, is_primary=True)
    schema.add_field("text", DataType.VARCHAR, max_length=65535, enable_analyzer=True, analyzer_params=analyzer)
    schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
    schema.add_function(Function("bm25", FunctionType.BM25, input_field_names=["text"], output_field_names=["sparse"]))
    indexes = client.prepare_index_params()
    indexes.add_index("sparse", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25")
    rows = [{"row": row, "text": text} for row, text in enumerate(corpus.texts)]
    if hybrid:
        vectors = corpus.vectors()
        schema.add_field("dense", DataType.FLOAT_VECTOR, dim=vectors.shape[1])
        indexes.add_index("dense", index_type="FLAT", metric_type="COSINE")
        rows = [row | {"dense": vector} for row, vector in zip(rows, vectors, strict=True)]
    client.create_collection(NAME, schema=schema, index_params=indexes)
    for start in range(0, len(rows), BATCH):
        client.insert(NAME, rows[start : start + BATCH])
    client.load_collection(NAME)

    def search(query: str) -> list[tuple[int, float]]:
        if hybrid:
            vector = corpus.vector(query)
            requests = [
                AnnSearchRequest([query], "sparse", {"metric_type": "BM25"}, limit=DEPTH),
                AnnSearchRequest([vector], "dense", {"metric_type": "COSINE"}, limit=DEPTH),
            ]
            (hits,) = client.hybrid_search(NAME, requests, RRFRanker(), limit=DEPTH)
        else:
            (hits,) = client.search(NAME, [query], anns_field="sparse", limit=DEPTH)
        return [(hit["row"], hit["distance"]) for hit in hits]

    return search


if __name__ == "__main__":
    standard, jieba = {"type": "standard"}, {"tokenizer": "jieba"}
    harness.main(
        "milvus",
        ("milvus-lite", "pymilvus", "jieba", "model2vec"),
        {
            "default": Variant("BM25 function, standard analyzer", lambda corpus: build(corpus, standard)),
            "chinese": Variant("BM25 function, tokenizer jieba", lambda corpus: build(corpus, jieba)),
            "hybrid": Variant("jieba + our encoder, RRFRanker", lambda corpus: build(corpus, jieba, True)),
        },
    )
