"""txtai: BM25 of its own, with vectors beside it in the hybrid index."""

from __future__ import annotations

import harness
from harness import DEPTH, Corpus, Search, Variant

BIGRAMS = {"method": "bm25", "terms": True, "normalize": True, "tokenizer": {"ngrams": 2}}


def keyword(corpus: Corpus, **config: object) -> Search:
    """An index of ``txtai.Embeddings``; the row is the id."""
    from txtai import Embeddings

    embeddings = Embeddings(config)
    embeddings.index((row, text, None) for row, text in enumerate(corpus.texts))
    return lambda query: [(int(row), score) for row, score in embeddings.search(query, DEPTH)]


def hybrid(corpus: Corpus) -> Search:
    """Bigrams and our encoder; txtai fuses them by a weighted sum of normalised scores, half and half."""
    return keyword(corpus, dense=True, path=str(corpus.encoder_folder), method="model2vec", scoring=BIGRAMS)


if __name__ == "__main__":
    harness.main(
        "txtai",
        ("txtai", "model2vec", "torch"),
        {
            "default": Variant("keyword=True", lambda corpus: keyword(corpus, keyword=True)),
            "chinese": Variant(
                "BM25, tokenizer ngrams=2", lambda corpus: keyword(corpus, keyword=True, scoring=BIGRAMS)
            ),
            "hybrid": Variant("ngrams=2 + our encoder, txtai's own fusion", hybrid),
        },
    )
