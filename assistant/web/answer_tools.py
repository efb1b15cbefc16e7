"""What stands below an answer: over what it is complete and what took how long, the answer as a file, copy, verdict."""

from __future__ import annotations

import json
from html import escape

from assistant.types import Answer, Lang, Question
from assistant.web.page_texts import said

_FORMS = (("xlsx", "Excel"), ("csv", "CSV"), ("md", "Markdown"))
_REASONS = ("incomplete", "citations", "misread", "other")
_MOST = 100  # citations that a verdict may name


def coverage(answer: Answer, lang: Lang) -> str:
    """Over what the answer is complete; below a fold, the milliseconds of each of its stages."""
    over = answer.coverage
    counts = {"notices": over.notices, "passages": over.passages, "matched": over.matched}
    whose = said("answer_model" if answer.wording == "model" else "answer_extract", lang)
    words = f"{said('answer_over', lang, **counts)} · {answer.took_ms:.0f} ms · {whose}"
    if not answer.stages_ms:
        return f'<p class="coverage">{words}</p>'
    stages = "".join(
        f"<div><dt>{said(f'stage_{stage}', lang)}</dt><dd>{ms:.1f} ms</dd></div>"
        for stage, ms in answer.stages_ms.items()
    )
    return (
        f'<details class="coverage"><summary>{words}</summary>'
        f'<dl aria-label="{said("answer_stages", lang)}">{stages}</dl></details>'
    )


def tools(link: str, lang: Lang) -> str:
    """The answer as a file, copied, and the link that asks again."""
    texts = {name: said(f"tools_{name}", lang) for name in ("copied", "not_copied")}
    copy = (
        f'<button type="button" class="copy" data-copied="{texts["copied"]}" data-failed="{texts["not_copied"]}">'
        f"{said('tools_copy', lang)}</button>"
    )
    if not link:
        return f'<p class="tools">{copy}</p>'
    query = link.partition("?")[2]
    files = " · ".join(
        f'<a href="{escape(f"/v1/ask/export?format={form}&{query}")}" download>{label}</a>' for form, label in _FORMS
    )
    words = said("tools_link", lang)
    again = f'<a class="again" href="{escape(link)}" target="_blank" rel="noopener">{words}</a>'
    return f'<p class="tools">{copy} · {said("tools_download", lang)}: {files} · {again}</p>'


def verdict(answer: Answer, question: Question, lang: Lang) -> str:
    """Two buttons, and a form for what is wrong; `static/verdict.js` sends them to ``/v1/feedback``."""
    filters = question.filters
    named = {
        name: value
        for name in ("year", "region", "unit", "issuer", "notice_id")
        if (value := getattr(filters, name)) is not None
    }
    body = {"question": question.text, "history": list(question.history), "filters": named}
    cited = [{"passage_id": c.passage_id, "start": c.start, "end": c.end} for c in answer.citations[:_MOST]]
    reasons = "".join(
        f'<label><input type="radio" name="why" value="{reason}"> {said(f"verdict_{reason}", lang)}</label>'
        for reason in _REASONS
        if cited or reason != "citations"
    )
    more = said("verdict_more", lang)
    return (
        f'<div class="judge" data-body="{escape(json.dumps(body, ensure_ascii=False))}" '
        f'data-cited="{escape(json.dumps(cited))}" data-thanks="{said("verdict_thanks", lang)}" '
        f'data-failed="{said("verdict_failed", lang)}"><p><span>{said("verdict_ask", lang)}</span> '
        f'<button type="button" class="good" aria-pressed="false">{said("verdict_good", lang)}</button> '
        f'<button type="button" class="bad" aria-pressed="false">{said("verdict_bad", lang)}</button> '
        f'<span class="said-so" role="status"></span></p>'
        f"<form hidden><fieldset><legend>{said('verdict_why', lang)}</legend>{reasons}</fieldset>"
        f'<label class="own"><span>{more}</span> <input type="text" name="more" maxlength="500"></label> '
        f'<button type="submit">{said("verdict_send", lang)}</button></form></div>'
    )
