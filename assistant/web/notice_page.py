"""The readable notice page ``/n/{notice_id}?start=&end=``: the notice's own words, rendered here, without scripts."""

from __future__ import annotations

import html
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from assistant.service import Assistant
from assistant.web import notice_links, notice_outline, notice_text
from corpus.types import Finding, Notice, Span
from index.errors import UnknownNotice

_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
_SHELL = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="stylesheet" href="/static/web/notice.css">
</head>
<body>
{body}
</body>
</html>
"""
_FIELDS = (
    ("document_number", "文号", "Number"), ("issuer", "发文机关", "Issuer"), ("region", "地区", "Region"),
    ("year", "年份", "Year"), ("issued_on", "成文日期", "Issued"), ("disclosure", "公开属性", "Disclosure"),
)  # fmt: skip

router = APIRouter()


@router.get("/n/{notice_id}", response_class=HTMLResponse, include_in_schema=False)
def notice_page(
    request: Request,
    notice_id: str,
    start: Annotated[str, Query()] = "",
    end: Annotated[str, Query()] = "",
) -> HTMLResponse:
    """A notice to read, the span ``start``…``end`` of its text marked; offsets that make no sense mark nothing."""
    assistant: Assistant = request.app.state.assistant
    try:
        notice = assistant.store.notice(notice_id)
    except UnknownNotice:
        return _page("没有这份通知 · No such notice", _missing(notice_id), 404)
    related = notice_links.render(notice_id, assistant.links(notice_id))
    return _page(notice.header.title, _body(notice, _span(notice, start, end), related))


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(
        _SHELL.format(title=html.escape(title), body=body), status, headers={"Content-Security-Policy": _POLICY}
    )


def _span(notice: Notice, start: str, end: str) -> Span | None:
    """The span that was asked for, or None where it does not lie in the text."""
    offsets = [int(value) if value.isascii() and value.isdigit() and len(value) < 10 else -1 for value in (start, end)]
    return Span(offsets[0], offsets[1]) if 0 <= offsets[0] < offsets[1] <= len(notice.text) else None


def _body(notice: Notice, mark: Span | None, related: str) -> str:
    parts = ["<main>", f"<header><h1>{html.escape(notice.header.title)}</h1>", _fields(notice), "</header>"]
    if mark is not None:
        parts.append(_place(notice, mark))
    parts += [related, _warnings(notice), notice_outline.render(notice)]
    parts.append(f'<article aria-label="通知原文 Text of the notice">{notice_text.render(notice, mark)}</article>')
    parts.append("</main>")
    return "\n".join(part for part in parts if part)


def _fields(notice: Notice) -> str:
    """The header fields that the notice has."""
    rows = [(label, english, getattr(notice.header, name)) for name, label, english in _FIELDS]
    cells = [
        f'<div><dt>{label} <span lang="en">{english}</span></dt><dd>{html.escape(str(value))}</dd></div>'
        for label, english, value in rows
        if value is not None
    ]
    source = html.escape(notice.source)
    cells.append(f'<div><dt>来源 <span lang="en">Source</span></dt><dd>{source}</dd></div>')
    return f"<dl>{''.join(cells)}</dl>"


def _place(notice: Notice, mark: Span) -> str:
    """Where the marked words stand: the headings above them. The line stays in sight while one reads."""
    steps = "".join(f"<li>{html.escape(step)}</li>" for step in heading_path(notice, mark))
    return (
        '<nav class="place" aria-label="引文位置 Place of the quote">'
        f'<a href="#mark">引文 <span lang="en">Quote</span></a><ol>{steps}</ol></nav>'
    )


def heading_path(notice: Notice, mark: Span) -> tuple[str, ...]:
    """The headings above the marked words, outermost first; the title where there are none."""
    for passage in notice.passages:
        if passage.start < mark.end and mark.start < passage.end and passage.section_path:
            return passage.section_path
    for passage in notice.passages:  # a heading of the passages that follow it
        for depth, span in enumerate(passage.headings):
            if span.start < mark.end and mark.start < span.end:
                return passage.section_path[: depth + 1]
    return (notice.header.title,)


def _warnings(notice: Notice) -> str:
    """What is unusual in the document, each with a link that marks its place."""
    if not notice.findings:
        return ""
    items = "".join(f"<li>{_warning(notice, finding)}</li>" for finding in notice.findings)
    return (
        f'<aside class="warnings"><h2>文件提示 <span lang="en">About this document</span></h2><ul>{items}</ul></aside>'
    )


def _warning(notice: Notice, finding: Finding) -> str:
    message = html.escape(finding.message)
    if not 0 <= finding.start < finding.end <= len(notice.text):
        return message
    address = html.escape(f"/n/{notice.notice_id}?start={finding.start}&end={finding.end}#mark")
    return f'{message} <a href="{address}">查看位置 <span lang="en">show</span></a>'


def _missing(notice_id: str) -> str:
    return (
        '<main class="missing"><h1>没有这份通知 <span lang="en">No such notice</span></h1>'
        f"<p>编号 <code>{html.escape(notice_id[:200])}</code> 不在库中：可能已被移除，或链接不完整。</p>"
        '<p lang="en">It may have been removed, or the link is not complete.</p>'
        '<p><a href="/" target="_top">返回提问页 <span lang="en">Back to the questions</span></a></p></main>'
    )
