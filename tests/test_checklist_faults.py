"""Cases 29 to 42 of the checklist: what happens to a service while it runs. The long loops are in the soak; here is one of each."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from assistant.sample import sample_store
from corpus.parse import parse
from corpus.reading import ReadFile
from index import lock
from index.encoder import open_encoder
from index.errors import StoreBusy, StoreMismatch
from index.lock import writing
from index.store import LocalStore
from index.types import Encoder
from tests.conftest import ROOT
from tests.library_files import new_store, notice
from tests.served import Command as Served


def notices(*arguments: object, limit: Callable[[], None] | None = None, **environment: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `notices …` in a process of its own."""
    command = [sys.executable, "-m", "assistant.cli", *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=ROOT, timeout=120, preexec_fn=limit)
    return done.returncode, done.stdout, done.stderr


def sources(store: Path) -> set[str]:
    held = LocalStore(store)
    try:
        return {card.source for card in held.cards().values()}
    finally:
        held.close()


def files(*serials: int) -> list[ReadFile]:
    return [ReadFile(f"{n}.txt", tuple(parse(notice(n, f"专题{n}"), f"{n}.txt"))) for n in serials]


def test_case_29_kill_9(tmp_path: Path) -> None:
    """The commands as an office runs them, killed while they embed, commit, publish and restore.

    Every named step and random moments, in small and large stores: tests/test_kill_loop.py, `make soak`.
    """
    store, more = new_store(tmp_path), tmp_path / "more"
    more.mkdir()
    for n in range(30, 40):
        (more / f"{n}.txt").write_text(notice(n, f"专题{n}"), encoding="utf-8")
    before, after = {"0.txt"}, {path.name for path in more.iterdir()} | {"0.txt"}
    for step, left in (("segment.written", before), ("catalog.committing", before), ("catalog.committed", after)):
        assert notices("index", more, "--store", store, NOTICES_FAILPOINT=step)[0] == -signal.SIGKILL
        start = time.monotonic()
        held = LocalStore(store)
        assert held.search("电梯安全").hits
        assert time.monotonic() - start < 5
        held.close()
        assert sources(store) == left, step
    assert notices("backup", tmp_path / "a.tar.gz", "--store", store)[0] == 0
    restoring = ("restore", tmp_path / "a.tar.gz", "--store", tmp_path / "restored")
    assert notices(*restoring, NOTICES_FAILPOINT="restore.opened")[0] == -signal.SIGKILL
    assert not (tmp_path / "restored").exists()
    assert notices(*restoring)[0] == 0
    assert sources(tmp_path / "restored") == after


def test_case_30_disk_full(tmp_path: Path) -> None:
    """No file may grow beyond 64 kB, as on a disk that is full: one clear line, and what is there is searched on.

    Each write of each change, real disks without room, inodes or the right to write: tests/test_faults.py.
    """
    store = new_store(tmp_path)
    before = sources(store)
    (tmp_path / "in").mkdir()
    for n in range(40, 60):
        (tmp_path / "in" / f"{n}.txt").write_text(notice(n, f"专题{n}") * 20, encoding="utf-8")
    code, _, err = notices(
        "index", tmp_path / "in", "--store", store, limit=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16,) * 2)
    )  # fmt: skip
    assert code == 2
    assert "Traceback" not in err
    assert len(err.strip().splitlines()[-1]) > 20
    assert sources(store) == before
    assert LocalStore(store).search("电梯安全").hits
    assert notices("index", tmp_path / "in", "--store", store)[0] == 0


def test_case_31_one_byte_flipped(tmp_path: Path) -> None:
    """In each derived file; in the catalog, the manifest, shards, and large stores: tests/test_flipped_bytes.py."""
    original = new_store(tmp_path)
    held = LocalStore(original)
    wanted = [(hit.stored.passage.passage_id, hit.score) for hit in held.search("专项检查").hits]
    held.close()
    damaged = [path for path in original.glob("derived-*/**/*") if path.is_file() and path.stat().st_size]
    assert damaged
    for number, path in enumerate(damaged):
        store = tmp_path / f"copy{number}"
        shutil.copytree(original, store)
        victim = store / path.relative_to(original)
        content = bytearray(victim.read_bytes())
        content[len(content) // 2] ^= 0x10
        victim.write_bytes(content)
        held = LocalStore(store)
        got = [(hit.stored.passage.passage_id, hit.score) for hit in held.search("专项检查").hits]
        held.close()
        assert got == wanted, victim


def test_case_32_models_that_do_not_fit(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    model = tmp_path / "model"
    shutil.copytree(ROOT / "index" / "model", model)
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])
    code, _, err = notices("search", "检查", "--store", store, "--model", model)
    assert code == 2
    assert "Traceback" not in err
    assert "重建索引" in err
    weights.unlink()
    code, _, err = notices("search", "检查", "--store", store, "--model", model)
    assert (code, "Traceback" in err) == (2, False)
    with pytest.raises(StoreMismatch):  # another model than the store was built with: never mixed
        LocalStore(store, _other(tmp_path)).search("检查")
    assert LocalStore(store).search("电梯安全").hits


