"""Cost against size: the benchmark at several sizes, as JSON files and as one picture.

python -m benchmarks.scale RESULTS [--sizes 1000 10000 100000] [--texts ../shared/data/text] [--stores DIR]
    measures what RESULTS (a folder) lacks, one `notices-eval bench` a size; --stores keeps the stores
python -m benchmarks.scale RESULTS --picture docs/images/scale.png
    draws what is there

The picture shows processor time for searches: it does not depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LEGS = ("lexical", "dense", "hybrid")


def main() -> None:
    """Measure or draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 10_000, 100_000])
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--stores", type=Path)
    parser.add_argument("--picture", type=Path)
    asked = parser.parse_args()
    if asked.picture:
        draw(asked.results, asked.picture)
        return
    asked.results.mkdir(parents=True, exist_ok=True)
    for size in asked.sizes:
        target = asked.results / f"{size}.json"
        if target.exists():
            continue
        command = [sys.executable, "-m", "eval.cli", "bench", "--passages", str(size), "--json"]
        command += ["--texts", str(asked.texts)] if asked.texts else []
        command += ["--keep", str(asked.stores / str(size))] if asked.stores else []
        target.write_bytes(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        print(target)


def draw(results: Path, picture: Path) -> None:
    """One picture of all results."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    reports: list[dict[str, Any]] = sorted(
        (json.loads(path.read_text(encoding="utf-8")) for path in results.glob("*.json")), key=lambda r: r["passages"]
    )
    sizes = [report["passages"] for report in reports]
    figure, axes = plt.subplots(1, 3, figsize=(13, 4), constrained_layout=True)
    for leg in LEGS:
        axes[0].plot(sizes, [report["search_cpu_ms"][leg]["p50"] for report in reports], "o-", label=leg)
    filtered = [max(leg["cpu_p50"] for leg in report["filtered_ms"].values()) for report in reports]
    axes[0].plot(sizes, filtered, "x--", label="hybrid, slowest filter")
    axes[0].plot(sizes, [report["flat_bound_ms"] for report in reports], ":", label="reading all vectors once")
    axes[0].set(title="search, p50 of processor time", ylabel="ms", yscale="log")
    for name, label in (
        ("add_one_s", "add one notice and find it"),
        ("remove_one_s", "remove it"),
        ("store_open_s", "open"),
    ):
        axes[1].plot(sizes, [report[name] for report in reports], "o-", label=label)
    axes[1].set(title="changes", ylabel="s", yscale="log")
    for name, label in (("search_rss_mb", "memory of a process that searches"), ("disk_mb", "disk")):
        axes[2].plot(sizes, [report[name] for report in reports], "o-", label=label)
    axes[2].set(title="size", ylabel="MiB", yscale="log")
    for axis in axes:
        axis.set(xlabel="passages", xscale="log")
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8)
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture, dpi=110)
    print(picture)


if __name__ == "__main__":
    main()
