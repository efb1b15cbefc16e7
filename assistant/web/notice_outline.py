"""What was read out of a notice, folded above its text: who acts where, and the facts; each line leads to its place."""

from __future__ import annotations

from html import escape

from assistant.check_tree import FACTS, listed, with_role
from corpus import as_json as shapes
from corpus.types import Notice

_WORDS = 40  # code points of an item's words


def render(notice: Notice) -> str:
    """Two tables in a fold; empty where nothing was read out."""
    acting = [passage for passage in notice.passages if passage.units]
    if not acting and not notice.facts:
        return ""
    rows = "".join(
        f"<tr><td>{_place(notice, p.start, p.end, p.text)}</td><td>{'、'.join(escape(with_role(shapes.unit(u))) for u in p.units)}</td></tr>"
        for p in acting
    )
    facts = "".join(
        f'<tr><td>{FACTS.get(f.kind, f.kind)} <span lang="en">{f.kind}</span></td><td>{escape(listed(f.kind, f.value))}</td>'
        f"<td>{_place(notice, f.start, f.end, listed(f.kind, f.value) if f.kind == 'contact' else f.quote)}</td></tr>"
        for f in notice.facts
    )
    return (
        '<details class="outline"><summary>读出的内容 <span lang="en">What was read out</span>: '
        f"{len(acting)} 段有单位 · {len(notice.facts)} 条事实</summary>"
        + _table("单位 Units", ("条目 Item", "单位 Units"), rows)
        + _table("事实 Facts", ("类别 Kind", "内容 Value", "原文 Words"), facts)
        + "</details>"
    )


def _table(caption: str, columns: tuple[str, ...], rows: str) -> str:
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}"><table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _place(notice: Notice, start: int, end: int, words: str) -> str:
    plain = " ".join(words.split())
    shown = plain if len(plain) <= _WORDS else plain[: _WORDS - 1] + "…"
    return f'<a href="{escape(f"/n/{notice.notice_id}?start={start}&end={end}#mark")}">{escape(shown)}</a>'
