"""A summary of a notice in its own words: its headings, and the first clause of what stands below each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from assistant.answer.citing import CitationBook, citation
from assistant.answer.intent import Intent
from assistant.answer.items import notice_line, one_line
from assistant.answer.reach import covering, group_shares
from assistant.answer.refusing import refuse
from assistant.answer.scope import Scope, admitted_by
from assistant.answer.sequences import Notices
from assistant.answer.sets import MATCHES
from assistant.answer.shard import Entry
from assistant.answer.topic import Matcher
from assistant.answer.view import View
from assistant.answer.wording import say
from assistant.types import Answer, Coverage, Lang, Table, TableRow
from corpus.structure.split import sentences
from corpus.types import Span
from index.fold import fold
from index.types import NoticeCard, Retriever

LONGEST = 40  # headings or paragraphs of one notice that a summary lists
_ITEMS_TOO = 36  # headings and passages of a notice that is short enough to list the passages, too
_TOGETHER = 3  # notices that are summarised at once; more are offered to choose from
_CLAUSE = 100  # code points; a longer first sentence is cut at a clause
_TITLE = re.compile(r"《([^》]+)》")
_ENDS = re.compile(r"[，,；;：:]")
_OFFERED = 10  # notices to choose from
_TITLED = 0.5  # share of the topic that a title holds, from which on the notice is the one meant


@dataclass(frozen=True, slots=True)
class Part:
    """A heading (or, where there are none, a paragraph) with the first passage below it."""

    heading: Span | None
    path: tuple[str, ...]
    entry: Entry
    passages: int
    listed: bool = False  # the passages below follow one by one


def summary_answer(store: Retriever, view: View, intent: Intent, scope: Scope) -> Answer | None:
    """The summary of the one notice meant (or of a few, each by itself). None where nothing is meant."""
    chosen = _meant(view, intent, scope)
    if not chosen:
        return None
    if len(chosen) > _TOGETHER:
        return _choose(store, intent, scope, chosen)
    lang = intent.lang
    book = CitationBook(store)
    lines: list[str] = []
    rows: list[TableRow] = []
    matched = 0
    for notice in chosen:
        own = view.everything.of(notice.notice_id)
        own.sort(key=lambda entry: entry.stored.passage.start)
        title = next((entry.stored for entry in own if entry.stored.passage.kind == "title"), None)
        mark = f"[{book.cite(title, title.passage.start, title.passage.end)}]" if title else ""
        lines.append(say("summary_head", lang, where=notice_line(notice, lang)) + mark)
        body = [entry for entry in own if entry.body]
        parts = list(_parts(body))
        for part in parts[:LONGEST]:
            line, row = _line(book, part, notice, lang)
            lines.append(line)
            rows.append(row)
        if len(parts) > LONGEST:
            lines.append(say("summary_more", lang, n=len(parts) - LONGEST))
        matched += len(body)
    return Answer(
        question=intent.text,
        lang=lang,
        kind="summary",
        text="\n".join(lines),
        citations=book.citations,
        table=Table(("number", "section", "quote", "notice", "year"), tuple(rows)) if rows else None,
        coverage=Coverage(len(chosen), matched, matched),
    )


def _meant(view: View, intent: Intent, scope: Scope) -> list[NoticeCard]:
    """The notices that the question names: by scope, place and title, else by what they are about."""
    titles = [fold(title) for title in _TITLE.findall(intent.text)]
    if titles:
        return [n for n in scope.notices if any(t in fold(n.title) or fold(n.title) in t for t in titles)]
    columns = scope.entries.columns
    held = columns.counts(scope.entries.mask) > 0
    if intent.places:
        own = held & columns.in_regions(intent.places)
        held = own if own.any() else columns.counts(admitted_by(intent.places, view, scope.entries).mask) > 0
    groups = [(group, group.weight) for group in intent.topic.groups if group.weight > 0]
    if groups and held.any():
        share = np.sum([w * group_shares(columns.titles, g) for g, w in groups], axis=0) / sum(w for _, w in groups)
        best = np.max(share[held])
        if best >= _TITLED:
            held &= share >= best - 0.05
        else:
            bodies = scope.entries.where(columns.body & columns.of_numbers(held))
            about = np.zeros(len(held), np.bool_)
            for match in covering(Matcher(intent.topic, intent.relaxed), bodies, MATCHES):
                about[columns.number_of(match.entry.stored.notice.notice_id)] = True
            held &= about
    return sorted(Notices(columns, np.flatnonzero(held)), key=lambda n: (-(n.year or 0), n.notice_id))


def _choose(store: Retriever, intent: Intent, scope: Scope, notices: list[NoticeCard]) -> Answer:
    """More notices than can be meant: they are offered by their titles."""
    titles = scope.entries.where(scope.entries.columns.of_kinds(("title",)))
    held = (titles.of(notice.notice_id)[-1:] for notice in notices)
    offered = list(islice((entry.stored for own in held for entry in own), _OFFERED))
    related = tuple(
        citation(store, stored, stored.passage.start, stored.passage.end, n) for n, stored in enumerate(offered, 1)
    )
    reason = say("which_notice", intent.lang, n=len(notices))
    refusal = refuse(store, intent, scope, reason, "summary")
    return replace(refusal, text=reason, related=related)


def _parts(entries: list[Entry]) -> Iterator[Part]:
    """The headings down to the depth at which they are few enough to be read, else the paragraphs themselves."""
    deepest = max((len(entry.stored.passage.headings) for entry in entries), default=0)
    if not deepest:
        for entry in entries:
            yield Part(None, (), entry, 1)
        return
    depth = 1
    while depth < deepest and len(_headings(entries, depth + 1)) <= LONGEST:
        depth += 1
    below = Counter(heading for entry in entries for heading in set(entry.stored.passage.headings))
    together = Counter(entry.stored.passage.headings for entry in entries)
    every = len(entries) + len(_headings(entries, depth)) <= _ITEMS_TOO
    said: set[Span] = set()
    for entry in entries:
        passage = entry.stored.passage
        if not passage.headings and (passage.kind == "item" or entry is entries[0]):
            yield Part(None, (), entry, 1)  # what stands above all headings
        for level, heading in enumerate(passage.headings[:depth]):
            if heading not in said:
                said.add(heading)
                path, held = passage.section_path[: level + 1], below[heading]
                yield Part(heading, path, entry, held, every and held > 1)
        if every and passage.headings and together[passage.headings] > 1:
            yield Part(None, passage.section_path, entry, 1)


def _headings(entries: list[Entry], depth: int) -> set[Span]:
    return {heading for entry in entries for heading in entry.stored.passage.headings[:depth]}


def _line(book: CitationBook, part: Part, notice: NoticeCard, lang: Lang) -> tuple[str, TableRow]:
    stored = part.entry.stored
    passage = stored.passage
    numbers = []
    named = quote = ""
    level = len(part.path) - (part.heading is not None) if part.path else 0
    if part.heading is not None:
        numbers.append(book.cite(stored, part.heading.start, part.heading.end))
        named = f"{one_line(book.quote(numbers[0])).strip()}[{numbers[0]}]"
    # A heading speaks through the headings or the passages below it, where these are listed.
    if part.heading is None or (len(part.path) == len(passage.headings) and not part.listed):
        numbers.append(book.cite(stored, *_first_clause(part.entry)))
        quote = f"“{one_line(book.quote(numbers[-1]))}”[{numbers[-1]}]"
    text = "：".join(text for text in (named, quote) if text)
    if part.heading is not None and part.passages > 1:
        text += say("summary_deeper", lang, n=part.passages)
    number = (passage.number or "").split(".")
    cells = {
        "number": ".".join(number if part.heading is None else number[: len(part.path)]),
        "section": " › ".join(part.path),
        "quote": one_line(book.quote(numbers[-1])) if quote else "",
        "notice": notice.title,
        "year": str(notice.year or ""),
    }
    return "- " + "　" * level + text, TableRow(cells, tuple(numbers))


def _first_clause(entry: Entry) -> tuple[int, int]:
    """The first sentence without its number, or the clauses of it that fit."""
    passage = entry.stored.passage
    printed = passage.printed_number or ""
    begin = len(printed) if passage.text.startswith(printed) else 0
    while begin < len(passage.text) and passage.text[begin] in "、.．,， 　\t\n":
        begin += 1
    spans = [(a, b) for a, b in sentences(passage.text) if b > begin]
    if not spans:
        return passage.start, passage.end
    end = spans[0][1]
    if end - begin > _CLAUSE:
        cuts = [m.start() for m in _ENDS.finditer(passage.text, begin + 8, end)]
        fitting = [cut for cut in cuts if cut - begin <= _CLAUSE]
        end = fitting[-1] if fitting else (cuts[0] if cuts else end)
    return passage.start + begin, passage.start + end
