"""The bundled sample corpus (digest edition) and its store, built once into the user's cache."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from assistant.cache import cache_folder
from corpus.ids import text_digest
from index import analysis
from index.encoder import open_encoder
from index.store import FORMAT, LocalStore


def sample_store(model: str | None = None) -> Path:
    """Folder of the sample corpus' store; it is built when it is not there, and anew for a new version of anything.

    :param model: its encoder, None for the shipped one
    """
    encoder = open_encoder(model)
    with as_file(files("corpus").joinpath("notices")) as notices:
        texts = "".join(path.read_text(encoding="utf-8") for path in sorted(notices.glob("*.txt")))
        state = f"{FORMAT}|{analysis.fingerprint()}|{encoder.name}|{text_digest(texts)}"
        folder = cache_folder() / f"sample-{text_digest(state)[:16]}"
        store = LocalStore(folder, encoder)
        if not store.exists:
            from corpus.reading import read_paths  # the parser is needed once only

            store.index(read_paths([notices]))
        return folder
