"""``/readyz``, ``/metrics`` and the log over a store that a disk has damaged while it is served."""

from __future__ import annotations

import logging
import sqlite3
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.access.guard import Guard
from assistant.access.keys import KeyRing
from assistant.keys_commands import KEYS_FILE
from assistant.service import Assistant
from assistant.web import examining
from assistant.web.app import create_app
from tests.library_files import new_store, notice


def changed_on_disk(store: Path) -> None:
    """What a disk does that returns another letter: the words of a notice are not those that were stored."""
    content = (store / "catalog.sqlite").read_bytes()
    before, after = "宣传进社区".encode(), "宣传出社区".encode()
    assert content.count(before) >= 1
    (store / "catalog.sqlite").write_bytes(content.replace(before, after))


def gauge(client: TestClient, headers: dict[str, str]) -> float:
    lines = client.get("/metrics", headers=headers).text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("notices_store_degraded "))


def checkpointed(store: Path) -> None:
    with sqlite3.connect(store / "catalog.sqlite") as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def test_damage_is_said_once_and_to_those_who_may_know(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = new_store(tmp_path, notice(1, "电梯安全"), notice(2, "消防安全"))
    checkpointed(store)
    key = KeyRing(store / KEYS_FILE).create("an-admin", "admin")[1]
    admin = {"Authorization": f"Bearer {key}"}
    assistant = Assistant.open(store, guard=Guard(KeyRing(store / KEYS_FILE)))
    with TestClient(create_app(assistant, page=False)) as client:
        sound = client.get("/readyz", headers=admin).json()
        assert (sound["status"], sound["degraded"], gauge(client, admin)) == ("ready", None, 0)
        changed_on_disk(store)
        assert examining._examined(assistant)
        with caplog.at_level(logging.WARNING, "notices.store"):
            for _ in range(3):
                told = client.get("/readyz", headers=admin)
        assert (told.status_code, told.json()["status"], gauge(client, admin)) == (200, "degraded", 1)
        assert "not what was stored" in told.json()["degraded"]
        assert len([r for r in caplog.records if "degraded" in r.getMessage()]) == 1
        public = client.get("/readyz").json()
        assert public["status"] == "degraded"
        assert "stored" not in public["degraded"], "a hidden notice would be named"
        assert client.get("/v1/search?q=专项检查").json()["hits"]


def test_damaged_indexes_are_built_anew_while_it_is_served(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    assistant = Assistant.open(store)
    with TestClient(create_app(assistant, page=False)) as client:
        before = client.get("/v1/search?q=专项检查").json()
        sequence = client.get("/readyz").json()["sequence"]
        largest = max((p for p in store.glob("derived-*/**/*") if p.is_file()), key=lambda path: path.stat().st_size)
        content = bytearray(largest.read_bytes())
        content[len(content) // 2] ^= 0x10
        largest.write_bytes(content)
        with examining.examining(assistant, first=0.01):
            until = time.monotonic() + 20
            while client.get("/readyz").json()["sequence"] == sequence and time.monotonic() < until:
                time.sleep(0.05)
        ready = client.get("/readyz").json()
        assert (ready["status"], ready["degraded"]) == ("ready", None)
        assert ready["sequence"] > sequence, "a new state, so that everybody goes on to it"
        assert client.get("/v1/search?q=专项检查").json()["hits"] == before["hits"]


def test_nothing_can_be_answered(tmp_path: Path) -> None:
    assistant = Assistant.open(new_store(tmp_path))
    with TestClient(create_app(assistant, page=False)) as client:
        assert client.get("/readyz").status_code == 200
        (tmp_path / "store").rename(tmp_path / "away")
        assert client.get("/readyz").status_code == 503
        assert "notices_store_up 0.0" in client.get("/metrics").text
