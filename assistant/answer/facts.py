"""Facts of a notice as a whole: deadline, theme, contact, photo requirements, whom to report to; by year where several."""

from __future__ import annotations

from assistant.answer.citing import MAX_QUOTE, CitationBook
from assistant.answer.intent import Intent
from assistant.answer.refusing import refuse
from assistant.answer.scope import Scope, notice_admits, place_admits
from assistant.answer.topic import Matcher
from assistant.answer.view import Entry, View
from assistant.answer.wording import fact_name, say
from assistant.types import Answer, Coverage, Table, TableRow
from corpus.structure.split import sentences
from corpus.types import Fact
from index.types import Retriever

_NOTICE_ABOUT = 0.8  # share of the topic that a notice holds, whose contacts are asked for
_ABOUT = 0.6  # coverage of the topic from which on a fact belongs to what is asked about


def facts_answer(store: Retriever, view: View, intent: Intent, scope: Scope) -> Answer | None:
    """The facts asked for, notice by notice, newest first. None where the topic asks for something more particular."""
    found = _facts_in_scope(view, intent, scope) or _contacts_of_notice(view, intent, scope)
    if not found:
        wanted = "、" if intent.lang == "zh" else ", "
        names = wanted.join(fact_name(kind, intent.lang) for kind in intent.facts)
        return refuse(store, intent, scope, say("refuse_fact", intent.lang, notices=len(scope.notices), fact=names))
    book = CitationBook(store)
    lines: list[str] = []
    rows: list[TableRow] = []
    for entry, facts in found:
        notice = entry.stored.notice
        title = say("year" if notice.year else "no_year", intent.lang, year=notice.year, title=notice.title)
        numbers = [book.cite(entry.stored, *span) for span in _spans(entry, facts)]
        lines.append(f"- {title}：" + "；".join(f"“{book.quote(n).strip()}”[{n}]" for n in numbers))
        cells = {"year": str(notice.year or ""), "notice": notice.title}
        for kind in intent.facts:
            values = dict.fromkeys(fact.value for fact in facts if fact.kind == kind)
            cells[kind] = "、".join(values)
        rows.append(TableRow(cells, tuple(numbers)))
    return Answer(
        question=intent.text,
        lang=intent.lang,
        kind="compare"
        if len(found) > 1 and (intent.compares or intent.form == "compare" or len(intent.years) > 1)
        else "fact",
        text="\n".join(lines),
        citations=book.citations,
        table=Table(("year", "notice", *intent.facts), tuple(rows)),
        coverage=Coverage(len(scope.notices), len(scope.entries), len(found)),
    )


def _facts_in_scope(view: View, intent: Intent, scope: Scope) -> list[tuple[Entry, list[Fact]]]:
    """Passages in scope with the facts they state, newest notice first."""
    notices = {notice.notice_id for notice in scope.notices if notice_admits(intent.places, notice)}
    if not notices and not any(place_admits(intent.places, e) for e in scope.entries):
        return []
    matcher = Matcher(intent.topic, intent.relaxed)
    stated: dict[str, tuple[Entry, list[Fact]]] = {}  # by passage
    for fact in view.facts:
        if _asked(intent, fact):
            entry = scope.entries.get(fact.passage_id)
            if entry is not None and entry.stored.notice.notice_id in notices:
                stated.setdefault(fact.passage_id, (entry, []))[1].append(fact)
    found = [(entry, facts) for entry, facts in stated.values() if matcher.match(entry).coverage >= _ABOUT]
    return sorted(found, key=lambda f: (-(f[0].stored.notice.year or 0), f[0].stored.passage.passage_id))


def _contacts_of_notice(view: View, intent: Intent, scope: Scope) -> list[tuple[Entry, list[Fact]]]:
    """The contacts of the notice that is about the topic: a line of contacts says nothing of what it is for."""
    groups = [group for group in intent.topic.groups if group.weight > 0 and not group.unknown]
    if "contact" not in intent.facts or not intent.relaxed or not groups:
        return []
    by_notice: dict[str, list[Entry]] = {}
    for entry in scope.entries:
        by_notice.setdefault(entry.stored.notice.notice_id, []).append(entry)
    shares = {}
    for notice_id, held_by in by_notice.items():
        if not any(group.match(held_by[0].about) == 1.0 for group in groups):
            shares[notice_id] = 0.0
            continue
        text = "\n".join((held_by[0].about, *(entry.folded for entry in held_by)))
        held = sum(group.weight * group.match(text) for group in groups)
        shares[notice_id] = held / sum(group.weight for group in groups)
    best = max(shares.values(), default=0.0)
    if best < _NOTICE_ABOUT:
        return []
    entries = {e.stored.passage.passage_id: e for i, own in by_notice.items() if shares[i] == best for e in own}
    found: dict[str, list[Fact]] = {}
    for fact in view.facts:
        if fact.passage_id in entries and _asked(intent, fact):
            found.setdefault(fact.passage_id, []).append(fact)
    return [(entries[passage_id], facts) for passage_id, facts in found.items()]


def _asked(intent: Intent, fact: Fact) -> bool:
    """Whether a fact is of a kind asked for: of contacts the right one, of references the one with a number."""
    if fact.kind not in intent.facts:
        return False
    if fact.kind == "contact":
        labels = list(intent.contacts) or ["联系人", "电话", "传真", "邮箱"]
        return any(fact.value.startswith(label) for label in labels)
    if fact.kind == "reference":
        return "号" in fact.value
    return True


def _spans(entry: Entry, facts: list[Fact]) -> list[tuple[int, int]]:
    """The sentences that state the facts."""
    passage = entry.stored.passage
    if len(passage.text) <= MAX_QUOTE:
        return [(passage.start, passage.end)]
    out = []
    for a, b in sentences(passage.text):
        if any(passage.start + a < fact.end and fact.start < passage.start + b for fact in facts):
            out.append((passage.start + a, passage.start + b))
    return out
