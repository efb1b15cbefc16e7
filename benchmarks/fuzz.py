"""`make fuzz`: what nobody foresaw. Requests made of the OpenAPI document, with and without keys, and more of each property test.

    .venv/bin/python -m benchmarks.fuzz [--seconds 120] [--times 20]

Schemathesis (https://schemathesis.readthedocs.io) asks a served store as the public, as a reader and as an editor, with
every check it has (benchmarks/schemathesis.toml names the exceptions): no 5xx, statuses, types and shapes as documented, what
the schema forbids refused, nothing open that needs a key. Then the property tests of tests/ run with more examples and
without a fixed seed. Exit code 1 when anything fails; what failed stands above, with the command that repeats it.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.keyed_service import KeyedStore, keyed_store
from tests.test_access_served import Served

ROOT = Path(__file__).parent.parent
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
WHO = ("public", "reader", "editor")
_GENERATED = re.compile(r"(\d+) generated")


@dataclass(frozen=True)
class Attack:
    """What became of the requests of one role."""

    who: str
    passed: bool
    requests: int
    said: str


def attack(base: str, held: KeyedStore, who: str, *options: str) -> Attack:
    """Ask a service as somebody.

    :param options: of Schemathesis' own, such as for how long
    """
    command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIGURATION), "run"]
    command += [f"{base}/openapi.json", "--no-color", *options]
    if who != "editor":  # whoever may change nothing is refused before anybody looks whether there is such a method
        command += ["--exclude-checks", "unsupported_method"]
    for name, value in held.headers(who).items():
        command += ["--header", f"{name}: {value}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=held.folder.parent)
    counted = _GENERATED.search(done.stdout)
    return Attack(who, done.returncode == 0, int(counted[1]) if counted else 0, done.stdout + done.stderr)


def _properties(times: int) -> bool:
    files = sorted(path for path in (ROOT / "tests").glob("test_*.py") if "from hypothesis" in path.read_text("utf-8"))
    command = [sys.executable, "-m", "pytest", "-p", "tests.more_examples", "-p", "no:xdist", "--examples-times"]
    command += [str(times), "-q", *map(str, files)]
    stateful = {"NOTICES_EXAMPLES": str(5 * times)}  # no decorated function: tests/test_store_model.py reads this
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **stateful}, check=False).returncode in (0, 5)


def main() -> None:
    """Attack, print, and fail where something failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=120, help="of requests as each role")
    parser.add_argument("--times", type=int, default=20, help="examples of each property test, times so many")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="notices-fuzz-") as temporary:
        held = keyed_store(Path(temporary), ROOT / "corpus" / "notices")
        running = Served(held.folder, "--no-page")
        try:
            attacks = [attack(running.base, held, who, "--max-time", str(options.seconds)) for who in WHO]
        finally:
            running.stop()
        log = running.log.read_text(encoding="utf-8")
    for one in attacks:
        print(f"{one.who}: {one.requests} requests, {'no failure' if one.passed else 'FAILED'}")
        if not one.passed:
            print(one.said)
    print("tracebacks in the log:", log.count("Traceback"))
    fine = _properties(options.times)
    sys.exit(not (fine and all(one.passed for one in attacks) and "Traceback" not in log))


if __name__ == "__main__":
    main()
