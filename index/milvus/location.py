"""What ``--store milvus+…`` names: a server, a store on it, and how it is talked to."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

from index.errors import BadLocation

_HTTP = re.compile(r"milvus\+(https?):/{1,2}(?!/)(.+)", re.DOTALL)  # a path that was a Path has lost a slash
_FILE = "milvus+file:"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")  # what Milvus takes as a name, with room for a generation
DENSE = ("FLAT", "HNSW", "IVF_FLAT", "IVF_SQ8", "DISKANN", "AUTOINDEX")
CONSISTENCY = ("Strong", "Bounded", "Session", "Eventually")
TOKEN = "NOTICES_MILVUS_TOKEN"  # user:password or an API key; in the environment, for locations are printed


@dataclass(frozen=True, slots=True)
class MilvusLocation:
    """A place that a Milvus store can be at.

    :param uri: what pymilvus opens
    :param name: of the store: an alias on the server
    :param dense: index type of the dense field, chosen when a generation is made; FLAT is exact
    :param consistency: of every read; Strong sees whatever was acknowledged anywhere before
    :param fresh: seconds for which a state that was found to be the last may count as it without being asked again
    :param timeout: seconds that a read may take, retries included; a write may take ten times as long
    """

    text: str
    uri: str
    name: str
    dense: str = "FLAT"
    consistency: str = "Strong"
    fresh: float = 0.0
    timeout: float = 10.0

    @property
    def token(self) -> str:
        """The secret that the server asks for; empty where it asks for none."""
        return os.environ.get(TOKEN, "")

    @property
    def embedded(self) -> Path | None:
        """The folder of an embedded store; None for a server."""
        return Path(self.uri).parent if "://" not in self.uri else None

    @property
    def folder(self) -> Path:
        """Where this machine keeps what goes with the store and is not in it: feedback, ledgers, dictionaries."""
        if self.embedded is not None:
            return self.embedded
        base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
        return Path(base) / "notice-assistant" / "milvus" / quote(f"{urlsplit(self.uri).netloc}_{self.name}", safe="")


def parse_location(text: str) -> MilvusLocation:
    """Read ``milvus+http://HOST:PORT/NAME?dense=HNSW&…`` or ``milvus+file:PATH``.

    :raises BadLocation: it is none of them, or an option is unknown
    """
    path, _, query = text.partition("?")
    dense, consistency, fresh, timeout = _options(text, query)
    if path.startswith(_FILE):
        folder = path.removeprefix(_FILE)
        if not folder:
            raise _bad(text, "name a folder behind milvus+file:")
        # pymilvus takes a local path for an embedded store where it ends with .db
        return MilvusLocation(text, str(Path(folder) / "milvus.db"), "notices", dense, consistency, fresh, timeout)
    match = _HTTP.fullmatch(path)
    if match is None:
        raise _bad(text, "a Milvus store is named milvus+http://HOST:PORT/NAME or milvus+file:PATH")
    scheme, rest = match.groups()
    address, _, name = rest.partition("/")
    name = name.strip("/") or "notices"
    try:
        parts = urlsplit(f"{scheme}://{address}")
        port = parts.port or 19530
    except ValueError as error:
        raise _bad(text, f"{error}; a Milvus store is named milvus+http://HOST:PORT/NAME") from error
    if parts.username or parts.password:
        raise _bad(
            text, f"a password does not belong into a location, which is printed; put user:password into {TOKEN}"
        )
    if not parts.hostname:
        raise _bad(text, "the host is missing; milvus+http://HOST:PORT/NAME")
    if not _NAME.fullmatch(name):
        raise _bad(text, f"{name!r} is no name for a store: letters, digits and _, beginning with a letter")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return MilvusLocation(text, f"{scheme}://{host}:{port}", name, dense, consistency, fresh, timeout)


def _options(text: str, query: str) -> tuple[str, str, float, float]:
    """Index type of the dense field, consistency, and both times."""
    given = dict(parse_qsl(query, keep_blank_values=True))
    dense = _one_of(text, "dense", given.pop("dense", "FLAT"), DENSE)
    consistency = _one_of(text, "consistency", given.pop("consistency", "Strong"), CONSISTENCY)
    fresh = _seconds(text, "fresh", given.pop("fresh", "0"), 0.0, 3600.0)
    timeout = _seconds(text, "timeout", given.pop("timeout", "10"), 0.1, 600.0)
    if given:
        raise _bad(text, f"unknown option {next(iter(given))!r}; there are dense, consistency, fresh, timeout")
    return dense, consistency, fresh, timeout


def _one_of(text: str, key: str, value: str, names: tuple[str, ...]) -> str:
    found = next((name for name in names if name.lower() == value.lower()), None)
    if found is None:
        raise _bad(text, f"{key} must be one of {', '.join(names)}, not {value!r}")
    return found


def _seconds(text: str, key: str, value: str, least: float, most: float) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not least <= number <= most:
        raise _bad(text, f"{key} must be seconds between {least:g} and {most:g}, not {value!r}")
    return number


def _bad(text: str, reason: str) -> BadLocation:
    return BadLocation(f"--store {text}: {reason} (存储位置有误)")
