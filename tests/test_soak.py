"""`make soak`, for some seconds: the same service, load and questions, too short for a slope of memory to mean anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.soak import phases
from benchmarks.soak.__main__ import soak
from benchmarks.soak.kill_loop import KillReport
from benchmarks.soak.report import BEGIN, END, write
from benchmarks.soak.tally import Tally

SECONDS = 4
PROMISED = ("failures", "5xx", "lost acknowledged writes", "mixed states", "unauthorised reads")


def test_everything_at_once_for_some_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phases, "READERS", 4)
    report = soak(tmp_path / "soak", SECONDS, KillReport(), seed=7, disconnects=60, restarts=1)
    assert report.faults == []
    counts = report.tally.counts
    assert [counts[name] for name in PROMISED] == [0] * len(PROMISED)
    assert (report.leaked, report.tracebacks) == (0, 0)
    for name in (
        "requests",
        "inputs",
        "acknowledged writes",
        "bytes looked through",
        "disconnects",
        "slow clients",
        "restarts",
    ):
        assert counts[name] > 0, f"no {name}: what is promised was not tried"
    page = tmp_path / "page.md"
    page.write_text(f"# 可靠性\n{BEGIN}\n尚未运行\n{END}\nrest\n", encoding="utf-8")
    write(page, report)
    text = page.read_text(encoding="utf-8")
    assert "尚未运行" not in text
    assert text.startswith("# 可靠性") and text.endswith("rest\n")  # noqa: PT018
    for name, value in report.rows():
        assert f"| {name} | {value} |" in text
    with pytest.raises(ValueError, match="soak"):
        write(tmp_path / "soak" / "service.log", report)


def test_a_fault_is_counted_and_kept() -> None:
    tally = Tally()
    for number in range(100):
        tally.fault("5xx", f"GET /{number}: 500")
        tally.took("search", number / 1000)
    assert tally.counts["5xx"] == 100
    assert tally.faults[0] == "5xx: GET /0: 500"
    assert len(tally.faults) < 100
    assert tally.percentile("search", 0.95) == pytest.approx(95)
