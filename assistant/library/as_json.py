"""The JSON shapes of jobs and changes."""

from __future__ import annotations

from typing import Any

from assistant.library.types import Change, Job

Json = dict[str, Any]


def job(value: Job) -> Json:
    """A job: how far each of its files is, and the report once it has ended."""
    return {
        "job_id": value.job_id,
        "kind": value.kind,
        "state": value.state,
        "ahead": value.ahead,
        "created": value.created,
        "finished": value.finished,
        "files": [
            {
                "name": file.file.name,
                "bytes": file.file.size,
                "stage": file.stage,
                "source": file.source,
                "reason": file.reason,
                "notices": list(file.notices),
            }
            for file in value.files
        ],
        "report": value.report,
        "error": value.error,
    }


def change(value: Change) -> Json:
    """What a change of the store did."""
    return {
        "number": value.number,
        "time": value.time,
        "kind": value.kind,
        "sequence": value.sequence,
        "notices": list(value.notices),
    }
