"""Every `curl` of the cookbook is run against a served process, and its Python example as well."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.reading import read_paths
from index.store import LocalStore
from tests import pdfs
from tests.conftest import ROOT
from tests.library_files import as_docx
from tests.notices import DIGEST
from tests.served import Served
from tests.test_docs import FENCE, code_lines, text_of

COOKBOOK = "docs/cookbook.md"
CURLS = [line for line in code_lines(COOKBOOK) if line.startswith("curl ")]
JOB = re.compile(r"/v1/jobs/[0-9a-f]{32}")
REFUSED = {'{"question": " "}': 422}  # requests that are shown for their error
pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="apt-get install curl")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands run: the files that they name are there."""
    made = tmp_path_factory.mktemp("cookbook")
    plan = next(path for path in Path(DIGEST).glob("001_*.txt")).read_text(encoding="utf-8")
    (made / "通知.docx").write_bytes(as_docx(plan))
    page = pdfs.Pdf().page(pdfs.text(90, 700, "关于开展节水活动的通知") + pdfs.text(90, 660, "各单位：请节约用水。"))
    (made / "附件1.pdf").write_bytes(page.bytes())
    (made / "扫描件.pdf").write_bytes(page.bytes())
    return made


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    store = tmp_path_factory.mktemp("cookbook-store") / "store"
    LocalStore(store).index(read_paths([DIGEST]))
    server = Served(store)
    yield server
    assert "Traceback" not in server.stop()


def run(line: str, served: Served, folder: Path) -> tuple[int, str]:
    """Status and output of a command, as a shell runs it that has set B."""
    line = line.replace("http://127.0.0.1:8000", served.base)
    if JOB.search(line):
        begun = subprocess.run(["curl", "-s", f"{served.base}/v1/jobs"], capture_output=True, check=True)
        line = JOB.sub(f"/v1/jobs/{json.loads(begun.stdout)['jobs'][0]['job_id']}", line)
    script = 'set -o pipefail; curl() { command curl --max-time 60 -w "%{stderr}%{http_code}" "$@"; }\n' + line
    result = subprocess.run(
        ["bash", "-c", script], cwd=folder, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "B": served.base},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, f"{line}: {result.stderr}"
    return int(result.stderr[-3:]), result.stdout


def test_there_are_commands() -> None:
    assert len(CURLS) > 20


def test_every_curl_does_what_it_says(served: Served, folder: Path) -> None:
    """In the order of the cookbook; what removes comes last, since others speak of it."""
    for line in sorted(CURLS, key=lambda line: "DELETE" in line):
        status, output = run(line, served, folder)
        expected = next((code for part, code in REFUSED.items() if part in line), None)
        assert status == expected if expected else 200 <= status < 300, f"{line}: {status} {output[:500]}"
        if " -o " not in line:
            assert output.strip(), line


def test_the_python_example_runs(served: Served) -> None:
    (example,) = [body for kind, body in FENCE.findall(text_of(COOKBOOK)) if kind == "python"]
    program = example.replace("http://127.0.0.1:8000", served.base)
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert f"{served.base}/n/" in result.stdout
    assert "JPG" in result.stdout
    assert "404 unknown_notice" in result.stdout.splitlines()[-1]
