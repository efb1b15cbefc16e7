"""A Milvus for tests: `milvus-lite server` started over TCP, or the cluster that MILVUS_URI names; a proxy that delays."""

from __future__ import annotations

import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from index.opening import open_store
from index.types import Encoder, HitList, Retriever

TOLERANCE = 1e-5  # of scores; relative where they are above 1


class Server:
    """A Milvus server that tests talk to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.external = os.environ.get("MILVUS_URI", "")
        self.port = 0 if self.external else free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.names: list[str] = []

    @property
    def uri(self) -> str:
        """``http://HOST:PORT``."""
        return self.external or f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it listens."""
        if self.external:
            return
        program = Path(sys.executable).with_name("milvus-lite")
        if not program.exists():
            pytest.skip("needs milvus-lite: pip install -e '.[dev]'")
        command = [program, "server", "--data-dir", self.folder, "--host", "127.0.0.1", "--port", str(self.port)]
        self.process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.05)
        raise RuntimeError("milvus-lite does not listen")

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def location(self, options: str = "timeout=60", uri: str = "") -> str:
        """The location of a store that is not there yet."""
        self.names.append(f"test_{uuid.uuid4().hex[:12]}")
        return f"milvus+{uri or self.uri}/{self.names[-1]}?{options}"

    def store(self, encoder: Encoder | None = None, options: str = "timeout=60") -> Retriever:
        """A store that is not there yet."""
        return open_store(self.location(options), encoder)

    def drop(self) -> None:
        """Remove what tests have left on a cluster."""
        if not self.external:
            return
        from pymilvus import MilvusClient

        client = MilvusClient(self.external, token=os.environ.get("NOTICES_MILVUS_TOKEN", ""))
        for name in self.names:
            with suppress(Exception):
                client.drop_alias(name)
            for collection in client.list_collections():
                if collection.startswith(f"{name}_g"):
                    client.drop_collection(collection)


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """A server for some tests."""
    server = Server(folder)
    server.start()
    try:
        yield server
    finally:
        server.drop()
        server.kill()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Proxy:
    """Passes TCP on to a server and does harm to its answers as long as that is set.

    ``delay``: seconds by which they are late. ``cut``: bytes of a connection's answers after which it is reset.
    ``garbage``: whether other bytes come in their place.
    """

    def __init__(self, port: int) -> None:
        self.delay = 0.0
        self.cut: int | None = None
        self.garbage = False
        self._target = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            for source, sink, late in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._pump, args=(source, sink, late), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        passed = 0
        with suppress(OSError):
            while data := source.recv(1 << 16):
                due = time.monotonic() + self.delay
                while answers and self.delay and time.monotonic() < due:  # until it is set to nothing
                    time.sleep(0.02)
                if answers and self.garbage:
                    data = random.Random(passed).randbytes(len(data))
                if answers and self.cut is not None and passed + len(data) > self.cut:
                    sink.sendall(data[: max(0, self.cut - passed)])
                    sink.setsockopt(
                        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                    )  # a reset, no farewell
                    sink.close()
                    break
                sink.sendall(data)
                passed += len(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def assert_agree(local: HitList, remote: HitList, about: object = "") -> None:
    """The same ids with the same scores. Where scores are equal within the tolerance, their order may differ."""
    ours = {hit.stored.passage.passage_id: hit.score for hit in local.hits}
    assert len(remote.hits) == len(ours), about
    for mine, theirs in zip(local.hits, remote.hits, strict=True):
        assert close(mine.score, theirs.score), (about, mine.stored.passage.passage_id, mine.score, theirs.score)
    last = local.hits[-1].score if local.hits else 0.0
    for hit in remote.hits:
        known = ours.get(hit.stored.passage.passage_id)
        assert close(hit.score, last if known is None else known), (about, hit.stored.passage.passage_id)
        if known is not None:
            twin = next(h for h in local.hits if h.stored.passage.passage_id == hit.stored.passage.passage_id)
            assert hit.stored.passage == twin.stored.passage
            assert hit.stored.notice == twin.stored.notice
    assert remote.corrections == local.corrections
    assert remote.quoted == local.quoted
    assert not remote.degraded


def close(a: float, b: float) -> bool:
    """Whether two scores are the same."""
    return abs(a - b) <= TOLERANCE * max(1.0, abs(a))


def ids(found: HitList) -> Sequence[str]:
    """The passages found."""
    return [hit.stored.passage.passage_id for hit in found.hits]
