"""Responses that are kept: the same question to the same state of the store by who sees the same is answered from memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import NamedTuple

from assistant.service import Assistant
from assistant.types import Answer
from index.opening import is_folder
from index.types import Retriever

_MOST = 32 << 20  # bytes of responses


class Key(NamedTuple):
    """What a response depends on."""

    kind: str
    asked: Hashable
    store: Retriever
    sequence: int
    words: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A response's body and headers; of an answer its outline, too, for whoever counts or writes down what is asked."""

    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    answer: Answer | None = None


def outline(answer: Answer) -> Answer:
    """An answer without its words: they are in the body, and as objects take ten times the room."""
    return replace(answer, text="", citations=(), related=(), table=None, warnings=(), corrections=(), scope=())


class ResponseCache:
    """The latest responses, up to so many bytes, of the last state of the store alone. Safe to use from several threads.

    Nothing is kept where the same question need not have the same answer: a language model words it, or the store is on a
    server, which may be down in part.
    """

    def __init__(self, assistant: Assistant, on: bool = True, most: int = _MOST) -> None:
        self._assistant = assistant
        self._on = on
        self._most = most
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._bytes = 0
        self._sequence = -1
        self._lock = threading.Lock()

    def key(self, kind: str, asked: Hashable) -> Key | None:
        """What a response depends on besides the program: what is asked, the state of the store, the user's dictionaries, and
        what who asks may see. None where nothing is kept."""
        store = self._assistant.store  # one for each scope
        if not self._on or self._assistant.rewords or not is_folder(store.location):
            return None
        try:
            words = (store.folder / "dictionary.sqlite").stat().st_mtime_ns
        except OSError:
            words = 0
        return Key(kind, asked, store, store.sequence, words)

    def get(self, key: Key | None) -> Kept | None:
        """What is kept for a key."""
        if key is None:
            return None
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
            return kept

    def put(self, key: Key | None, kept: Kept) -> None:
        """Keep a response; the ones used longest ago go."""
        if key is None or len(kept.body) > self._most // 8:
            return
        with self._lock:
            self._forget_older(key)
            old = self._kept.pop(key, None)
            self._bytes += len(kept.body) - (len(old.body) if old else 0)
            self._kept[key] = kept
            while self._bytes > self._most:
                self._bytes -= len(self._kept.popitem(last=False)[1].body)

    def _forget_older(self, key: Key) -> None:
        """Nobody asks an older state any more; where the store has been put back to one, all is asked anew."""
        if key.sequence != self._sequence:
            self._sequence, self._bytes = key.sequence, 0
            self._kept.clear()
