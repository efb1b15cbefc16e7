"""How much a served store bears: requests a second and latency of /v1/ask and /v1/search, memory, and how soon it is ready.

    .venv/bin/python benchmarks/serving.py [--workers 2] [--store DIR] [--seconds 10]

wrk asks questions that are all different (from the words of the digest edition), with the server's cache of responses off. The
processor time of the server for each request is printed too: unlike the rates, it says the same on a busy machine.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import time
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote
from urllib.request import urlopen

NOTICES = Path(__file__).parent.parent / "corpus" / "notices"
UNITS = (
    "市场监管局 公安局 教育局 商务局 住建委 农业农村局 卫生健康委 交通运输局 文化和旅游局 总工会 团委 妇联 科协 药监局 消防救援支队 税务局"
).split()
PLACES = "滨海新区 河北区 河东区 南开区 红桥区 西青区 津南区 北辰区 武清区 宝坻区 静海区 宁河区 蓟州区 和平区 河西区 东丽区".split()
TOPICS = (
    "电动自行车 质量月 食品安全 儿童用品 燃气灶具 农产品 计量 标准 认证 检验检测 品牌 消费维权 药品 特种设备 工程质量 校园 宣传 培训 抽查 开放日"
).split()
ASKED = (
    "{year}年哪些单位负责{topic}和{other}", "{year}年{unit}在{topic}和{other}方面有什么活动", "{topic}或者{other}由{unit}牵头吗",
    "{year}年{topic}、{other}什么时候报送总结", "{place}{year}年{topic}和{other}由谁负责", "{unit}和谁一起开展{topic}、{other}",
)  # fmt: skip
SCRIPT = """
local lines = {}
for line in io.lines(os.getenv("NOTICES_REQUESTS")) do lines[#lines + 1] = line end
local next_line = 0
function setup(thread) thread:set("first", next_line); next_line = next_line + 1 end
local at = nil
function request()
  if at == nil then at = first * math.floor(#lines / 2) end
  at = at % #lines + 1
  if os.getenv("NOTICES_METHOD") == "POST" then
    return wrk.format("POST", "/v1/ask", {["Content-Type"] = "application/json"}, lines[at])
  end
  return wrk.format("GET", lines[at])
end
function done(summary, latency, requests)
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("RESULT %d %d %d %.3f %.3f %.3f\\n", summary.requests, summary.duration, failed,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000))
end
"""


def questions() -> list[str]:
    """Some thousand questions, no two alike, in an order that mixes their forms."""
    made = [
        form.format(year=year, place=place, unit=unit, topic=topic, other=other)
        for year, topic, other, (unit, place), form in product(
            (2021, 2022, 2024, 2025), TOPICS, TOPICS, zip(UNITS[::3], PLACES[::3], strict=True), ASKED
        )
        if topic != other
    ]
    different = list(dict.fromkeys(made))
    step = 7919  # a prime: neighbours differ in all their words
    return [different[i * step % len(different)] for i in range(len(different))]


def main() -> None:
    """Start a server, ask it, print what it bore."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, help="a store; by default one of the digest edition")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--page", action="store_true", help="leave the page on, and wait for it")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="notices-serving-") as temporary:
        folder = Path(temporary)
        store = options.store or folder / "store"
        if options.store is None:
            subprocess.run(
                [_bin("notices"), "index", str(NOTICES), "--store", str(store)], check=True, capture_output=True
            )
        print(json.dumps(measure(store, folder, options), ensure_ascii=False))


def measure(store: Path, folder: Path, options: argparse.Namespace) -> dict[str, object]:
    """What one server bears."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    command = [_bin("notices"), "serve", "--store", str(store), "--port", str(port), "--no-cache"]
    command += ["--workers", str(options.workers)] + ([] if options.page else ["--no-page"])
    started = time.perf_counter()
    # One thread for each kernel: the answers of several requests are worked out side by side.
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        report: dict[str, object] = {"workers": options.workers, "load": os.getloadavg()[0]}
        report["api_ready_s"] = round(_until(f"{base}/readyz", started), 2)
        if options.page:
            report["page_ready_s"] = round(_until(f"{base}/", started), 2)
        asked = questions()
        report["questions"] = len(asked)
        lines = {
            "POST": [json.dumps({"question": text}, ensure_ascii=False) for text in asked],
            "GET": [f"/v1/search?q={quote(text)}&k=10" for text in asked],
        }
        for name, method in (("ask", "POST"), ("search", "GET")):
            requests = folder / f"{method}.txt"
            requests.write_text("\n".join(lines[method]) + "\n", encoding="utf-8")
            _wrk(base, folder, requests, method, options.concurrency, 2)  # warms up
            before = _cpu(server.pid)
            found = _wrk(base, folder, requests, method, options.concurrency, options.seconds)
            done = int(str(found["requests"]))
            report[name] = {**found, "server_cpu_ms": round((_cpu(server.pid) - before) * 1000 / max(1, done), 2)}
        report["rss_mb"] = {str(pid): _rss(pid) for pid in _family(server.pid)}
        return report
    finally:
        server.terminate()
        server.wait(30)


def _wrk(base: str, folder: Path, requests: Path, method: str, concurrency: int, seconds: int) -> dict[str, object]:
    script = folder / "requests.lua"
    script.write_text(SCRIPT, encoding="utf-8")
    environment = {**os.environ, "NOTICES_REQUESTS": str(requests), "NOTICES_METHOD": method}
    command = ["wrk", "-t1", f"-c{concurrency}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script), base]
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    match = re.search(r"RESULT (\d+) (\d+) (\d+) ([\d.]+) ([\d.]+) ([\d.]+)", said)
    assert match, said
    count, micros, failed, *percentiles = match.groups()
    names = ("p50_ms", "p95_ms", "p99_ms")
    rate = round(int(count) / (int(micros) / 1e6), 1)
    latencies = {name: float(value) for name, value in zip(names, percentiles, strict=True)}
    return {"requests": int(count), "failed": int(failed), "per_s": rate, **latencies}


def _until(url: str, started: float) -> float:
    while True:
        try:
            with urlopen(url, timeout=30) as response:
                if response.status == 200:
                    return time.perf_counter() - started
        except OSError:
            if time.perf_counter() - started > 120:
                raise
        time.sleep(0.02)


def _family(pid: int) -> list[int]:
    """A process and those that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _cpu(pid: int) -> float:
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0
    for one in _family(pid):
        fields = Path(f"/proc/{one}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / ticks


def _rss(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) >> 10


def _bin(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


if __name__ == "__main__":
    main()
