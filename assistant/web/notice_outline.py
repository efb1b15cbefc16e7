"""What was read out of a notice, folded above its text: who acts where, and the facts; each line leads to its place."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from assistant.check_tree import FACTS, listed, with_role
from assistant.types import Lang
from assistant.web.notice_words import address, said
from corpus import as_json as shapes
from corpus.types import Notice

_WORDS = 40  # code points of an item's words
_ROWS = 300  # of a table; the margin of the text has all


def render(notice: Notice, lang: Lang = "zh") -> str:
    """Two tables in a fold; empty where nothing was read out."""
    acting = [passage for passage in notice.passages if passage.units]
    if not acting and not notice.facts:
        return ""
    rows = [
        f"<tr><td>{_place(notice, p.start, p.end, p.text, lang)}</td>"
        f'<td lang="zh-CN">{"、".join(escape(with_role(shapes.unit(u))) for u in p.units)}</td></tr>'
        for p in acting[:_ROWS]
    ]
    facts = [
        f'<tr><td>{f.kind if lang == "en" else FACTS.get(f.kind, f.kind)}</td><td lang="zh-CN">{escape(listed(f.kind, f.value))}</td>'
        f"<td>{_place(notice, f.start, f.end, listed(f.kind, f.value) if f.kind == 'contact' else f.quote, lang)}</td></tr>"
        for f in notice.facts[:_ROWS]
    ]
    counts = said("outline_counts", lang, acting=len(acting), facts=len(notice.facts))
    return (
        f'<details class="outline"><summary>{said("outline", lang)}: {counts}</summary>'
        + _table("units", ("item", "units"), rows, len(acting), lang)
        + _table("facts", ("kind", "value", "words"), facts, len(notice.facts), lang)
        + "</details>"
    )


def _table(caption: str, columns: Sequence[str], rows: Sequence[str], total: int, lang: Lang) -> str:
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{said(column, lang)}</th>' for column in columns)
    more = f"<p>{said('more_rows', lang, count=total - len(rows))}</p>" if total > len(rows) else ""
    name = said(caption, lang)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{name}"><table><caption>{name}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>{more}"
    )


def _place(notice: Notice, start: int, end: int, words: str, lang: Lang) -> str:
    plain = " ".join(words.split())
    shown = plain if len(plain) <= _WORDS else plain[: _WORDS - 1] + "…"
    return f'<a href="{address(notice.notice_id, lang, start, end, "mark")}" lang="zh-CN">{escape(shown)}</a>'
