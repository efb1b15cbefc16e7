"""Readers: the mixed load of a working day, by people who may see different things."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable

from benchmarks.soak.calls import Caller
from benchmarks.soak.tally import Tally
from benchmarks.soak.writing import PAIR, VERSION
from tests.test_access_served import OPEN, SECRETS

TOPICS = ("电动自行车", "消防安全", "质量月", "特种设备", "食品安全", "计量", "认证认可", "专项检查", "价格", "燃气")
UNITS = ("市公安局", "市市场监管委", "市教育局", "市消防救援总队", "市水务局", "河东区", "津南区")
ASKED = (
    "哪些单位负责{topic}",
    "{unit}有哪些活动",
    "{topic}总结什么时候报送",
    "2022年{topic}有哪些要求",
    "一共有几份关于{topic}的通知",
)
MALFORMED: tuple[tuple[str, str, bytes | None, dict[str, str]], ...] = (
    ("GET", "/v1/search?q=", None, {}),
    ("GET", "/v1/search?q=检查&k=0", None, {}),
    ("GET", "/v1/search?q=检查&k=1e9", None, {}),
    ("GET", "/v1/search?q=检查&year=x%22 or true", None, {}),
    ("GET", "/v1/search?q=" + "检" * 3000, None, {}),
    ("GET", "/v1/notices/..%2f..%2fetc%2fpasswd", None, {}),
    ("GET", "/n/%00", None, {}),
    ("GET", "/v1/passages/none/1.1", None, {}),
    ("POST", "/v1/ask", b"[" * 50_000, {}),
    ("POST", "/v1/ask", b'{"question": "\\ud800"}', {}),
    ("POST", "/v1/ask", b'{"question": 1}', {}),
    ("POST", "/v1/ask", b"\xff\xfe", {"Content-Type": "text/plain"}),
    ("POST", "/v1/chat/completions", b'{"model": "notices", "messages": []}', {}),
    ("PATCH", "/v1/notices", b"{}", {}),
)


class Reader:
    """One reader; what they see is looked through for what they may not."""

    def __init__(self, port: int, tally: Tally, seed: int, role: str, key: str, pause: float) -> None:
        seen = {"public": ("open",), "reader": ("open", "requested", "unlabelled")}.get(role)
        hidden = [word for one in SECRETS if seen is not None and one.name not in seen for word in one.words]
        if role == "public":  # who sees no personal contacts
            hidden += [str(OPEN.fields["phone"]), str(OPEN.fields["person"])]
        self._draw = random.Random(seed)
        self._tally, self._pause = tally, pause
        self.caller = Caller(port, tally, key, hidden)

    def run(self, ended: threading.Event) -> None:
        """Until told to end."""
        acts: tuple[Callable[[], None], ...] = (
            self._search, self._ask, self._stream, self._suggest, self._page, self._export, self._pair, self._secret, self._malformed,
        )  # fmt: skip
        while not ended.is_set():
            self._draw.choices(acts, (30, 22, 10, 8, 8, 5, 7, 5, 5))[0]()
            time.sleep(self._draw.uniform(0, 2 * self._pause))
        self.caller.close()

    def _question(self) -> str:
        return self._draw.choice(ASKED).format(topic=self._draw.choice(TOPICS), unit=self._draw.choice(UNITS))

    def _search(self) -> None:
        words = f"{self._draw.choice(TOPICS)} {self._draw.choice(UNITS)}"
        self.caller.call("GET", f"/v1/search?q={words}&k={self._draw.randint(1, 30)}", name="search")

    def _ask(self) -> None:
        self.caller.call("POST", "/v1/ask", {"question": self._question()}, name="ask")

    def _stream(self) -> None:
        self.caller.call("POST", "/v1/ask", {"question": self._question()}, name="stream", Accept="text/event-stream")

    def _suggest(self) -> None:
        self.caller.call("GET", f"/v1/suggest?q={self._draw.choice(TOPICS)[:2]}", name="suggest")

    def _page(self) -> None:
        listed = self.caller.call("GET", "/v1/notices?limit=5", name="list")
        found = re.findall(r'"notice_id": ?"([^"]+)"', listed.text)
        if found:  # it may have been removed meanwhile
            self.caller.call("GET", f"/n/{self._draw.choice(found)}", expected=(200, 404), name="page")

    def _export(self) -> None:
        form = self._draw.choice(("csv", "xlsx", "md"))
        self.caller.call("GET", f"/v1/ask/export?q={self._question()}&format={form}", name="export")

    def _secret(self) -> None:
        """Somebody who knows what is there and wants to see it."""
        one = self._draw.choice(SECRETS)
        topic, slogan, unit, _ = one.words
        word = self._draw.choice((topic, slogan[:-1], unit))
        self.caller.call("GET", f"/v1/search?q={word}&k=100&explain=true&year={one.fields['year']}")
        self.caller.call("POST", "/v1/ask", {"question": f"{word}的联系人是谁"})
        self.caller.call("GET", f"/v1/suggest?q={word[:2]}")

    def _pair(self) -> None:
        """Both notices of the pair are of one version, whatever is being written."""
        self._one_version(self.caller.call("GET", f"/v1/search?q={PAIR}&k=50").text, whole=True)
        self._one_version(self.caller.call("POST", "/v1/ask", {"question": f"哪些单位负责{PAIR}"}).text, whole=False)

    def _one_version(self, said: str, whole: bool) -> None:
        versions = set(VERSION.findall(said))
        both = "甲方" in said and "乙方" in said
        if len(versions) > 1 or (whole and versions and not both):
            self._tally.fault("mixed states", f"versions {sorted(versions)}, both notices: {both}")

    def _malformed(self) -> None:
        method, address, body, headers = self._draw.choice(MALFORMED)
        self._tally.add("inputs")
        refused = range(400, 500)
        self.caller.call(
            method, address, body, refused, **{name.replace("-", "_"): value for name, value in headers.items()}
        )
