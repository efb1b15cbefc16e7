"""No network but loopback, for any process that imports this: tests, and the servers that they start.

It stands alone, so that a server's process need not import pytest.
"""

from __future__ import annotations

import ipaddress
import sys
from typing import Any


def _is_local(host: Any) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _loopback_only(event: str, args: tuple[Any, ...]) -> None:
    """An audit hook: also sees sockets that asyncio or C code opens, and names that are looked up."""
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):
        host = args[1][0]
    else:
        return
    if not _is_local(host):
        raise RuntimeError(f"a test wanted to reach {host!r}: tests use no network but loopback")


sys.addaudithook(_loopback_only)
