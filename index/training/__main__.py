"""``python -m index.training --data ../shared/data --out index/model``"""

from __future__ import annotations

import argparse
import logging
import sys
from dataclasses import replace
from pathlib import Path

from .settings import Settings


def main() -> int:
    """Trains and exports; 0 when the folder is written, 2 when the data are not there."""
    parser = argparse.ArgumentParser(prog="python -m index.training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train/ and text/")
    parser.add_argument("--out", type=Path, required=True, help="model folder to write")
    parser.add_argument("--seed", type=int, default=Settings().seed)
    parser.add_argument("--epochs", type=int, default=Settings().epochs)
    parser.add_argument("--hard-epochs", type=int, default=Settings().hard_epochs)
    options = parser.parse_args()
    missing = [name for name in ("train", "text") if not (options.data / name).is_dir()]
    if missing:
        print(f"{options.data} has no folder {missing[0]!r}; see index/model/README.md, Data.", file=sys.stderr)
        return 2
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    from .run import train_and_export  # torch takes seconds: not before the arguments are right

    settings = replace(Settings(), seed=options.seed, epochs=options.epochs, hard_epochs=options.hard_epochs)
    train_and_export(options.data, options.out, settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
