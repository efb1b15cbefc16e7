"""A store on a disk that fails at its N-th change, for every N: EIO, ENOSPC, short writes, once or from then on.

    .venv/bin/python -m benchmarks.soak.faults [--stride 5]

Changes of files are counted by a library that is preloaded (`faulty_disk.c`, built with the system's C compiler). Each
act must end well or with one clear line; readers go on, the next act does what it should, `notices verify` finds nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from itertools import product
from pathlib import Path

from benchmarks.soak.fault_child import Trial

ROOT = Path(__file__).resolve().parents[2]
ACTS = ("put", "remove", "rebuild", "ask", "backup")
KINDS = (
    ("EIO", False, False),
    ("EIO", False, True),
    ("ENOSPC", False, True),
    ("ENOSPC", True, True),
    ("EIO", True, False),
)
_SECONDS = 300  # for a trial


@dataclass(slots=True)
class FaultReport:
    """What was tried. ``tried``: acts on a failing disk; ``failed``: those that said so; ``faults``: what should not be."""

    tried: int = 0
    failed: int = 0
    messages: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def compiler() -> str | None:
    """The C compiler of this machine."""
    return shutil.which("cc") or shutil.which("gcc")


def run_faults(
    trials: Iterable[tuple[str, bool, tuple[str, bool, bool], int, int]], parent: Path | None = None
) -> FaultReport:
    """Try acts on a disk that fails.

    :param trials: act, whether the store is large, (errno, short, lasting), the first N, the stride of N
    :param parent: where the stores lie, None for the system's temporary folder
    """
    report = FaultReport()
    with tempfile.TemporaryDirectory(prefix="faults-", dir=parent) as temporary:
        library = _built(Path(temporary))
        tried = []
        for number, (act, large, (error, short, lasting), first, stride) in enumerate(trials):
            folder = Path(temporary) / str(number)
            folder.mkdir()
            tried.append(Trial(str(folder), act, large, error, short, lasting, first, stride))
        _run(tried, library, report)
    return report


def _built(folder: Path) -> Path:
    library = folder / "faulty_disk.so"
    source = Path(__file__).with_name("faulty_disk.c")
    compile_ = [compiler() or "cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    subprocess.run(compile_, check=True, capture_output=True)
    return library


def _run(trials: list[Trial], library: Path, report: FaultReport) -> None:
    environment = {**os.environ, "LD_PRELOAD": str(library), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.soak.fault_child"], input="".join(json.dumps(asdict(one)) + "\n" for one in trials),
        capture_output=True, text=True, cwd=ROOT, env=environment, timeout=_SECONDS * len(trials), check=False,
    )  # fmt: skip
    reached = 0
    for result in map(json.loads, done.stdout.splitlines()):
        reached = result["trial"]
        report.tried += result["reached"]
        report.failed += result["failure"] is not None
        if result["failure"]:
            report.messages.add(result["failure"].split("'")[0])
        report.faults += [f"{_named(trials[reached])}, change {result['n']}: {fault}" for fault in result["faults"]]
    if done.returncode:
        report.faults.append(
            f"{_named(trials[reached])} or the next: exit {done.returncode}: {done.stderr.strip()[-600:]}"
        )


def _named(trial: Trial) -> str:
    size = "large" if trial.large else "small"
    return f"{trial.act}, {size}, {trial.error}{' short' * trial.short}{' lasting' * trial.lasting}"


def main() -> None:
    """Run all of it and print the report as JSON; exit code 1 where anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stride", type=int, default=1, help="one change in so many is tried")
    options = parser.parse_args()
    begun = time.monotonic()
    memory = Path("/dev/shm")
    report = run_faults(
        ((act, large, kind, 1, options.stride) for act, large, kind in product(ACTS, (False, True), KINDS)),
        memory if os.access(memory, os.W_OK) else None,
    )
    shown = {**asdict(report), "messages": sorted(report.messages), "took_s": round(time.monotonic() - begun, 1)}
    print(json.dumps(shown, ensure_ascii=False, indent=1))
    sys.exit(1 if report.faults else 0)


if __name__ == "__main__":
    main()
