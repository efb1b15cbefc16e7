"""Answers about what is wrong in the documents themselves."""

from __future__ import annotations

import re

from assistant.answer.citing import CitationBook
from assistant.answer.intent import Intent
from assistant.answer.scope import Scope, notice_admits
from assistant.answer.shard import Entry
from assistant.answer.wording import say
from assistant.types import Answer, Coverage
from corpus.types import Finding
from index.types import Retriever

_NUMBERING = ("numbering_repaired", "number_missing", "numbering_gap")
_NAMES = ("unit_name_slip", "unit_name_varies")
_ABOUT = (
    (re.compile(r"名称|名字|写错|笔误|错别字|\bname"), _NAMES),
    (re.compile(r"落款|日期|时间|年份|date|sign"), ("date_conflict",)),
    (re.compile(r"编号|序号|编排|number"), _NUMBERING),
)


def anomaly_answer(store: Retriever, intent: Intent, scope: Scope) -> Answer | None:
    """The findings of the notices in scope, of the kind that the question names. None where there are none."""
    codes = {code for pattern, group in _ABOUT if pattern.search(intent.text) for code in group}
    findings = store.findings()
    book = CitationBook(store)
    lines = [say("anomaly_head", intent.lang)]
    for notice in scope.notices:
        if not notice_admits(intent.places, notice):
            continue
        for finding in findings.get(notice.notice_id, ()):
            holder = _holder(scope.entries.of(notice.notice_id), finding)
            if holder is None or (codes and finding.code not in codes) or finding.code == "press_report":
                continue
            number = book.cite(holder.stored, finding.start, finding.end)
            if finding.code == "date_conflict":
                text = say("date_conflict", intent.lang, title=notice.title, year=notice.year, quote=book.quote(number))
            else:
                text = f"《{notice.title}》：{finding.message}"
            lines.append(f"- {text}[{number}]")
    if len(lines) == 1:
        return None
    return Answer(
        question=intent.text,
        lang=intent.lang,
        kind="anomaly",
        text="\n".join(lines),
        citations=book.citations,
        coverage=Coverage(len(scope.notices), len(scope.entries), len(lines) - 1),
    )


def _holder(entries: list[Entry], finding: Finding) -> Entry | None:
    """The passage that holds a finding, or the first one under the heading that does."""
    for entry in entries:
        passage = entry.stored.passage
        if passage.start <= finding.start and finding.end <= passage.end:
            return entry
        if any(h.start <= finding.start and finding.end <= h.end for h in passage.headings):
            return entry
    return None
