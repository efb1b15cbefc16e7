"""Named steps at which a test may end this process as a power cut would, or count that it came by.

``NOTICES_FAILPOINT=catalog.committed`` in the environment, or :func:`arm`, sends this process SIGKILL when it reaches the
step. Otherwise a step costs one comparison. What kills at each of them: ``benchmarks/soak/kill_loop.py``.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

NAMES = (
    "create.catalog",  # a new store: its catalog is there, nothing says yet that it is a store
    "create.done",
    "manifest.written",  # beside the old one
    "manifest.replaced",
    "change.made",  # in the transaction, not committed
    "segment.written",  # passages' vectors, pieces, terms; the lexical index is not closed
    "derived.built",
    "derived.recorded",  # with their checksums
    "derived.prepared",  # and on the disk
    "catalog.committing",
    "catalog.committed",
    "derived.cleared",  # what lay in the new ones' place is gone
    "derived.placed",
    "derived.swept",  # older ones are gone
    "compaction.due",
    "shards.written",
    "shards.placed",
    "shards.stated",
    "shards.swept",
    "original.received",
    "original.kept",
    "backup.snapshot",
    "backup.packed",
    "backup.placed",
    "restore.unpacked",
    "restore.opened",
    "restore.placed",
)

_reached: Callable[[str], None] | None = None


def failpoint(name: str) -> None:
    """This process has come to the step ``name``, one of :data:`NAMES`."""
    if _reached is not None:
        _reached(name)


def watch(reached: Callable[[str], None] | None) -> None:
    """Have every step that is reached told to ``reached``; None ends that."""
    global _reached
    _reached = reached


def arm(name: str, times: int = 1) -> None:
    """Kill this process when it reaches a step for the ``times``-th time.

    :raises ValueError: there is no such step
    """
    if name not in NAMES:
        raise ValueError(f"no step {name!r}; index.failpoints.NAMES lists them")
    left = times

    def reached(step: str) -> None:
        nonlocal left
        left -= step == name
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    watch(reached)


if "NOTICES_FAILPOINT" in os.environ:
    arm(os.environ["NOTICES_FAILPOINT"])
