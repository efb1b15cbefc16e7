"""The command line's contract: shapes, exit codes, results on stdout and messages on stderr."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from assistant.cli import main
from tests.notices import DIGEST


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["notices", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        return Result(code, *capsys.readouterr())

    return call


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "store"
    command = [sys.executable, "-m", "assistant.cli", "index", str(DIGEST), "--store", str(folder), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    assert report.keys() >= {"indexed", "unchanged", "removed", "failed", "passages", "took_ms"}
    assert report["indexed"] == 10
    return folder


HIT = {
    "passage_id",
    "notice_id",
    "notice_title",
    "document_number",
    "year",
    "region",
    "section_path",
    "number",
    "text",
    "start",
    "end",
    "score",
    "units",
}
CITATION = {
    "number",
    "passage_id",
    "notice_id",
    "notice_title",
    "document_number",
    "section_path",
    "quote",
    "start",
    "end",
    "page",
    "url",
}
UNIT = {"name", "canonical", "level", "place", "role", "start", "end"}


def test_search(run: Run, store: Path) -> None:
    found = run("search", "电梯安全", "--store", store, "-k", 5, "--json").json
    assert found.keys() == {"query", "mode", "total", "took_ms", "corrections", "hits"}
    assert len(found["hits"]) == 5
    assert all(hit.keys() == HIT for hit in found["hits"])
    assert all(unit.keys() == UNIT for hit in found["hits"] for unit in hit["units"])
    scores = [hit["score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True)
    for mode in ("lexical", "dense"):
        assert run("search", "电梯", "--store", store, "--mode", mode, "--json").json["mode"] == mode
    filtered = run("search", "活动", "--store", store, "--year", 2021, "--region", "天津", "--json").json
    assert {hit["year"] for hit in filtered["hits"]} == {2021}
    assert run("search", "电梯", "--store", store).out.count("《") >= 5


def test_ask(run: Run, store: Path) -> None:
    answer = run("ask", "哪些单位负责电动自行车相关活动", "--store", store, "--json").json
    assert answer.keys() == {
        "question", "lang", "kind", "abstained", "reason", "answer", "citations", "table", "coverage", "related", "warnings", "corrections", "took_ms", "wording", "scope",
    }  # fmt: skip
    assert all(c.keys() == CITATION for c in answer["citations"])
    assert {"unit", "role", "activity", "notice", "year"} <= set(answer["table"]["columns"])
    first = answer["citations"][0]
    assert first["url"] == f"/n/{first['notice_id']}?start={first['start']}&end={first['end']}#{first['passage_id']}"
    text = run("ask", "哪些单位负责电动自行车相关活动", "--store", store).out
    assert "[1]" in text
    assert run("ask", "2023年的活动主题是什么", "--store", store, "--json").json["abstained"] is True


def test_list_show_remove(run: Run, store: Path, tmp_path: Path) -> None:
    notices = run("list", "--store", store, "--json").json["notices"]
    assert len(notices) == 10
    fields = {
        "notice_id",
        "source",
        "title",
        "document_number",
        "issuer",
        "region",
        "year",
        "issued_on",
        "disclosure",
        "warnings",
    }
    assert all(notice.keys() >= fields for notice in notices)
    shown = run("show", notices[0]["notice_id"], "--store", store, "--json").json
    assert shown.keys() >= fields | {"text", "sections", "passages", "facts", "furniture"}
    passage = shown["passages"][-1]
    assert passage.keys() >= {"passage_id", "section_path", "number", "printed_number", "start", "end", "text", "units"}
    assert shown["text"][passage["start"] : passage["end"]] == passage["text"]
    assert run("show", notices[0]["notice_id"], "--store", store).out
    mine = tmp_path / "mine"
    run("index", DIGEST, "--store", mine)
    assert run("remove", notices[0]["notice_id"], "--store", mine).code == 0
    left = run("list", "--store", mine, "--json").json["notices"]
    assert notices[0]["notice_id"] not in {n["notice_id"] for n in left}


def test_check_finds_what_is_wrong_and_stores_nothing(run: Run, tmp_path: Path) -> None:
    result = run("check", DIGEST, "--json")
    assert result.code == 1
    codes = {w["code"] for file in result.json["files"] for notice in file["notices"] for w in notice["warnings"]}
    assert {"date_conflict", "number_missing", "numbering_repaired", "press_report"} <= codes
    assert "落款日期" in run("check", DIGEST).out
    fine = tmp_path / "fine.txt"
    fine.write_text("关于放假的通知\n各科室：\n国庆节放假七天，请安排好值班。\n2024年9月20日\n", encoding="utf-8")
    assert run("check", fine).code == 0
    assert not list(tmp_path.glob("*store*"))


def test_batch(run: Run, store: Path, tmp_path: Path) -> None:
    lines = [
        {"id": "a", "question": "南开区呢？", "history": ["和平区2022年“质量月”有什么活动？"], "filters": {}},
        {"id": "b", "question": "电梯", "filters": {"year": 2021}},
        {"id": "c", "question": "   "},
        {"id": "d", "question": "电梯", "filters": {"colour": "red"}},
        {"id": "e"},
    ]
    batch = tmp_path / "q.jsonl"
    batch.write_text("".join(json.dumps(line) + "\n" for line in lines) + "not json\n[1]\n", encoding="utf-8")
    for command in ("ask", "search"):
        result = run(command, "--batch", batch, "--store", store, "--json")
        out = [json.loads(line) for line in result.out.splitlines()]
        assert result.code == 1
        assert [line["id"] for line in out] == ["a", "b", "c", "d", "e", 6, 7]
        assert ["error" in line for line in out] == [False, False, True, True, True, True, True]
    answers = [json.loads(line) for line in run("ask", "--batch", batch, "--store", store).out.splitlines()]
    assert "南开大悦城" in answers[0]["answer"]


def test_index_reads_on_when_a_file_is_bad(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "good.txt").write_bytes(next(DIGEST.glob("002*")).read_bytes())
    (folder / "empty.txt").write_bytes(b"")
    (folder / "blank.txt").write_text(" \n\u3000\n", encoding="utf-8")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (folder / "image.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (folder / "page.html").write_text("<!DOCTYPE html><html><body><script>1</script></body></html>", encoding="utf-8")
    result = run("index", folder, "--store", tmp_path / "store", "--json")
    assert result.code == 1
    failed = {f["source"]: f["reason"] for f in result.json["failed"]}
    assert set(failed) == {"empty.txt", "blank.txt", "binary.txt", "image.txt", "page.html"}
    assert result.json["indexed"] == 1
    assert all("Traceback" not in reason and (";" in reason or "；" in reason) for reason in failed.values())


@pytest.mark.parametrize(
    "arguments",
    [
        ("index", "{tmp}/missing", "--store", "{tmp}/s"),
        ("index", "{tmp}", "--store", "{tmp}/s"),
        ("index", "{store}/manifest.json", "--store", "/etc/passwd"),
        ("index", "{store}/manifest.json", "--store", "/proc/x"),
        ("ask", "  ", "--store", "{store}"),
        ("ask", "--store", "{store}"),
        ("ask", "电梯", "--store", "{tmp}/none"),
        ("ask", "电梯", "--store", "{store}", "--lang", "fr"),
        ("ask", "电梯", "--store", "{store}", "--year", "99999"),
        ("ask", "--batch", "{tmp}/none.jsonl", "--store", "{store}"),
        ("search", "", "--store", "{store}"),
        ("search", "电梯", "-k", "0", "--store", "{store}"),
        ("search", "电梯", "-k", "101", "--store", "{store}"),
        ("search", "电梯", "--mode", "magic", "--store", "{store}"),
        ("show", "no-such-notice", "--store", "{store}"),
        ("remove", "no-such-notice", "--store", "{store}"),
        ("list", "--store", "{tmp}/none"),
        ("check", "{tmp}/missing"),
        ("check", "{tmp}"),
        ("rebuild", "--store", "{tmp}/none"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_code_2(
    run: Run, store: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    result = run(*(a.format(tmp=tmp_path, store=store) for a in arguments))
    assert result.code == 2
    assert result.out == ""
    assert len(result.err.strip().splitlines()) == 1
    assert "Traceback" not in result.err
    assert not list(tmp_path.iterdir())


def test_wrong_usage_is_exit_code_2(run: Run) -> None:
    for arguments in (("ask", "x", "--colour"), ("index",), ("nonsense",), ("search", "x", "-k", "many")):
        assert run(*arguments).code == 2


def test_a_store_of_another_version(run: Run, tmp_path: Path) -> None:
    run("index", DIGEST, "--store", tmp_path / "s")
    manifest = tmp_path / "s" / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"format": 2', '"format": 99'), encoding="utf-8")
    for command in (("ask", "电梯"), ("search", "电梯"), ("list",), ("index", DIGEST)):
        result = run(*command, "--store", tmp_path / "s")
        assert result.code == 2
        assert "notices index" in result.err


def test_asking_needs_no_pytorch_and_no_page(store: Path) -> None:
    """A cold `notices ask` imports neither PyTorch nor the server nor the page."""
    code = (
        "import sys; sys.argv = ['notices', 'ask', '哪个科室做转供电宣传？', '--store', sys.argv[1], '--json']\n"
        "from assistant.cli import main\n"
        "main.__globals__['app'](standalone_mode=False)\n"
        "heavy = {'torch', 'sentence_transformers', 'transformers', 'gradio', 'fastapi', 'pandas', 'scipy', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(store)], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stderr.strip().splitlines()[-1] == "[]"
    assert "价监科" in done.stdout


def test_help_names_every_command(run: Run) -> None:
    text = run("--help").out
    for command in ("index", "search", "ask", "list", "show", "check", "remove", "rebuild", "serve"):
        assert command in text
        assert run(command, "--help").code == 0
