"""API keys and the sessions that a browser opens with one: an SQLite file that holds no secret, only digests."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import sqlite3
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from assistant.access.types import KEY_ROLES, Role
from assistant.errors import BadRequest

PREFIX = "na"
SESSION = timedelta(hours=12)
_FORM = re.compile(rf"{PREFIX}_([0-9a-f]{{12}})_([A-Za-z0-9_-]{{43}})")
_NAME = re.compile(r"[\w.@-]{1,64}")
_MAX_KEYS_SHOWN = 10_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (
    key_id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL, digest BLOB NOT NULL,
    created TEXT NOT NULL, expires TEXT, revoked TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS sessions (
    digest BLOB PRIMARY KEY, key_id TEXT NOT NULL REFERENCES keys ON DELETE CASCADE, expires TEXT NOT NULL
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept. Times are ISO, UTC; ``expires`` and ``revoked`` None: never."""

    key_id: str
    name: str
    role: Role
    created: str
    expires: str | None
    revoked: str | None

    def valid(self, now: str) -> bool:
        """Whether it opens anything at that time."""
        return self.revoked is None and (self.expires is None or now < self.expires)


class KeyRing:
    """The keys of one service. Every look-up reads the file, so that what is revoked is refused at once, by every process.

    A key is 256 random bits: a plain digest of it cannot be searched, and a slow one would only slow every request down.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()

    @property
    def exists(self) -> bool:
        """Whether keys have ever been made: from then on nobody sees more than the public without one."""
        return self.path.is_file()

    def create(self, name: str, role: str, expires: datetime | None = None) -> tuple[Key, str]:
        """A new key and its text, which is shown this once.

        :raises BadRequest: an unknown role, a name that is taken or has blanks, an expiry that is past
        """
        known = next((r for r in KEY_ROLES if r == role), None)
        if known is None:
            raise BadRequest(f"no role {role!r}; roles are {', '.join(KEY_ROLES)}")
        if not _NAME.fullmatch(name):
            raise BadRequest("a key's name has 1 to 64 letters, digits, or . _ @ - and no blanks (名称不含空格)")
        now = datetime.now(UTC)
        if expires is not None and expires <= now:
            raise BadRequest(f"{expires.isoformat()} is past; name a later day")
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        key = Key(key_id, name, known, _iso(now), _iso(expires) if expires else None, None)
        text = f"{PREFIX}_{key_id}_{secret}"
        row = (key.key_id, key.name, key.role, _digest(text), key.created, key.expires)
        try:
            with self._open(create=True) as db:
                db.execute("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, NULL)", row)
        except sqlite3.IntegrityError as error:
            raise BadRequest(f"there is a key named {name!r} already; revoke it, or choose another name") from error
        return key, text

    def all(self) -> list[Key]:
        """All keys, the oldest first."""
        if not self.exists:
            return []
        query = (
            f"SELECT key_id, name, role, created, expires, revoked FROM keys ORDER BY created LIMIT {_MAX_KEYS_SHOWN}"
        )
        return [Key(*row) for row in self._open().execute(query)]

    def revoke(self, name: str) -> None:
        """Refuse a key from now on, with every session opened by it. :raises BadRequest: there is none of that name"""
        if not self.exists:
            raise BadRequest(f"no key {name!r}; `notices keys list` shows them")
        with self._open() as db:
            changed = db.execute(
                "UPDATE keys SET revoked = ? WHERE (name = ? OR key_id = ?) AND revoked IS NULL",
                (_iso(datetime.now(UTC)), name, name),
            ).rowcount
        if not changed:
            raise BadRequest(f"no valid key {name!r}; `notices keys list` shows them")

    def find(self, text: str) -> Key | None:
        """The valid key with this text."""
        form = _FORM.fullmatch(text)
        if form is None or not self.exists:
            return None
        query = "SELECT key_id, name, role, created, expires, revoked, digest FROM keys WHERE key_id = ?"
        row = self._open().execute(query, (form[1],)).fetchone()
        if row is None or not hmac.compare_digest(row[6], _digest(text)):
            return None
        key = Key(*row[:6])
        return key if key.valid(_iso(datetime.now(UTC))) else None

    def open_session(self, key: Key) -> str:
        """A token for a browser's cookie, good for :data:`SESSION` or as long as its key."""
        token, now = secrets.token_urlsafe(32), datetime.now(UTC)
        with self._open() as db:
            db.execute("DELETE FROM sessions WHERE expires < ?", (_iso(now),))
            db.execute("INSERT INTO sessions VALUES (?, ?, ?)", (_digest(token), key.key_id, _iso(now + SESSION)))
        return token

    def session(self, token: str) -> Key | None:
        """The valid key that a session was opened with."""
        if not token or not self.exists:
            return None
        now = _iso(datetime.now(UTC))
        query = (
            "SELECT key_id, name, role, created, k.expires, revoked FROM sessions s JOIN keys k USING (key_id)"
            " WHERE s.digest = ? AND s.expires > ?"
        )
        row = self._open().execute(query, (_digest(token), now)).fetchone()
        key = Key(*row) if row else None
        return key if key and key.valid(now) else None

    def close_session(self, token: str) -> None:
        """End a session."""
        if self.exists:
            with self._open() as db:
                db.execute("DELETE FROM sessions WHERE digest = ?", (_digest(token),))

    def _open(self, create: bool = False) -> sqlite3.Connection:
        """This thread's connection."""
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            if create and not self.exists:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600))  # readable by this service alone
            db = sqlite3.connect(self.path, timeout=5)
            db.execute("PRAGMA foreign_keys = ON")
            if create:
                db.execute("PRAGMA synchronous = FULL")
                db.executescript(_SCHEMA)
            self._local.db = db
        return db


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds")
