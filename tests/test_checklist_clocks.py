"""Case 34 of the checklist: a clock that jumps under a running service, other time zones, dates of other calendars."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from assistant.access.keys import KeyRing
from assistant.keys_commands import KEYS_FILE
from corpus.parse import parse
from corpus.reading import read_paths
from index.store import LocalStore
from index.types import Filters
from tests.conftest import ROOT
from tests.library_files import new_store, notice
from tests.served import Command

DAY = 86_400
ASKED = {"question": "哪些单位负责电梯安全活动"}


class Shifted:
    """A service with a clock of its own."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        library, self._shift = folder / "clock.so", folder / "shift"
        source = ROOT / "tests" / "clock_shift.c"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True, timeout=60)
        self.set(0)
        self.store = new_store(folder)
        ring = KeyRing(self.store / KEYS_FILE)
        self.key = ring.create("an-editor", "editor")[1]
        self.soon = ring.create("soon", "reader", datetime.now(UTC) + timedelta(hours=12))[1]
        with patch.context() as preloaded:
            preloaded.setenv("LD_PRELOAD", str(library))
            preloaded.setenv("CLOCK_SHIFT", str(self._shift))
            preloaded.setenv("TZ", "Asia/Shanghai")
            self.served = Command(self.store, "--no-page", "--no-cache", "--rate-limit", "600")
        self.client = httpx.Client(base_url=self.served.base, timeout=60, headers={"X-API-Key": self.key})

    def set(self, seconds: int) -> None:
        """Let the service's clock go wrong by so much, at once."""
        with self._shift.open("r+b" if self._shift.exists() else "wb") as file:
            file.write(struct.pack("=q", seconds))

    def status(self, key: str) -> int:
        return httpx.get(self.served.base + "/v1/notices", headers={"X-API-Key": key}).status_code


@pytest.fixture
def shifted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shifted]:
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler: apt-get install gcc libc6-dev")
    made = Shifted(tmp_path, monkeypatch)
    yield made
    made.client.close()
    made.served.stop()
    assert "Traceback" not in made.served.said()


def test_case_34_the_clock_jumps_under_the_service(shifted: Shifted) -> None:
    """A day on, a day back, past 2038, to 1970 and 1900: the same answers; uploads are kept; keys keep to the clock."""

    def answer() -> tuple[object, ...]:
        said = shifted.client.post("/v1/ask", json=ASKED).raise_for_status().json()
        found = shifted.client.get("/v1/search", params={"q": "电梯安全"}).raise_for_status().json()
        return said["answer"], said["table"], [(hit["passage_id"], hit["score"]) for hit in found["hits"]]

    before, held = answer(), 1
    now = int(time.time())
    jumps = {
        "day on": DAY,
        "day back": -DAY,
        "2040": 2_208_988_800 - now,
        "1970": 86_400 - now,
        "1906": -2_000_000_000 - now,
    }
    for serial, (name, seconds) in enumerate(jumps.items(), 2):
        shifted.set(seconds)
        year = str((datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=now + seconds)).year)
        if name in ("2040", "1970"):  # the service's own word for its time, which it looks up once a second
            shifted.served.until(lambda year=year: year in shifted.client.get("/healthz").headers["date"], name)  # type: ignore[misc]
        assert answer() == before, name
        assert shifted.status(shifted.soon) == (200 if seconds <= 0 else 401), name
        file = {"file": (f"{serial}.txt", notice(serial, f"第{serial}项").encode())}
        report = shifted.client.post("/v1/notices", files=file).raise_for_status().json()
        assert report["indexed"] == 1, name
        held += 1
        assert len(shifted.client.get("/v1/notices").raise_for_status().json()["notices"]) == held
        before = answer()
        assert shifted.client.get("/v1/deadlines").status_code == 200
        assert shifted.client.get("/readyz").json()["status"] == "ready"
    shifted.set(0)
    assert answer() == before
    assert shifted.status(shifted.soon) == 200
    changes = shifted.client.get("/v1/changes").raise_for_status().json()["changes"]
    assert [change["number"] for change in changes] == sorted((c["number"] for c in changes), reverse=True)
    assert len(changes) >= len(jumps)


