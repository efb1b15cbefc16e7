"""Small records as JSON that say by a checksum of their own whether they are what was written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

_SUM = "sum"


def seal(record: Mapping[str, Any]) -> str:
    """A record with its checksum, as JSON."""
    return json.dumps({**record, _SUM: _sum(record)})


def unseal(text: str, older: Collection[str]) -> dict[str, Any]:
    """A record as it was sealed.

    :param older: the keys of records that were written before there were checksums
    :raises ValueError: it is something else
    """
    record = json.loads(text)
    if not isinstance(record, dict):
        raise ValueError("no record")
    if set(record) == set(older):
        return record
    if record.pop(_SUM, None) != _sum(record):
        raise ValueError("damaged")
    return record


def _sum(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
