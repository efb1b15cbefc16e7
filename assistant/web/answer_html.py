"""An answer as HTML for the page. All words of notices and questions are escaped; links lead to the notice page only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import groupby

from assistant.types import Answer, Citation, Table, TableRow
from assistant.web import why
from assistant.web.chips import chips
from assistant.wording import COLUMN_WORDS, KIND_WORDS

PANEL = "notice-panel"  # name of the frame beside the conversation
SHOWN = 6  # citations in sight; the others fold away
_MARK = re.compile(r"\[(\d{1,4})\]")


@dataclass(frozen=True, slots=True)
class Aside:
    """What stands beside an answer: the permanent link to it, what is to be said of the link it was opened by, and
    where the search for its question is explained; whether its question is the last and its scope can be changed."""

    link: str = ""
    note: str = ""
    why: str = ""
    last: bool = False


def conversation(answers: Iterable[Answer], asides: Iterable[Aside] = ()) -> str:
    """The dialogue so far, oldest first; ``asides`` go with the answers in order."""
    rest = iter(asides)
    return "".join(_turn(answer, next(rest, Aside())) for answer in answers)


def failure(question: str, message: str) -> str:
    """A question that could not be answered, and what to do about it."""
    return (
        f'<section class="turn"><p class="question">{escape(question)}</p>'
        f'<div class="answer refused" role="alert"><p class="reason">{escape(message)}</p></div></section>'
    )


def _turn(answer: Answer, aside: Aside) -> str:
    kind = "answer refused" if answer.abstained else "answer"
    parts = [f'<p class="kind">{escape(KIND_WORDS[answer.kind])}</p>']
    if aside.note:
        lines = "".join(f"<p>{escape(line)}</p>" for line in aside.note.splitlines())
        parts.insert(0, f'<div class="changed" role="status">{lines}</div>')
    parts.append(chips(answer.scope, aside.last))
    parts += [_refusal(answer) if answer.abstained else _text(answer)]
    if answer.table is not None and answer.table.rows:
        parts.append(_table(answer.table, answer))
    if answer.citations:
        parts.append(_sources("引文 Citations", "citations", answer.citations))
    if answer.related:
        parts.append(_sources("相关但不是答案 Related, but not an answer", "related", answer.related))
    parts.append(_warnings(answer.warnings))
    parts.append(_coverage(answer))
    parts.append(why.fold(aside.why))
    parts.append(_tools(aside.link))
    return (
        f'<section class="turn"><p class="question">{escape(answer.question)}</p>'
        f'<div class="{kind}" lang="{"en" if answer.lang == "en" else "zh-CN"}">{"".join(parts)}</div></section>'
    )


def _text(answer: Answer) -> str:
    """The answer's lines; those that begin with a dash are a list, each mark ``[1]`` becomes a link to its citation."""
    known = {citation.number: citation for citation in answer.citations}

    def link(match: re.Match[str]) -> str:
        citation = known.get(int(match.group(1)))
        return _mark(citation) if citation else match.group(0)

    parts: list[str] = []
    for listed, lines in groupby(answer.text.strip().splitlines(), lambda line: line.startswith("- ")):
        if listed:
            items = "".join(f"<li>{_MARK.sub(link, escape(line[2:]))}</li>" for line in lines)
            parts.append(f"<ul>{items}</ul>")
        else:
            parts += [f"<p>{_MARK.sub(link, escape(line))}</p>" for line in lines if line.strip()]
    return f'<div class="text">{"".join(parts)}</div>'


def _refusal(answer: Answer) -> str:
    lines = [answer.text.strip()]
    if answer.reason and answer.reason not in answer.text:
        lines.insert(0, answer.reason)
    reason = "".join(f'<p class="reason">{escape(line)}</p>' for line in lines if line)
    return f'<p class="verdict">没有找到依据，不作回答 <span lang="en">No grounded answer</span></p>{reason}'


def _mark(citation: Citation) -> str:
    """A small number that opens the quote in the panel."""
    title = escape(f"{citation.notice_title}：{citation.quote[:80]}")
    return f'<a class="mark" href="{_in_panel(citation)}" target="{PANEL}" title="{title}">[{citation.number}]</a>'


