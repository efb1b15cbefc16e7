"""Facts of a notice as a whole: deadline, theme, contact, photo requirements, whom to report to; by year where several."""

from __future__ import annotations

import numpy as np

from assistant.answer.citing import MAX_QUOTE, CitationBook
from assistant.answer.intent import Intent
from assistant.answer.reach import WholeNotices, covering, group_shares
from assistant.answer.refusing import refuse
from assistant.answer.scope import Scope
from assistant.answer.shard import Entry
from assistant.answer.topic import Matcher
from assistant.answer.view import View
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
    columns = view.columns
    stating = scope.entries.where(columns.stating(intent.facts))
    if intent.places:
        stating = stating.where(columns.of_numbers(columns.in_regions(intent.places)))
    found = []
    for match in covering(Matcher(intent.topic, intent.relaxed), stating, _ABOUT):
        if facts := [fact for fact in match.entry.facts if _asked(intent, fact)]:
            found.append((match.entry, facts))
    return sorted(found, key=lambda f: (-(f[0].stored.notice.year or 0), f[0].stored.passage.passage_id))


def _contacts_of_notice(view: View, intent: Intent, scope: Scope) -> list[tuple[Entry, list[Fact]]]:
    """The contacts of the notice that is about the topic: a line of contacts says nothing of what it is for."""
    groups = [group for group in intent.topic.groups if group.weight > 0 and not group.unknown]
    if "contact" not in intent.facts or not intent.relaxed or not groups:
        return []
    columns = view.columns
    told = np.zeros(len(columns.years), np.bool_)
    for group in groups:
        told |= group_shares(columns.abouts, group) == 1.0
    near = scope.entries.where(columns.of_numbers(told))
    whole = WholeNotices(near)
    shares = np.sum([group.weight * group_shares(whole, group) for group in groups], axis=0)
    shares /= sum(group.weight for group in groups)
    best = float(np.max(shares, initial=0.0))
    if best < _NOTICE_ABOUT:
        return []
    found = []
    for entry in near.where(columns.of_numbers(shares == best) & columns.stating(intent.facts)):
        if facts := [fact for fact in entry.facts if _asked(intent, fact)]:
            found.append((entry, facts))
    return sorted(found, key=lambda f: (f[0].stored.notice.notice_id, f[1][0].start))


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
