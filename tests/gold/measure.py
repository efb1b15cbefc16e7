"""How much of the gold the parser finds: items alone, heading paths, units, roles, header fields, facts.

    .venv/bin/python -m tests.gold.measure [--misses] [NNN …]

`README.md` beside this file says what the keys mean. Blanks do not count on either side.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpus.reading import read_file
from corpus.structure.header import ATTACHMENT_LABEL
from corpus.structure.numbering import read_number
from corpus.types import Notice, Passage

GOLD = Path(__file__).resolve().parent / "real"
FILES = GOLD.parents[3] / "shared" / "real-notices" / "files"
Item = dict[str, Any]


@dataclass
class Score:
    """Right and all, by what is measured; and what was missed, in words."""

    right: Counter[str] = field(default_factory=Counter)
    all: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)

    def count(self, what: str, right: bool, words: str = "") -> None:
        """One more case."""
        self.all[what] += 1
        self.right[what] += right
        if not right:
            self.misses.append(f"{what}: {words}")

    def share(self, what: str) -> float:
        """The share of right ones; 1 where there are none."""
        return self.right[what] / self.all[what] if self.all[what] else 1.0


class Text:
    """A notice without blanks, and where its passages lie in that."""

    def __init__(self, notice: Notice) -> None:
        self.notice = notice
        kept = [i for i, ch in enumerate(notice.text) if not ch.isspace()]
        self.text = "".join(notice.text[i] for i in kept)
        place = {offset: i for i, offset in enumerate(kept)}
        self.spans: dict[str, tuple[int, int]] = {}
        for passage in notice.passages:
            inside = [place[i] for i in range(passage.start, passage.end) if i in place]
            if inside:
                self.spans[passage.passage_id] = _own(passage, inside[0], inside[-1] + 1)

    def find(self, words: str, after: int) -> int:
        """The first place of words from an offset on, -1 for none."""
        return self.text.find(_squeeze(words), after)

    def start(self, item: Item, after: int) -> int:
        """Where an item begins: behind its number; without one at the n-th occurrence of its words; -1 for nowhere."""
        words, number = _squeeze(item["start"]), _squeeze(item["number"] or "")
        places = [m.start() for m in re.finditer(f"(?={re.escape(words)})", self.text)]
        later = [place for place in places if place >= after]
        if number:
            numbered = [place for place in later if self.text.endswith(number, 0, place)]
        else:
            numbered = [place for place in places[item["n"] - 1 : item["n"]] if place >= after]
        return (numbered or later or [-1])[0]


def _own(passage: Passage, start: int, end: int) -> tuple[int, int]:
    """A passage's span behind its printed number."""
    if passage.printed_number:
        number = _squeeze(passage.printed_number)
        text = _squeeze(passage.text)
        if text.startswith(number):
            return start + len(number), end
        mark = read_number(passage.text.lstrip())
        if mark is not None:
            return start + len(_squeeze(passage.text.lstrip()[: mark.length])), end
    return start, end


def measure(path: Path) -> Score:
    """The score of one annotated document."""
    gold = json.loads(path.read_text(encoding="utf-8"))
    score = Score()
    read = read_file(FILES / gold["file"], gold["file"])
    if not read.notices:
        score.count("read", False, f"{read.failure}")
        return score
    # Of a file with several documents the one that is annotated: it holds the most of what the items begin with.
    texts = [Text(notice) for notice in read.notices]
    text = max(texts, key=lambda t: (sum(t.find(i["start"], 0) >= 0 for i in gold["items"]), len(t.text)))
    notice = text.notice
    _header(gold["header"], notice, score)
    _items(gold["items"], text, score)
    for fact in gold.get("facts", ()):
        found = [f for f in notice.facts if f.kind == fact["kind"] and _squeeze(f.value) == _squeeze(fact["value"])]
        quoted = [f for f in notice.facts if f.kind == fact["kind"] and _squeeze(fact["quote"]) in _squeeze(f.quote)]
        score.count("facts", bool(found or quoted), f"{fact['kind']} {fact['value']} {fact['quote']}")
    return score


def _header(gold: dict[str, Any], notice: Notice, score: Score) -> None:
    for key in ("title", "document_number", "issuer", "issued_on", "year", "region", "disclosure"):
        if key not in gold:
            continue
        want, got = gold[key], getattr(notice.header, key)
        right = _squeeze(str(want)) == _squeeze(str(got))
        if key == "title" and gold.get("title_source") == "file name" and got:
            right = _squeeze(str(want)).startswith(_squeeze(str(got))[:10])
        if key == "region" and want and got:  # gold says what the notice says, the parser the full name
            right = got.endswith(want)
        score.count("header", right, f"{key}: {want!r}, not {got!r}")


