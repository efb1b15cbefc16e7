"""Where stores of tests lie that are killed or changed hundreds of times: fsync costs nothing in memory."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_MEMORY = Path("/dev/shm")
_NEEDED = 256 << 20  # bytes
ALL = 4 << 30  # bytes, for the folders of all tests: they take half a gigabyte


def quick_disk(needed: int = _NEEDED) -> Path | None:
    """A folder in memory, None (the system's temporary folder) where there is none with room.

    :param needed: bytes that must be free
    """
    usable = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > needed
    # Libraries that tests build are loaded from there, which containers forbid.
    return _MEMORY if usable and not os.statvfs(_MEMORY).f_flag & getattr(os, "ST_NOEXEC", 0) else None