def _in_panel(citation: Citation) -> str:
    """The address of the quote, scrolled to its first word (which may stand in a heading far above the passage)."""
    return escape(citation.url.partition("#")[0] + "#mark")


def _table(table: Table, answer: Answer) -> str:
    known = {citation.number: citation for citation in answer.citations}
    head = "".join(f'<th scope="col">{escape(COLUMN_WORDS.get(column, column))}</th>' for column in table.columns)
    rows = "".join(_row(row, table.columns, known) for row in table.rows)
    caption = f"{len(table.rows)} 行 rows"
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="表格 Table"><table><caption>{caption}</caption>'
        f'<thead><tr>{head}<th scope="col">引文 Cited</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _row(row: TableRow, columns: tuple[str, ...], known: dict[int, Citation]) -> str:
    cells = "".join(f'<td class="{escape(c)}">{escape(row.cells.get(c, ""))}</td>' for c in columns)
    marks = " ".join(_mark(known[number]) for number in row.citations if number in known)
    return f"<tr>{cells}<td>{marks}</td></tr>"


def _sources(label: str, kind: str, citations: tuple[Citation, ...]) -> str:
    """Numbered quotes: the first in sight, the others below a fold."""
    first, rest = citations[:SHOWN], citations[SHOWN:]
    parts = [f'<div class="{kind}"><h2>{escape(label)} ({len(citations)})</h2><ol>{"".join(map(_source, first))}</ol>']
    if rest:
        more = f"其余 {len(rest)} 条 · {len(rest)} more"
        parts.append(f"<details><summary>{more}</summary><ol>{''.join(map(_source, rest))}</ol></details>")
    return "".join(parts) + "</div>"


def _source(citation: Citation) -> str:
    """A quote: its number and words open the panel, an arrow opens the notice in a new tab."""
    path = " › ".join(citation.section_path)
    place = " · ".join(part for part in (citation.notice_title, citation.document_number, path) if part)
    url = escape(citation.url)
    return (
        f'<li value="{citation.number}"><a class="quote" href="{_in_panel(citation)}" target="{PANEL}">{escape(citation.quote)}</a>'
        f'<span class="origin">{escape(place)} <a href="{url}" target="_blank" rel="noopener" '
        f'aria-label="在新窗口打开 [{citation.number}] open in a new tab">新窗口 ↗</a></span></li>'
    )


def _warnings(warnings: tuple[str, ...]) -> str:
    if not warnings:
        return ""
    items = "".join(f"<li>{escape(warning)}</li>" for warning in warnings)
    return f'<div class="notes"><h2>提示 Please note</h2><ul>{items}</ul></div>'


def _tools(link: str) -> str:
    """The answer as a file, and the link that asks again."""
    if not link:
        return ""
    query = link.partition("?")[2]
    files = " · ".join(
        f'<a href="{escape(f"/v1/ask/export?format={form}&{query}")}" download>{label}</a>'
        for form, label in (("xlsx", "Excel"), ("csv", "CSV"), ("md", "Markdown"))
    )
    again = f'<a class="again" href="{escape(link)}" target="_blank" rel="noopener">永久链接 Permanent link</a>'
    return f'<p class="tools">下载 Download: {files} · {again}</p>'


def _coverage(answer: Answer) -> str:
    """Over what the answer is complete."""
    over = answer.coverage
    if answer.lang == "en":
        words = f"Looked through {over.notices} notices, {over.passages} passages; {over.matched} matched"
    else:
        words = f"在 {over.notices} 份通知、{over.passages} 段中查找，{over.matched} 段相符"
    return f'<p class="coverage">{words} · {answer.took_ms:.0f} ms · {_wording(answer)}</p>'


def _wording(answer: Answer) -> str:
    """Whose words the answer is in."""
    if answer.lang == "en":
        return "worded by a language model, verified sentence by sentence" if answer.wording == "model" else "extract"
    return "措辞出自语言模型，已逐句核对" if answer.wording == "model" else "原文摘录"
