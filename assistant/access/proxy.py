"""Single sign-on by a proxy in front: the user's name and role come in headers, from the listed addresses only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from assistant.access.policy import Policy
from assistant.access.types import KEY_ROLES, Principal, Role
from assistant.errors import BadRequest

USER_HEADER = "x-forwarded-user"
ROLE_HEADER = "x-forwarded-role"
FOR_HEADER = "x-forwarded-for"
SCHEME_HEADER = "x-forwarded-proto"


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The addresses that are believed; nobody else's ``X-Forwarded-…`` is looked at."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def read(cls, given: list[str]) -> TrustedProxies:
        """From addresses and networks such as ``127.0.0.1`` or ``10.2.0.0/16``; raises BadRequest for anything else."""
        try:
            return cls(tuple(ip_network(text) for text in given))
        except ValueError as error:
            raise BadRequest(f"--trust-proxy takes addresses such as 127.0.0.1 or 10.2.0.0/16 ({error})") from error

    def trusts(self, peer: str | None) -> bool:
        """Whether a connection from this address may speak for others."""
        try:
            address = ip_address(peer or "")
        except ValueError:
            return False
        return any(address in network for network in self.networks)

    def reports(self, peer: str | None) -> bool:
        """Whether to believe from where, and over which scheme, a connection says that it was asked.

        The listed proxies; where none is listed, whoever is on this machine. That decides limits and links, never who somebody is.
        """
        try:
            return self.trusts(peer) or (not self.networks and ip_address(peer or "").is_loopback)
        except ValueError:
            return False

    def client(self, peer: str | None, headers: Mapping[str, str]) -> str:
        """The address of who really asks: the last one that a trusted proxy has seen and is no proxy itself."""
        if FOR_HEADER not in headers or not self.reports(peer):
            return peer or "unknown"
        for hop in reversed([part.strip() for part in headers.get(FOR_HEADER, "").split(",") if part.strip()]):
            if not self.trusts(hop):
                return hop[:64]
        return peer or "unknown"

    def principal(self, peer: str | None, headers: Mapping[str, str], policy: Policy) -> Principal | None:
        """The user that a trusted proxy names; a role that it does not name, or that is unknown, is ``reader``."""
        name = headers.get(USER_HEADER, "").strip()
        if not name or not self.trusts(peer):
            return None
        wanted = headers.get(ROLE_HEADER, "").strip().lower()
        role: Role = next((known for known in KEY_ROLES if known == wanted), "reader")
        return Principal(name[:64], role, policy.scope(role))
