"""A virtual environment for each peer, from its requirements file; nothing of it touches the project's own."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ENVIRONMENTS = ROOT / ".venv-peers"


class NotInstalled(Exception):
    """A peer's environment cannot be made; the message holds pip's last words."""


def python_of(name: str) -> Path:
    """The interpreter of a peer's environment, whether it is there or not."""
    return ENVIRONMENTS / name / "bin" / "python"


def requirements_of(name: str) -> Path:
    """The file that pins what a peer is made of."""
    return HERE / f"requirements-{name}.txt"


def installed(name: str) -> bool:
    """Whether the environment is there and made from today's requirements."""
    stamp = ENVIRONMENTS / name / ".made-from"
    return stamp.exists() and stamp.read_text() == _digest(name)


def install(name: str) -> Path:
    """Make the environment unless it is there; its interpreter. :raises NotInstalled: pip failed"""
    python = python_of(name)
    if not installed(name):
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENTS / name)], check=True)
        command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", requirements_of(name)]
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode:
            raise NotInstalled(last_line(made.stderr))
        (ENVIRONMENTS / name / ".made-from").write_text(_digest(name))
    return python


def last_line(text: str) -> str:
    """The last line of a program's messages: what went wrong, where something did."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no message")


def _digest(name: str) -> str:
    return hashlib.sha256(requirements_of(name).read_bytes()).hexdigest()
