"""The real notices that ``real.jsonl`` asks about, as a folder of their own.

    .venv/bin/python -m tests.questions.real --out DIR     # then: notices-eval answers tests/questions/real.jsonl --notices DIR

The notices stay in ``../shared/real-notices``; the project keeps questions, short quotes and offsets only.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
QUESTIONS = HERE / "real.jsonl"
SHARED = Path(os.environ.get("NOTICES_SHARED", HERE.parents[2] / "shared"))
FILES = SHARED / "real-notices" / "files"
KEYS = tuple("001 011 012 015 019 021 023 032 060 082 097 098 101 108 116 117 123 125 149 150 162 164".split())


def sources() -> dict[str, Path]:
    """The files by key, the first three digits of their names.

    :raises FileNotFoundError: a notice is not there
    """
    found = {key: next(FILES.glob(f"{key}_*"), None) for key in KEYS}
    missing = [key for key, path in found.items() if path is None]
    if missing:
        raise FileNotFoundError(
            f"no notice {', '.join(missing)} in {FILES}; set NOTICES_SHARED to the folder that holds real-notices"
        )
    return {key: path for key, path in found.items() if path is not None}


def copy_to(folder: Path) -> None:
    """Fill a new or empty folder with exactly these notices.

    :raises FileExistsError: the folder holds other files, which would be measured as well
    :raises FileNotFoundError: a notice is not there
    """
    wanted = sources()
    folder.mkdir(parents=True, exist_ok=True)
    others = sorted({path.name for path in folder.iterdir()} - {path.name for path in wanted.values()})
    if others:
        raise FileExistsError(
            f"{folder} holds {others[0]}, which is none of the notices asked about; name an empty folder"
        )
    for path in wanted.values():
        shutil.copyfile(path, folder / path.name)


def main() -> int:
    """Exit code 0, or 2 with one line that says what to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to fill")
    try:
        copy_to(parser.parse_args().out)
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
