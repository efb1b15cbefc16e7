"""`make soak`: a service with keys under everything at once, for as long as is asked, and processes killed while they write.

    .venv/bin/python -m benchmarks.soak [--minutes 15] [--kills 200] [--seed 1] [--write docs/reliability.md]

First the kill loop (its time is not counted). Then a real `notices serve` process: a working day (70 % of the time: 8 readers,
an editor, keys that are revoked, clients that send a byte a second, 1,000 that leave in the middle of a stream), 1,000 more
who leave, a crowd three times as large as is let in, and restarts under load. Prints one table; exit code 1 where
anything is not as promised, with the first faults.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.soak import phases
from benchmarks.soak.kill_loop import KillReport, run_kill_loop
from benchmarks.soak.report import Report, write
from benchmarks.soak.service import ROOT, Service
from benchmarks.soak.tally import Tally
from benchmarks.soak.writing import Editor
from tests.keyed_service import keyed_store

_DAY, _CROWD, _RESTARTS = 0.7, 0.15, 0.15  # shares of the time


def soak(
    folder: Path, seconds: float, kills: KillReport, seed: int, disconnects: int = 1000, restarts: int = 3
) -> Report:
    """Soak a service for some seconds.

    :param kills: what the kill loop found before
    :param disconnects: clients that leave during the day, and as many again afterwards
    """
    tally, held = Tally(), keyed_store(folder, ROOT / "corpus" / "notices")
    service = Service(held.folder, "--at-once", str(phases.AT_ONCE), "--audit", str(folder / "audit.jsonl"))
    try:
        editor = Editor(service.port, tally, held, pause=0.3)
        one = phases.Soak(held, service, tally, editor, seed)
        slope, leaked = phases.working_day(one, seconds * _DAY, disconnects, every=min(5.0, seconds / 40))
        leaked += phases.disconnects_alone(one, disconnects)
        rss = service.rss_mb
        phases.crowd(one, seconds * _CROWD)
        phases.restarts(one, restarts, seconds * _RESTARTS / restarts)
    finally:
        service.stop()
    tracebacks = service.log.read_text(encoding="utf-8", errors="replace").count("Traceback")
    return Report(
        round(seconds / 60, 2),
        seed,
        kills,
        tally,
        slope,
        seconds * _DAY - phases.warm_up(seconds * _DAY),
        leaked,
        rss,
        tracebacks,
    )


def main() -> None:
    """Soak, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table into a page, between its two markers")
    options = parser.parse_args()
    kills = run_kill_loop(options.kills, options.seed) if options.kills else KillReport()
    with TemporaryDirectory(prefix="notices-soak-") as temporary:
        report = soak(Path(temporary), options.minutes * 60, kills, options.seed)
    print(report.text())
    for fault in report.faults:
        print("×", fault)
    if options.write is not None:
        write(options.write, report)
    sys.exit(bool(report.faults))


if __name__ == "__main__":
    main()
