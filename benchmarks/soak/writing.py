"""Editors: notices uploaded, replaced and removed while others read; whatever was acknowledged is looked for."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import deque

from benchmarks.soak.calls import Caller
from benchmarks.soak.tally import Tally
from tests.keyed_service import KeyedStore
from tests.library_files import notice

PAIR = "成对巡查"
VERSION = re.compile(r"第(\d+)版巡查")
KEPT = 12  # uploaded notices that are there at a time: the store stays about as large as it is
_KEYS_EVERY = 3.0  # seconds


def _pair(version: int) -> list[dict[str, str]]:
    """Two notices that are always replaced together."""
    texts = []
    for serial, side in ((901, "甲方"), (902, "乙方")):
        text = notice(serial, f"{PAIR}{side}").replace("宣传进社区活动", f"第{version}版巡查")
        texts.append({"name": f"pair-{serial}.txt", "text": text})
    return texts


class Editor:
    """The only one who uploads, so what must be there is known."""

    def __init__(self, port: int, tally: Tally, held: KeyedStore, pause: float) -> None:
        self.caller = Caller(port, tally, held.keys["editor"])
        self._tally, self._pause = tally, pause
        self._there: deque[tuple[str, str]] = deque()  # name and id of what was acknowledged
        self._gone: set[str] = set()  # ids whose removal was acknowledged
        self._serial = self._version = 0

    def run(self, ended: threading.Event) -> None:
        """Until told to end."""
        while not ended.is_set():
            self._replace_pair()
            self._upload()
            if len(self._there) > KEPT:
                self._remove()
            ended.wait(self._pause)
        self.caller.close()

    def _upload(self) -> None:
        self._serial += 1
        name, topic = f"upload-{self._serial}.txt", f"专题{self._serial}号工作"
        body = {"files": [{"name": name, "text": notice(1000 + self._serial, topic)}]}
        reply = self.caller.call("POST", "/v1/notices", body, (200, 202), name="upload")
        if reply.status == 200:
            self._tally.add("acknowledged writes")
            notice_id = json.loads(reply.body)["notices"][0]
            self._there.append((name, notice_id))
            self._look(notice_id, topic)

    def _look(self, notice_id: str, topic: str) -> None:
        """What was acknowledged can be found at once."""
        found = self.caller.call("GET", f"/v1/search?q={topic}&notice_id={notice_id}")
        if found.status == 200 and not json.loads(found.body)["hits"]:
            self._tally.fault("lost acknowledged writes", f"{notice_id} was stored and is not found")

    def _remove(self) -> None:
        name, notice_id = self._there[0]
        reply = self.caller.call("DELETE", f"/v1/notices/{notice_id}", name="remove")
        if reply.status == 200:
            self._there.popleft()
            self._gone.add(notice_id)
            self._tally.add("acknowledged writes")
            found = self.caller.call("GET", f"/v1/notices/{notice_id}", expected=(404,))
            if found.status == 200:
                self._tally.fault("lost acknowledged writes", f"{name} was removed and is still there")

    def _replace_pair(self) -> None:
        self._version += 1
        reply = self.caller.call(
            "POST", "/v1/notices?replace=true", {"files": _pair(self._version)}, (200, 202), name="replace"
        )
        if reply.status == 200:
            self._tally.add("acknowledged writes", 2)

    def check_all(self) -> None:
        """Everything acknowledged is there, what was removed is not. A removal without an answer may have happened."""
        for _ in range(50):
            listed = self.caller.call("GET", "/v1/notices")
            if listed.status != 429:
                break
            time.sleep(0.2)
        if listed.status != 200:
            self._tally.fault("lost acknowledged writes", f"the list cannot be read: {listed.status}")
            return
        ids = {one["notice_id"] for one in json.loads(listed.body)["notices"]}
        doubtful = self._there[0][1] if self._there else ""
        for name, notice_id in self._there:
            if notice_id not in ids and notice_id != doubtful:
                self._tally.fault("lost acknowledged writes", f"{name} is not there")
        for notice_id in self._gone & ids:
            self._tally.fault("lost acknowledged writes", f"{notice_id} is there again")
        while self._there and self._there[0][1] not in ids:
            self._there.popleft()
        self.caller.close()


def revoke_keys(port: int, tally: Tally, held: KeyedStore, ended: threading.Event) -> None:
    """Keys that are made, used and revoked: each opens everything before, nothing from then on."""
    number = 0
    while not ended.wait(_KEYS_EVERY):
        number += 1
        name = f"short-{time.monotonic_ns()}-{number}"
        _, text = held.ring.create(name, "reader")
        caller = Caller(port, tally, text)
        caller.call("GET", "/v1/search?q=检查")
        held.ring.revoke(name)
        for address in ("/v1/search?q=检查", "/v1/notices", "/n/none", "/v1/suggest?q=检"):
            if caller.call("GET", address, expected=(401,)).status == 200:
                tally.fault("unauthorised reads", f"{address} with a revoked key")
        tally.add("keys revoked")
        caller.close()
