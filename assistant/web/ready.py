"""Whether the store answers as it should, noted once for each change: for ``/readyz``, ``/metrics`` and the log."""

from __future__ import annotations

import logging
import threading

from assistant.service import Assistant
from assistant.web.contents import Contents, ContentsCache

_log = logging.getLogger("notices.store")


class Readiness:
    """What is known of the store's state; each change of its soundness is logged once."""

    def __init__(self, assistant: Assistant, contents: ContentsCache) -> None:
        self._assistant = assistant
        self._contents = contents
        self._told: str | None = None
        self._lock = threading.Lock()

    def look(self) -> tuple[Contents, str | None]:
        """What the store holds, and why it is not all that it should be; raises the store's errors where it cannot be read."""
        held = self._contents.current()
        degraded = self._assistant.degraded
        with self._lock:
            if degraded != self._told:
                self._told = degraded
                if degraded is None:
                    _log.warning("the store is sound again")
                else:
                    _log.error("the store is degraded, answers go on: %s", degraded)
        return held, degraded
