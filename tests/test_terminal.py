"""The terminal: help to act on, colours only where they are wanted, the dialogue on a real pseudo-terminal, completion."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.cache import cache_folder
from assistant.chat import Chat
from assistant.chat_table import table_lines
from assistant.errors import BadRequest
from assistant.paint import pad, width
from assistant.sample import sample_store
from assistant.service import Assistant
from assistant.types import Table, TableRow
from index.errors import BadQuery
from tests.conftest import ROOT

NOTICES = [sys.executable, "-m", "assistant.cli"]
ASKED = "哪些单位负责电动自行车相关活动"
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[=>]|\x1b\][^\x07]*\x07")


class Terminal:
    """A process on a pseudo-terminal of its own: what it prints, and what is typed."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        main, other = pty.openpty()
        values = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "200", **environment}
        values.pop("NO_COLOR", None) if "NO_COLOR" not in environment else None
        self.process = subprocess.Popen(
            [*NOTICES, *arguments],
            cwd=ROOT,
            stdin=other,
            stdout=other,
            stderr=other,
            env=values,
            start_new_session=True,
        )
        os.close(other)
        self._main = main
        self._read = b""

    def until(self, words: str, seconds: float = 30) -> str:
        """What was printed until ``words`` stood there; later calls look behind them."""
        end = time.monotonic() + seconds
        while words not in (text := self._read.decode(errors="replace")):
            assert time.monotonic() < end, f"{words!r} did not come: {text[-2000:]!r}"
            if not self._more():
                pytest.fail(f"it ended before {words!r} came: {text[-2000:]!r}")
        before, _, after = text.partition(words)
        self._read = after.encode()
        return before + words

    def _more(self) -> bool:
        ready, _, _ = select.select([self._main], [], [], 0.2)
        if not ready:
            return True
        try:
            new = os.read(self._main, 65536)
        except OSError:  # Linux says EIO once the other end is closed
            return False
        if b"\x1b[6n" in new:
            os.write(self._main, b"\x1b[1;1R")  # prompt_toolkit asks where the cursor is
        self._read += new
        return bool(new)

    def type(self, text: str) -> None:
        """Type, as it is."""
        os.write(self._main, text.encode())

    def end(self, seconds: float = 30) -> tuple[int, str]:
        """Exit code, and all that was printed since the last look."""
        end = time.monotonic() + seconds
        while self._more() and time.monotonic() < end:
            pass
        return self.process.wait(10), self._read.decode(errors="replace")

    def close(self) -> None:
        """Whatever happens, leave nothing behind."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._main)


@pytest.fixture
def terminal() -> Iterator[Any]:
    opened: list[Terminal] = []

    def start(*arguments: str, **environment: str) -> Terminal:
        opened.append(Terminal(*arguments, **environment))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    return Assistant.open(sample_store())


def piped(*arguments: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*NOTICES, *arguments], cwd=ROOT, input=given, capture_output=True, text=True, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip


@pytest.fixture(scope="module")
def in_a_pipe() -> str:
    """What is printed where no terminal is."""
    return piped("ask", ASKED).stdout


# -- help, version, colours --------------------------------------------------------------------------------------------


def test_alone_it_says_what_to_try() -> None:
    result = piped()
    assert (result.returncode, result.stderr) == (0, "")
    shown = re.findall(r"^  (notices .*)$", result.stdout, re.MULTILINE)
    assert len(shown) == 7
    assert "\x1b" not in result.stdout
    from assistant.welcome import _FIRST

    assert [command for command, *_ in _FIRST] == shown[:3]


def test_the_first_command_that_it_shows_works() -> None:
    shown = re.findall(r'^  notices ask "(.*)"$', piped().stdout, re.MULTILINE)
    result = piped("ask", *shown)
    assert result.returncode == 0
    assert "[1]" in result.stdout


def test_version() -> None:
    from importlib.metadata import version

    assert piped("--version").stdout == f"notices {version('notice-assistant')}\n"


@pytest.mark.parametrize(
    ("arguments", "environment", "colours"),
    [
        ((), {}, True),
        ((), {"NO_COLOR": "1"}, False),
        ((), {"NO_COLOR": ""}, True),  # no-color.org: only where it is not empty
        (("--no-color",), {}, False),
        ((), {"TERM": "dumb"}, False),
    ],
)
def test_colours_are_for_terminals_that_want_them(
    terminal: Any, in_a_pipe: str, arguments: tuple[str, ...], environment: dict[str, str], colours: bool
) -> None:
    code, printed = terminal(*arguments, "ask", ASKED, **environment).end(60)
    assert code == 0
    assert ("\x1b[" in printed) is colours
    assert ESCAPE.sub("", printed).replace("\r\n", "\n") == in_a_pipe


@pytest.mark.parametrize("command", [("ask", ASKED), ("search", "电动自行车"), ("list",), ("chat",)])
def test_no_colours_in_a_pipe(command: tuple[str, ...]) -> None:
    result = piped(*command, given=f"{ASKED}\n:open 1\n")
    assert result.stdout
    assert "\x1b" not in result.stdout + result.stderr


def test_long_work_shows_how_far_it_is(terminal: Any, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(
            f"关于开展第{number}次检查的通知\n测〔2023〕{number + 1}号\n", encoding="utf-8"
        )
    store = str(tmp_path / "store")
    code, printed = terminal("index", *map(str, sorted(tmp_path.glob("*.txt"))), "--store", store).end(60)
    assert code == 0
    assert "100%" in printed
    assert "建立索引" in printed
    again = piped("index", str(tmp_path / "0.txt"), "--store", store)
    assert (again.returncode, again.stderr) == (0, "")
    assert "%" not in again.stdout


# -- the dialogue ------------------------------------------------------------------------------------------------------

PROMPT = "问 ask ›"
BEGINS = "\x1b[?2004h"  # a line is about to be read


def plain(text: str) -> str:
    return ESCAPE.sub("", text).replace("\r", "")


def test_a_dialogue(terminal: Any, tmp_path: Path, assistant: Assistant) -> None:
    from assistant.types import Question

    first = assistant.ask(Question(ASKED))
    told = terminal("chat", "--link-base", "http://127.0.0.1:8000")
    assert "10 份通知" in plain(told.until(PROMPT))
    told.type(f"{ASKED}\r")
    assert f"({first.citations[-1].passage_id})" in plain(told.until(BEGINS))
    told.until(PROMPT)
    told.type(":open 3\r")
    opened = told.until("http://127.0.0.1:8000" + first.citations[2].url)
    assert f"\x1b[1;33m【{first.citations[2].quote.splitlines()[0]}" in opened
    assert all(f"# {heading}" in plain(opened) for heading in first.citations[2].section_path)
    told.until(PROMPT)
    told.type("只看2022年的\r")
    told.until("2022-9f894113")
    told.until(PROMPT)
    told.type(f":export {tmp_path}/answer.md\r")
    told.until("已写入")
    assert "2022" in (tmp_path / "answer.md").read_text(encoding="utf-8")
    told.until(PROMPT)
    told.type(":he\t")
    told.until("lp")  # completed; only what changes on the line is drawn
    told.type("\r")
    told.until("Ctrl-D")
    told.until(PROMPT)
    told.type(":nonsense\r")
    told.until("没有命令")
    told.until(PROMPT)
    told.type("从没写完的问题\x03")  # Ctrl-C gives up the line
    told.until(BEGINS)
    told.until(PROMPT)
    told.type("\x04")  # Ctrl-D leaves
    code, rest = told.end()
    assert code == 0
    assert "Traceback" not in rest


def test_history_is_kept_for_the_next_dialogue_and_for_its_owner_alone(terminal: Any) -> None:
    question = "转供电由哪个科负责"
    told = terminal("chat")
    told.until(PROMPT)
    told.type(f"{question}\r")
    told.until(BEGINS)
    told.until(PROMPT)
    told.type(":quit\r")
    assert told.end()[0] == 0
    file = cache_folder() / "chat_history"
    assert question in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o077 == 0
    again = terminal("chat", "--no-history")
    again.until(PROMPT)
    again.type("没人该记住的问题\r")
    again.until(BEGINS)
    again.until(PROMPT)
    again.type("\x04")
    assert again.end()[0] == 0
    assert "没人该记住" not in file.read_text(encoding="utf-8")
    third = terminal("chat")
    third.until(PROMPT)
    third.type("\x1b[A\x1b[A")  # twice the arrow up: :quit, and what was asked before it
    third.until(question)


def test_the_prompt_has_no_colours_either(terminal: Any) -> None:
    told = terminal("--no-color", "chat")
    told.until(PROMPT)
    told.type(f"{ASKED}\r")
    assert "\x1b[36m" not in told.until("[1] 《")


def test_lines_of_a_pipe() -> None:
    result = piped("chat", given=f"{ASKED}\n\n只看2022年的\n:lang en\n:scope year=2021\n:scope none\n:quit\n从不问\n")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.count("› ") == 6
    assert "从不问" not in result.stdout
    assert "answers in English" in result.stdout


def test_lines_that_cannot_be_done_are_said_and_the_rest_goes_on() -> None:
    result = piped("chat", given=":table\n:open 1\n:scope colour=red\n:nonsense\n照片报送格式\n")
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 4
    assert "JPG" in result.stdout


# -- its commands ------------------------------------------------------------------------------------------------------


def said(chat: Chat, capsys: pytest.CaptureFixture[str], *lines: str) -> str:
    for line in lines:
        capsys.readouterr()
        chat.hear(line)
    return capsys.readouterr().out


def test_scope_holds_until_it_is_changed(assistant: Assistant, capsys: pytest.CaptureFixture[str]) -> None:
    chat = Chat(assistant)
    assert "year=2021" in said(chat, capsys, ":scope year=2021 region=天津市")
    answer = said(chat, capsys, "照片报送格式")
    assert "2021年" in answer
    assert "〔2024〕" not in answer
    assert "year=2021" not in said(chat, capsys, ":scope year=")
    assert "不限" in said(chat, capsys, ":scope none")
    with pytest.raises(BadQuery):
        chat.hear(":scope year=last")


def test_new_forgets(assistant: Assistant, capsys: pytest.CaptureFixture[str]) -> None:
    chat = Chat(assistant)
    followed = said(chat, capsys, ASKED, "那2022年呢")
    alone = said(chat, capsys, ":new", "那2022年呢")
    assert followed != alone


def test_commands_in_chinese_and_full_width(assistant: Assistant, capsys: pytest.CaptureFixture[str]) -> None:
    chat = Chat(assistant)
    one = said(chat, capsys, ASKED, ":open 1")
    assert said(chat, capsys, "：打开 [1]") == one
    assert ":export" in said(chat, capsys, "：帮助")


def test_what_a_citation_opens_is_the_notice_s_own_text(
    assistant: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    from assistant.types import Question

    chat = Chat(assistant)
    chat.hear(ASKED)
    for citation in assistant.ask(Question(ASKED)).citations:
        opened = said(chat, capsys, f":open {citation.number}")
        before, _, after = opened.partition(f"【{citation.quote}】")
        assert citation.notice_title in before
        words = before.removesuffix("…").rsplit("\n", 1)[-1] + citation.quote + after.split("\n", 1)[0]
        text = assistant.store.notice(citation.notice_id).text
        assert words.strip("…") in text


def test_browse_needs_a_served_store(assistant: Assistant, capsys: pytest.CaptureFixture[str]) -> None:
    opened: list[str] = []
    chat = Chat(assistant, link_base="http://host/", browse=opened.append)
    said(chat, capsys, ASKED, ":browse 1")
    assert len(opened) == 1
    assert opened[0].startswith("http://host/n/")
    unserved = Chat(assistant)
    unserved.hear(ASKED)
    with pytest.raises(BadRequest, match="--link-base"):
        unserved.hear(":browse 1")


def test_tables_in_columns_where_they_fit() -> None:
    table = Table(("unit", "year"), (TableRow({"unit": "市公安局", "year": "2022"}, (1, 2)),))
    wide = list(table_lines(table, 80))
    assert len(wide) == 2
    assert "市公安局" in wide[1]
    assert width(wide[0][: wide[0].index("年份")]) == width(wide[1][: wide[1].index("2022")])
    narrow = list(table_lines(table, 20))
    assert len(narrow) == 4
    assert any(line.endswith("[1][2]") for line in narrow)


def test_widths() -> None:
    assert (width("市a"), width("é"), pad("市", 4)) == (3, 1, "市  ")


# -- completion --------------------------------------------------------------------------------------------------------


def complete(*words: str) -> list[str]:
    """What bash proposes for the last word."""
    environment = {
        "_NOTICES_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(["notices", *words]),
        "COMP_CWORD": str(len(words)),
    }
    code = "import sys; sys.argv = ['notices']; from assistant.cli import app; app(prog_name='notices')"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    return [line for line in result.stdout.splitlines() if line]


def test_the_shell_completes_what_the_store_holds(assistant: Assistant, tmp_path: Path) -> None:
    ids = list(assistant.store.cards())
    assert complete("show", "2022") == [known for known in ids if known.startswith("2022")]
    folder = str(assistant.store.folder)
    assert complete("show", "--store", folder, "") == ids
    years = sorted({str(card.year) for card in assistant.store.cards().values() if card.year}, reverse=True)
    assert complete("ask", "x", "--year", "") == years
    assert complete("search", "x", "--unit", "天津市公安") == ["天津市公安局"]
    assert complete("search", "x", "--region", "天津市滨") == ["天津市滨海新区"]
    assert complete("show", "--store", str(tmp_path), "") == []
    (tmp_path / "catalog.sqlite").write_text("no database")
    assert complete("show", "--store", str(tmp_path), "") == []


def test_completion_is_quick() -> None:
    """It loads neither the search engines nor the segmenter."""
    code = (
        "import sys; from assistant.cli import app; from assistant import completion; import typer;"
        "c = typer.Context(typer.main.get_command(app)); completion.notice_ids(c, ''); completion.units(c, '');"
        "sys.exit(bool({'faiss', 'tantivy', 'rjieba', 'prompt_toolkit', 'httpx'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
