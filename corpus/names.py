"""Longest-match search for thousands of fixed names: no compiled pattern, so nothing to wait for at start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


class NameIndex:
    """A set of names that is searched for in texts."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(name for name in names if name)
        lengths: dict[str, set[int]] = {}
        for name in self._names:
            lengths.setdefault(name[0], set()).add(len(name))
        self._lengths = {first: sorted(sizes, reverse=True) for first, sizes in lengths.items()}

    def ends(self, text: str, start: int, end: int | None = None) -> Iterator[int]:
        """Ends of the names that begin at ``start``, longest first."""
        stop = len(text) if end is None else end
        for size in self._lengths.get(text[start : start + 1], ()):
            if start + size <= stop and text[start : start + size] in self._names:
                yield start + size

    def match(self, text: str, start: int, end: int | None = None) -> int | None:
        """End of the longest name that begins at ``start``, or None."""
        return next(self.ends(text, start, end), None)

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Spans of names in ``text``, left to right, longest first, none overlapping."""
        position = 0
        while position < len(text):
            end = self.match(text, position)
            if end is None:
                position += 1
            else:
                yield position, end
                position = end
