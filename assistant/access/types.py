"""Roles, what they may see, and who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["public", "reader", "editor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)  # each may do what the ones before it may
KEY_ROLES: tuple[Role, ...] = ROLES[1:]  # nobody needs a key to be the public


@dataclass(frozen=True, slots=True)
class Scope:
    """What can be seen. ``labels``: the disclosure labels of the notices, None for all; ``masked``: without personal contacts.

    A notice that prints no disclosure line has the label ``unknown``.
    """

    labels: frozenset[str] | None = None
    masked: bool = False

    @property
    def whole(self) -> bool:
        """Whether nothing is held back."""
        return self == Scope()

    def sees(self, label: str) -> bool:
        """Whether notices with this label can be seen."""
        return self.labels is None or label in self.labels

    def narrowed(self, other: Scope) -> Scope:
        """What both can see."""
        if self.labels is None or other.labels is None:
            labels = other.labels if self.labels is None else self.labels
        else:
            labels = self.labels & other.labels
        return Scope(labels, self.masked or other.masked)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking, and from where. ``name`` is the key's, the proxy's user, or ``anonymous``; ``key_id`` None without a key."""

    name: str
    role: Role
    scope: Scope
    key_id: str | None = None
    address: str = ""

    def may(self, role: Role) -> bool:
        """Whether what ``role`` may do is allowed."""
        return ROLES.index(self.role) >= ROLES.index(role)
