"""``/eval/``: the reports of a folder and the labelling sessions; ``/eval/reports/NAME``: one report."""

from __future__ import annotations

import html
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse

from assistant.reports import MEDIA_TYPES
from assistant.reports import files as report_files
from assistant.web.reports import POLICY as REPORT_POLICY
from eval.labelling.agreement import both, disagreements, kappa
from eval.labelling.session import ADJUDICATED, Session

POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_SHELL = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="stylesheet" href="/static/eval/eval.css">
{head}
</head>
<body>
{body}
</body>
</html>
"""

router = APIRouter(include_in_schema=False)


def shell(title: str, body: str, head: str = "") -> HTMLResponse:
    """A page with the common head and policy."""
    text = _SHELL.format(title=html.escape(title), body=body, head=head)
    return HTMLResponse(text, headers={"Content-Security-Policy": POLICY})


@router.get("/eval/")
def index(request: Request) -> HTMLResponse:
    """What there is to see and to label."""
    sessions: dict[str, Session] = request.app.state.sessions
    parts = [
        '<main><h1>评测 <span lang="en">Evaluation</span></h1>',
        '<section aria-labelledby="reports"><h2 id="reports">报告 <span lang="en">Reports</span></h2>',
        _reports(request.app.state.reports),
        '</section><section aria-labelledby="sessions"><h2 id="sessions">标注 <span lang="en">Labelling</span></h2>',
        "".join(_session(name, session) for name, session in sessions.items()) or _NO_SESSIONS,
        '</section><p><a href="/">提问 <span lang="en">Ask</span></a></p></main>',
    ]
    return shell("评测 · Evaluation", "".join(parts))


@router.get("/eval/reports/{name}")
def report(request: Request, name: str) -> FileResponse:
    """One report file, as it was written."""
    folder: Path | None = request.app.state.reports
    known = {path.name: path for path in report_files(folder)}
    if name not in known:
        raise HTTPException(404, "没有这份报告 (no such report); /eval/ lists them")
    path = known[name]
    return FileResponse(path, media_type=MEDIA_TYPES[path.suffix], headers={"Content-Security-Policy": REPORT_POLICY})


_NO_SESSIONS = (
    '<p>还没有标注任务。<span lang="en">No sessions; make one with <code>notices-eval label</code>.</span></p>'
)


def _reports(folder: Path | None) -> str:
    rows = [
        f'<tr><td><a href="/eval/reports/{quote(path.name)}">{html.escape(path.name)}</a></td>'
        f"<td>{datetime.fromtimestamp(path.stat().st_mtime):%Y-%m-%d %H:%M}</td>"
        f'<td class="number">{path.stat().st_size / 1024:,.0f} kB</td></tr>'
        for path in report_files(folder)
    ]
    if not rows:
        return '<p>还没有报告。<span lang="en">No reports; write one with <code>notices-eval report</code> into the folder of --reports.</span></p>'
    head = '<tr><th scope="col">文件 File</th><th scope="col">时间 Time</th><th scope="col">大小 Size</th></tr>'
    return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _session(name: str, session: Session) -> str:
    size = session.size()
    people = session.annotators()
    done = "".join(f"<li>{html.escape(person)}: {len(session.judgements(person))} / {size}</li>" for person in people)
    pairs = [(a, b) for i, a in enumerate(people) for b in people[i + 1 :]]
    agreed = "".join(f"<li>{_agreement(session, a, b)}</li>" for a, b in pairs)
    open_cases = len(disagreements(session))
    address = f"/eval/label/{quote(name)}"
    adjudicate = (
        f'<p><a href="{address}?annotator={quote(ADJUDICATED)}">裁定 {open_cases} 处分歧 <span lang="en">Adjudicate</span></a></p>'
        if open_cases
        else ""
    )
    return (
        f'<article><h3><a href="{address}">{html.escape(name)}</a></h3>'
        f'<p>{len(session.questions())} 个问题，{size} 段待判 <span lang="en">questions, passages to judge</span></p>'
        f"<ul>{done}{agreed}</ul>{adjudicate}</article>"
    )


def _agreement(session: Session, one: str, other: str) -> str:
    pairs = list(both(session, one, other).values())
    plain, weighted = kappa(pairs), kappa(pairs, weighted=True)
    shown = "–" if plain is None or weighted is None else f"κ {plain:.2f}，加权 weighted κ {weighted:.2f}"
    return f"{html.escape(one)} / {html.escape(other)}: {shown} ({len(pairs)})"
