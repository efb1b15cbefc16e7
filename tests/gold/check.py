"""Proves the hand-made gold of real notices against the notices themselves: python tests/gold/check.py [JSON…].

Every start, end and quote stands verbatim in the visible text (white space aside) and in order, every unit is
printed in its item or in a heading above it, and no quotation is longer than the project may carry.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import lxml.html

GOLD = Path(__file__).parent / "real"
NOTICES = Path(__file__).parents[3] / "shared" / "real-notices" / "files"
ROLES = {"lead", "cooperate", "responsible", None}
KINDS = set("deadline contact theme place amount target reference date attachment reporting".split())
HEADER = set("title document_number issuer issued_on year region disclosure title_source".split())
ITEM = set("number start end n path units heading of row note".split())
LONGEST = 30
LONGEST_EDGE = 14


def squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def visible_text(path: Path) -> str:
    """The text of a file without tags, scripts and white space."""
    source = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".md":
        return squeeze(html.unescape(re.sub(r"<[^>]*>", "", source)))
    if path.suffix != ".html":
        return squeeze(source)
    root = lxml.html.fromstring(source)
    for element in list(root.iter()):
        hidden = not isinstance(element.tag, str) or element.tag in {"script", "style"}
        if hidden and element.getparent() is not None:
            element.drop_tree()
    return squeeze(root.text_content())


def occurrence(text: str, quote: str, n: int) -> int:
    """Where the n-th occurrence begins (they may overlap), or -1."""
    at = -1
    for _ in range(n):
        at = text.find(quote, at + 1)
        if at < 0:
            return -1
    return at


def check_items(items: list[dict[str, Any]], text: str) -> Iterator[str]:
    starts = [occurrence(text, item["start"], item["n"]) for item in items]
    reached = 0
    for index, (item, start) in enumerate(zip(items, starts, strict=True)):
        name = f"item {index} {item['number']} {item['start']}"
        last = index + 1 == len(starts)
        found = text.find(item["end"], start) if last else text.rfind(item["end"], start, starts[index + 1])
        end = found + len(item["end"])
        if start < reached:
            yield f"{name}: the start is missing or out of order"
        elif end < start:
            yield f"{name}: the end {item['end']} does not stand before the next item"
        else:
            yield from check_item(item, name, text[start:end], text[reached:start])
            reached = end


def check_item(item: dict[str, Any], name: str, passage: str, before: str) -> Iterator[str]:
    if unknown := item.keys() - ITEM:
        yield f"{name}: unknown keys {unknown}"
    if max(len(item["start"]), len(item["end"])) > LONGEST_EDGE:
        yield f"{name}: start or end longer than {LONGEST_EDGE}"
    if item["number"] and not before.endswith(squeeze(item["number"])):
        yield f"{name}: the number does not stand before the start"
    if not passage.startswith(squeeze(item.get("heading", ""))):
        yield f"{name}: the passage does not begin with its heading"
    above = "".join(squeeze(heading) for heading in item["path"] or [])
    for unit in item["units"] or []:
        if unit["role"] not in ROLES:
            yield f"{name}: unknown role {unit['role']}"
        if squeeze(unit["name"]) not in passage + above:
            yield f"{name}: {unit['name']} stands neither in the item nor above it"


def check_quotes(gold: dict[str, Any], text: str) -> Iterator[str]:
    at = 0
    for heading in gold["headings"]:
        printed = squeeze((heading["number"] or "") + heading["text"])
        found = text.find(printed, at)
        if found < 0 or len(heading["text"]) > LONGEST:
            yield f"heading {heading['text']}: missing, out of order or too long"
        at = max(at, found)
    headings = {squeeze(heading["text"]) for heading in gold["headings"]}
    for item in gold["items"]:
        for heading in item["path"] or []:
            if squeeze(heading) not in headings:
                yield f"item {item['start']}: {heading} is no heading"
    for fact in gold["facts"]:
        if fact["kind"] not in KINDS or len(fact["quote"]) > LONGEST or squeeze(fact["quote"]) not in text:
            yield f"fact {fact}: unknown kind, or the quote is missing or too long"
        if fact["kind"] in {"deadline", "date"}:
            date.fromisoformat(fact["value"])
    for span in gold.get("not_measured", []):
        start = occurrence(text, span["start"], span["n"])
        if start < 0 or text.find(span["end"], start) < 0:
            yield f"not measured {span}: missing"


def check(path: Path, notices: Path) -> Iterator[str]:
    gold = json.loads(path.read_text(encoding="utf-8"))
    text = visible_text(notices / gold["file"])
    header = gold["header"]
    if path.stem != gold["file"][:3] or header.keys() - HEADER:
        yield f"named or headed wrongly: {gold['file']} {header.keys() - HEADER}"
    for key in ("title", "document_number", "issuer"):
        from_name = key == "title" and header.get("title_source") == "file name"
        if not from_name and squeeze(header.get(key) or "") not in text:
            yield f"{key} {header[key]} is not in the text"
    if header.get("issued_on"):
        date.fromisoformat(header["issued_on"])
    yield from check_items(gold["items"], text)
    yield from check_quotes(gold, text)
    if (last := gold["annotated_until"]) and squeeze(last) not in text:
        yield f"annotated until {last}: missing"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=sorted(GOLD.glob("*.json")))
    parser.add_argument("--notices", type=Path, default=NOTICES)
    arguments = parser.parse_args()
    findings = 0
    for path in arguments.files:
        for finding in check(path, arguments.notices):
            findings += 1
            print(f"{path.name}: {finding}")
    print(f"{len(arguments.files)} files, {findings} findings", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
