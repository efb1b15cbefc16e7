"""Longest-match search for thousands of fixed names: no compiled pattern, so nothing to wait for at start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


class NameIndex:
    """A set of names that is searched for in texts."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(name for name in names if name)
        self._single = frozenset(name for name in self._names if len(name) == 1)
        lengths: dict[str, set[int]] = {}  # by the first two characters: few places of a text go further than that
        for name in self._names:
            if len(name) > 1:
                lengths.setdefault(name[:2], set()).add(len(name))
        self._lengths = {head: sorted(sizes, reverse=True) for head, sizes in lengths.items()}

    def ends(self, text: str, start: int, end: int | None = None) -> Iterator[int]:
        """Ends of the names that begin at ``start``, longest first."""
        return iter(self._ends(text, start, len(text) if end is None else end))

    def match(self, text: str, start: int, end: int | None = None) -> int | None:
        """End of the longest name that begins at ``start``, or None."""
        ends = self._ends(text, start, len(text) if end is None else end)
        return ends[0] if ends else None

    def _ends(self, text: str, start: int, stop: int) -> Sequence[int]:
        head = text[start : start + 2]
        sizes = self._lengths.get(head)
        if sizes is None and head[:1] not in self._single:
            return ()
        ends = [
            start + size for size in sizes or () if start + size <= stop and text[start : start + size] in self._names
        ]
        if head[:1] in self._single and start < stop:
            ends.append(start + 1)
        return ends

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
