"""What is killed by the kill loop: changes of a store in processes of their own, each forked from one that has imported all.

Talks in JSON lines: a task comes on standard input, what happens goes to standard output. ``begun`` and ``acked`` frame
each act; an act is acknowledged when its call has returned.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assistant.answer.view import view_of
from assistant.library.originals import Originals
from assistant.library.records import Records
from assistant.library.types import Incoming
from corpus.parse import parse
from corpus.reading import ReadFile
from corpus.types import Notice
from index import backup, failpoints, growth
from index.encoder import shipped_encoder
from index.store import LocalStore

SERIALS, VERSIONS = 14, 3
LARGE = 40  # passages from which the loop's large stores are large
_TOPICS = "电梯安全 校园食堂 电动自行车 燃气灶具 儿童用品 农贸市场 加油站".split()
Act = tuple[str, Any]


def text_of(serial: int, version: int) -> str:
    """A notice with seven passages; its id comes from the serial alone."""
    topic, other = _TOPICS[serial % len(_TOPICS)], _TOPICS[(serial + version + 1) % len(_TOPICS)]
    return f"""滨河市质量工作办公室文件
滨质办〔2024〕{serial + 1}号
关于开展{topic}活动的通知
各有关单位：
现就第{version + 1}次开展{topic}活动有关事项通知如下。
一、主要活动
1、开展{topic}宣传进社区活动。（市市场监管委）
2、组织{topic}专项检查{version}次，兼查{other}。（市公安局、市消防救援总队）
滨河市质量工作办公室
2024年3月5日
（此件主动公开）
"""


def notices() -> dict[tuple[int, int], Notice]:
    """All notices by serial and version."""
    found = {}
    for serial in range(SERIALS):
        for version in range(VERSIONS):
            (found[serial, version],) = parse(text_of(serial, version), f"{serial}.txt")
    return found


@dataclass(frozen=True, slots=True)
class Task:
    """What one process does.

    ``folder`` holds the store and whatever else the acts make. ``step`` names the failpoint at which it ends, ``after``
    the milliseconds after which it is killed; without either it ends by itself.
    """

    folder: str
    acts: tuple[Act, ...]
    large: bool
    step: str | None = None
    times: int = 1
    after: float | None = None


class Acting:
    """Carries out the acts of one process."""

    def __init__(self, folder: Path, known: dict[tuple[int, int], Notice]) -> None:
        self._folder = folder
        self._known = known
        self._store = LocalStore(folder / "store")

    def do(self, kind: str, what: Any) -> None:
        """One act; when it returns it is acknowledged."""
        getattr(self, f"_{kind}")(what)

    def _files(self, pairs: list[tuple[int, int]]) -> list[ReadFile]:
        return [ReadFile(f"{serial}.txt", (self._known[serial, version],)) for serial, version in pairs]

    def _put(self, pairs: list[tuple[int, int]]) -> None:
        self._store.index(self._files(pairs))

    def _remove(self, serial: int) -> None:
        self._store.remove(self._known[serial, 0].notice_id)

    def _rebuild(self, _: None) -> None:
        self._store.rebuild()

    def _ask(self, _: None) -> None:
        view_of(self._store).complete()

    def _create(self, name: str) -> None:
        LocalStore(self._folder / name).index(self._files([(0, 0), (1, 1)]))

    def _backup(self, name: str) -> None:
        backup.backup(self._store.folder, self._folder / "backups" / name)

    def _restore(self, names: list[str]) -> None:
        backup.restore(self._folder / "backups" / names[0], self._folder / names[1])

    def _upload(self, serial: int) -> None:
        content = text_of(serial, 0).encode()
        digest, size = Originals(self._store.folder / "uploads").keep(io.BytesIO(content))
        Records(self._store.folder).add_job("upload", [Incoming(f"{serial}.txt", size, digest)])


def main() -> None:
    """Serve tasks until there are no more."""
    known = notices()
    _ = shipped_encoder()._tokenizer  # loaded once; it starts no thread before it is used
    _say("ready")
    for line in sys.stdin:
        asked = json.loads(line)
        task = Task(**{**asked, "acts": tuple((kind, what) for kind, what in asked["acts"])})
        child = os.fork()
        if child == 0:
            _run(task, known)
        _say("ended", status=_end(child, task.after))


def _end(child: int, after: float | None) -> int:
    """Wait for a process, or kill it after some milliseconds; its exit status."""
    if after is not None:
        until = time.monotonic() + after / 1000
        while time.monotonic() < until:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.001)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _run(task: Task, known: dict[tuple[int, int], Notice]) -> None:
    """In the forked process."""
    code = 1
    try:
        if task.large:
            growth.LARGE = LARGE
        if task.step:
            failpoints.arm(task.step, task.times)
        acting = Acting(Path(task.folder), known)
        for number, (kind, what) in enumerate(task.acts):
            _say("begun", number=number)
            acting.do(kind, what)
            _say("acked", number=number)
        code = 0
    except BaseException as error:
        _say("raised", what=repr(error)[:500])
    finally:
        os._exit(code)


def _say(event: str, **more: Any) -> None:
    os.write(1, (json.dumps({"event": event, **more}) + "\n").encode())


def task_line(task: Task) -> str:
    """A task as a line for :func:`main`."""
    return json.dumps(asdict(task)) + "\n"


if __name__ == "__main__":
    main()
