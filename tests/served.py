"""A server in a process of its own, as readers meet it: over a real socket, with no network but loopback."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

START = 60  # seconds that it may take on a busy machine
# Importing tests.loopback forbids the server, too, every connection that is not loopback.
PROGRAM = """
import socket, sys
import tests.loopback
from pathlib import Path
from assistant.sample import sample_store
from assistant.service import Assistant
from assistant.web.app import create_app
from assistant.web.server import Server
app = create_app(Assistant.open(Path(sys.argv[2]) if sys.argv[2] else sample_store()), page=False)
Server(app).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
"""


class Served:
    """The application without its page on a free port of loopback; ``base`` is where."""

    def __init__(self, store: Path | None = None, program: str = PROGRAM) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.port = listening.getsockname()[1]
            self.base = f"http://127.0.0.1:{self.port}"
            number = listening.fileno()
            command = [sys.executable, "-c", program, str(number), str(store or "")]
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, pass_fds=[number], stderr=subprocess.PIPE
            )
        deadline = time.monotonic() + START
        while not self._answers():
            assert self.process.poll() is None, self.process.communicate()[1].decode()
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.base + "/healthz", timeout=START) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def stop(self) -> str:
        """Tell the server to stop; returns what it wrote to stderr."""
        self.process.terminate()
        _, errors = self.process.communicate(timeout=20)
        return errors.decode()

    def kill(self) -> None:
        """End the server as a power cut would."""
        self.process.kill()
        self.process.communicate(timeout=20)


class Command:
    """`notices serve --store STORE …` in a process of its own; ``log`` is the file that holds what it says."""

    _numbers = itertools.count()

    def __init__(self, store: Path, *options: object, before: str = "") -> None:
        """Start it and wait until it answers.

        :param before: Python that runs in the process first, such as shorter waits
        """
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        self.log = store.parent / f"log-{port}-{next(self._numbers)}.txt"
        program = f"{before}\nfrom assistant.cli import main; main()"
        command = [sys.executable, "-c", program, "serve", "--store", store, "--port", port, *options]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        with self.log.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen([*map(str, command)], cwd=ROOT, env=environment, stdout=log, stderr=log)
        self.until(self._answers, "the server answers")

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.said()
        try:
            return bool(self.get("/healthz"))
        except OSError:
            return False

    def said(self) -> str:
        """What it has written so far."""
        return self.log.read_text(encoding="utf-8")

    def get(self, path: str) -> Any:
        """The JSON at an address, asked for without a key."""
        with urllib.request.urlopen(self.base + path, timeout=START) as response:
            return json.load(response)

    def lines(self, label: str) -> list[str]:
        """The lines of its log that begin with a label."""
        return re.findall(rf"^[\d-]+ [\d:]+ \w+ {label}: .*$", self.said(), re.MULTILINE)

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait for something to hold."""
        deadline = time.monotonic() + START
        while not holds():
            assert time.monotonic() < deadline, f"not so: {what}\n{self.said()}"
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, by default as a service manager does."""
        self.process.send_signal(how)
        self.process.wait(20)
