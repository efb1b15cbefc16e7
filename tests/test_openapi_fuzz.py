"""Requests made of the OpenAPI document, sent by the public and by an editor: a bounded share of `make fuzz`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.fuzz import attack
from tests.keyed_service import keyed_store
from tests.test_access_served import Served

BOUNDED = ("--max-examples", "1", "--seed", "1", "--no-shrink", "--phases", "fuzzing")


def test_what_the_document_promises_holds_for_everybody(tmp_path: Path) -> None:
    held = keyed_store(tmp_path)
    running = Served(held.folder, "--no-page")

    try:
        with ThreadPoolExecutor(2) as pool:
            attacks = list(pool.map(lambda who: attack(running.base, held, who, *BOUNDED), ("public", "editor")))
    finally:
        running.stop()
    for one in attacks:
        assert one.passed, one.said
        assert one.requests >= 20, "nearly every operation is asked"
    assert "Traceback" not in running.log.read_text(encoding="utf-8")
