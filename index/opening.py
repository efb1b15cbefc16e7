"""From what ``--store`` names to the store: a folder, or a Milvus server."""

from __future__ import annotations

from pathlib import Path

from index.types import Encoder, Reranker, Retriever

Location = str | Path
_MILVUS = "milvus+"  # milvus+http://HOST:PORT/NAME, milvus+https://…, milvus+file:PATH


def is_folder(location: Location) -> bool:
    """Whether a location is a folder on this machine."""
    return not str(location).startswith(_MILVUS)


def open_store(location: Location, encoder: Encoder | None = None, reranker: Reranker | None = None) -> Retriever:
    """The store at a location, opened when it is first asked.

    :param encoder: None for the one that the store remembers; a new store remembers the shipped one
    :param reranker: orders the best passages of every search anew
    :raises BadLocation: the location is none that can be understood
    """
    if not is_folder(location):
        from index.milvus.location import parse_location
        from index.milvus.store import MilvusStore

        return MilvusStore(parse_location(str(location)), encoder, reranker)
    from index.store import LocalStore  # tantivy and FAISS, which no other store needs

    return LocalStore(Path(location), encoder, reranker)
