"""Lines that say who is responsible, and nothing else (责任单位：区商务局): for the item above, or for the section below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from corpus.extract.explicit import is_label_line
from corpus.structure.outline import Draft
from corpus.types import Span

_BODY = ("item", "paragraph")


def join_label_lines(text: str, drafts: Sequence[Draft]) -> list[Draft]:
    """Drafts, where each line of labels below an item or a paragraph is a part of it."""
    joined: list[Draft] = []
    labels = False  # whether the last draft is itself such a line
    for draft in drafts:
        label = draft.kind == "paragraph" and draft.row is None and is_label_line(text[draft.start : draft.end])
        above = joined[-1] if joined else None
        if label and not labels and above and above.kind in _BODY and above.row is None and _below(above, draft):
            joined[-1] = replace(above, end=draft.end)
            continue
        labels = label
        joined.append(draft)
    return joined


def section_labels(text: str, drafts: Sequence[Draft]) -> dict[int, Span]:
    """Lines of labels directly below a heading with items below, by the offset at which the heading begins."""
    found: dict[int, Span] = {}
    for index, draft in enumerate(drafts):
        if draft.kind != "paragraph" or not draft.headings or not is_label_line(text[draft.start : draft.end]):
            continue
        heading = draft.headings[-1]
        first = index == 0 or heading not in drafts[index - 1].headings or heading.start in found
        if first and any(
            later.kind == "item" and heading in later.headings for later in islice(drafts, index + 1, None)
        ):
            known = found.get(heading.start)
            found[heading.start] = Span(known.start if known else draft.start, draft.end)
    return found


def _below(above: Draft, draft: Draft) -> bool:
    """Whether a line stands in the same section as the passage above it, or under the passage's own heading."""
    return draft.headings == above.headings or draft.headings[:-1] == above.headings
