"""Which disclosure labels each role sees, and from whom personal contacts are hidden."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.access.types import ROLES, Principal, Role, Scope
from assistant.errors import BadRequest
from index.filters import UNDISCLOSED

PUBLIC_LABEL = "主动公开"
ON_REQUEST_LABEL = "依申请公开"
_EVERYTHING = "*"

# Staff see what the office may give out or has not classified; what must not be given out, those who look after it.
_LABELS: dict[Role, frozenset[str] | None] = {
    "public": frozenset({PUBLIC_LABEL}),
    "reader": frozenset({PUBLIC_LABEL, ON_REQUEST_LABEL, UNDISCLOSED}),
    "editor": None,
    "admin": None,
}
_MASKED: frozenset[Role] = frozenset({"public"})
_KEYS = {"labels", "masked"}


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules by role. ``labels``: what each role sees, None for everything; ``masked``: who sees no personal contacts."""

    labels: Mapping[Role, frozenset[str] | None] = field(default_factory=lambda: _LABELS)
    masked: frozenset[Role] = _MASKED

    def scope(self, role: Role) -> Scope:
        """What a role sees."""
        return Scope(self.labels[role], role in self.masked)

    @property
    def anonymous(self) -> Principal:
        """Who comes without a key."""
        return Principal("anonymous", "public", self.scope("public"))


def read_policy(path: Path) -> Policy:
    """A policy from JSON: ``{"labels": {"reader": ["主动公开", "内部"], "editor": "*"}, "masked": ["public", "reader"]}``.

    Roles that are not named keep their default.

    :raises BadRequest: the file cannot be read, or names an unknown role or rule
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadRequest(f"the policy {path} cannot be read ({error}); it must be JSON, see docs/access.md") from error
    if not isinstance(given, dict) or set(given) - _KEYS:
        raise BadRequest(f"the policy {path} may hold {', '.join(sorted(_KEYS))} and nothing else; see docs/access.md")
    labels = dict(_LABELS)
    for role, wanted in _mapping(given.get("labels", {}), path).items():
        labels[_role(role, path)] = None if wanted == _EVERYTHING else _labels(wanted, path)
    masked = given.get("masked", sorted(_MASKED))
    if not isinstance(masked, list):
        raise BadRequest(f"the policy {path}: masked must be a list of roles")
    return Policy(labels, frozenset(_role(role, path) for role in masked))


def _mapping(value: Any, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRequest(f"the policy {path}: labels must map roles to lists of disclosure labels")
    return value


def _role(value: Any, path: Path) -> Role:
    for role in ROLES:
        if role == value:
            return role
    raise BadRequest(f"the policy {path}: no role {value!r}; roles are {', '.join(ROLES)}")


def _labels(value: Any, path: Path) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(label, str) for label in value):
        raise BadRequest(f'the policy {path}: labels are a list of texts, or "{_EVERYTHING}" for all of them')
    return frozenset(value)
