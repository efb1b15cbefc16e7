"""What the library keeps: originals, jobs with their files, changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Stage = Literal["received", "reading", "parsing", "indexing", "done", "failed"]
STAGES: tuple[Stage, ...] = get_args(Stage)
State = Literal["queued", "running", "done", "failed"]
Kind = Literal["upload", "reread"]
ENDED: tuple[State, ...] = ("done", "failed")


@dataclass(frozen=True, slots=True)
class Original:
    """A file that was uploaded: the notices with this ``source`` come from it.

    ``digest``: SHA-256 of its bytes, by which it is found; ``removed``: ids of notices in it that were removed by hand.
    """

    source: str
    digest: str
    size: int
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file to read: the name it came under, and its place, by ``digest`` among the originals or by ``path``."""

    name: str
    size: int
    digest: str | None = None
    path: str | None = None
    failure: str | None = None  # why it is not read at all


@dataclass(frozen=True, slots=True)
class JobFile:
    """How far a file of a job is. ``source``: the name that it is listed under, once that is known."""

    file: Incoming
    stage: Stage
    source: str
    reason: str | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """Files that are brought into the store together. Times are ISO, UTC; ``ahead``: jobs that come before it.

    ``report``: the shape of ``index --json``, once the job has ended; ``error``: why it failed as a whole.
    """

    job_id: str
    kind: Kind
    state: State
    created: str
    finished: str | None
    tries: int
    replace: bool
    files: tuple[JobFile, ...]
    report: dict[str, Any] | None = None
    error: str | None = None
    ahead: int = 0

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class Change:
    """What one change of the store did to notices, as JSON shapes. ``number`` counts the changes."""

    number: int
    time: str
    kind: str
    sequence: int
    notices: tuple[dict[str, Any], ...] = field(default=())
