"""What `make install` installs, file by file: requirements.lock, and requirements-dev.lock for the tools on top of it.

``.venv/bin/python .ci/lock.py``, in an environment with the extra [dev], after a change of pyproject.toml or constraints.txt.
The closure of the dependencies is that of this environment, the versions are those of constraints.txt, the SHA-256 digests
those of the package index (PEP 503) for Python 3.11 or newer on Linux. pip then refuses any other file.
"""

from __future__ import annotations

import html
import re
import sys
import tomllib
import urllib.parse
import urllib.request
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT, EXTRAS = PYPROJECT["project"], PYPROJECT["project"]["optional-dependencies"]
INDEX = "https://pypi.org/simple/"
_LINK = re.compile(r'<a [^>]*href="([^"#]+)#sha256=([0-9a-f]{64})"')
_OTHER_PYTHON = re.compile(r"-(?:cp(?:2\d|3\d|310)-(?:cp|none)|pp\d+-|py2-)")
_LINUX = re.compile(r"none-any\.whl|(?:manylinux|musllinux)[^/]*(?:x86_64|aarch64)\.whl|\.tar\.gz|\.zip")


def closure(wanted: Iterable[str]) -> set[str]:
    """Canonical names of what the requirements need, themselves included, as far as it is installed here."""
    names: set[str] = set()
    queue = [(Requirement(line), "") for line in wanted]
    done: set[tuple[str, str]] = set()
    while queue:
        requirement, extra = queue.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        if name == PROJECT["name"]:  # an extra that names another one
            queue += [(Requirement(line), "") for one in requirement.extras for line in EXTRAS[one]]
            continue
        names.add(name)
        for asked in ("", *requirement.extras):
            if (name, asked) in done:
                continue
            done.add((name, asked))
            try:
                queue += [(Requirement(line), asked) for line in requires(name) or ()]
            except PackageNotFoundError:
                sys.exit(f"{name} is not installed here; run `make install-dev` first")
    return names


def pins() -> dict[str, str]:
    """Version by canonical name."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines())
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines if line)}


def hashes(name: str, version: str) -> list[str]:
    """The digests of the files of one version."""
    with urllib.request.urlopen(f"{INDEX}{name}/", timeout=60) as response:
        page = response.read().decode()
    wanted = re.compile(rf"[^/]*?-{re.escape(version)}(?:-[^/]+\.whl|\.tar\.gz|\.zip)", re.IGNORECASE)
    files = [
        (urllib.parse.unquote(html.unescape(link)).rpartition("/")[2], digest) for link, digest in _LINK.findall(page)
    ]
    found = {
        digest
        for file, digest in files
        if wanted.fullmatch(file) and _LINUX.search(file) and not _OTHER_PYTHON.search(file)
    }
    if not found:
        sys.exit(f"{name}=={version}: no file of it at {INDEX}; is the pin right?")
    return sorted(found)


def write(path: Path, names: set[str], versions: dict[str, str]) -> None:
    """Write one lock."""
    missing = sorted(names - set(versions))
    if missing:
        sys.exit(f"constraints.txt has no version of {', '.join(missing)}; add it")
    ordered = sorted(names)
    with ThreadPoolExecutor(8) as pool:
        digests = list(pool.map(lambda name: hashes(name, versions[name]), ordered))
    lines = ["# Made by .ci/lock.py of pyproject.toml and constraints.txt; do not edit."]
    for name, found in zip(ordered, digests, strict=True):
        lines.append(" \\\n    ".join([f"{name}=={versions[name]}", *(f"--hash=sha256:{digest}" for digest in found)]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{path.name}: {len(ordered)} packages, {sum(map(len, digests))} files")


def main() -> None:
    """Write both locks."""
    plain = closure([*PROJECT["dependencies"], *PYPROJECT["build-system"]["requires"], "pip"])
    tools = closure(EXTRAS["dev"])
    versions = pins()
    write(ROOT / "requirements.lock", plain, versions)
    write(ROOT / "requirements-dev.lock", tools - plain, versions)


if __name__ == "__main__":
    main()
