"""What a soak found, as one table, and in docs/reliability.md."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.soak.kill_loop import KillReport
from benchmarks.soak.tally import Tally

BEGIN, END = "<!-- soak -->", "<!-- /soak -->"
MAX_SLOPE = 1.0  # MiB a minute
_SLOPE_SECONDS = 300  # a line through less than this says nothing: the allocator's steps are larger


@dataclass
class Report:
    """The figures of one run. ``slope``: MiB a minute; ``slope_seconds``: over how long."""

    minutes: float
    seed: int
    kills: KillReport
    tally: Tally
    slope: float
    slope_seconds: float
    leaked: int
    rss_mb: float
    tracebacks: int
    machine: str = field(default_factory=lambda: machine())

    def rows(self) -> list[tuple[str, str]]:
        """What is measured, in Chinese and English, and the figure."""
        counts, tally = self.tally.counts, self.tally
        return [
            ("进程被杀次数 kills (SIGKILL)", f"{self.kills.kills}（{len(self.kills.by_step)} 个步骤 steps）"),
            ("其后的错误 faults after them", str(len(self.kills.faults))),
            ("被杀后打开最慢 slowest opening after a kill", f"{self.kills.slowest_open_s:.2f} s"),
            ("已答复的请求 requests served", f"{counts['requests']:,}"),
            ("畸形输入 malformed inputs tried", f"{counts['inputs']:,}"),
            ("失败 failures", str(counts["failures"])),
            ("5xx", str(counts["5xx"])),
            ("日志中的异常 tracebacks in the log", str(self.tracebacks)),
            ("确认后的写入 acknowledged writes", f"{counts['acknowledged writes']:,}"),
            ("丢失的已确认写入 lost acknowledged writes", str(counts["lost acknowledged writes"] + self.kills.lost_acknowledged)),
            ("混合状态 mixed states", str(counts["mixed states"] + self.kills.mixed_states)),
            ("检查过的字节 bytes looked through", f"{counts['bytes looked through']:,}"),
            ("越权读取 unauthorised reads", str(counts["unauthorised reads"])),
            ("撤销的密钥 keys revoked", str(counts["keys revoked"])),
            ("慢速连接，其中被切断 slow clients, cut off", f"{counts['slow clients']}, {counts['slow clients cut off']}"),
            ("中途离开 disconnects", f"{counts['disconnects']:,}"),
            ("泄漏的描述符 descriptors leaked", str(self.leaked)),
            ("重启；最慢停止 restarts; slowest stop", f"{counts['restarts']}; {tally.percentile('drain', 1) / 1000:.1f} s"),
            ("满载 at what it holds", self._load("held")),
            ("三倍于此 at three times that", self._load("three times")),
            ("平日延迟 p95，search / ask / upload", self._daily()),
            ("内存 RSS", f"{self.rss_mb:.0f} MB"),
            ("内存斜率 RSS slope", f"{self.slope:+.2f} MB/min（{self.slope_seconds:.0f} s）"),
        ]  # fmt: skip

    def _load(self, name: str) -> str:
        counts, milliseconds = self.tally.counts, max(1, self.tally.counts[f"{name} ms"])
        answered = len(self.tally.latencies.get(f"{name} admitted", ()))
        p50, p95 = (self.tally.percentile(f"{name} admitted", share) for share in (0.5, 0.95))
        refused = counts[f"{name} turned away"] * 1000 / milliseconds
        return f"{answered * 1000 / milliseconds:.0f}/s, p50 {p50:.0f} ms, p95 {p95:.0f} ms; 429: {refused:.0f}/s"

    def _daily(self) -> str:
        return " / ".join(f"{self.tally.percentile(name, 0.95):.0f} ms" for name in ("search", "ask", "upload"))

    @property
    def faults(self) -> list[str]:
        """What must not be, a line each; none in a run that passes."""
        found = [*self.kills.faults, *self.tally.faults]
        if self.leaked:
            found.append(f"{self.leaked} descriptors stay open")
        if self.tracebacks:
            found.append(f"{self.tracebacks} tracebacks in the log")
        if self.slope_seconds >= _SLOPE_SECONDS and self.slope >= MAX_SLOPE:
            found.append(f"resident memory grows by {self.slope:.2f} MB a minute")
        return found

    def markdown(self) -> str:
        """The table for docs/reliability.md."""
        lines = [
            f"{datetime.now(UTC).date().isoformat()} · {self.minutes:g} 分钟 minutes · seed {self.seed} · {self.machine}", "",
            "| 项目 what | 结果 found |", "|---|---:|",
            *(f"| {name} | {value} |" for name, value in self.rows()),
        ]  # fmt: skip
        return "\n".join(lines)

    def text(self) -> str:
        """The table for a terminal."""
        return "\n".join(f"{name:<52}{value}" for name, value in self.rows())


def machine() -> str:
    """Processor, cores, memory, Python."""
    cpu = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(encoding="utf-8"))
    gigabytes = round(int(memory[1]) / (1 << 20)) if memory else 0
    return f"{cpu[1] if cpu else platform.machine()}, {os.cpu_count()} cores, {gigabytes} GB, Python {platform.python_version()}"


def write(page: Path, report: Report) -> None:
    """Put the table between the two markers of a page. Raises ValueError where they are not there."""
    text = page.read_text(encoding="utf-8")
    before, found, rest = text.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not (found and closed):
        raise ValueError(f"{page} has no {BEGIN} … {END}")
    page.write_text(f"{before}{BEGIN}\n{report.markdown()}\n{END}{after}", encoding="utf-8")
