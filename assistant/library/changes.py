"""What a change of the store did: which notices came, changed or went, and which of their passages differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from corpus.ids import edition_of
from corpus.types import Notice, Passage
from index.errors import UnknownNotice
from index.types import NoticeCard, Retriever

Json = dict[str, Any]
MOST_NOTICES = 200  # of one change that are described
MOST_PASSAGES = 50  # of each kind of difference in one notice
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
    earlier, later = ({p.passage_id: p for p in notice.passages} for notice in (old, new))
    differ = [key for key in earlier if key in later and _said(earlier[key]) != _said(later[key])]
    added, removed = [k for k in later if k not in earlier], [k for k in earlier if k not in later]
    fields = [name for name in old.header.__slots__ if getattr(old.header, name) != getattr(new.header, name)]
    same = not (differ or added or removed or fields)
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
            "added": len(added),
            "removed": len(removed),
            "changed": len(differ),
            "differences": [
                *({"what": "changed", "passage_id": k, "before": _short(earlier[k]), "after": _short(later[k])}
                  for k in differ[:MOST_PASSAGES]),
                *({"what": "added", "passage_id": k, "after": _short(later[k])} for k in added[:MOST_PASSAGES]),
                *({"what": "removed", "passage_id": k, "before": _short(earlier[k])} for k in removed[:MOST_PASSAGES]),
            ],
        },
    }  # fmt: skip


def _said(passage: Passage) -> tuple[object, ...]:
    """What a reader sees of a passage, wherever it stands in the file."""
    units = tuple((unit.name, unit.canonical, unit.role) for unit in passage.units)
    return passage.text, passage.section_path, passage.number, units


def _short(passage: Passage) -> str:
    return passage.text if len(passage.text) <= _LONGEST else passage.text[: _LONGEST - 1] + "…"
