"""Times reading, parsing and splitting of plain text on one core: generated notices by size, and shapes that hurt.

    make bench-parsing        (or: .venv/bin/python benchmarks/parsing.py --sizes 0.1 1 5 20)

Each case runs in a process of its own, so that peak memory is its own. Prints one line a case: seconds of processor time
(what others do on the machine counts less there than on the clock), MB a second, notices, passages, and the growth of
peak memory over that of the process before it, which had read small notices already, as a multiple of the file.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from corpus.reading import read_file
from corpus.structure.words import crossed
from eval.bench.generator import PASSAGES, generate

ROOT = Path(__file__).resolve().parent.parent
MB = 1_000_000
SIZES = (0.1, 1.0, 5.0, 20.0)
_BYTES_OF_A_NOTICE = 4800  # about


def notices(size: int) -> str:
    """Generated notices one behind the other, as a file that somebody exported whole."""
    made = generate(PASSAGES * (size // _BYTES_OF_A_NOTICE + 2), seed=1)
    parts, total = [], 0
    for notice in made:
        if total >= size:
            break
        parts.append(notice.text)
        total += len(notice.text.encode())
    return "".join(parts)


def damaged_lines(size: int) -> str:
    """One list whose numbers are altered at random: the search for its reading runs over all of it."""
    chance, lines, total = Random(1), [], 0
    while total < size:
        number = len(lines) + 1 if chance.random() < 0.9 else chance.randint(1, 99)
        lines.append(
            f"{number % 1000 or 1}、开展第{len(lines)}项质量提升行动，落实各方责任。（责任单位：区市场监管局）"
        )
        total += len(lines[-1].encode()) + 1
    return "\n".join(lines)


SHAPES: dict[str, Callable[[], str]] = {
    "250,000 x 一、甲": lambda: "一、甲\n" * 250_000,
    "10 MB on one line": lambda: "各部门要开展质量月活动，压实工作责任。" * (10 * MB // 57),
    "100,000 rows of 3 cells": lambda: (
        "序号\t任务\t责任单位\n" + "".join(f"{n}\t开展检查\t区商务局\n" for n in range(1, 100_001))
    ),
    "100,000 short lines": lambda: "加强领导\n" * 100_000,
    "1 MB of altered numbers": lambda: damaged_lines(MB),
    "100,000 x 部门": lambda: "部门" * 100_000,
    "200,000 x 由": lambda: "由" * 200_000,
    "200,000 x （": lambda: "（" * 200_000,
}


def measure(path: Path) -> dict[str, float]:
    """Seconds of processor time, passages and bytes of memory that reading a file takes in this process."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    read = read_file(path, path.name)
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if read.failure:
        raise SystemExit(f"{path.name}: {read.failure}")
    passages = sum(len(notice.passages) for notice in read.notices)
    return {"s": seconds, "notices": len(read.notices), "passages": passages, "bytes": (peak - before) * 1024}


def warm() -> None:
    """Load the reader, the word lists and the segmenter's dictionary, which every process pays for once."""
    crossed("质量提", "升行动")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "warm.txt"
        for notice in generate(PASSAGES, seed=2):
            path.write_text(notice.text, encoding="utf-8")
            read_file(path, path.name)


def main() -> None:
    """Measure all sizes and shapes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=float, nargs="*", default=SIZES, metavar="MB")
    parser.add_argument("--no-shapes", action="store_true", help="generated notices only")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        warm()
        print(json.dumps(measure(arguments.one)))
        return
    cases: dict[str, Callable[[], str]] = {
        f"{mb:g} MB of notices": lambda mb=mb: notices(int(mb * MB)) for mb in arguments.sizes
    }  # type: ignore[misc]
    if not arguments.no_shapes:
        cases |= SHAPES
    print(f"{'case':26} {'MB':>6} {'s':>7} {'MB/s':>6} {'notices':>8} {'passages':>9} {'memory':>7}")
    for name, make in cases.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "case.txt"
            path.write_text(make(), encoding="utf-8")
            size = path.stat().st_size
            command = [sys.executable, __file__, "--one", str(path)]
            run = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
        if run.returncode:
            print(f"{name:26} {run.stderr.strip().splitlines()[-1]}", flush=True)
            continue
        got = json.loads(run.stdout)
        print(
            f"{name:26} {size / MB:6.1f} {got['s']:7.2f} {size / MB / got['s']:6.2f} {got['notices']:8} "
            f"{got['passages']:9} {got['bytes'] / size:6.1f}x",
            flush=True,
        )


if __name__ == "__main__":
    main()
