"""Who a request comes from and whether it may do what it asks; one object with everything that decides it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

from assistant.access.audit import AuditLog
from assistant.access.keys import Key, KeyRing
from assistant.access.policy import Policy
from assistant.access.proxy import TrustedProxies
from assistant.access.types import Principal, Role, Scope

COOKIE = "notices_session"
OWNER = Principal("local", "admin", Scope())  # whoever asks where nothing is guarded
# Requests that change nothing although they are no GET. Any other one needs an editor.
_ASKING = frozenset(
    {"/v1/ask", "/v1/ask/export", "/v1/chat/completions", "/v1/feedback", "/mcp", "/mcp/", "/login", "/logout"}
)
_GRADIO = "/gradio_api/"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
# What tells of more than one notice's own words: prefix of the address, and who may read it.
_GUARDED: tuple[tuple[str, Role], ...] = (
    ("/v1/audit", "admin"),
    ("/metrics", "reader"),
    ("/v1/jobs", "editor"),
    ("/v1/changes", "editor"),
    ("/v1/folder", "editor"),
    ("/reports", "reader"),
)


class Unauthorised(Exception):
    """A key, a session or a header that opens nothing."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What decides about access. ``public_only``: everybody is the public, and nobody can change anything."""

    keys: KeyRing | None = None
    policy: Policy = field(default_factory=Policy)
    proxies: TrustedProxies = field(default_factory=TrustedProxies)
    audit: AuditLog | None = None
    public_only: bool = False

    @property
    def on(self) -> bool:
        """Whether anything is guarded: there are keys, a proxy names users, or only the public is served."""
        return self.public_only or bool(self.proxies.networks) or (self.keys is not None and self.keys.exists)

    def principal(self, headers: Mapping[str, str], peer: str | None) -> Principal:
        """Who asks.

        :param headers: by their names in lower case
        :param peer: address of the connection
        :raises Unauthorised: a key or a session is given and is not valid (any more)
        """
        if not self.on:
            return OWNER
        if self.public_only:
            return self.policy.anonymous
        text = _key_in(headers)
        if text is not None:
            return self._of(self.keys.find(text) if self.keys else None)
        token = session_in(headers)
        if token is not None:
            return self._of(self.keys.session(token) if self.keys else None)
        return self.proxies.principal(peer, headers, self.policy) or self.policy.anonymous

    def _of(self, key: Key | None) -> Principal:
        if key is None:
            raise Unauthorised
        return Principal(key.name, key.role, self.policy.scope(key.role), key.key_id)


def needed(method: str, path: str) -> Role:
    """Who may send such a request. What is not known to be harmless needs an editor."""
    if method in _READING or path in _ASKING or path.startswith(_GRADIO):
        return next((role for prefix, role in _GUARDED if path.startswith(prefix)), "public")
    return "editor"


def session_in(headers: Mapping[str, str]) -> str | None:
    """The session that a browser's cookie names."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel and morsel.value else None


def _key_in(headers: Mapping[str, str]) -> str | None:
    scheme, _, text = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return text.strip()
    return headers.get("x-api-key")
