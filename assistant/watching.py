"""`serve --watch`: the served store kept in step with a folder."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from assistant.errors import BadRequest
from assistant.library.library import Library
from assistant.options import message
from assistant.service import Assistant
from corpus.errors import MissingPath
from index.encoder import open_encoder
from index.opening import Location, is_folder, open_store
from index.watch import FolderWatch


def prepare_store(store: Location | None, folder: Path, model: str | None = None) -> None:
    """Make the store to serve where there is none; raise where it and the folder cannot go together.

    :param model: the encoder of a new store, None for the shipped one
    :raises BadRequest: no store is named, ``folder`` is a file, or one of the two lies in the other
    :raises MissingPath: neither store nor folder is there
    """
    if store is None:
        raise BadRequest("--watch needs --store DIR: the sample corpus is not changed (请用 --store 指定存储目录)")
    if folder.exists() and not folder.is_dir():
        raise BadRequest(f"{folder} is a file; give --watch the folder that it lies in (请指定文件夹)")
    inner, outer = Path(store).resolve(), folder.resolve()
    if is_folder(store) and (inner.is_relative_to(outer) or outer.is_relative_to(inner)):
        raise BadRequest(f"{store} and {folder} lie in one another; name another folder with --store (存储目录须另设)")
    held = open_store(store, open_encoder(model) if model else None)
    if not held.exists and not folder.is_dir():
        raise MissingPath(f"no such folder: {folder}; check the path after --watch (路径不存在)")
    held.create()


def watching(assistant: Assistant, folder: Path) -> AbstractContextManager[None]:
    """Watch ``folder`` while questions are answered; a line on stderr for every change."""
    message(f"同步文件夹 watching {folder.absolute()}")
    library = Library(assistant)
    assistant.following = FolderWatch(
        assistant.store, folder, lambda files, removed: library.update("folder", files, removed), _say
    )
    return assistant.following.running()


def _say(line: str) -> None:
    message(f"{datetime.now():%Y-%m-%d %H:%M:%S} {line}")
