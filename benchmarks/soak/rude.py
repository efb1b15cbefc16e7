"""Clients without manners: some send a byte a second, some leave in the middle of an answer."""

from __future__ import annotations

import json
import random
import socket
import threading
from contextlib import suppress

from benchmarks.soak.tally import Tally

_BODY = json.dumps({"question": "哪些单位负责电动自行车相关活动"}).encode()
_STREAM = (
    b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    % len(_BODY)
) + _BODY
_SLOWLY = (
    b"GET /v1/search?q=x HTTP/1.1\r\nHost: x\r\nX-Slow: " + b"a" * 4000,
    b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n" + b" " * 4999,
    b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"1\r\n \r\n" * 900,
)


def drip(port: int, tally: Tally, connections: int, ended: threading.Event) -> None:
    """So many connections at a time that send a byte a second; whoever is cut off comes again."""
    held: list[tuple[socket.socket, bytes, int]] = []
    number = 0
    while not ended.wait(1.0):
        going_on = []
        for connection, sent, at in held:
            try:
                connection.sendall(sent[at : at + 1])
                connection.recv(1 << 16)  # a refusal, or the end
                raise OSError
            except BlockingIOError:
                going_on.append((connection, sent, at + 1))
            except OSError:
                connection.close()
                tally.add("slow clients cut off")
        held = going_on
        while len(held) < connections:
            number += 1
            sent = _SLOWLY[number % len(_SLOWLY)]
            start = sent.index(b"X-Slow") if b"X-Slow" in sent else sent.index(b"\r\n\r\n") + 4
            try:
                connection = socket.create_connection(("127.0.0.1", port), timeout=10)
            except OSError:
                break  # the service is being started again
            held.append((connection, sent, start))
            connection.setblocking(False)
            with suppress(OSError):  # the next byte will say so
                connection.sendall(sent[:start])
            tally.add("slow clients")
    for connection, _, _ in held:
        connection.close()


def leave(port: int, tally: Tally, times: int, seed: int, pause: float, ended: threading.Event) -> None:
    """Ask for a stream so many times, with pauses (seconds), and leave: at once, after some bytes, or with a reset."""
    draw = random.Random(seed)
    for _ in range(times):
        if ended.is_set():
            return
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=20) as leaving:
            how = draw.choice(("at once", "reading", "reset", "unfinished"))
            leaving.sendall(_STREAM[: -10 if how == "unfinished" else None])
            if how == "reading":
                leaving.settimeout(0.2)
                leaving.recv(draw.randint(1, 2000))
            elif how == "reset":
                leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")  # the end is a reset
            tally.add("disconnects")
        ended.wait(pause)
