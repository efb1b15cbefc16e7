"""The documents say what is there: commands, options, targets, files, links and constants."""

from __future__ import annotations

import importlib
import re
import shlex
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from assistant.cli import app as notices
from eval.cli import app as notices_eval

ROOT = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.zh-CN.md")
DOCUMENTS = (*READMES, "CHANGELOG.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").glob("*.md")))
PACKAGES = ("corpus", "index", "assistant", "eval")
APPS = {"notices": notices, "notices-eval": notices_eval}
COMMANDS = [(name, sub) for name, app in APPS.items() for sub in getattr(get_command(app), "commands", {})]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@cache
def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def code_lines(name: str) -> list[str]:
    """The lines of a document's code blocks in which a shell would run something."""
    blocks = [(kind, body) for kind, body in FENCE.findall(text_of(name)) if kind in ("sh", "console")]
    return [
        line.removeprefix("$ ")
        for kind, body in blocks
        for line in body.splitlines()
        if kind == "sh" or line.startswith("$ ")
    ]


def shown_commands(name: str) -> list[list[str]]:
    """The words of each `notices` and `notices-eval` command that a document shows, from the program's name on."""
    found = []
    for line in code_lines(name):
        words = shlex.split(line, comments=True)
        if words and words[0].removeprefix(".venv/bin/") in APPS:
            until = next((i for i, word in enumerate(words) if word in (">", "|", "2>")), len(words))
            found.append([words[0].removeprefix(".venv/bin/"), *words[1:until]])
    return found


def transcripts(name: str) -> list[tuple[str, list[str]]]:
    """The commands of the console blocks, each with the output that the document shows."""
    found: list[tuple[str, list[str]]] = []
    for kind, body in FENCE.findall(text_of(name)):
        for line in body.splitlines() if kind == "console" else ():
            if line.startswith("$ "):
                found.append((line.removeprefix("$ "), []))
            else:
                found[-1][1].append(line)
    return found


def anchors(name: str) -> set[str]:
    """The anchors that a renderer makes of a document's headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text_of(name)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def files_of(package: str) -> list[str]:
    folder = ROOT / package
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "__init__.py" and "__pycache__" not in path.parts
    )


def room(package: str) -> str:
    """What docs/architecture.md says of one package."""
    match = re.search(rf"^### {package}\n(.*?)(?=^##)", text_of("docs/architecture.md"), re.MULTILINE | re.DOTALL)
    assert match is not None
    return match.group(1)


@pytest.mark.parametrize("readme", READMES)
@pytest.mark.parametrize(("program", "command"), [c for c in COMMANDS if c[0] == "notices"])
def test_every_command_stands_in_both_readmes(readme: str, program: str, command: str) -> None:
    assert [program, command] in [words[:2] for words in shown_commands(readme)]


def test_every_command_is_shown_somewhere() -> None:
    shown = {tuple(words[:2]) for name in DOCUMENTS for words in shown_commands(name)}
    assert set(COMMANDS) <= shown


@pytest.mark.parametrize("readme", READMES)
def test_every_target_stands_in_both_readmes(readme: str) -> None:
    targets = re.findall(r"^([a-z-]+):.*## ", text_of("Makefile"), re.MULTILINE)
    known = [target for target in targets if not re.search(rf"`{target}`|make {target}\b", text_of(readme))]
    assert targets
    assert not known


@pytest.mark.parametrize("name", DOCUMENTS)
def test_shown_commands_parse(name: str) -> None:
    """The arguments are those of the command; what they name need not be there."""
    for program, *words in shown_commands(name):
        group = get_command(APPS[program])
        command = getattr(group, "commands", {}).get(words[0])
        assert command is not None, f"{program} has no command {words[0]}"
        command.make_context(words[0], list(words[1:]))  # raises UsageError


@pytest.mark.parametrize(("program", "command"), COMMANDS)
def test_every_command_has_help(program: str, command: str) -> None:
    result = CliRunner().invoke(APPS[program], [command, "--help"])
    assert result.exit_code == 0
    assert command in result.output


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        t
        for name in DOCUMENTS
        for t in transcripts(name)
        if t[0].startswith((".venv/bin/notices ask", ".venv/bin/notices check"))
    ],
)
def test_shown_output_is_what_the_command_prints(
    command: str, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every line shown stands in the real output; an … stands for what was left out."""
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(notices, shlex.split(command)[1:])
    printed = result.output.splitlines()
    for line in shown:
        pattern = ".*".join(re.escape(part) for part in line.split("…"))
        assert any(re.fullmatch(pattern, real) for real in printed), line


@pytest.mark.parametrize("name", DOCUMENTS)
def test_targets_that_are_shown_exist(name: str) -> None:
    targets = re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE)
    shown = [words[1] for line in code_lines(name) if (words := shlex.split(line, comments=True))[:1] == ["make"]]
    assert not set(shown) - set(targets)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_resolve(name: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", text_of(name))):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / name).parent / path if path else ROOT / name
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(str(file.resolve().relative_to(ROOT))), target


def test_the_readmes_have_the_same_shape() -> None:
    english, chinese = (text_of(name) for name in READMES)
    assert len(re.findall(r"^#+ ", english, re.MULTILINE)) == len(re.findall(r"^#+ ", chinese, re.MULTILINE))
    assert english.count("\n- **") == chinese.count("\n- **")
    assert english.count("\n| ") == chinese.count("\n| ")
    assert [kind for kind, _ in FENCE.findall(english)] == [kind for kind, _ in FENCE.findall(chinese)]
    assert [w[:2] for w in shown_commands(READMES[0])] == [w[:2] for w in shown_commands(READMES[1])]
    assert all(len(text.splitlines()) < 150 for text in (english, chinese))


@pytest.mark.parametrize("package", PACKAGES)
def test_architecture_names_every_file(package: str) -> None:
    named = set(re.findall(r"`([^`\s]+\.\w+)`", room(package)))
    assert named == set(files_of(package))


def test_architecture_names_tests_that_exist() -> None:
    named = set(re.findall(r"`(tests/test_\w+\.py)`", text_of("docs/architecture.md")))
    assert named
    assert not {name for name in named if not (ROOT / name).is_file()}


def test_constants_have_the_values_that_architecture_gives() -> None:
    rows = re.findall(r"^\| `([\w.]+)\.([A-Z_]+)` \| ([\d.]+) \|", text_of("docs/architecture.md"), re.MULTILINE)
    assert len(rows) >= 15
    for module, constant, value in rows:
        assert getattr(importlib.import_module(module), constant) == float(value), constant


def test_changelog_names_the_version() -> None:
    version = re.search(r'^version = "(.+)"', text_of("pyproject.toml"), re.MULTILINE)
    assert version is not None
    assert f"## [{version.group(1)}]" in text_of("CHANGELOG.md")
