"""A store on a disk that cannot be written: questions are answered, a change is refused with one clear line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.sample import sample_store

ROOT = Path(__file__).parents[1]


@pytest.fixture
def frozen(tmp_path: Path) -> Iterator[Path]:
    """The sample store on a file system mounted read-only."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"needs the right to mount a tmpfs (run as root): {mounted.stderr.strip()}")
    try:
        shutil.copytree(sample_store(), disk / "store")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        yield disk / "store"
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "assistant.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.mark.slow
def test_questions_are_answered_and_changes_refused(frozen: Path) -> None:
    before = sorted(path.name for path in frozen.rglob("*"))
    question = "哪些单位负责电动自行车相关活动"
    answered = run("ask", question, "--store", frozen)
    assert (answered.returncode, answered.stdout) == (0, run("ask", question).stdout)
    assert run("search", "食品安全", "--store", frozen, "--json").returncode == 0
    for refused in (
        run("index", ROOT / "corpus" / "notices", "--store", frozen),
        run("remove", "2022-9f894113", "--store", frozen),
        run("rebuild", "--store", frozen),
    ):
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr.count("\n") == 1
        assert "cannot be written" in refused.stderr
    assert sorted(path.name for path in frozen.rglob("*")) == before