def _items(items: list[Item], text: Text, score: Score) -> None:
    passages = {p.passage_id: p for p in text.notice.passages}
    continued = defaultdict(list)
    for i, item in enumerate(items):
        if item.get("of"):
            continued[i - 1 if not items[i - 1].get("of") else continued_root(items, i)].append(i)
    at = 0
    starts: list[int] = []
    for item in items:
        starts.append(text.start(item, at))
        at = max(at, starts[-1] + 1)
    places = [_place(text, item, starts[i : i + 2]) for i, item in enumerate(items)]
    for i, (item, place) in enumerate(zip(items, places, strict=True)):
        words = f"{item['number'] or ''} {item['start']}"
        ends = {place[1]} if place else set()
        ends |= {places[j][1] for j in continued[i] if places[j]}  # type: ignore[index]
        found = [p for p, (a, b) in text.spans.items() if place and a == place[0] and b in ends]
        if not found and item.get("of") and place:  # joined to what it continues
            found = [p for p, (a, b) in text.spans.items() if a <= place[0] and place[1] <= b]
            joined = bool(found)
        else:
            joined = False
        score.count("alone", bool(found), words + ("" if place else "  (its words are not in the text)"))
        if not found or joined:
            continue
        passage = passages[found[0]]
        if item.get("path") is not None:
            want = [_squeeze(h) for h in item["path"]]
            got = [_squeeze(h) for h in passage.section_path if not ATTACHMENT_LABEL.fullmatch(h)]  # gold leaves it out
            right = len(want) == len(got) and all(
                g.startswith(w) or w.startswith(g) for w, g in zip(want, got, strict=True)
            )
            score.count("path", right, f"{words}: {item['path']}, not {list(passage.section_path)}")
        if item.get("units") is not None:
            _units(item["units"], passage, words, score)


def _place(text: Text, item: Item, starts: list[int]) -> tuple[int, int] | None:
    """Where an item lies: the last such end before the next item; None where its words are not in the text."""
    end = _squeeze(item["end"])
    if starts[0] < 0:
        return None
    if not item.get("row") and len(starts) > 1 and starts[1] > starts[0]:  # cells that span stand again in each row
        at = text.text.rfind(end, starts[0], starts[1])
    else:
        at = text.find(end, starts[0] + max(0, len(_squeeze(item["start"])) - len(end)))
    return None if at < 0 else (starts[0], at + len(end))


def continued_root(items: list[Item], i: int) -> int:
    """The item that a run of continuing paragraphs begins with."""
    while i > 0 and items[i].get("of"):
        i -= 1
    return i


def _units(units: list[dict[str, Any]], passage: Passage, words: str, score: Score) -> None:
    got = {_squeeze(u.name): u.role for u in passage.units}
    known = {_squeeze(u["name"]) for u in units}
    for unit in units:
        name = _squeeze(unit["name"])
        if not unit.get("optional"):
            score.count("unit recall", name in got, f"{words}: {name} missing, found {sorted(got)}")
        if name in got and unit.get("role") is not None:
            score.count("role", got[name] == unit["role"], f"{words}: {name} {unit['role']}, not {got[name]}")
    for name in got:
        score.count("unit precision", name in known, f"{words}: {name} is none of {sorted(known)}")


def _squeeze(text: str) -> str:
    return "".join(text.split())


def every() -> Iterator[tuple[str, Score]]:
    """The score of each annotated document, by its number."""
    for path in sorted(GOLD.glob("*.json")):
        yield path.stem, measure(path)


def main() -> None:
    """Print a line a document and the whole; with ``--misses`` what was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("documents", nargs="*")
    arguments = parser.parse_args()
    whole = Score()
    for name, score in every():
        if arguments.documents and name not in arguments.documents:
            continue
        whole.right.update(score.right)
        whole.all.update(score.all)
        print(name, "  ".join(f"{k} {score.right[k]}/{score.all[k]}" for k in score.all))
        if arguments.misses:
            print("".join(f"    {miss}\n" for miss in score.misses), end="")
    print("ALL", "  ".join(f"{k} {whole.share(k):.3f} ({whole.all[k]})" for k in whole.all))


if __name__ == "__main__":
    main()
