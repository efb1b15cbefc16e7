"""Uploads, removals, re-reading and changes, asked of the served process; kill -9 included."""

import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import ROOT
from tests.library_files import ARCHIVE, BROKEN_PDF, as_docx, new_store, notice
from tests.served import PROGRAM, Served

REPORT = {"indexed", "unchanged", "removed", "failed", "passages", "took_ms"}
READ_ONLY = PROGRAM.replace("page=False", "page=False, settings=WebSettings(read_only=True)").replace(
    "from pathlib", "from assistant.web.settings import WebSettings\nfrom pathlib"
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_store(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def client(store: Path) -> Iterator[httpx.Client]:
    server = Served(store)
    with httpx.Client(base_url=server.base, timeout=60) as client:
        yield client
    errors = server.stop()
    assert "Traceback" not in errors, errors


def send(client: httpx.Client, *files: tuple[str, bytes | str], **more: Any) -> httpx.Response:
    parts = [("file", (name, content.encode() if isinstance(content, str) else content)) for name, content in files]
    return client.post("/v1/notices", files=parts, **more)


def sent(client: httpx.Client, *files: tuple[str, bytes | str], **more: Any) -> dict[str, Any]:
    response = send(client, *files, **more)
    assert response.status_code == 200, response.text
    report: dict[str, Any] = response.json()
    assert set(report) >= REPORT
    return report


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["code"] == code
    assert body["detail"]
    return body


def cited(client: httpx.Client, question: str) -> set[str]:
    response = client.post("/v1/ask", json={"question": question})
    assert response.status_code == 200, response.text
    answer = response.json()
    return {citation["notice_id"] for citation in [*answer["citations"], *answer["related"]]}


def listed(client: httpx.Client) -> dict[str, dict[str, Any]]:
    return {one["notice_id"]: one for one in client.get("/v1/notices").json()["notices"]}


def originals(store: Path) -> set[str]:
    return {path.name for path in (store / "uploads").iterdir() if path.name != "lock"}


def job_ended(client: httpx.Client, place: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        job: dict[str, Any] = client.get(place).json()
        if job["state"] in ("done", "failed"):
            return job
        assert time.monotonic() < deadline, job
        time.sleep(0.05)


# -- uploads -----------------------------------------------------------------------------------------------------------


def test_several_files_at_once_and_broken_ones_stop_nothing(client: httpx.Client, store: Path) -> None:
    report = sent(
        client, ("甲.txt", notice(11, "桥梁养护")), ("乙.docx", as_docx(notice(12, "燃气管网"))),
        ("坏.pdf", BROKEN_PDF), ("空.txt", b""),
    )  # fmt: skip
    assert (report["indexed"], report["removed"]) == (2, 0)
    failed = {one["source"]: one["reason"] for one in report["failed"]}
    assert set(failed) == {"坏.pdf", "空.txt"}
    assert all(failed.values())
    held = listed(client)
    assert {held[key]["source"] for key in report["notices"]} == {"甲.txt", "乙.docx"}
    assert cited(client, "哪些单位负责桥梁养护活动") & set(report["notices"])
    assert cited(client, "哪些单位负责燃气管网活动") & set(report["notices"])
    assert len(originals(store)) == 2  # what gave nothing is not kept


def test_the_same_file_again_changes_nothing(client: httpx.Client) -> None:
    sent(client, ("同一.txt", notice(13, "农贸市场")))
    before = client.get("/readyz").json()["sequence"]
    report = sent(client, ("同一.txt", notice(13, "农贸市场")))
    assert (report["indexed"], report["unchanged"]) == (0, 1)
    assert client.get("/readyz").json()["sequence"] == before


def test_texts_as_json(client: httpx.Client) -> None:
    body = {"files": [{"name": "正文.txt", "text": notice(14, "校车安全")}]}
    response = client.post("/v1/notices", json=body)
    assert response.status_code == 200, response.text
    assert listed(client)[response.json()["notices"][0]]["source"] == "正文.txt"


@pytest.mark.parametrize(
    ("files", "status", "code"),
    [
        ([("空.txt", b"")], 422, "empty"),
        ([("空白.txt", b" \n\n ")], 422, "empty"),
        ([("包.7z", ARCHIVE)], 415, "unsupported"),
        ([("大.txt", b"x" * (20 * 1024 * 1024 + 1))], 413, "too_large"),
    ],
)
def test_what_no_reader_would_take_is_refused_at_once(client: httpx.Client, files: Any, status: int, code: str) -> None:
    problem(send(client, *files), status, code)


def test_requests_that_are_no_upload(client: httpx.Client) -> None:
    problem(client.post("/v1/notices", content=b"x", headers={"Content-Type": "text/plain"}), 415, "unsupported")
    problem(client.post("/v1/notices", files=[("note", (None, "no file"))]), 422, "bad_request")
    problem(client.post("/v1/notices", json={"files": []}), 422, "bad_request")
    problem(
        client.post("/v1/notices", json={"files": [{"name": "x", "text": "y", "path": "/etc/passwd"}]}),
        422,
        "bad_request",
    )
    broken = {"Content-Type": "multipart/form-data; boundary=b"}
    problem(client.post("/v1/notices", content=b"--b\r\nnothing", headers=broken), 422, "bad_request")
    problem(
        client.post("/v1/notices", content=b"--b", headers={"Content-Type": "multipart/form-data"}), 422, "bad_request"
    )


def test_a_body_beyond_the_limit_is_not_read(client: httpx.Client) -> None:
    host, port = client.base_url.host, client.base_url.port
    with socket.create_connection((host, port), timeout=20) as plain:
        plain.sendall(
            b"POST /v1/notices HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
            b"Content-Length: 269484032\r\n\r\n--b\r\n"
        )
        assert plain.recv(1000).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("<img src=x onerror=alert(1)>.txt", "<img src=x onerror=alert(1)>.txt"),
        ("一\u202etxt.exe", "一 txt.exe"),
        ("名" * 300 + ".docx", "名" * 195 + ".docx"),
        ("；rm -rf ~.txt", "；rm -rf ~.txt"),
    ],
)
def test_names_are_for_display_alone(client: httpx.Client, store: Path, name: str, source: str) -> None:
    text = notice(100 + abs(hash(source)) % 800, "名称" + str(len(name)))
    report = sent(client, (name, text))
    assert listed(client)[report["notices"][0]]["source"] == source
    assert all(re.fullmatch("[0-9a-f]{64}", kept) for kept in originals(store))
    page = client.get(f"/n/{report['notices'][0]}").text
    assert "<img src=x" not in page


def test_files_of_one_name_do_not_take_each_others_place(client: httpx.Client) -> None:
    first = sent(client, ("通知.txt", notice(21, "冷链食品")))
    second = sent(client, ("通知.txt", notice(22, "防汛物资")))
    held = listed(client)
    assert held[first["notices"][0]]["source"] == "通知.txt"
    assert held[second["notices"][0]]["source"] == "通知 (2).txt"
    assert any("通知 (2).txt" in note for note in second["notes"])
    changed = sent(client, ("通知.txt", notice(21, "冷链食品").replace("宣传", "科普")))
    assert changed["notices"] == first["notices"]
    assert "科普" in client.get(f"/v1/notices/{first['notices'][0]}").json()["text"]
    third = sent(client, ("通知.txt", notice(23, "河道清淤")), params={"replace": "true"})
    assert first["notices"][0] not in listed(client)
    assert listed(client)[third["notices"][0]]["source"] == "通知.txt"


# -- jobs --------------------------------------------------------------------------------------------------------------


def test_a_job_tells_how_far_each_file_is(client: httpx.Client) -> None:
    response = send(
        client, ("丙.docx", as_docx(notice(31, "养老服务"))), ("坏.pdf", BROKEN_PDF),
        headers={"Prefer": "respond-async"},
    )  # fmt: skip
    assert response.status_code == 202
    assert response.headers["preference-applied"] == "respond-async"
    place = response.headers["location"]
    assert place == f"/v1/jobs/{response.json()['job_id']}"
    events = []
    with client.stream("GET", place, headers={"Accept": "text/event-stream", "Accept-Encoding": "gzip"}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in stream.headers
        for line in stream.iter_lines():
            if line.startswith("event: "):
                events.append([line.removeprefix("event: ")])
            elif line.startswith("data: "):
                events[-1].append(json.loads(line.removeprefix("data: ")))
    assert [event for event, _ in events][-1] == "done"
    order = ["received", "reading", "parsing", "indexing", "done"]
    seen = [order.index(job["files"][0]["stage"]) for _, job in events]
    assert seen == sorted(seen)
    last = events[-1][1]
    assert [file["stage"] for file in last["files"]] == ["done", "failed"]
    assert last["files"][1]["reason"]
    assert set(last["report"]) >= REPORT
    assert client.get("/v1/jobs").json()["jobs"][0] == last


def test_a_client_may_wait_for_a_while(client: httpx.Client) -> None:
    response = send(client, ("丁.docx", as_docx(notice(32, "垃圾分类"))), headers={"Prefer": "respond-async, wait=30"})
    assert response.status_code == 200
    assert response.json()["indexed"] == 1


def test_unknown_jobs(client: httpx.Client) -> None:
    problem(client.get("/v1/jobs/none"), 404, "unknown_job")


def test_questions_are_answered_while_files_are_read(client: httpx.Client) -> None:
    many = [(f"多{number}.docx", as_docx(notice(700 + number, f"第{number}类产品"))) for number in range(6)]
    place = send(client, *many, headers={"Prefer": "respond-async"}).headers["location"]
    answered = 0
    while client.get(place).json()["state"] not in ("done", "failed"):
        assert client.post("/v1/ask", json={"question": "电梯安全活动由谁负责"}, timeout=20).status_code == 200
        answered += 1
    assert answered
    assert client.get(place).json()["report"]["indexed"] == 6


# -- removals ----------------------------------------------------------------------------------------------------------


def test_what_is_removed_is_gone_from_every_answer(client: httpx.Client, store: Path) -> None:
    text = notice(41, "烟花爆竹")
    notice_id = sent(client, ("烟花.txt", text))["notices"][0]
    kept = originals(store)
    question = "哪些单位负责烟花爆竹活动"
    assert notice_id in cited(client, question)
    response = client.delete(f"/v1/notices/{notice_id}")
    assert (response.status_code, response.json()) == (200, {"removed": notice_id})
    assert notice_id not in cited(client, question)
    assert notice_id not in {
        hit["notice_id"] for hit in client.get("/v1/search", params={"q": "烟花爆竹"}).json()["hits"]
    }
    assert notice_id not in listed(client)
    assert client.get(f"/n/{notice_id}").status_code == 404
    assert len(originals(store)) == len(kept) - 1
    problem(client.delete(f"/v1/notices/{notice_id}"), 404, "unknown_notice")


def test_a_file_stays_as_long_as_another_notice_uses_it_and_brings_nothing_back(
    client: httpx.Client, store: Path
) -> None:
    page = ROOT / "corpus/notices/004_2025_press_page.txt"
    ids = sent(client, ("报纸.txt", page.read_bytes()))["notices"]
    assert len(ids) > 2
    kept = originals(store)
    client.delete(f"/v1/notices/{ids[0]}").raise_for_status()
    assert originals(store) == kept
    report = client.post(f"/v1/notices/{ids[1]}/reread").json()
    assert report["removed"] == 0
    assert sorted(key for key, one in listed(client).items() if one["source"] == "报纸.txt") == sorted(ids[1:])
    for notice_id in ids[1:]:
        client.delete(f"/v1/notices/{notice_id}").raise_for_status()
    assert len(originals(store)) == len(kept) - 1
    again = sent(client, ("报纸.txt", page.read_bytes()))  # sent anew, all of it counts again
    assert again["notices"] == ids


# -- reading again, and what changed -----------------------------------------------------------------------------------


def test_without_its_file_a_notice_cannot_be_read_again(client: httpx.Client) -> None:
    indexed = next(key for key, one in listed(client).items() if one["source"] == "0.txt")
    body = problem(client.post(f"/v1/notices/{indexed}/reread"), 409, "no_original")
    assert "notices index" in body["detail"]
    problem(client.post("/v1/notices/none/reread"), 404, "unknown_notice")


def test_changes_say_which_passages_differ(client: httpx.Client) -> None:
    notice_id = sent(client, ("变化.txt", notice(51, "食品抽检")))["notices"][0]
    text = (
        notice(51, "食品抽检")
        .replace("专项检查", "联合执法")
        .replace("滨河市质量工作办公室\n2024年", "3、公布结果。（市市场监管委）\n滨河市质量工作办公室\n2024年")
    )
    sent(client, ("变化.txt", text))
    client.delete(f"/v1/notices/{notice_id}").raise_for_status()
    removed, replaced, added = client.get("/v1/changes", params={"limit": 3}).json()["changes"]
    assert [change["kind"] for change in (added, replaced, removed)] == ["upload", "upload", "remove"]
    assert [change["notices"][0]["what"] for change in (added, replaced, removed)] == ["added", "replaced", "removed"]
    passages = replaced["notices"][0]["passages"]
    assert (passages["changed"], passages["added"], passages["removed"]) == (1, 1, 0)
    changed = next(one for one in passages["differences"] if one["what"] == "changed")
    assert "专项检查" in changed["before"]
    assert "联合执法" in changed["after"]
    older = client.get("/v1/changes", params={"limit": 1, "before": added["number"]}).json()["changes"]
    assert older[0]["number"] < added["number"]


def test_another_edition_is_said_to_be_one(client: httpx.Client) -> None:
    sent(client, ("初稿.txt", notice(52, "旅游市场")))
    sent(client, ("定稿.txt", notice(52, "旅游市场").replace("专项检查", "集中整治")))
    change = client.get("/v1/changes", params={"limit": 1}).json()["changes"][0]
    assert [line["what"] for line in change["notices"]] == ["new_edition"]


@pytest.mark.slow
def test_reading_again_after_the_parser_has_changed(tmp_path: Path) -> None:
    """The units of a stored passage are taken away, as if an older parser had not seen them."""
    store = new_store(tmp_path)
    server = Served(store)
    with httpx.Client(base_url=server.base, timeout=60) as client:
        notice_id = sent(client, ("再读.txt", notice(61, "特种设备")))["notices"][0]
        assert client.post("/v1/notices/reread").json() | {"took_ms": 0, "job_id": ""} == {
            "indexed": 0, "unchanged": 1, "removed": 0, "failed": [], "notes": [], "passages": 20, "took_ms": 0,
            "without_file": 1, "job_id": "", "notices": [notice_id],
        }  # fmt: skip
    server.stop()
    with closing(sqlite3.connect(store / "catalog.sqlite")) as catalog, catalog:
        assert catalog.execute("UPDATE passages SET units = '[]' WHERE notice_id = ?", (notice_id,)).rowcount
    server = Served(store)
    with httpx.Client(base_url=server.base, timeout=60) as client:
        report = client.post("/v1/notices/reread", timeout=60).json()
        assert (report["indexed"], report["unchanged"], report["without_file"]) == (1, 0, 1)
        change = client.get("/v1/changes", params={"limit": 1}).json()["changes"][0]
        assert change["kind"] == "reread"
        assert change["notices"][0]["passages"]["read_anew"] == 2
        whole = client.get(f"/v1/notices/{notice_id}").json()
        assert sum(len(passage["units"]) for passage in whole["passages"]) == 3
    server.stop()


# -- kill -9 -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_what_was_acknowledged_survives_kill(tmp_path: Path) -> None:
    """Three times: one upload is answered, one removal, one job is only accepted; then the process is killed."""
    store = new_store(tmp_path)
    there: set[str] = set()
    gone: set[str] = set()
    places: list[str] = []
    for round_ in range(4):
        server = Served(store)
        with httpx.Client(base_url=server.base, timeout=60) as client:
            for place in places:
                job = job_ended(client, place)
                assert (job["state"], [file["stage"] for file in job["files"]]) == ("done", ["done"] * 2)
                there |= {notice_id for file in job["files"] for notice_id in file["notices"]}
            held = set(listed(client))
            assert there <= held
            assert not gone & held
            if round_ == 3:
                break
            away = sent(client, (f"移除{round_}.txt", notice(400 + round_, f"移除{round_}")))["notices"][0]
            there |= set(sent(client, (f"完成{round_}.txt", notice(200 + round_, f"完成{round_}")))["notices"])
            client.delete(f"/v1/notices/{away}").raise_for_status()
            gone.add(away)
            files = [(f"排队{round_}-{n}.docx", as_docx(notice(300 + 10 * round_ + n, f"排队{n}"))) for n in range(2)]
            places = [send(client, *files, headers={"Prefer": "respond-async"}).headers["location"]]
            time.sleep(0.3 * round_)
        server.kill()
    server.stop()


def test_while_another_process_writes_an_upload_waits_and_answers_go_on(tmp_path: Path) -> None:
    from index import lock

    store = new_store(tmp_path)
    server = Served(store, PROGRAM.replace("app = ", "from index import lock; lock._TRIES = 20\napp = "))
    with httpx.Client(base_url=server.base, timeout=60) as client:
        with lock.writing(store):
            place = send(client, ("等.txt", notice(81, "供暖保障")), headers={"Prefer": "respond-async"}).headers[
                "location"
            ]
            time.sleep(2.5)  # longer than a writer waits for the lock: 20 times 0.05 s there
            assert client.get(place).json()["files"][0]["stage"] == "indexing"
            assert cited(client, "哪些单位负责电梯安全活动")
        job = job_ended(client, place)
        assert (job["state"], job["report"]["indexed"]) == ("done", 1)
    server.stop()


def test_a_job_that_ends_the_process_twice_is_given_up(tmp_path: Path) -> None:
    from assistant.library.records import Records
    from assistant.library.types import Incoming

    store = new_store(tmp_path)
    records = Records(store)
    job_id = records.add_job("upload", [Incoming("x.txt", 3, "0" * 64)])
    records.begin(job_id)
    records.begin(job_id)
    records.close()
    server = Served(store)
    with httpx.Client(base_url=server.base, timeout=60) as client:
        job = job_ended(client, f"/v1/jobs/{job_id}")
        assert job["state"] == "failed"
        assert job["error"]
    server.stop()


def test_the_queue_has_an_end(tmp_path: Path) -> None:
    from assistant.library import records
    from assistant.library.errors import QueueFull
    from assistant.library.types import Incoming

    held = records.Records(tmp_path)
    for _ in range(records.MOST_WAITING):
        held.add_job("upload", [Incoming("x.txt", 1, "0" * 64)])
    with pytest.raises(QueueFull):
        held.add_job("upload", [Incoming("x.txt", 1, "0" * 64)])
    held.close()


# -- who may write -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"Origin": "SELF"}, True),
        ({"Origin": "SELF", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://127.0.0.1:1"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "http://evil.example", "Sec-Fetch-Site": "same-site"}, False),
    ],
)
def test_pages_of_other_origins_change_nothing(client: httpx.Client, headers: dict[str, str], passes: bool) -> None:
    headers = {name: value.replace("SELF", str(client.base_url).rstrip("/")) for name, value in headers.items()}
    before = set(listed(client))
    response = send(client, ("来源.txt", notice(71, "跨站请求")), headers=headers)
    feedback = client.post("/v1/feedback", json={"question": "问", "verdict": "good"}, headers=headers)
    removed = client.delete("/v1/notices/none", headers=headers)
    if passes:
        assert (response.status_code, feedback.status_code, removed.status_code) == (200, 201, 404)
        return
    for refused in (response, feedback, removed):
        problem(refused, 403, "cross_origin")
    assert set(listed(client)) == before
    assert client.post("/v1/ask", json={"question": "电梯安全"}, headers=headers).status_code == 200


def test_a_read_only_service_says_so(tmp_path: Path) -> None:
    server = Served(new_store(tmp_path), READ_ONLY)
    with httpx.Client(base_url=server.base, timeout=60) as client:
        notice_id = next(iter(listed(client)))
        problem(send(client, ("x.txt", notice(1, "x"))), 403, "read_only")
        problem(client.delete(f"/v1/notices/{notice_id}"), 403, "read_only")
        problem(client.post("/v1/notices/reread"), 403, "read_only")
        problem(client.post("/v1/feedback", json={"question": "问", "verdict": "good"}), 403, "read_only")
        assert client.get("/v1/jobs").json()["accepts"]["writable"] is False
        assert notice_id in cited(client, "哪些单位负责电梯安全活动")
    server.stop()


FULL = PROGRAM.replace(
    "import socket, sys",
    "import resource, signal, socket, sys\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)",
).replace("Server(app)", "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\nServer(app)")


def test_where_nothing_can_be_written_answers_go_on(tmp_path: Path) -> None:
    """Every write fails, as on a full disk."""
    server = Served(new_store(tmp_path), FULL)
    with httpx.Client(base_url=server.base, timeout=60) as client:
        notice_id = next(iter(listed(client)))
        problem(client.post("/v1/feedback", json={"question": "问", "verdict": "good"}), 503, "store_not_writable")
        problem(send(client, ("x.txt", notice(1, "x"))), 503, "store_not_writable")
        assert client.delete(f"/v1/notices/{notice_id}").status_code == 503
        assert notice_id in cited(client, "哪些单位负责电梯安全活动")
        assert notice_id in listed(client)
    server.stop()


# Root may write everywhere; without this capability it may not.
PLAIN_USER = (
    """import os, sys
if "PLAIN" not in os.environ:
    os.environ["PLAIN"] = "yes"
    drop = ["setpriv", "--bounding-set", "-dac_override", "--inh-caps", "-dac_override"]
    os.execvp("setpriv", [*drop, *sys.orig_argv])
"""
    + PROGRAM
)


@pytest.mark.skipif(os.getuid() != 0 or not shutil.which("setpriv"), reason="needs root and setpriv (util-linux)")
def test_a_store_that_may_not_be_written(tmp_path: Path) -> None:
    """The same with a store that is taken over by somebody else while it is served."""
    store = new_store(tmp_path)
    server = Served(store, PLAIN_USER)
    for path in (store, *store.rglob("*")):
        os.chown(path, 65534, 65534)
        path.chmod(0o555 if path.is_dir() else 0o444)
    with httpx.Client(base_url=server.base, timeout=60) as client:
        problem(client.post("/v1/feedback", json={"question": "问", "verdict": "good"}), 503, "store_not_writable")
        problem(send(client, ("x.txt", notice(1, "x"))), 503, "store_not_writable")
        assert client.delete(f"/v1/notices/{next(iter(listed(client)))}").status_code == 503
        assert client.get("/v1/search", params={"q": "电梯"}).json()["hits"]
    server.stop()


def test_the_command_line_has_the_option() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assistant.cli", "serve", "--help"], capture_output=True, text=True, cwd=ROOT
    )
    assert "--read-only" in done.stdout
