"""Times what a user waits for on the sample corpus: a cold `notices ask`, the server's start, one answer over HTTP.

    make bench        (or: .venv/bin/python benchmarks/latency.py --runs 9)

Prints one JSON object: medians and 95th percentiles, seconds or milliseconds as the names say.
"""

from __future__ import annotations

import argparse
import http.client
import json
import platform
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "tests" / "questions" / "digest.jsonl"
NOTICES = [sys.executable, "-m", "assistant.cli"]


def main() -> None:
    """Run all benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9, help="cold starts to time")
    parser.add_argument("--rounds", type=int, default=3, help="times that every question is asked over HTTP")
    arguments = parser.parse_args()
    questions = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    report = {"cold_ask_s": cold_ask(arguments.runs), **served(questions, arguments.rounds), "machine": machine()}
    print(json.dumps(report, ensure_ascii=False, indent=1))


def cold_ask(runs: int) -> dict[str, float]:
    """Seconds from process start to the whole answer, the sample store being there."""
    command = [*NOTICES, "ask", "哪些单位负责电动自行车相关活动", "--json"]
    subprocess.run(command, check=True, capture_output=True)
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return summary(times, 3)


def served(questions: list[dict[str, Any]], rounds: int) -> dict[str, Any]:
    """Seconds until /healthz and / answer; milliseconds of /v1/ask and /v1/search, one client, distinct questions."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.perf_counter()
    server = subprocess.Popen([*NOTICES, "serve", "--port", str(port)], stderr=subprocess.DEVNULL)
    try:
        report: dict[str, Any] = {
            "api_ready_s": until(port, "/healthz", started),
            "page_ready_s": until(port, "/", started),
        }
        connection = http.client.HTTPConnection("127.0.0.1", port)
        ask, search = [], []
        for n in range(rounds + 1):
            for question in questions:
                body = json.dumps({key: question[key] for key in ("question", "history", "filters")})
                ask.append((n, request(connection, "POST", "/v1/ask", body)))
                search.append((n, request(connection, "GET", f"/v1/search?q={quote(question['question'])}", None)))
        report["ask_ms"] = summary([t * 1000 for n, t in ask if n], 2)
        report["search_ms"] = summary([t * 1000 for n, t in search if n], 2)
        return report
    finally:
        server.terminate()
        server.wait(20)


def until(port: int, path: str, started: float) -> float:
    """Seconds since ``started`` until a path answers 200."""
    while time.perf_counter() - started < 60:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return round(time.perf_counter() - started, 2)
        except OSError:
            time.sleep(0.01)
    raise SystemExit(f"{path} did not answer within a minute")


def request(connection: http.client.HTTPConnection, method: str, path: str, body: str | None) -> float:
    """Seconds that a request took."""
    started = time.perf_counter()
    connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        raise SystemExit(f"{method} {path} gave {response.status}")
    return time.perf_counter() - started


def summary(values: list[float], digits: int) -> dict[str, float]:
    """Median, 95th percentile and number of values."""
    ordered = sorted(values)
    at = min(len(ordered) - 1, round(0.95 * len(ordered)))
    return {"p50": round(statistics.median(ordered), digits), "p95": round(ordered[at], digits), "n": len(ordered)}


def machine() -> str:
    """What it ran on."""
    return f"{platform.machine()}, {platform.system()} {platform.release()}, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
