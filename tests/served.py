"""A server in a process of its own, as readers meet it: over a real socket, with no network but loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.conftest import ROOT

START = 60  # seconds that it may take on a busy machine
# Importing conftest forbids the server, too, every connection that is not loopback.
PROGRAM = """
import socket, sys
import tests.conftest
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
