"""What a model wrote, cut into sentences with their marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

MAX_SENTENCES = 40
MAX_LENGTH = 600  # code points of one sentence
_MARKS = re.compile(r"[\[［【]\s*(\d{1,3}(?:\s*[,，、;；]\s*\d{1,3})*)\s*[\]］】]")
_MARK = re.compile(r"\[(\d{1,3})\]")
_BULLET = re.compile(r"^\s*(?:(?:[-*•·]|#{1,6}|\d{1,2}[.)、])\s+)+")
_EMPHASIS = re.compile(r"\*\*|__|`")
_OPENING, _CLOSING = "“「『《", "”」』》"
_ENDS = "。！？!?"
_HIDDEN = "\x00"  # stands for a quoted character while marks are looked for


@dataclass(frozen=True)
class Sentence:
    """A sentence as it will be shown: marks are ``[1]``, quotation marks are paired unless it is ``broken``."""

    text: str

    @cached_property
    def quotes(self) -> tuple[str, ...]:
        """What stands in quotation marks, outermost."""
        return tuple(self.text[a:b] for a, b in _quoted(self.text) if self.text[a - 1] != "《")

    @cached_property
    def titles(self) -> tuple[str, ...]:
        """What stands in 《》, outermost."""
        return tuple(self.text[a:b] for a, b in _quoted(self.text) if self.text[a - 1] == "《")

    @cached_property
    def marks(self) -> tuple[int, ...]:
        """The numbers of the marks, each once. A number in brackets inside a quote is none."""
        return tuple(dict.fromkeys(int(m) for m in _MARK.findall(_hidden(self.text))))

    @cached_property
    def own(self) -> str:
        """The model's own words: no quotes, titles and marks. What was left out leaves a blank."""
        return _MARK.sub(" ", _hidden(self.text)).replace(_HIDDEN, " ")

    @property
    def broken(self) -> bool:
        """Whether a quotation mark has no partner, so that nobody knows what is quoted."""
        return '"' in self.own or _unpaired(self.text)


def sentences(text: str, cut: bool = False) -> list[Sentence]:
    """The sentences of a model's text; bullets, emphasis and unusual brackets around marks are made plain.

    :param cut: the text ends where the model ran out of tokens; an unfinished last sentence is left out
    """
    found: list[str] = []
    for line in text.splitlines():
        found += _cut(_EMPHASIS.sub("", _BULLET.sub("", _paired(line.strip()))))
    if cut and found and _MARK.sub("", found[-1]).rstrip()[-1:] not in _ENDS + ".":
        found.pop()
    return [Sentence(sentence) for sentence in found[:MAX_SENTENCES]]


def behind(sentence: Sentence, quote_of: dict[int, str]) -> str:
    """The sentence with a mark that follows a quote moved to the end, unless the quote is all that the citation holds.

    ``“…”[1]`` says that the words in quotation marks are citation 1; the model may have quoted a part of it.
    """
    moved: list[str] = []

    def leave(match: re.Match[str]) -> str:
        held = {"".join(quote_of.get(int(n), "").split()) for n in _MARK.findall(match.group("marks"))[:1]}
        said = "".join(sentence.text[: match.start("marks")].split())
        if any(said.endswith(f"“{words}”") for words in held if words):
            return match.group()
        moved.append(match.group("marks"))
        return match.group("close")

    text = re.sub(r"(?P<close>[”」』])\s*(?P<marks>(?:\[\d{1,3}\])+)", leave, sentence.text)
    return text + "".join(moved)


def _cut(line: str) -> Iterator[str]:
    """Pieces of a line: each ends with a full stop outside quotes, and takes the marks behind it along."""
    line = _plain_marks(line)
    hidden = _hidden(line)
    start = 0
    for match in re.finditer(rf"(?:[{_ENDS}]|\.(?=\s|\[|$))+(?:\s*\[\d{{1,3}}\])*", hidden):
        yield from _piece(line[start : match.end()])
        start = match.end()
    yield from _piece(line[start:])


def _piece(text: str) -> Iterator[str]:
    if text.strip():
        yield re.sub(r"\s+(?=\[\d{1,3}\])", "", text.strip())


def _plain_marks(line: str) -> str:
    """［1］, 【1】 and [1, 2] outside quotes as [1] and [1][2]."""
    hidden = _hidden(line)
    out, end = [], 0
    for match in _MARKS.finditer(hidden):
        out += [line[end : match.start()], *(f"[{int(n)}]" for n in re.findall(r"\d+", match.group(1)))]
        end = match.end()
    return "".join([*out, line[end:]])


def _paired(line: str) -> str:
    """Straight quotation marks as opening and closing ones, where they come in pairs."""
    if line.count('"') % 2:
        return line
    parts = line.split('"')
    return "".join(part + ("“”"[n % 2] if n < len(parts) - 1 else "") for n, part in enumerate(parts))


def _quoted(text: str) -> Iterator[tuple[int, int]]:
    """Where the outermost quotes begin and end, without their quotation marks; one that is not closed is none."""
    depth, start = 0, 0
    for position, ch in enumerate(text):
        if ch in _OPENING:
            depth += 1
            start = position + 1 if depth == 1 else start
        elif ch in _CLOSING and depth:
            depth -= 1
            if not depth:
                yield start, position


def _hidden(text: str) -> str:
    """The text with a placeholder for each quoted character."""
    chars = list(text)
    for a, b in _quoted(text):
        chars[a:b] = _HIDDEN * (b - a)
    return "".join(chars)


def _unpaired(text: str) -> bool:
    depth = 0
    for ch in text:
        depth += (ch in _OPENING) - (ch in _CLOSING)
        if depth < 0:
            return True
    return depth != 0
