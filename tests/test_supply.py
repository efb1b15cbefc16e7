"""What is installed is what was looked at: locks, licences, no code in data; `make audit`."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_locks_hold_what_pyproject_asks_for_in_the_versions_of_constraints() -> None:
    lock = load("lock")
    project = lock.PROJECT
    versions = lock.pins()
    held: dict[str, str] = {}
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text("utf-8")
        entries = re.findall(r"^([a-z0-9-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", text, re.MULTILINE)
        assert len(entries) == len(re.findall("==", text)), f"{name}: every package has digests; run .ci/lock.py"
        held |= {package: version for package, version, _ in entries}
        if name == "requirements.lock":
            plain = set(held)
    assert {package: versions.get(package) for package in held} == held, "run .venv/bin/python .ci/lock.py"
    asked = lock.closure([*project["dependencies"], *lock.PYPROJECT["build-system"]["requires"], "pip"])
    assert asked == plain, "run .venv/bin/python .ci/lock.py"
    assert lock.closure(project["optional-dependencies"]["dev"]) <= set(held), "run .venv/bin/python .ci/lock.py"


def test_a_file_with_another_digest_is_refused(tmp_path: Path) -> None:
    package = tmp_path / "odd-1.0.tar.gz"
    package.write_bytes(b"not what was looked at")
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"odd @ {package.as_uri()} --hash=sha256:{'0' * 64}\n")
    command = [sys.executable, "-m", "pip", "install", "--require-hashes", "--no-deps", "--no-index", "--target"]
    done = subprocess.run(
        [*command, str(tmp_path / "out"), "-r", str(lock)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr


@pytest.mark.parametrize(
    "line", ["import pickle", "    from joblib import load", "x = np.load(f, allow_pickle=True)", "torch.load(path)"]
)
def test_the_audit_sees_what_could_run_code(line: str) -> None:
    assert load("audit").UNSAFE.search(line)


@pytest.mark.parametrize("licence", ["AGPL-3.0", "GNU General Public License v3 (GPLv3)", "GPL-2.0-only", "SSPL-1.0"])
def test_the_audit_sees_licences_that_offices_do_not_accept(licence: str) -> None:
    assert load("audit").NO_LICENCE.search(licence)


@pytest.mark.parametrize("licence", ["MIT", "BSD-3-Clause", "Mozilla Public License 2.0 (MPL 2.0)", "LGPL-3.0"])
def test_the_audit_lets_the_others_pass(licence: str) -> None:
    assert not load("audit").NO_LICENCE.search(licence)


def test_nothing_is_wrong_with_what_is_installed() -> None:
    audit = load("audit")
    assert audit.faults(audit.locked()) == []
