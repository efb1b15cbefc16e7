"""A store with keys: notices of every disclosure label, a key of each role. For what attacks the service as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assistant.access.keys import KeyRing
from assistant.keys_commands import KEYS_FILE
from corpus.reading import find_files, read_files
from index.store import LocalStore
from tests.test_access_served import SECRETS


@dataclass(frozen=True)
class KeyedStore:
    """The store's folder, and the text of each role's key."""

    folder: Path
    keys: dict[str, str]

    @property
    def ring(self) -> KeyRing:
        """Its keys, to make more and to revoke some."""
        return KeyRing(self.folder / KEYS_FILE)

    def headers(self, role: str) -> dict[str, str]:
        """What a request of a role carries; nothing for ``public``."""
        return {"Authorization": f"Bearer {self.keys[role]}"} if role in self.keys else {}


def keyed_store(folder: Path, *more: Path) -> KeyedStore:
    """A new store in a folder.

    :param more: files and folders of other notices to have in it
    """
    source = folder / "in"
    source.mkdir(parents=True)
    for one in SECRETS:
        (source / f"{one.name}.txt").write_text(one.text, encoding="utf-8")
    held = LocalStore(folder / "store")
    held.index(list(read_files(find_files([source, *more]))))
    held.close()
    ring = KeyRing(folder / "store" / KEYS_FILE)
    return KeyedStore(
        folder / "store", {role: ring.create(f"a-{role}", role)[1] for role in ("reader", "editor", "admin")}
    )
