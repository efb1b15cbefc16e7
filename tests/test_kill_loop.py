"""Processes killed at every named step and at random moments; the long loop is `make soak`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.soak.kill_child import notices
from benchmarks.soak.kill_loop import RANDOM, run_kill_loop
from benchmarks.soak.kill_oracle import Oracle
from corpus.reading import ReadFile
from index import failpoints
from index.catalog import Catalog
from index.sealed import seal, unseal
from index.store import LocalStore
from tests.quick_disk import quick_disk

ROOT = Path(__file__).parents[1]


def test_a_killed_process_leaves_the_state_before_or_after() -> None:
    """At each of the named steps, and at random moments."""
    report = run_kill_loop(len(failpoints.NAMES) + 5, seed=1, parent=quick_disk())
    assert report.faults == []
    assert (report.lost_acknowledged, report.mixed_states) == (0, 0)
    assert set(failpoints.NAMES) <= set(report.by_step)
    assert report.by_step[RANDOM]
    assert report.slowest_open_s < 5


def test_the_oracle_sees_what_is_wrong(tmp_path: Path) -> None:
    """A loop that finds nothing proves nothing unless it would."""
    known = notices()
    store = LocalStore(tmp_path / "world" / "store")
    store.index([ReadFile(f"{s}.txt", (known[s, 0],)) for s in range(3)])
    oracle = Oracle(tmp_path / "fresh", known)
    assert oracle.examine(tmp_path / "world", False, "").faults == []
    assert oracle.examine(tmp_path / "world", False, "").held == {0: 0, 1: 0, 2: 0}
    other = LocalStore(tmp_path / "other")
    other.index([ReadFile(f"{s}.txt", (known[s, 1],)) for s in range(3)])
    mine, others = (one.folder / f"derived-{one.sequence}" for one in (store, other))
    shutil.rmtree(mine)
    shutil.copytree(others, mine)
    assert oracle.examine(tmp_path / "world", False, "").faults == []  # of another state: built anew
    with closing(Catalog(store.folder / "catalog.sqlite")) as catalog:
        token = catalog.token(store.sequence)
    shutil.rmtree(mine)
    shutil.copytree(others, mine)
    record = unseal((mine / "derived.json").read_text(encoding="utf-8"), ())
    (mine / "derived.json").write_text(seal({**record, "token": token}), encoding="utf-8")
    assert oracle.examine(tmp_path / "world", False, "").mixed
    assert not oracle.beside(tmp_path / "world", ("upload", 0), False, False)
    assert oracle.beside(tmp_path / "world", ("upload", 0), True, False) == "the upload is gone"
    assert oracle.beside(tmp_path / "world", ("backup", "a.gz"), True, False) == "the backup is gone"
    (tmp_path / "world" / "half").mkdir()
    (tmp_path / "world" / "half" / "catalog.sqlite").write_bytes(b"half")
    assert oracle.beside(tmp_path / "world", ("restore", ["a.gz", "half"]), False, False) == "half a store is left"


def test_the_environment_names_a_step(tmp_path: Path) -> None:
    def run(step: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "assistant.cli", "index", "corpus/notices", "--store", str(tmp_path / "store")]
        environment = {**os.environ, "NOTICES_FAILPOINT": step}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)

    assert run("catalog.committed").returncode == -9
    held = LocalStore(tmp_path / "store")
    assert len(held.cards()) == 10
    held.close()
    with pytest.raises(ValueError, match="no step"):
        failpoints.arm("nowhere")
