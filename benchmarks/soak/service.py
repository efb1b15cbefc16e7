"""A real `notices serve` process, and what the system says of it."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 120.0  # seconds until it answers, or a response comes, on a machine that is busy


class Service:
    """The process on one port, which stays the same when it is started again."""

    def __init__(self, store: Path, *options: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.log = store.parent / "service.log"
        self._command = [
            sys.executable,
            "-m",
            "assistant.cli",
            "serve",
            "--store",
            str(store),
            "--port",
            str(self.port),
        ]
        self._command += ["--no-page", *options]
        self.process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with self.log.open("ab") as log:
            process = subprocess.Popen(self._command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        until = time.monotonic() + _PATIENCE
        while True:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the service does not answer: {self.log.read_text(encoding='utf-8')[-2000:]}")
            try:
                with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)) as connection:
                    connection.request("GET", "/readyz")
                    if connection.getresponse().status == 200:
                        return process
            except OSError:
                time.sleep(0.1)

    def restart(self) -> float:
        """End it as an administrator would, and start it again; seconds until it had ended."""
        took = self.stop()
        self.process = self._started()
        return took

    def stop(self) -> float:
        """Tell it to end; seconds until it had."""
        started = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
        return time.monotonic() - started

    @property
    def descriptors(self) -> int:
        """Open files and connections."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    @property
    def threads(self) -> int:
        """Threads."""
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    @property
    def rss_mb(self) -> float:
        """Resident memory, MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def settled(self, most: int, patience: float = 30.0) -> int:
        """Descriptors, once there are no more than so many, or time is up."""
        until = time.monotonic() + patience
        while self.descriptors > most and time.monotonic() < until:
            time.sleep(0.2)
        return self.descriptors


class Memory:
    """A thread that notes a service's resident memory every so many seconds."""

    def __init__(self, service: Service, every: float = 5.0) -> None:
        self.samples: list[tuple[float, float]] = []
        self._service, self._every, self._ended = service, every, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        started = time.monotonic()
        while not self._ended.is_set():
            self.samples.append((time.monotonic() - started, self._service.rss_mb))
            self._ended.wait(self._every)

    def end(self) -> None:
        """Stop noting."""
        self._ended.set()
        self._thread.join(10)

    def slope(self, warm_up: float) -> float:
        """MiB a minute after the warm-up, by least squares; NaN of fewer than three samples."""
        later = [sample for sample in self.samples if sample[0] >= warm_up]
        if len(later) < 3:
            return float("nan")
        times, sizes = np.array(later).T
        return float(np.polyfit(times / 60, sizes, 1)[0])
