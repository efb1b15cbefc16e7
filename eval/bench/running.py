"""Running text of others laid out as notices: sentences that no template wrote, for vectors and words as varied as real ones."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

from eval.bench.generator import PLACES, UNITS, Made, generate

ITEMS = 38  # of a notice: about as many passages as a generated one has
_FRAGMENT = 24  # characters that somebody remembers
_LEAST = 40  # characters of an item; shorter sentences are joined
_MOST = 400  # of a sentence; what is longer is a table or a list without stops
_SENTENCE = re.compile(r"[^。！？\n]+[。！？]?")
_QUOTES = re.compile('[“”„"＂「」『』]')  # what stands in them would have to be found as it stands
_BLANK = re.compile(r"\s+")


def mixture(passages: int, seed: int, texts: Path | None) -> Iterator[Made]:
    """Generated notices; with a folder of texts, by turns with notices of running text, half and half."""
    if texts is None:
        yield from generate(passages, seed)
        return
    streams = [generate(passages // 2, seed), running_notices(texts, passages // 2, seed)]
    while streams:
        for stream in list(streams):
            made = next(stream, None)
            if made is None:
                streams.remove(stream)
            else:
                yield made


def fragments(texts: Path, count: int, seed: int) -> list[str]:
    """What one types who remembers part of a sentence: characters of sentences of the running text."""
    chance = Random(seed)
    items = [item for made in running_notices(texts, 50 * count) for item in made.text.splitlines()[3:-2]]
    chosen = chance.sample(items, min(count, len(items)))
    return [_QUOTES.sub("", item.partition(".")[2])[:_FRAGMENT] for item in chosen]


def running_notices(folder: Path, passages: int, seed: int = 1) -> Iterator[Made]:
    """Notices of about ``passages`` passages in all from the texts in ``folder`` (``*.jsonl.gz``, one ``text`` a line).

    Fewer where the texts end. Files take turns, so that any number of passages is a mixture of them.
    """
    chance = Random(seed)
    items: list[str] = []
    made = 0
    for text in _in_turn(sorted(folder.glob("*.jsonl.gz"))):
        items += _items(text)
        while len(items) >= ITEMS:
            if made * ITEMS >= passages:
                return
            yield _notice(made, items[:ITEMS], chance)
            del items[:ITEMS]
            made += 1


def _in_turn(paths: list[Path]) -> Iterator[str]:
    streams = [_texts(path) for path in paths]
    while streams:
        for stream in list(streams):
            text = next(stream, None)
            if text is None:
                streams.remove(stream)
            else:
                yield text


def _texts(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield str(json.loads(line).get("text", ""))


def _items(text: str) -> list[str]:
    items, part = [], ""
    for match in _SENTENCE.finditer(text):
        sentence = _BLANK.sub("", match[0])
        if len(sentence) > _MOST:
            continue
        part += sentence
        if len(part) >= _LEAST:
            items.append(part)
            part = ""
    return items


def _notice(n: int, items: list[str], chance: Random) -> Made:
    place, unit, year = chance.choice(PLACES), chance.choice(UNITS), chance.randint(2015, 2025)
    subject = re.sub(r"[^\u4e00-\u9fff]", "", items[0])[:14]
    lines = [f"{place}{unit}关于{subject}等情况的通报", f"{place[-3:-1]}通报〔{year}〕{n + 1}号", "各有关单位："]
    lines += [f"{number}.{item}" for number, item in enumerate(items, 1)]
    lines += [f"{place}{unit}", f"{year}年{chance.randint(1, 12)}月{chance.randint(1, 28)}日"]
    return Made(f"r{n:06d}_{year}.txt", "\n".join(lines) + "\n")
