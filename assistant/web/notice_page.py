"""The readable notice page ``/n/{notice_id}?start=&end=&lang=``: the notice's own words, rendered here; it needs no scripts."""

from __future__ import annotations

import html
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from assistant.as_json import Json
from assistant.service import Assistant
from assistant.types import Lang
from assistant.web import notice_links, notice_margin, notice_outline, notice_text
from assistant.web.notice_words import address, message, said
from corpus.types import Finding, Notice, Span
from index.errors import UnknownNotice

_POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
_SHELL = """<!doctype html>
<html lang="{tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="stylesheet" href="/static/web/notice.css">
<script src="/static/web/notice.js" defer></script>
</head>
<body{data}>
{body}
</body>
</html>
"""
_FIELDS = ("document_number", "issuer", "region", "year", "issued_on", "disclosure")
_WARNINGS = 6  # at first sight; the others are folded, and each stands in the margin, too

router = APIRouter()


@router.get("/n/{notice_id}", response_class=HTMLResponse, include_in_schema=False)
def notice_page(
    request: Request,
    notice_id: str,
    start: Annotated[str, Query()] = "",
    end: Annotated[str, Query()] = "",
    lang: Annotated[str, Query()] = "",
) -> HTMLResponse:
    """A notice to read, the span ``start``…``end`` of its text marked; offsets that make no sense mark nothing.

    ``lang=en``: what stands around the notice is in English.
    """
    assistant: Assistant = request.app.state.assistant
    chosen: Lang = "en" if lang == "en" else "zh"
    try:
        notice = assistant.store.notice(notice_id)
    except UnknownNotice:
        return _page(said("missing", chosen), _missing(notice_id, chosen), chosen, 404)
    mark, links = _span(notice, start, end), assistant.links(notice_id)
    permanent = f"{str(request.base_url).rstrip('/')}/n/{notice_id}"
    body = _body(notice, mark, links, chosen, permanent)
    return _page(html.escape(notice.header.title), body, chosen)


def _page(title: str, body: str, lang: Lang, status: int = 200) -> HTMLResponse:
    names = ("copy_link", "copy_quote", "copied")
    data = "".join(f' data-{name.replace("_", "-")}="{said(name, lang)}"' for name in names)
    text = _SHELL.format(tag="en" if lang == "en" else "zh-CN", title=title, body=body, data=data)
    return HTMLResponse(text, status, headers={"Content-Security-Policy": _POLICY})


def _span(notice: Notice, start: str, end: str) -> Span | None:
    """The span that was asked for, or None where it does not lie in the text."""
    offsets = [int(value) if value.isascii() and value.isdigit() and len(value) < 10 else -1 for value in (start, end)]
    return Span(offsets[0], offsets[1]) if 0 <= offsets[0] < offsets[1] <= len(notice.text) else None


def _body(notice: Notice, mark: Span | None, links: list[Json], lang: Lang, permanent: str) -> str:
    cut = notice_text.blocks(notice)
    notes = notice_margin.notes(notice, [block.start for block in cut if block.tag], lang)
    parts = [
        _tools(notice.notice_id, mark, lang),
        "<main>",
        f'<header><h1 lang="zh-CN">{html.escape(notice.header.title)}</h1>',
        notice_links.standing(links, lang),
        _fields(notice, lang),
        "</header>",
        _place(notice, mark, lang) if mark is not None else "",
        notice_links.editions(links, lang),
        notice_links.render(notice.notice_id, links, lang),
        _warnings(notice, lang),
        notice_outline.render(notice, lang),
        f'<article id="text" lang="zh-CN" aria-label="{said("text", lang)}">{notice_text.render(notice, mark, notes, cut)}</article>',
        f'<p class="printed">{html.escape(permanent)}</p>',
        "</main>",
    ]
    return "\n".join(part for part in parts if part)


def _tools(notice_id: str, mark: Span | None, lang: Lang) -> str:
    """The first things a keyboard reaches: the text, the questions, the other language."""
    other: Lang = "zh" if lang == "en" else "en"
    place = (mark.start, mark.end, "mark") if mark else ()
    target, name = ("mark", "skip_mark") if mark else ("text", "skip")
    return (
        f'<nav class="tools" aria-label="{said("tools", lang)}"><a class="skip" href="#{target}">{said(name, lang)}</a>'
        f'<a href="/" target="_top">{said("home", lang)}</a>'
        f'<a href="{address(notice_id, other, *place)}" lang="{"en" if other == "en" else "zh-CN"}">{said("switch", lang)}</a></nav>'
    )


def _fields(notice: Notice, lang: Lang) -> str:
    """The header fields that the notice has."""
    rows = [(name, getattr(notice.header, name)) for name in _FIELDS]
    cells = [
        f'<div><dt>{said(name, lang)}</dt><dd lang="zh-CN">{html.escape(str(value))}</dd></div>'
        for name, value in (*rows, ("source", notice.source))
        if value is not None
    ]
    return f"<dl>{''.join(cells)}</dl>"


def _place(notice: Notice, mark: Span, lang: Lang) -> str:
    """Where the marked words stand: the headings above them. The line stays in sight while one reads."""
    steps = "".join(f'<li lang="zh-CN">{html.escape(step)}</li>' for step in heading_path(notice, mark))
    return f'<nav class="place" aria-label="{said("place", lang)}"><a href="#mark">{said("quote", lang)}</a><ol>{steps}</ol></nav>'


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


def _warnings(notice: Notice, lang: Lang) -> str:
    """What is unusual in the document, each with a link that marks its place."""
    if not notice.findings:
        return ""
    items = [f"<li>{_warning(notice, finding, lang)}</li>" for finding in notice.findings]
    shown, more = "".join(items[:_WARNINGS]), items[_WARNINGS:]
    if more:
        fold = f"<summary>+{len(more)}</summary><ul>{''.join(more)}</ul>"
        shown += f'<li><details class="more">{fold}</details></li>'
    head = f'<h2 id="warnings">{said("warnings", lang)} ({len(items)})</h2>'
    return f'<section class="warnings" aria-labelledby="warnings">{head}<ul>{shown}</ul></section>'


def _warning(notice: Notice, finding: Finding, lang: Lang) -> str:
    told = message(finding.message, lang)
    if not 0 <= finding.start < finding.end <= len(notice.text):
        return told
    href = address(notice.notice_id, lang, finding.start, finding.end, "mark")
    return f'{told} <a href="{href}">{said("show", lang)}</a>'


def _missing(notice_id: str, lang: Lang) -> str:
    why = said("missing_why", lang, notice_id=notice_id[:200])
    return (
        f'<main class="missing"><h1>{said("missing", lang)}</h1><p>{why}</p>'
        f'<p><a href="/" target="_top">{said("back", lang)}</a></p></main>'
    )