def test_case_34_time_zones_and_files_from_the_future(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = new_store(tmp_path, notice(1, "旧历", 1999), notice(2, "远期", 2039))

    def scores() -> list[tuple[str, float]]:
        held = LocalStore(store)
        found = [(hit.stored.passage.passage_id, hit.score) for hit in held.search("宣传").hits]
        held.close()
        return found

    wanted = scores()
    assert wanted
    for zone in ("UTC", "Asia/Shanghai", "Pacific/Kiritimati", "America/Adak", "No/Where"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert scores() == wanted
        held = LocalStore(store)
        (report,) = [held.index(read_paths([tmp_path / "indexed"]))]
        assert (report.unchanged, report.indexed) == (2, 0)
        held.close()
    monkeypatch.undo()
    time.tzset()
    for seconds in (2**31 + DAY, 0, -DAY):  # written after 2038, in 1970, before it, says the clock
        for path in (tmp_path / "indexed", store):
            for file in path.rglob("*"):
                os.utime(file, (seconds, seconds))
        assert scores() == wanted
        assert LocalStore(store).index(read_paths([tmp_path / "indexed"])).unchanged == 2


@pytest.mark.parametrize(
    ("date", "issued_on", "year"),
    [
        ("1900年3月1日", "1900-03-01", 1900), ("1900年2月29日", None, 1900), ("1969年12月31日", "1969-12-31", 1969),
        ("2000年2月29日", "2000-02-29", 2000), ("2038年1月19日", "2038-01-19", 2038), ("2038年1月20日", "2038-01-20", 2038),
        ("2099年12月31日", "2099-12-31", 2099), ("二〇三八年一月二十日", "2038-01-20", 2038), ("2024年13月45日", None, 2024),
        ("二〇二四年农历三月初五", None, None), ("甲辰年三月初五", None, None), ("民国113年3月5日", None, None),
        ("民国一百一十三年三月五日", None, None), ("9999年3月5日", None, None), ("0000年0月0日", None, None),
    ],
)  # fmt: skip
def test_case_34_dates_of_all_times(date: str, issued_on: str | None, year: int | None, tmp_path: Path) -> None:
    """A day of our calendar is that day; any other is none, and never taken for one of ours. Filters go by it."""
    text = notice(1, "电梯安全", year or 2024).replace(f"{year or 2024}年3月5日", date)
    (made,) = parse(text, "a.txt")
    assert date in made.text
    assert made.header.issued_on == issued_on
    assert {fact.value for fact in made.facts if fact.kind in ("date", "deadline")} <= {issued_on}
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(text, encoding="utf-8")
    held = LocalStore(tmp_path / "store")
    assert not held.index(read_paths([tmp_path / "in"])).failed
    shown = made.header.year
    assert shown in (year, 2024)
    assert held.search("宣传", filters=Filters(year=shown)).hits
    assert not held.search("宣传", filters=Filters(year=(shown or 0) + 1)).hits
    held.close()


Stated = Callable[[str], list[tuple[str, str]]]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("请于农历2024年8月15日前报送总结。", None), ("请于农历八月十五日前报送总结。", None), ("请于2024年农历八月十五前报送总结。", None),
        ("请于民国110年8月15日前报送总结。", None), ("请于9999年12月31日前报送总结。", None), ("请于13月45日前报送总结。", None),
        ("请于腊月二十三日前报送总结。", None), ("请于阴历六月初一日前报送总结。", None), ("请于1900年2月29日前报送总结。", None),
        ("请于8月15日（农历七月十二）前报送总结。", "2024-08-15"), ("请于2038年1月20日前报送总结。", "2038-01-20"),
        ("请于8月15日前（农历中秋节）报送总结。", "2024-08-15"),
    ],
)  # fmt: skip
def test_case_34_deadlines_of_other_calendars(said: str, wanted: str | None) -> None:
    """A deadline by the lunar calendar or the Republic's years is no day of ours: it states none rather than a wrong one."""
    (made,) = parse(notice(1, "电梯安全").replace("2、组织", f"2、{said}组织"), "a.txt")
    assert said in made.text
    assert [fact.value for fact in made.facts if fact.kind == "deadline"] == ([wanted] if wanted else [])
