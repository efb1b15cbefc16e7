"""Questions about several subjects at once (A和B，办公室分别设在哪里): one answer each, put together."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.answer.wording import say
from assistant.types import Answer, Citation, Coverage, Lang, Table, TableRow
from index.fold import fold

_RESPECTIVELY = r"(?:分别|各自|各(?=设|由|是|有|在|为|需|要|归|叫|定|安排))"
_CLAUSES = re.compile(rf"^([^,，。?？]{{4,80}})[,，]\s*([^。?？]*?){_RESPECTIVELY}([^。?？]+)[。?？]?(.*)$", re.DOTALL)
_ONE_CLAUSE = re.compile(rf"^([^,，。?？]{{4,80}}?){_RESPECTIVELY}([^。?？]+)[。?？]?(.*)$", re.DOTALL)
_AND = re.compile(r"、|以及|[和与跟及]")
_ASKS = re.compile(r"哪|谁|什么|啥|几|多少|何|怎么|如何")
_SHORTEST, _MOST = 3, 6  # characters of a subject; subjects
_MARK = re.compile(r"\[(\d+)\]")


def subjects_of(text: str) -> tuple[tuple[str, str], ...]:
    """The subjects of a question with what is asked of each as a question of its own; empty where there is only one."""
    folded = fold(text)
    match = _CLAUSES.match(folded)
    if match:
        named, asked, rest = match.group(1), match.group(2) + match.group(3), match.group(4)
    else:
        match = _ONE_CLAUSE.match(folded)
        if match is None:
            return ()
        named, asked, rest = match.groups()
        before, of, what = named.rpartition("的")  # A和B的办公室分别设在哪里
        if of and not _AND.search(what):
            named, asked = before, what + asked
    subjects = [part.strip() for part in _AND.split(named)]
    if not (2 <= len(subjects) <= _MOST and min(map(len, subjects)) >= _SHORTEST and _ASKS.search(asked)):
        return ()
    if any(re.fullmatch(r"\d{4}年?", subject) for subject in subjects):
        return ()  # years are compared, not taken apart
    questions = [(subject, f"{subject}{asked}？") for subject in subjects]
    if _ASKS.search(rest):
        questions.append((rest.strip(), rest.strip()))
    return tuple(questions)


def answer_each(text: str, lang: Lang, ask: Callable[[str], Answer], parts: Sequence[tuple[str, str]]) -> Answer | None:
    """The answers to the parts under one another; None where fewer than two of them are answered."""
    answers = [(subject, ask(question)) for subject, question in parts]
    if sum(not answer.abstained for _, answer in answers) < 2:
        return None
    numbers: dict[tuple[str, int, int], Citation] = {}
    lines: list[str] = []
    rows: list[TableRow] = []
    columns: list[str] = []
    for subject, answer in answers:
        lines.append(say("subject", lang, subject=subject))
        if answer.abstained:
            lines.append(say("subject_missing", lang))
            continue
        new = {}
        for citation in answer.citations:
            key = (citation.notice_id, citation.start, citation.end)
            numbers.setdefault(key, replace(citation, number=len(numbers) + 1))
            new[citation.number] = numbers[key].number
        lines.append(_MARK.sub(lambda mark, new=new: f"[{new[int(mark.group(1))]}]", answer.text))  # type: ignore[misc]
        if answer.table:
            columns += [column for column in answer.table.columns if column not in columns]
            rows += [TableRow(row.cells, tuple(new[n] for n in row.citations)) for row in answer.table.rows]
    whole = max((answer.coverage for _, answer in answers), key=lambda coverage: coverage.passages)
    return Answer(
        question=text,
        lang=lang,
        kind="compare",
        text="\n".join(lines),
        citations=tuple(numbers.values()),
        table=Table(tuple(columns), tuple(rows)) if rows else None,
        coverage=Coverage(whole.notices, whole.passages, sum(answer.coverage.matched for _, answer in answers)),
    )
