"""Times to the first words of an answer over server-sent events, as a reader's program sees them.

    .venv/bin/python benchmarks/sse_latency.py [--store DIR] [--rounds 5]

Starts `notices serve` on the sample corpus (or DIR), asks the development questions one after another over one connection,
and prints one JSON object: milliseconds from sending the question to the first ``delta`` (`first_delta_ms`) and to the end of
the stream (`whole_ms`), of `/v1/ask` and of `/v1/chat/completions`. The first round warms up and is left out.
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

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "tests" / "questions" / "digest.jsonl"
NOTICES = [sys.executable, "-m", "assistant.cli"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, help="folder of a store; by default the sample corpus")
    parser.add_argument("--rounds", type=int, default=5, help="times that every question is asked")
    arguments = parser.parse_args()
    questions = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    store = ["--store", str(arguments.store)] if arguments.store else []
    server = subprocess.Popen([*NOTICES, "serve", "--port", str(port), *store], stderr=subprocess.DEVNULL)
    try:
        wait(port)
        report = {
            path: measured(port, path, questions, arguments.rounds) for path in ("/v1/ask", "/v1/chat/completions")
        }
    finally:
        server.terminate()
        server.wait(20)
    print(json.dumps({**report, "machine": platform.processor() or platform.machine()}, ensure_ascii=False, indent=1))


def wait(port: int) -> None:
    """Until the page is there, too: while it is imported, answers are slower."""
    for _ in range(600):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("GET", "/")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise SystemExit("the server does not answer")


def measured(port: int, path: str, questions: list[dict[str, Any]], rounds: int) -> dict[str, Any]:
    """Milliseconds over all questions and rounds but the first."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    firsts, wholes = [], []
    for number in range(rounds + 1):
        for question in questions:
            first, whole = timed(connection, path, body(path, question))
            if number:
                firsts.append(first)
                wholes.append(whole)
    connection.close()
    return {"questions": len(firsts), "first_delta_ms": summary(firsts), "whole_ms": summary(wholes)}


def body(path: str, question: dict[str, Any]) -> str:
    """The request that asks a question of the set."""
    if path == "/v1/ask":
        return json.dumps({key: question[key] for key in ("question", "history", "filters")})
    messages = [{"role": "user", "content": text} for text in (*question["history"], question["question"])]
    return json.dumps({"model": "notices", "stream": True, "messages": messages, "filters": question["filters"]})


def timed(connection: http.client.HTTPConnection, path: str, content: str) -> tuple[float, float]:
    """Milliseconds to the first words, and to the end."""
    headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
    started = time.perf_counter()
    connection.request("POST", path, content.encode(), headers)
    response = connection.getresponse()
    first = None
    for line in response:
        if first is None and has_words(path, line):
            first = time.perf_counter() - started
    whole = time.perf_counter() - started
    if response.status != 200 or first is None:
        raise SystemExit(f"{path} answered {response.status} without words")
    return first * 1000, whole * 1000


def has_words(path: str, line: bytes) -> bool:
    """Whether a line of the stream brings the first words of an answer."""
    if path == "/v1/ask":
        return line.startswith(b"event: delta")
    if not line.startswith(b"data: {"):
        return False
    choices = json.loads(line.removeprefix(b"data: "))["choices"]
    return bool(choices and choices[0]["delta"].get("content"))


def summary(times: list[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return {"p50": round(cuts[49], 2), "p95": round(cuts[94], 2), "max": round(max(times), 2)}


if __name__ == "__main__":
    main()
