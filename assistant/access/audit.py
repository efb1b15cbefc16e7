"""The audit log: who did what, and when; one JSON line each."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.access.types import Principal

_MAX = 500  # characters of a text that is kept


@dataclass(frozen=True, slots=True)
class AuditLog:
    """A file that is only appended to. ``questions``: whether what was asked is written down, or only its length."""

    path: Path
    questions: bool = False

    def note(self, principal: Principal, action: str, status: int, **more: Any) -> None:
        """Write down what was done. JSON escapes line breaks and control characters, so that no text forges a line."""
        asked = more.pop("question", None)
        if asked is not None:
            more["question" if self.questions else "question_length"] = asked[:_MAX] if self.questions else len(asked)
        entry = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "who": principal.name,
            "role": principal.role,
            "key": principal.key_id,
            "address": principal.address,
            "action": action[:_MAX],
            "status": status,
            **more,
        }
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)  # one write: lines stay whole
        try:
            os.write(descriptor, (json.dumps(entry) + "\n").encode())
        finally:
            os.close(descriptor)
