"""Requests over a connection that is kept, each counted; what comes back is looked through for words that must not be there."""

from __future__ import annotations

import http.client
import io
import json
import re
import time
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from benchmarks.soak.tally import Tally

_ESCAPE = re.compile(r"\\u([0-9a-f]{4})")


@dataclass(frozen=True)
class Reply:
    """A response; status 0 where the connection ended before one."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """Every word of it: headers, escapes undone, workbooks unpacked."""
        bodies = [self.body]
        if self.body.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(self.body)) as packed:
                bodies = [packed.read(name) for name in packed.namelist()]
        whole = json.dumps(self.headers, ensure_ascii=False) + "".join(
            part.decode("utf-8", "replace") for part in bodies
        )
        return whole + _ESCAPE.sub(lambda match: chr(int(match[1], 16)), whole) if "\\u" in whole else whole


class Caller:
    """Somebody with or without a key.

    :param hidden: words that must stand in no response unless they were sent
    """

    def __init__(self, port: int, tally: Tally, key: str = "", hidden: Collection[str] = ()) -> None:
        self._tally = tally
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._hidden = tuple(hidden)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.forgiving = False  # whether connections may end: the service is being stopped

    def call(
        self,
        method: str,
        address: str,
        body: Any = None,
        expected: Collection[int] = (200,),
        name: str = "",
        **headers: str,
    ) -> Reply:
        """Send a request; anything but the statuses expected, and 429, is a fault.

        :param body: JSON, or bytes as they are
        :param name: under which its time is noted; none for no note
        """
        sent = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        given = {**self._headers, **({"Content-Type": "application/json"} if body is not None else {})}
        given |= {key.replace("_", "-"): value for key, value in headers.items()}
        started = time.perf_counter()
        try:
            self._connection.request(method, quote(address, safe="/?&=%:#."), sent, given)
            response = self._connection.getresponse()
            reply = Reply(response.status, dict(response.getheaders()), response.read())
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            if not self.forgiving:
                self._tally.fault("failures", f"{method} {address}: {error!r}")
            return Reply(0, {}, b"")
        if name:
            self._tally.took(name, time.perf_counter() - started)
        self._judge(reply, f"{method} {address}", expected, address + (sent or b"").decode("utf-8", "replace"))
        return reply

    def _judge(self, reply: Reply, what: str, expected: Collection[int], sent: str) -> None:
        self._tally.add("requests")
        self._tally.add(f"status {reply.status}")
        if reply.status >= 500:
            self._tally.fault("5xx", f"{what}: {reply.status} {reply.body[:200]!r}")
        elif reply.status == 429:  # said to whoever comes at the wrong moment, in any phase
            if not {name.lower(): value for name, value in reply.headers.items()}.get("retry-after", "").isdigit():
                self._tally.fault("failures", f"{what}: 429 without Retry-After")
        elif reply.status not in expected:
            self._tally.fault("failures", f"{what}: {reply.status} {reply.body[:200]!r}")
        if self._hidden:
            self._tally.add("bytes looked through", len(reply.body))
            said = reply.text
            sent = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), sent)
            seen = [word for word in self._hidden if word in said and word not in sent]
            if seen:
                self._tally.fault("unauthorised reads", f"{what}: {seen}")

    def close(self) -> None:
        """End the connection."""
        self._connection.close()