def _other(folder: Path) -> Encoder:
    """The shipped model under another name."""
    shutil.copytree(ROOT / "index" / "model", folder / "other")
    manifest = json.loads((folder / "other" / "manifest.json").read_text(encoding="utf-8"))
    (folder / "other" / "manifest.json").write_text(json.dumps({**manifest, "name": "another"}), encoding="utf-8")
    return open_encoder(str(folder / "other"))


def test_case_33_tmp_unwritable_and_a_foreign_jieba_cache(tmp_path: Path) -> None:
    (tmp_path / "jieba.cache").write_bytes(b"\x80\x04cos\nsystem\n(S'touch hacked'\ntR.")
    program = "import sys, tempfile; tempfile.tempdir = '/proc/none'; from assistant.cli import main; main()"
    command = [sys.executable, "-c", program, "search", "检查", "--store", str(sample_store()), "--json"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=tmp_path, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["hits"]
    assert notices("search", "检查", "--store", sample_store(), TMPDIR=str(tmp_path))[0] == 0
    assert not (tmp_path / "hacked").exists()


def test_case_36_two_writers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_TRIES", 5)  # not ten seconds
    store = new_store(tmp_path)
    with writing(store), pytest.raises(StoreBusy) as refused:
        LocalStore(store).index(files(50))
    assert str(os.getpid()) in str(refused.value)
    assert sources(store) == {"0.txt"}


def under_load(folder: Path, clients: int, *options: str) -> tuple[list[httpx.Response], float, str]:
    """Responses of a service that is asked by so many at once and told to end in the middle; seconds to its end; its log."""
    (folder / "store").symlink_to(sample_store())
    running = Served(folder / "store", "--no-cache", "--no-page", *options)
    got: list[httpx.Response] = []

    def ask() -> None:
        with httpx.Client(base_url=running.base, timeout=30) as client:
            while True:
                try:
                    got.append(client.post("/v1/ask", json={"question": "哪些单位负责电动自行车相关活动"}))
                except httpx.TransportError:
                    return  # it has ended

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    start = time.monotonic()
    running.process.terminate()
    running.process.wait(15)
    took = time.monotonic() - start
    for thread in threads:
        thread.join()
    return got, took, running.log.read_text(encoding="utf-8")


def test_case_37_burst(tmp_path: Path) -> None:
    """Ten times what is let in at once: 429 with Retry-After, never 5xx; who is let in waits no longer for it."""
    (tmp_path / "store").symlink_to(sample_store())
    running = Served(tmp_path / "store", "--no-cache", "--no-page", "--at-once", "2")
    try:
        alone, got = asked_by(running, 2, 1.0), asked_by(running, 20, 2.0)
    finally:
        running.stop()
    assert {response.status_code for response in alone} == {200}
    assert {response.status_code for response in got} == {200, 429}
    assert all(int(r.headers["retry-after"]) >= 1 for r in got if r.status_code == 429)
    # Loose, for the clients and other tests use the same cores: the target is 200 ms, `make soak` measures.
    admitted = [response for response in got if response.status_code == 200]
    assert p95(admitted) < max(0.2, 6 * p95(alone))


def asked_by(running: Served, clients: int, seconds: float) -> list[httpx.Response]:
    """What so many clients get who ask again and again for some seconds."""
    got: list[httpx.Response] = []
    until = time.monotonic() + seconds

    def ask() -> None:
        with httpx.Client(base_url=running.base, timeout=30) as client:
            while time.monotonic() < until:
                got.append(client.post("/v1/ask", json={"question": "哪些单位负责电动自行车相关活动"}))

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def p95(responses: list[httpx.Response]) -> float:
    """Seconds."""
    return sorted(response.elapsed.total_seconds() for response in responses)[int(len(responses) * 0.95)]


@pytest.mark.slow
def test_case_38_little_memory(tmp_path: Path) -> None:
    """A large file is refused in one line and changes nothing; a small one is indexed under the same limit."""
    large, small = tmp_path / "large.txt", tmp_path / "small.txt"
    large.write_text("\n".join(f"{n}、各单位要认真开展检查。" for n in range(30_000)), encoding="utf-8")
    small.write_text(notice(60, "小文件"), encoding="utf-8")

    store = tmp_path / "store"
    # Address space, of which libraries reserve a gigabyte that they never use (RSS of a small index: 0.2 GB).
    program = "import sys, atexit; atexit.register(lambda: print(open('/proc/self/status').read())); from assistant.cli import main; main()"
    command = [sys.executable, "-c", program, "index", str(small), "--store", str(tmp_path / "other")]
    said = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=True).stdout
    enough = int(re.findall(r"VmPeak:\s+(\d+) kB", said)[0]) * 1024 + (64 << 20)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (enough, enough))

    assert notices("index", small, "--store", store, limit=limited)[0] == 0
    code, out, err = notices("index", large, small, "--store", store, limit=limited)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert "内存不足" in err
    assert sources(store) == {"small.txt"}
    assert not list(store.glob("building-*"))


