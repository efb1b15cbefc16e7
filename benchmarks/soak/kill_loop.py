"""Processes that change a store, killed at every named step and at random moments; what is left is compared with a model.

    .venv/bin/python -m benchmarks.soak.kill_loop --kills 200 --seed 1

After each kill: the store opens; it holds what was acknowledged, and of the act under way all or nothing; searches find
what a fresh store with the same notices finds; `notices verify` finds nothing; backups and uploads that were
acknowledged are there whole.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.soak.kill_child import SERIALS, VERSIONS, Act, Task, notices, task_line
from benchmarks.soak.kill_oracle import Oracle
from index.failpoints import NAMES

ROOT = Path(__file__).resolve().parents[2]
RANDOM = "at random"
_MOST_FAULTS = 20
_LONGEST = 350.0  # milliseconds after which a process is killed at the latest: most acts are done by then
Model = dict[int, int]  # versions by serial


@dataclass(slots=True)
class KillReport:
    """What a loop found. ``by_step``: kills by the step at which they struck; ``faults``: one line each."""

    kills: int = 0
    by_step: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    lost_acknowledged: int = 0
    mixed_states: int = 0
    slowest_open_s: float = 0.0


class _Zygote:
    """The process that forks those that are killed."""

    def __init__(self) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.soak.kill_child"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment,
        )  # fmt: skip
        self._read("ready")

    def run(self, task: Task) -> tuple[list[dict[str, Any]], int]:
        """What a process said, and its exit status (negative: the signal that ended it)."""
        assert self._process.stdin is not None
        self._process.stdin.write(task_line(task))
        self._process.stdin.flush()
        said = list(self._read("ended"))
        return said[:-1], int(said[-1]["status"])

    def _read(self, last: str) -> list[dict[str, Any]]:
        assert self._process.stdout is not None
        said: list[dict[str, Any]] = []
        while not said or said[-1]["event"] != last:
            line = self._process.stdout.readline()
            if not line:
                raise RuntimeError("the process that forks has ended")
            said.append(json.loads(line))
        return said

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()


class _World:
    """One store with what belongs to it, and the model of what it must hold."""

    def __init__(self, folder: Path, large: bool, oracle: Oracle) -> None:
        self.folder, self.large = folder, large
        self._oracle = oracle
        self._model: Model = {}
        self._made = 0

    def acts(self, draw: random.Random, step: str | None) -> tuple[Act, ...]:
        """Some acts that come to a step; without a step any."""
        kind = (step or RANDOM).partition(".")[0]
        self._made += 1
        name = f"{self._made}"
        put: Act = ("put", [(draw.randrange(SERIALS), draw.randrange(VERSIONS)) for _ in range(draw.randint(1, 3))])
        if kind in ("create", "manifest"):
            return (("create", f"new-{name}"),)
        if kind == "shards":
            return (self._certain(draw), ("ask", None))
        if kind == "original":
            return (("upload", draw.randrange(SERIALS)),)
        if kind == "backup":
            return (("backup", f"{name}.gz"),)
        if kind == "restore":
            return (("backup", f"{name}.gz"), ("restore", [f"{name}.gz", f"restored-{name}"]))
        if step == "compaction.due":
            return tuple(
                ("put", [((s + self._made) % SERIALS, (self._made + n) % VERSIONS) for s in range(8)]) for n in range(6)
            )
        if step is not None:
            change = self._certain(draw)
            return (change, put) if draw.random() < 0.5 else (change, ("rebuild", None))
        restored: tuple[Act, ...] = (("backup", f"{name}.gz"), ("restore", [f"{name}.gz", f"restored-{name}"]))
        any_act: list[tuple[Act, ...]] = [
            (put,), (put,), (put,), (("remove", draw.choice(sorted(self._model) or [0])),), (("rebuild", None),),
            (("ask", None),), (("upload", draw.randrange(SERIALS)),), (("create", f"new-{name}"),), restored,
        ]  # fmt: skip
        first, second = draw.sample(range(len(any_act)), 2)
        return (*any_act[first], *any_act[second])

    def _certain(self, draw: random.Random) -> Act:
        """A change that the store does not hold yet."""
        serial = draw.randrange(SERIALS)
        return ("put", [(serial, (self._model.get(serial, -1) + 1) % VERSIONS)])

    def settle(self, acts: tuple[Act, ...], said: list[dict[str, Any]], where: str, report: KillReport) -> None:
        """Compare what is left with the model, and go on from there."""
        acked = {event["number"] for event in said if event["event"] == "acked"}
        raised = next((event["what"] for event in said if event["event"] == "raised"), None)
        begun = max((event["number"] for event in said if event["event"] == "begun"), default=-1)
        if raised and not _expected(raised):
            report.faults.append(f"{where}: {acts[begun]}: {raised}")
        before = self._model
        for number in sorted(acked):
            before = _after(before, acts[number])
        under_way = acts[begun] if begun not in acked and begun >= 0 else None
        after = _after(before, under_way) if under_way else before
        found = self._oracle.examine(self.folder, self.large, where)
        report.faults += found.faults
        report.mixed_states += found.mixed
        report.slowest_open_s = max(report.slowest_open_s, found.opened_s)
        if found.held is not None and found.held not in (before, after):
            lost = any(found.held.get(serial) not in (before.get(serial), after.get(serial)) for serial in before)
            report.lost_acknowledged += lost
            report.faults.append(f"{where}: {under_way} under way: {found.held}, not {before} or {after}")
        self._model = found.held if found.held is not None else after
        for number, act in enumerate(acts[: begun + 1]):
            fault = self._oracle.beside(self.folder, act, number in acked, self.large)
            if fault:
                report.lost_acknowledged += number in acked
                report.faults.append(f"{where}: {act}: {fault}")

    def tidy(self) -> None:
        """Remove what acts have made beside the store."""
        for path in self.folder.iterdir():
            if path.name != "store":
                shutil.rmtree(path, ignore_errors=True)


def _expected(raised: str) -> bool:
    """A notice that is to be removed may be gone, with a repeated act."""
    return raised.startswith("UnknownNotice")


def _after(model: Model, act: Act) -> Model:
    kind, what = act
    if kind == "put":
        return {**model, **dict(map(tuple, what))}
    return {s: v for s, v in model.items() if s != what} if kind == "remove" else model


def _put_once(acts: tuple[Act, ...]) -> tuple[Act, ...]:
    """A serial comes once in a put: of two texts in one call under one name one would be an edition."""
    return tuple((kind, sorted(dict(what).items()) if kind == "put" else what) for kind, what in acts)


@contextmanager
def _worlds(parent: Path | None) -> Iterator[tuple[_Zygote, list[_World]]]:
    zygote = _Zygote()
    with tempfile.TemporaryDirectory(prefix="kills-", dir=parent) as folder:
        oracle = Oracle(Path(folder) / "fresh", notices())
        worlds = [_World(Path(folder) / ("large" if large else "small"), large, oracle) for large in (False, True)]
        try:
            for world in worlds:
                world.folder.mkdir()
                first: tuple[Act, ...] = (("put", [(s, 0) for s in range(10 if world.large else 4)]),)
                said, status = zygote.run(Task(str(world.folder), first, world.large))
                assert status == 0, said
                world.settle(first, said, "the first", KillReport())
            yield zygote, worlds
        finally:
            zygote.close()


def _schedule(draw: random.Random) -> Iterator[tuple[str | None, int]]:
    """Steps (None: a random moment) and worlds: each step once, some random moments, then both in turn."""
    for number, step in enumerate(NAMES):
        yield step, 1 if step == "compaction.due" else number % 2
    for _ in range(10):
        yield None, draw.randrange(2)
    for number in count():
        yield None, draw.randrange(2)
        step = NAMES[number % len(NAMES)]
        yield step, 1 if step == "compaction.due" else draw.randrange(2)


def run_kill_loop(kills: int, seed: int, parent: Path | None = None) -> KillReport:
    """Kill processes at each named step and at random moments, in small and large stores.

    :param kills: how many processes are killed; those that end before do not count
    :param parent: a folder for the stores, None for the system's
    """
    draw, report = random.Random(seed), KillReport()
    with _worlds(parent) as (zygote, worlds):
        for number, (step, which) in enumerate(_schedule(draw)):
            if report.kills >= kills or len(report.faults) > _MOST_FAULTS:
                break
            world = worlds[which]
            acts = _put_once(world.acts(draw, step))
            after = None if step else draw.uniform(1, _LONGEST)
            said, status = zygote.run(Task(str(world.folder), acts, world.large, step, 1, after))
            where = f"kill {report.kills + 1} ({step or RANDOM}, {'large' if world.large else 'small'})"
            if status == -signal.SIGKILL:
                report.kills += 1
                report.by_step[step or RANDOM] = report.by_step.get(step or RANDOM, 0) + 1
            elif step:
                report.faults.append(f"{where}: the step was not reached (exit {status}): {said[-1:]}")
            world.settle(acts, said, where, report)
            if number % 10 == 9:
                world.tidy()
    return report


def main() -> None:
    """Run the loop and print its report as JSON; exit code 1 where anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begun = time.monotonic()
    report = run_kill_loop(options.kills, options.seed)
    print(json.dumps({**asdict(report), "took_s": round(time.monotonic() - begun, 1)}, ensure_ascii=False, indent=1))
    sys.exit(1 if report.faults or report.lost_acknowledged or report.mixed_states else 0)


if __name__ == "__main__":
    main()
