"""Uploaded files as they came, kept under names of ours so that they can be read again."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from index.failpoints import failpoint
from index.syncing import sync_folder

_CHUNK = 1 << 20
_STALE = 3600.0  # seconds after which a file that nothing refers to was left behind, not just received
_NAMED = re.compile(r"[0-9a-f]{64}")
_INCOMING = "incoming-"


class Originals:
    """Files in one folder, each under the SHA-256 of its content."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, content: BinaryIO) -> tuple[str, int]:
        """Store a file; it is on disk when this returns. Gives its digest and its size in bytes."""
        if not self.folder.is_dir():
            self.folder.mkdir(mode=0o700, exist_ok=True)
            sync_folder(self.folder.parent)
        total, size = hashlib.sha256(), 0
        descriptor, name = tempfile.mkstemp(prefix=_INCOMING, suffix=".tmp", dir=self.folder)  # no backup holds it
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                while chunk := content.read(_CHUNK):
                    total.update(chunk)
                    size += len(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            failpoint("original.received")
            os.replace(temporary, self.path(total.hexdigest()))
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        failpoint("original.kept")
        sync_folder(self.folder)
        return total.hexdigest(), size

    def path(self, digest: str) -> Path:
        """Where a file lies."""
        if not _NAMED.fullmatch(digest):
            raise ValueError("not the digest of a file")
        return self.folder / digest

    def discard(self, digest: str) -> None:
        """Remove a file."""
        self.path(digest).unlink(missing_ok=True)

    def tidy(self, used: Collection[str]) -> None:
        """Remove what crashes have left behind.

        :param used: digests of the files that something refers to
        """
        with suppress(FileNotFoundError):
            for path in self.folder.iterdir():
                if not (_NAMED.fullmatch(path.name) or path.name.startswith(_INCOMING)) or path.name in used:
                    continue
                with suppress(FileNotFoundError):
                    if time.time() - path.stat().st_mtime > _STALE:
                        path.unlink()
