"""What a change of the store did: which notices came, changed or went, and which of their passages differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from corpus.ids import edition_of
from corpus.types import Notice, Passage
from index.errors import UnknownNotice
from index.types import NoticeCard, Retriever

Json = dict[str, Any]
MOST_NOTICES = 200  # of one change that are described
MOST_PASSAGES = 100  # of one notice that differ
_LONGEST = 300  # characters of a passage


@dataclass(frozen=True, slots=True)
class Before:
    """A store before a change: its notices, and the whole of those that the change may touch."""

    cards: Mapping[str, NoticeCard]
    touched: Mapping[str, Notice]


def before(store: Retriever, ids: Iterable[str], sources: Iterable[str]) -> Before:
    """Look at a store before it changes.

    :param ids: ids of the notices that come or go
    :param sources: files that are read again, or have gone
    """
    cards = store.cards()
    bases, named = {edition_of(notice_id)[0] for notice_id in ids}, set(sources)
    touched = [key for key, card in cards.items() if edition_of(key)[0] in bases or card.source in named]
    return Before(cards, dict(_whole(store, touched[:MOST_NOTICES])))


def described(store: Retriever, seen: Before) -> list[Json]:
    """What has changed since, one object a notice; nothing where only the order of files did.

    ``what``: ``added``, ``new_edition``, ``replaced`` (its words, or how they are read), ``moved`` (now from another
    file), ``removed``.
    """
    cards = store.cards()
    found: list[Json] = []
    for notice_id, notice in _whole(store, [key for key in seen.touched if key in cards]):
        found += _replaced(seen.touched[notice_id], notice)
    for key in [key for key in cards if key not in seen.cards][:MOST_NOTICES]:
        edition = edition_of(key)[1] > 1
        found.append(_line("new_edition" if edition else "added", cards[key]))
    found += [_line("removed", seen.cards[key]) for key in seen.cards if key not in cards][:MOST_NOTICES]
    return sorted(found, key=lambda line: (line["source"], line["notice_id"]))


def _whole(store: Retriever, ids: Iterable[str]) -> Iterator[tuple[str, Notice]]:
    for notice_id in ids:
        try:
            yield notice_id, store.notice(notice_id)
        except UnknownNotice:  # another process has removed it meanwhile
            continue


def _line(what: str, card: NoticeCard, **more: Any) -> Json:
    return {
        "what": what,
        "notice_id": card.notice_id,
        "title": card.title,
        "source": card.source,
        "disclosure": card.disclosure,
        **more,
    }


def _replaced(old: Notice, new: Notice) -> Iterator[Json]:
    if old == new:
        return
    differences = list(_differences(old.passages, new.passages))
    counts = Counter(str(difference["what"]) for difference in differences)
    fields = [name for name in old.header.__slots__ if getattr(old.header, name) != getattr(new.header, name)]
    same = not (differences or fields)
    if same and old.source == new.source and old.facts == new.facts and old.findings == new.findings:
        return
    moved = same and old.source != new.source
    yield {
        "what": "moved" if moved else "replaced",
        "notice_id": new.notice_id,
        "title": new.header.title,
        "source": new.source,
        "disclosure": new.header.disclosure,
        **({"from": old.source} if old.source != new.source else {}),
        "fields": fields,
        "passages": {
            **{what: counts[what] for what in ("added", "removed", "changed", "read_anew")},
            "differences": differences[:MOST_PASSAGES],
        },
    }


def _differences(old: Sequence[Passage], new: Sequence[Passage]) -> Iterator[Json]:
    """Passages that differ, in their order; one whose words stand elsewhere now has not changed.

    ``read_anew``: the same words under other headings, another number or other units.
    """
    earlier, later = [passage.text for passage in old], [passage.text for passage in new]
    for tag, i, until_i, j, until_j in SequenceMatcher(None, earlier, later, autojunk=False).get_opcodes():
        pairs = zip_longest(old[i:until_i], new[j:until_j])
        for before, after in pairs:
            if tag != "equal":
                what = "changed" if before and after else "added" if after else "removed"
                texts = {"before": _short(before)} if before else {}
                texts |= {"after": _short(after)} if after else {}
                yield {"what": what, "passage_id": (after or before).passage_id, **texts}
            elif _read(before) != _read(after):
                yield {"what": "read_anew", "passage_id": after.passage_id, "after": _short(after)}


def _read(passage: Passage) -> tuple[object, ...]:
    """What the parser says of a passage, wherever it stands in the file."""
    units = tuple((unit.name, unit.canonical, unit.role) for unit in passage.units)
    return passage.section_path, passage.number, units


def _short(passage: Passage) -> str:
    return passage.text if len(passage.text) <= _LONGEST else passage.text[: _LONGEST - 1] + "…"
