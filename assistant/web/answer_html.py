"""An answer as HTML for the page. All words of notices and questions are escaped; links lead to the notice page only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import groupby

from assistant.types import Answer, Citation, Lang, Question
from assistant.web import why
from assistant.web.answer_links import mark, source
from assistant.web.answer_table import table
from assistant.web.answer_tools import coverage, tools, verdict
from assistant.web.chips import chips
from assistant.web.page_texts import LANGS, of_pair, said
from assistant.wording import KIND_WORDS

SHOWN = 6  # citations in sight; the others fold away
_MARK = re.compile(r"\[(\d{1,4})\]")


@dataclass(frozen=True, slots=True)
class Aside:
    """What stands beside an answer: the permanent link to it, what is to be said of the link it was opened by, and
    where the search for its question is explained; whether its question is the last and its scope can be changed; what
    was asked, to be judged."""

    link: str = ""
    note: str = ""
    why: str = ""
    last: bool = False
    question: Question | None = None


def conversation(answers: Iterable[Answer], asides: Iterable[Aside] = (), lang: Lang = "zh") -> str:
    """The dialogue so far, oldest first; ``asides`` go with the answers in order.

    :param lang: of the page, not of the answers
    """
    rest = iter(asides)
    return "".join(_turn(answer, next(rest, Aside()), lang) for answer in answers)


def failure(question: str, message: str) -> str:
    """A question that could not be answered, and what to do about it."""
    return _section(question, f'<div class="answer refused" role="alert"><p class="reason">{escape(message)}</p></div>')


def waiting(question: str, lang: Lang = "zh") -> str:
    """A question that is being answered."""
    status = f'<p class="status" role="status">{said("ask_waiting", lang)}</p>'
    return _section(question, f'<div class="answer" aria-busy="true">{status}</div>', "turn pending")


def drafted(answer: Answer, lines: int | None, lang: Lang = "zh", worded: bool = False) -> str:
    """The first lines of an answer whose rest is still to come.

    :param lines: how many of them; None for all
    :param worded: whether they are going to be worded by a language model
    """
    status = f'<p class="status" role="status">{said("ask_worded", lang)}</p>' if worded else ""
    body = f"{_kind(answer, lang)}{status}{_text(answer, lang, lines)}"
    return _section(answer.question, f'<div class="answer" aria-busy="true">{body}</div>', "turn pending")


def _section(question: str, answer: str, kind: str = "turn") -> str:
    return f'<section class="{kind}"><p class="question">{escape(question)}</p>{answer}</section>'


def _turn(answer: Answer, aside: Aside, lang: Lang) -> str:
    kind = "answer refused" if answer.abstained else "answer"
    known = {citation.number: citation for citation in answer.citations}
    parts = [_kind(answer, lang)]
    if aside.note:
        lines = "".join(f"<p>{escape(line)}</p>" for line in aside.note.splitlines())
        parts.insert(0, f'<div class="changed" role="status">{lines}</div>')
    parts.append(chips(answer.scope, aside.last, lang))
    parts += [_refusal(answer, lang) if answer.abstained else _text(answer, lang)]
    if answer.table is not None and answer.table.rows:
        parts.append(table(answer.table, known, lang))
    if answer.citations:
        parts.append(_sources("citations", answer.citations, lang))
    if answer.related:
        parts.append(_sources("related", answer.related, lang))
    parts.append(_warnings(answer, lang))
    parts.append(coverage(answer, lang))
    parts.append(why.fold(aside.why, lang))
    parts.append(tools(aside.link, lang))
    parts.append(verdict(answer, aside.question, lang) if aside.question is not None else "")
    return _section(answer.question, f'<div class="{kind}">{"".join(parts)}</div>')


def _kind(answer: Answer, lang: Lang) -> str:
    return f'<p class="kind">{escape(of_pair(KIND_WORDS[answer.kind], lang))}</p>'


def _text(answer: Answer, lang: Lang, lines: int | None = None) -> str:
    """The answer's lines; those that begin with a dash are a list, each mark ``[1]`` becomes a link to its citation."""
    known = {citation.number: citation for citation in answer.citations}

    def link(match: re.Match[str]) -> str:
        citation = known.get(int(match.group(1)))
        return mark(citation, lang) if citation else match.group(0)

    parts: list[str] = []
    wanted = answer.text.strip().splitlines()[:lines]
    for listed, some in groupby(wanted, lambda line: line.startswith("- ")):
        if listed:
            items = "".join(f"<li>{_MARK.sub(link, escape(line[2:]))}</li>" for line in some)
            parts.append(f"<ul>{items}</ul>")
        else:
            parts += [f"<p>{_MARK.sub(link, escape(line))}</p>" for line in some if line.strip()]
    return f'<div class="text" lang="{LANGS[answer.lang]}">{"".join(parts)}</div>'


def _refusal(answer: Answer, lang: Lang) -> str:
    lines = [answer.text.strip()]
    if answer.reason and answer.reason not in answer.text:
        lines.insert(0, answer.reason)
    reason = "".join(f'<p class="reason" lang="{LANGS[answer.lang]}">{escape(line)}</p>' for line in lines if line)
    return f'<p class="verdict">{said("answer_none", lang)}</p>{reason}'


def _sources(kind: str, citations: tuple[Citation, ...], lang: Lang) -> str:
    """Numbered quotes: the first in sight, the others below a fold."""
    first, rest = citations[:SHOWN], citations[SHOWN:]
    items = "".join(source(citation, lang) for citation in first)
    parts = [f'<div class="{kind}"><h2>{said(f"answer_{kind}", lang)} ({len(citations)})</h2><ol>{items}</ol>']
    if rest:
        items = "".join(source(citation, lang) for citation in rest)
        more = said("answer_more", lang, count=len(rest))
        parts.append(f"<details><summary>{more}</summary><ol>{items}</ol></details>")
    return "".join(parts) + "</div>"


def _warnings(answer: Answer, lang: Lang) -> str:
    if not answer.warnings:
        return ""
    items = "".join(f'<li lang="{LANGS[answer.lang]}">{escape(warning)}</li>' for warning in answer.warnings)
    return f'<div class="notes"><h2>{said("answer_notes", lang)}</h2><ul>{items}</ul></div>'
