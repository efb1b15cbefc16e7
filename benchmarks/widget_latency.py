"""Times what a reader of a page with `<notice-search>` waits for: from the last keystroke to results on the screen.

    .venv/bin/python benchmarks/widget_latency.py            (needs: apt-get install chromium)

Each query is new to the browser. The debounce, during which nothing is asked, is taken off. Prints one JSON object of
milliseconds: `beyond_debounce` to the paint, `request` of that for the server and the way there and back.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "tests" / "questions" / "digest.jsonl"
NOTICES = [sys.executable, "-m", "assistant.cli"]
CHROMIUM = "/usr/bin/chromium"
DEBOUNCE = 150  # milliseconds, the widget's own default

# Keeps [input, paint] of the last query: a paint is over when the task after its frame begins.
WATCH = """() => {
  const host = document.getElementById('search'), root = host.shadowRoot;
  root.querySelector('input').addEventListener('input', () => { window.typed = performance.now(); window.painted = 0; }, true);
  new MutationObserver(() => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => { if (root.querySelector('[role=option]')) window.painted = performance.now(); };
    channel.port2.postMessage(0);
  })).observe(root.querySelector('[role=listbox]'), {childList: true});
}"""


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=60, help="how many of the questions of the digest edition")
    arguments = parser.parse_args()
    questions = [json.loads(line)["question"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    queries = list(dict.fromkeys(questions))[: arguments.queries]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{probe.getsockname()[1]}"
    server = subprocess.Popen([*NOTICES, "serve", "--port", base.rpartition(":")[2]], stderr=subprocess.DEVNULL)
    try:
        _until_ready(base)
        report = _measured(base, queries)
    finally:
        server.terminate()
        server.wait(20)
    print(json.dumps({**report, "debounce": DEBOUNCE, "machine": _machine()}, ensure_ascii=False, indent=1))


def _measured(base: str, queries: list[str]) -> dict[str, Any]:
    waits, requests = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.goto(f"{base}/widget/demo")
        page.locator("#search input[role=combobox]").wait_for()
        page.evaluate(WATCH)
        for query in ["预热", *queries]:
            wait, request = _one(page, query)
            waits.append(wait - DEBOUNCE)
            requests.append(request)
        browser.close()
    return {"queries": len(queries), "beyond_debounce": _summary(waits[1:]), "request": _summary(requests[1:])}


def _one(page: Page, query: str) -> tuple[float, float]:
    """Milliseconds from the last character of a query to its results' paint, and of the request in between."""
    box = page.locator("#search input[role=combobox]")
    box.fill(query[:-1])
    with page.expect_response(lambda response: parse_qs(urlsplit(response.url).query).get("q") == [query]) as told:
        page.keyboard.insert_text(query[-1])
    told.value.finished()
    for _ in range(500):
        if page.evaluate("window.painted > window.typed"):
            break
        page.wait_for_timeout(10)
    return page.evaluate("window.painted - window.typed"), told.value.request.timing["responseEnd"]


def _until_ready(base: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{base}/readyz", timeout=5)
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server does not answer")


def _summary(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)], 1),
    }


def _machine() -> str:
    load = os.getloadavg()[0]
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {load:.1f}"


if __name__ == "__main__":
    main()
