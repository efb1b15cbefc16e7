"""``python -m index.training.english_words TRAIN > index/data/english.txt``: words that are English and no slip of the pen.

From the glosses of CC-CEDICT in the training folder: words of five letters and more in two entries at least.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter
from pathlib import Path

SHORTEST, ENTRIES = 5, 2
_HEAD = """# English words, written by `python -m index.training.english_words TRAIN` from the glosses of CC-CEDICT
# (https://cc-cedict.org, CC BY-SA 4.0): a word of this list is never read as another.
"""


def main() -> int:
    """Print the list; TRAIN is the folder that holds `cedict_zh_en.jsonl.gz`."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    counts: Counter[str] = Counter()
    with gzip.open(Path(sys.argv[1]) / "cedict_zh_en.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            counts.update(set(re.findall(r"(?<![\w])[a-z]+(?![\w])", json.loads(line)["positive"])))
    sys.stdout.write(_HEAD)
    for word in sorted(word for word, count in counts.items() if len(word) >= SHORTEST and count >= ENTRIES):
        print(word)
    return 0


if __name__ == "__main__":
    sys.exit(main())
