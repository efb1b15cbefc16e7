"""The words of a store's notices, by their letters and by their sound: what a slip of the pen can have meant."""

from __future__ import annotations

import re
from collections import ChainMap, Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from index.analysis import segmenter
from index.fold import holds_traditional
from index.sounds import sounds_of

LENGTHS = range(2, 8)  # characters of a Chinese word that can be meant
_FILE = "words.tsv"
_MARK = "# traditional\t"
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_LATIN = re.compile(r"[a-z][a-z0-9'-]*")


class Counting:
    """Counts words while passages are indexed."""

    def __init__(self, counts: Mapping[str, int] | None = None, traditional: bool = False) -> None:
        """Begin with what was counted before."""
        self._counts: Counter[str] = Counter(counts)
        self._traditional = traditional

    def add(self, text: str, tokens: Sequence[str]) -> None:
        """Count the tokens of a passage, each once."""
        self._counts.update(set(tokens))
        self._traditional |= holds_traditional(text)

    def write(self, folder: Path) -> None:
        """Write the Chinese words that a dictionary knows, and all others, with the number of passages they stand in."""
        (folder / _FILE).write_bytes(self.text())

    def vocabulary(self) -> Vocabulary:
        """What has been counted, without a file."""
        return Vocabulary(self.text())

    def text(self) -> bytes:
        """What :class:`Vocabulary` reads."""
        kept = [(word, count) for word, count in self._counts.items() if _kept(word)]
        lines = [f"{word}\t{count}\n" for word, count in sorted(kept)]
        return "".join([f"{_MARK}{self._traditional:d}\n", *lines]).encode()


def _kept(word: str) -> bool:
    if _HAN.fullmatch(word):
        return len(word) in LENGTHS and bool(segmenter().has_word(word))
    return bool(_LATIN.fullmatch(word))


class Vocabulary:
    """The words of one state of a store. Read at once, worked out when the first slip asks for it."""

    def __init__(self, text: bytes) -> None:
        self._text = text

    @classmethod
    def of(cls, parts: Sequence[Vocabulary]) -> Vocabulary:
        """The words of several parts of a store."""
        return parts[0] if len(parts) == 1 else _Joined(parts)

    @classmethod
    def load(cls, folder: Path) -> Vocabulary:
        """The vocabulary that lies in a folder of derived indexes."""
        return cls((folder / _FILE).read_bytes())

    @cached_property
    def traditional(self) -> bool:
        """Whether a notice is written in traditional characters."""
        return self._text.startswith(f"{_MARK}1".encode())

    @cached_property
    def words(self) -> Mapping[str, int]:
        """In how many passages each word stands."""
        pairs = (line.split("\t") for line in self._text.decode().splitlines()[1:])
        return {word: int(count) for word, count in pairs}

    @cached_property
    def by_sound(self) -> Mapping[tuple[str, ...], str]:
        """Chinese words by their syllables; of words that sound alike the one usually read so, then the commonest."""
        table: dict[tuple[str, ...], str] = {}
        for word in self._chinese:
            table.update(dict.fromkeys(sounds_of(word)[1:], word))
        for word in self._chinese:
            table[sounds_of(word)[0]] = word
        return table

    @cached_property
    def by_letters(self) -> Mapping[str, str]:
        """Chinese words by their syllables written as one: zhiliangyue."""
        table: dict[str, str] = {}
        for word in self._chinese:
            table.update(("".join(sounds), word) for sounds in sounds_of(word, exact=True)[1:])
        for word in self._chinese:
            table["".join(sounds_of(word, exact=True)[0])] = word
        return table

    @cached_property
    def _chinese(self) -> list[str]:
        """The Chinese words, the commonest last."""
        return [w for w, _ in sorted(self.words.items(), key=lambda entry: (entry[1], entry[0])) if not w.isascii()]


class _Joined(Vocabulary):
    """A large first part and small later ones: what has been worked out of the first is not worked out again."""

    def __init__(self, parts: Sequence[Vocabulary]) -> None:
        super().__init__(b"")
        self._parts = parts

    @cached_property
    def traditional(self) -> bool:
        return any(part.traditional for part in self._parts)

    @cached_property
    def words(self) -> Mapping[str, int]:
        total: Counter[str] = Counter()
        for part in self._parts:
            total.update(part.words)
        return total

    @cached_property
    def by_sound(self) -> Mapping[tuple[str, ...], str]:
        return ChainMap(*(dict(part.by_sound) for part in self._parts))

    @cached_property
    def by_letters(self) -> Mapping[str, str]:
        return ChainMap(*(dict(part.by_letters) for part in self._parts))
