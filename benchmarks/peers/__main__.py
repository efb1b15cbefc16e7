"""What users would pick instead of this project, measured beside it: one command, one page.

    make peers        (or: .venv/bin/python benchmarks/peers [--data xquad_zh …] [--peers txtai …])

It makes an environment for each peer under .venv-peers, exports the five notices with the development questions to a
BEIR folder, runs every peer and every mode of ours, scores all runs, and writes the peers' part of docs/evaluation.md. Runs of
peers whose script, versions and data have not changed are not repeated (--fresh repeats them).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import chunk_probe
import environments
import results
import runs
from runs import DataSet, Row

NOTICES = "notices"
BENCHMARKS = ("xquad_zh", "xquad_en2zh", "ncp_policies_answers")
MORE = ("cmrc2018_dev",)  # when it is named: half an hour, and every system with words of Chinese is near 1
BEGIN, END = "<!-- peers -->", "<!-- /peers -->"


def main() -> None:
    """Install, run, score, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--shared", type=Path, default=environments.ROOT.parent / "shared", help="notices and benchmarks"
    )
    parser.add_argument("--data", nargs="+", choices=(NOTICES, *BENCHMARKS, *MORE), default=(NOTICES, *BENCHMARKS))
    parser.add_argument("--peers", nargs="+", choices=tuple(runs.PEERS), default=tuple(runs.PEERS))
    parser.add_argument(
        "--out", type=Path, default=environments.ROOT / "docs" / "evaluation.md", help="a page with a part for peers"
    )
    parser.add_argument("--fresh", action="store_true", help="repeat runs that are there")
    args = parser.parse_args()
    if not (args.shared / "notices").is_dir():
        sys.exit(
            f"{args.shared} holds no notices; name the folder that has notices/, questions/ and data/ with --shared"
        )
    if args.fresh:
        shutil.rmtree(runs.WORK, ignore_errors=True)
    skipped = {}
    for name in ("chunkers", *args.peers):
        try:
            say(f"environment {name}")
            environments.install(name)
        except environments.NotInstalled as error:
            skipped[name] = str(error)
    measured = {data.name: rows_of(data, [p for p in args.peers if p not in skipped]) for data in data_sets(args)}
    probed = (
        chunk_probe.table(chunk_probe.files_of(args.shared / "notices"))
        if "chunkers" not in skipped
        else f"The splitters could not be installed here: {skipped.pop('chunkers')}."
    )
    text = results.page(measured, skipped, probed, command(), commit())
    args.out.write_text(spliced(args.out.read_text(encoding="utf-8"), text), encoding="utf-8")
    print(text)


def spliced(page: str, part: str) -> str:
    """A page with what lies between the two marks replaced."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"the page has no part for peers; put {BEGIN} and {END} where it belongs")
    return f"{before}{BEGIN}\n{part.strip()}\n{END}{after}"


def data_sets(args: argparse.Namespace) -> list[DataSet]:
    """The data sets that were asked for; the notices are exported anew."""
    found = [DataSet(NOTICES, export(args.shared), "all")] if NOTICES in args.data else []
    folder = args.shared / "data" / "benchmarks"
    return found + [DataSet(name, folder / name, "test") for name in (*BENCHMARKS, *MORE) if name in args.data]


def export(shared: Path) -> Path:
    """Development questions and notices as a BEIR folder: our passages as documents, by `notices-eval convert`."""
    target = runs.WORK / NOTICES
    shutil.rmtree(target, ignore_errors=True)
    program = Path(sys.executable).with_name("notices-eval")
    questions = shared / "questions" / "dev.jsonl"
    subprocess.run([program, "convert", questions, target, "--notices", shared / "notices"], check=True)
    return target


def rows_of(data: DataSet, peers: list[str]) -> list[Row]:
    """Our modes and all variants of the peers on one data set."""
    rows = []
    for mode in runs.MODES:
        say(f"{data.name}: ours, {mode}")
        rows.append(runs.ours(mode, data))
    for name in peers:
        for variant in runs.PEERS[name]:
            say(f"{data.name}: {name}, {variant}")
            rows.append(runs.peer(name, variant, data))
    return rows


def command() -> str:
    """What made the page, as one would type it."""
    return " ".join([".venv/bin/python benchmarks/peers", *sys.argv[1:]]) if sys.argv[1:] else "make peers"


def commit() -> str:
    """The commit that is checked out."""
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=environments.ROOT, capture_output=True, text=True
    )
    return done.stdout.strip() or "an export without git"


def say(words: str) -> None:
    """Progress, on stderr."""
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
