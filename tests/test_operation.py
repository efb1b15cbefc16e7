"""Operation: metrics, logs, a limit to what is under way; the served process."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from assistant.sample import sample_store
from tests.test_access_served import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("operation") / "store"
    folder.symlink_to(sample_store())
    running = Served(folder, "--json-logs", "--at-once", "4", "--no-page")
    yield running
    running.stop()


def figures(served: Served) -> dict[str, float]:
    text = httpx.get(served.base + "/metrics").text
    return {
        sample.name + "".join(f",{value}" for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_count_what_was_asked_and_hold_nothing_of_it(served: Served) -> None:
    before = figures(served)
    assert before["notices_store_up"] == 1
    assert before["notices_store_notices"] == 10
    for question in ("哪些单位负责电动自行车相关活动", "火星基地由谁建设"):
        assert httpx.post(served.base + "/v1/ask", json={"question": question}).status_code == 200
    httpx.get(served.base + "/v1/notices/没有这份")
    after = figures(served)
    asked = "notices_request_seconds_count,POST,/v1/ask,200"
    assert after[asked] - before.get(asked, 0) == 2
    assert after["notices_answer_seconds_count,units"] >= 1
    assert after["notices_abstentions_total"] - before["notices_abstentions_total"] == 1
    assert after["notices_request_seconds_count,GET,/v1/notices/{notice_id},404"] >= 1
    assert "电动自行车" not in httpx.get(served.base + "/metrics").text


def test_logs_are_json_lines_without_questions(served: Served) -> None:
    response = httpx.get(served.base + "/v1/search", params={"q": "绝密\r\n\x1b[31m词语"})
    assert response.status_code == 200
    deadline, mine = time.monotonic() + 10, []
    while not mine and time.monotonic() < deadline:  # the line is written when the response has been sent
        lines = served.log.read_text(encoding="utf-8").splitlines()
        entries = [json.loads(line) for line in lines if line.startswith("{")]
        mine = [entry for entry in entries if entry.get("request_id") == response.headers["x-request-id"]]
    assert [entry["message"] for entry in mine] == ["GET /v1/search 200"]
    assert "绝密" not in served.log.read_text(encoding="utf-8")


def test_what_is_too_much_is_turned_away_and_nothing_breaks(served: Served) -> None:
    got: list[httpx.Response] = []

    def ask() -> None:
        with httpx.Client(base_url=served.base, timeout=60) as client:
            got.extend(client.post("/v1/ask", json={"question": "有哪些活动"}) for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {response.status_code for response in got} == {200, 429}
    assert all(r.headers["retry-after"] == "1" for r in got if r.status_code == 429)
    assert figures(served)["notices_turned_away_total"] >= 1
    assert httpx.get(served.base + "/healthz").status_code == 200


def test_it_ends_when_told_to_while_answering(tmp_path: Path) -> None:
    (tmp_path / "store").symlink_to(sample_store())
    running = Served(tmp_path / "store", "--no-page")
    failed: list[object] = []
    stop = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=running.base, timeout=60) as client:
            while not stop.is_set():
                try:
                    response = client.post("/v1/ask", json={"question": "有哪些活动"})
                except httpx.TransportError:
                    return  # it has ended
                if response.status_code != 200:
                    failed.append(response.text)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    running.process.terminate()
    code = running.process.wait(15)
    stop.set()
    for thread in threads:
        thread.join()
    assert failed == []
    assert code in (0, -15)
    assert "Traceback" not in running.log.read_text()
