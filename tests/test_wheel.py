"""The wheel holds everything and works outside the checkout, without network."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("corpus", "index", "assistant", "eval")
NOT_SHIPPED = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing an earlier build left in the checkout can get in."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=NOT_SHIPPED)
    for path in [ROOT / "pyproject.toml", ROOT / "LICENSE", *ROOT.glob("README*.md")]:
        shutil.copy(path, source)
    pip("wheel", "--no-build-isolation", "--wheel-dir", str(out), str(source))
    [built] = out.glob("notice_assistant-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    pip("install", "--target", str(target), str(wheel))
    return target


def pip(command: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", command, "--quiet", "--no-deps", "--no-index", *arguments],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def run(installed: Path, folder: Path, *arguments: str) -> str:
    """What `python …` prints in an empty folder that knows the installed wheel and not the checkout.

    -S, since an editable install of the checkout would lend the wheel each module that it lacks.
    """
    libraries = dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
    environment = {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "PYTHONPATH": os.pathsep.join([str(installed), *libraries]),
    }
    done = subprocess.run(
        [sys.executable, "-S", *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_package_is_listed() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    folders = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for name in PACKAGES
        for path in (ROOT / name).rglob("__init__.py")
    }
    assert set(listed) == folders, "list the packages under [tool.setuptools] in pyproject.toml"


def test_wheel_holds_every_file(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = {
        path.relative_to(ROOT).as_posix()
        for name in PACKAGES
        for path in (ROOT / name).rglob("*")
        if path.is_file() and path.suffix != ".pyc" and not path.name.startswith(".")
    }
    assert names == files, "a data file is missing in [tool.setuptools.package-data]"


@pytest.mark.parametrize("name", PACKAGES)
def test_packages_come_from_the_wheel(installed: Path, tmp_path: Path, name: str) -> None:
    place = run(installed, tmp_path, "-c", f"import {name}; print({name}.__file__)")
    assert Path(place.strip()) == installed / name / "__init__.py"


@pytest.mark.parametrize("command", ["notices", "notices-eval"])
def test_commands_show_help(installed: Path, tmp_path: Path, command: str) -> None:
    assert "Usage" in run(installed, tmp_path, str(installed / "bin" / command), "--help")


def test_ask_answers_from_the_bundled_corpus(installed: Path, tmp_path: Path) -> None:
    question = "哪些单位负责电动自行车相关活动"
    answer = json.loads(run(installed, tmp_path, str(installed / "bin" / "notices"), "ask", question, "--json"))
    assert answer["question"] == question
    assert not answer["abstained"]
    assert answer["citations"]
    assert all(citation["quote"] for citation in answer["citations"])
    assert {number for row in answer["table"]["rows"] for number in row["citations"]} <= {
        citation["number"] for citation in answer["citations"]
    }
