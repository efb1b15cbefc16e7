"""What holds for every test: no network but loopback, a home of its own, and the path of ../shared."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tests.loopback  # noqa: F401 (imported for what it forbids)
from tests.quick_disk import ALL, quick_disk

ROOT = Path(__file__).resolve().parent.parent
# Compiled files are kept, also where containers forbid it: else each process that a test starts would compile the
# package anew, and each worker of xdist all tests. They lie in the folders __pycache__, which git ignores.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# The folders of tests lie in memory where it has room: they hold hundreds of stores, and each change of one waits for the
# disk. What passed is removed (pyproject.toml).
if _memory := quick_disk(ALL):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_memory))


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """HOME and the user's cache lie in a temporary folder, for this process and those it starts."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
        patch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.delenv("NOTICES_LLM_URL", raising=False)  # the user's own language model answers no test
        yield


@pytest.fixture(scope="session", autouse=True)
def _patient_browser() -> None:
    """What a page is expected to show may take its time where other tests use the same cores."""
    try:
        from playwright.sync_api import expect
    except ImportError:
        return
    expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder ../shared beside the checkout: verbatim notices, questions, training data."""
    path = Path(os.environ.get("NOTICES_SHARED", ROOT.parent / "shared"))
    if not path.is_dir():
        pytest.skip(f"needs the verbatim notices and questions, and {path} is not there")
    return path


@pytest.fixture
def notices_eval(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Exit code, stdout and stderr of ``notices-eval …``."""
    from eval import cli

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["notices-eval", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        captured = capsys.readouterr()
        return int(exit_.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture
def tiny_dataset(tmp_path: Path) -> Path:
    """The data set of ``tests/tiny.py`` in BEIR form."""
    from tests import tiny

    return tiny.write(tmp_path / "tiny")
