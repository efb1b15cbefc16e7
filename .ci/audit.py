"""``make audit``: what is installed, from whom, under which licence, with which known faults; and a list of it (SBOM).

Exit code 1 when something is wrong. The list is CycloneDX 1.5 JSON at build/sbom.json; licences are printed. Advisories:
pip-audit asks PyPI's database where it can be reached; the faults that concern this program most are checked without it.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, metadata, version
from pathlib import Path

from packaging.version import Version

ROOT = Path(__file__).parent.parent
SOURCES = ("corpus", "index", "assistant", "eval")
# Never below these: the first version without the fault.
FIXED = {
    "starlette": ("0.49.1", "CVE-2025-62727, Range header; CVE-2024-47874, multipart"),
    "gradio": ("6.7", "CVE-2026-28414, -28416, path traversal and request forgery"),
    "pdfminer-six": ("20251107", "CVE-2025-64512, pickled CMaps"),
    "python-multipart": ("0.0.18", "CVE-2024-53981, endless boundary"),
    "jinja2": ("3.1.6", "CVE-2025-27516, sandbox"),
    "h11": ("0.16", "CVE-2025-43859, chunked bodies"),
    "pillow": ("11.3", "CVE-2025-48379, DDS writer"),
    "lxml": ("6.0", "entities of other files are refused by default"),
    "urllib3": ("2.5", "CVE-2025-50181, redirects"),
}
NO_LICENCE = re.compile(r"\b(?:AGPL|GPL|SSPL|Commons Clause|BUSL)\b|Affero|(?<!Lesser )General Public", re.IGNORECASE)
UNSAFE = re.compile(
    r"^\s*(?:import|from)\s+(?:pickle|cPickle|dill|shelve|marshal|joblib)\b|allow_pickle\s*=\s*True|torch\.load\("
)


def locked() -> dict[str, str]:
    """Version by name of what `make install` installs."""
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    pairs = (line.removesuffix(" \\").partition("==") for line in lines if line and line[0].isalnum())
    return {name: pinned for name, _, pinned in pairs}


def licence(name: str) -> str:
    """What a package says of its licence."""
    told = metadata(name)
    classifiers = [c.rpartition(" :: ")[2] for c in told.get_all("Classifier") or () if c.startswith("License ::")]
    first = (told.get("License") or "").strip().splitlines()[:1]
    return told.get("License-Expression") or ", ".join(classifiers) or (first[0][:60] if first else "not stated")


def faults(pins: dict[str, str]) -> list[str]:
    """What is wrong, each with what to do."""
    found = []
    for name, pinned in pins.items():
        try:
            here = version(name)
        except PackageNotFoundError:
            found.append(f"{name} is not installed; run `make install`")
            continue
        if here != pinned:
            found.append(f"{name} {here} is installed, {pinned} is locked; run `make clean install`")
        least, why = FIXED.get(name, ("0", ""))
        if Version(here) < Version(least):
            found.append(f"{name} {here} has a known fault ({why}); at least {least} is needed")
        if NO_LICENCE.search(licence(name)):
            found.append(f"{name}: {licence(name)} is no licence that an office accepts")
    constraints = re.sub(r"[_.-]+(?=.*==)", "-", (ROOT / "constraints.txt").read_text("utf-8").lower())
    found += [
        f"{name}=={pinned} is locked but not in constraints.txt; run .ci/lock.py"
        for name, pinned in pins.items()
        if f"{name}=={pinned}\n" not in constraints
    ]
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                if UNSAFE.search(line):
                    found.append(f"{path.relative_to(ROOT)}:{number}: reads what may run code: {line.strip()}")
    weights = {path.suffix for path in (ROOT / "index" / "model").rglob("*") if path.is_file()}
    found += [
        f"index/model holds {suffix} files; weights are safetensors or JSON"
        for suffix in weights & {".bin", ".pt", ".pkl", ".npy"}
    ]
    return found


def sbom(pins: dict[str, str]) -> Path:
    """Write the list of components."""
    own = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    components = [
        {
            "type": "library", "name": name, "version": pinned, "purl": f"pkg:pypi/{name}@{pinned}",
            "licenses": [{"license": {"name": licence(name)}}],
        }
        for name, pinned in sorted(pins.items())
    ]  # fmt: skip
    weights = ROOT / "index" / "model" / "model.safetensors"
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    components.append(
        {
            "type": "machine-learning-model",
            "name": "notice-assistant encoder",
            "version": digest[:12],
            "hashes": [{"alg": "SHA-256", "content": digest}],
        }
    )
    content = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": f"urn:uuid:{uuid.uuid4()}", "version": 1,
        "metadata": {
            "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
            "component": {"type": "application", "name": "notice-assistant", "version": own[1] if own else "0"},
        },
        "components": components,
    }  # fmt: skip
    target = ROOT / "build" / "sbom.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return target


def advisories() -> str:
    """What pip-audit says, or why it says nothing."""
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--requirement",
        str(ROOT / "requirements.lock"),
        "--no-deps",
        "--disable-pip",
        "--format",
        "json",
    ]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=300)
        listed = json.loads(result.stdout)["dependencies"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError):
        return "advisories: not asked (pip-audit is not installed, or its database cannot be reached from here)"
    asked = [one for one in listed if "vulns" in one]
    if not asked:
        return "advisories: not asked (pip-audit cannot reach its database from here)"
    bad = [
        f"{one['name']} {one['version']}: {', '.join(v['id'] for v in one['vulns'])}" for one in asked if one["vulns"]
    ]
    return "\n".join(["advisories: FOUND", *bad]) if bad else f"advisories: none for {len(asked)} packages"


def main() -> None:
    """Print what was found."""
    pins = locked()
    for name in sorted(pins):
        print(f"{name} {pins[name]}: {licence(name)}")
    found = faults(pins)
    told = advisories()
    print(f"\n{len(pins)} packages; list of them: {sbom(pins).relative_to(ROOT)}\n{told}")
    print("\n".join(found) or "no fault")
    sys.exit(1 if found or "FOUND" in told else 0)


if __name__ == "__main__":
    main()