def test_case_39_readers_while_it_is_written(tmp_path: Path) -> None:
    """Two notices are replaced by two others and back: every search sees one pair or the other, none a mixture.

    A hundred publishes, nine readers, one of them a process: tests/test_publish_readers.py.
    """
    writer, reader = LocalStore(tmp_path / "store"), LocalStore(tmp_path / "store")
    pairs = (61, 62), (63, 64)
    writer.index(files(*pairs[0]))
    seen: list[set[str]] = []
    wrong: list[Exception] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            try:
                seen.append({hit.stored.notice.source for hit in reader.search("专项检查", 100).hits})
            except Exception as error:  # whatever it is, the test says it
                wrong.append(error)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for n in range(1, 9):
        writer.index(files(*pairs[n % 2]), prune=True)
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:3]
    assert {tuple(sorted(one)) for one in seen} == {("61.txt", "62.txt"), ("63.txt", "64.txt")}


def test_case_40_sigterm_under_load(tmp_path: Path) -> None:
    got, took, log = under_load(tmp_path, 4)
    assert took < 10
    assert len(got) > 4, "it was under load"
    assert {response.status_code for response in got} == {200}
    assert "Traceback" not in log


def test_case_41_logs_cannot_be_forged(tmp_path: Path) -> None:
    (tmp_path / "store").symlink_to(sample_store())
    for option in ("--json-logs", "--no-cache"):
        running = Served(tmp_path / "store", option, "--no-page", "--audit", str(tmp_path / "audit.jsonl"))
        bad = "/v1/notices/x%0d%0aFORGED%20line%1b[31m"
        httpx.delete(running.base + bad)
        httpx.get(running.base + "/v1/search", params={"q": "13800138000\r\nFORGED\x1b[31m"})
        httpx.post(running.base + "/v1/ask", json={"question": "110101199003078888\r\nFORGED"})
        running.stop()
        for log in (running.log, tmp_path / "audit.jsonl"):
            said = log.read_text(encoding="utf-8")
            assert not [line for line in said.splitlines() if line.startswith("FORGED")]
            assert "\x1b" not in said
            assert "13800138000" not in said
            assert "110101199003078888" not in said


@pytest.mark.slow
def test_case_42_clients_that_leave(tmp_path: Path) -> None:
    (tmp_path / "store").symlink_to(sample_store())
    running = Served(tmp_path / "store", "--no-page")
    try:
        descriptors = Path(f"/proc/{running.process.pid}/fd")
        body = json.dumps({"question": "哪些单位负责电动自行车相关活动"}).encode()
        head = (
            b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            % len(body)
        )
        httpx.post(running.base + "/v1/ask", content=body, headers={"Content-Type": "application/json"}, timeout=60)
        before = len(list(descriptors.iterdir()))
        for n in range(1000):
            with socket.create_connection(("127.0.0.1", int(running.base.rpartition(":")[2]))) as leaving:
                leaving.sendall(head + body)
                if n % 3 == 0:
                    leaving.recv(100)
        until = time.monotonic() + 30
        while len(list(descriptors.iterdir())) > before + 5 and time.monotonic() < until:
            time.sleep(0.2)
        assert len(list(descriptors.iterdir())) <= before + 5
        assert "notices_requests_under_way 0.0" in httpx.get(running.base + "/metrics").text, "nothing goes on for them"
    finally:
        running.stop()
    assert "Traceback" not in running.log.read_text(encoding="utf-8")
