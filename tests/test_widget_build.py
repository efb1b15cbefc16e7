"""What is served of the widget is what its source says, and small."""

import gzip
import re
import shutil
import subprocess

import pytest

from assistant.web.widget import scripts
from tests.conftest import ROOT

SOURCE = ROOT / "assistant" / "web" / "widget_source"
SERVED = ROOT / "assistant" / "web" / "static" / "widget"
ESBUILD = ROOT / "tests" / ".node" / "node_modules" / "esbuild"
BUDGET = 15_000  # bytes, gzip -9
NAMES = ("notice-search.js", "notice-search.classic.js")


def test_the_committed_files_are_a_fresh_build(tmp_path_factory: pytest.TempPathFactory) -> None:
    if shutil.which("node") is None or not ESBUILD.is_dir():
        pytest.skip("needs esbuild: npm install --prefix tests/.node esbuild@0.28.2")
    out = tmp_path_factory.mktemp("built")
    subprocess.run(["node", SOURCE / "build.mjs", out], check=True, timeout=60)
    for name in NAMES:
        assert (out / name).read_bytes() == (SERVED / name).read_bytes(), (
            "run: node assistant/web/widget_source/build.mjs"
        )


def test_row_02_the_size_stays_within_its_budget() -> None:
    for name in NAMES:
        size = len(gzip.compress((SERVED / name).read_bytes(), 9))
        print(f"{name}: {size} bytes gzip -9")
        assert size <= BUDGET


def test_row_02_there_are_no_dependencies() -> None:
    imported = {name for file in SOURCE.glob("*.js") for name in re.findall(r"from '([^']+)'", file.read_text("utf-8"))}
    assert imported
    assert {name for name in imported if not (SOURCE / name).is_file()} == set()


def test_row_05_no_markup_is_ever_made_of_words() -> None:
    for name in NAMES:
        text = (SERVED / name).read_text("utf-8")
        sinks = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc|\beval\(|new Function|createElement\(.style|\.style\b|setAttribute\(.style"
        assert re.findall(sinks, text) == []


def test_row_03_no_address_but_the_endpoint_is_written_down() -> None:
    for name in NAMES:
        assert re.findall(r"https?://|@import|url\(", (SERVED / name).read_text("utf-8")) == []


def test_row_19_importing_needs_no_browser() -> None:
    if shutil.which("node") is None:
        pytest.skip("needs node: apt-get install nodejs")
    program = f"import({str(SERVED / NAMES[0])!r}).then(module => console.log(typeof module.NoticeSearch))"
    done = subprocess.run(["node", "--input-type=module", "-e", program], capture_output=True, text=True, timeout=30)
    assert (done.stdout.strip(), done.stderr) == ("function", "")


def test_both_files_say_the_same_digest_as_their_addresses() -> None:
    assert [script.name for script in scripts()] == list(NAMES)
    assert len({script.digest for script in scripts()}) == len(NAMES)
