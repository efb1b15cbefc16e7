"""Whether there is memory for what cannot fail halfway: where an allocation of theirs fails, engines end the process."""

from __future__ import annotations

import resource
from contextlib import suppress
from pathlib import Path

from index.errors import TooLittleMemory

_ENGINES = 96 << 20  # bytes that reading and building take beyond what is taken before, however little there is
_PASSAGE = 3 << 10  # more for each passage; measured: 117 MB for 60,000


def require(passages: int) -> None:
    """Refuse to index so many passages at once where the process may not take enough address space (``ulimit -v``).

    :raises TooLittleMemory: before anything has been changed
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return
    taken = 0
    with suppress(OSError, ValueError):  # no Linux
        taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    if limit - taken < _ENGINES + passages * _PASSAGE:
        raise TooLittleMemory(
            f"{limit >> 20} MB of memory are not enough to index {passages:,} passages; nothing was changed. Raise the limit "
            "(ulimit -v, LimitAS=), or index fewer files (内存不足，未作任何改动)"
        )
