"""Responses that are kept: the same question to the same state of the store by who sees the same is answered from memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from assistant.service import Assistant
from assistant.types import Answer
from index.opening import is_folder

_MOST = 32 << 20  # bytes of responses


@dataclass(frozen=True, slots=True)
class Kept:
    """A response's body and headers; of an answer the answer, too, for whoever counts or writes down what is asked."""

    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    answer: Answer | None = None


class ResponseCache:
    """The latest responses, up to so many bytes. Safe to use from several threads.

    Nothing is kept where the same question need not have the same answer: a language model words it, or the store is on a
    server, which may be down in part.
    """

    def __init__(self, assistant: Assistant, on: bool = True, most: int = _MOST) -> None:
        self._assistant = assistant
        self._on = on
        self._most = most
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def key(self, kind: str, asked: Hashable) -> Hashable | None:
        """What a response depends on besides the program: what is asked, the state of the store, the user's dictionaries, and
        what who asks may see. None where nothing is kept."""
        store = self._assistant.store  # one for each scope
        if not self._on or self._assistant.rewords or not is_folder(store.location):
            return None
        try:
            words = (store.folder / "dictionary.sqlite").stat().st_mtime_ns
        except OSError:
            words = 0
        return kind, asked, store, store.sequence, words

    def get(self, key: Hashable | None) -> Kept | None:
        """What is kept for a key."""
        if key is None:
            return None
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
            return kept

    def put(self, key: Hashable | None, kept: Kept) -> None:
        """Keep a response; the ones used longest ago go."""
        if key is None or len(kept.body) > self._most // 8:
            return
        with self._lock:
            old = self._kept.pop(key, None)
            self._bytes += len(kept.body) - (len(old.body) if old else 0)
            self._kept[key] = kept
            while self._bytes > self._most:
                self._bytes -= len(self._kept.popitem(last=False)[1].body)
