"""Times `notices serve --watch`: how soon a file counts, and what /v1/ask takes while the store changes.

    .venv/bin/python benchmarks/watching.py FOLDER [--add N]

The files of FOLDER are copied into a watched folder, all but the last N; then those N at once, then one more. One
client asks all the time. Prints one JSON object: seconds from copying to the answers, milliseconds of /v1/ask.
"""

from __future__ import annotations

import argparse
import http.client
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from latency import NOTICES, ROOT, machine, request, summary, until

QUESTION = {"question": "哪些单位负责电梯安全检查"}
QUIET = 100  # questions asked while nothing changes


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="notices")
    parser.add_argument("--add", type=int, default=20, help="files that are added at once")
    parser.add_argument("--port", type=int, default=8765)
    arguments = parser.parse_args()
    files = sorted(path for path in arguments.folder.iterdir() if path.is_file())
    with tempfile.TemporaryDirectory() as temporary:
        watched, store = Path(temporary) / "notices", Path(temporary) / "store"
        watched.mkdir()
        put(files[: -arguments.add - 1], watched)
        # Made beforehand, so that the server starts on a store that is in step.
        subprocess.run([*NOTICES, "index", watched, "--store", store], cwd=ROOT, capture_output=True, check=False)
        command = [*NOTICES, "serve", "--store", store, "--watch", watched, "--port", str(arguments.port)]
        server = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        try:
            print(json.dumps(measure(arguments.port, files, arguments.add, watched), ensure_ascii=False, indent=1))
        finally:
            server.terminate()
            server.wait(20)


def measure(port: int, files: list[Path], add: int, watched: Path) -> dict[str, Any]:
    """What is printed."""
    until(port, "/", time.perf_counter())  # the page is built by then, which takes the processor
    connection = http.client.HTTPConnection("127.0.0.1", port)
    ask(connection)
    report: dict[str, Any] = {
        "before": state(connection),
        "quiet_ask_ms": times([ask(connection) for _ in range(QUIET)]),
    }
    for name, more in ((f"{add}_files", files[-add - 1 : -1]), ("one_file", files[-1:])):
        sequence, asked, started = state(connection)["sequence"], [], time.perf_counter()
        put(more, watched)
        while state(connection)["sequence"] == sequence:
            asked.append(ask(connection))
        report[name] = {"counts_after_s": round(time.perf_counter() - started, 1), "ask_ms": times(asked)}
    return {**report, "after": state(connection), "machine": machine()}


def put(files: list[Path], folder: Path) -> None:
    """Copy files."""
    for file in files:
        shutil.copy(file, folder)


def ask(connection: http.client.HTTPConnection) -> float:
    """Milliseconds of one answer."""
    return 1000 * request(connection, "POST", "/v1/ask", json.dumps(QUESTION))


def state(connection: http.client.HTTPConnection) -> dict[str, Any]:
    """Number of the store's state, and what it holds."""
    connection.request("GET", "/readyz")
    found: dict[str, Any] = json.load(connection.getresponse())
    return {key: found[key] for key in ("sequence", "notices", "passages")}


def times(values: list[float]) -> dict[str, float]:
    """Median, 95th percentile, number, and the longest."""
    return {**summary(values, 1), "max": round(max(values), 1)}


if __name__ == "__main__":
    sys.exit(main())
