"""Links from an answer to the words of a notice: in the panel beside the conversation, or in a tab of their own."""

from __future__ import annotations

from html import escape

from assistant.types import Citation, Lang
from assistant.web.page_texts import said

PANEL = "notice-panel"  # name of the frame beside the conversation


def mark(citation: Citation, lang: Lang) -> str:
    """A small number that opens the quote in the panel."""
    title = escape(f"{citation.notice_title}：{citation.quote[:80]}")
    return f'<a class="mark" href="{in_panel(citation, lang)}" target="{PANEL}" title="{title}">[{citation.number}]</a>'


def in_panel(citation: Citation, lang: Lang) -> str:
    """The address of the quote, scrolled to its first word (which may stand in a heading far above the passage)."""
    return escape(_spoken(citation.url.partition("#")[0], lang) + "#mark")


def source(citation: Citation, lang: Lang) -> str:
    """A quote: its number and words open the panel, an arrow opens the notice in a new tab."""
    path = " › ".join(citation.section_path)
    place = " · ".join(part for part in (citation.notice_title, citation.document_number, path) if part)
    address, _, anchor = citation.url.partition("#")
    url = escape(f"{_spoken(address, lang)}#{anchor}")
    return (
        f'<li value="{citation.number}"><a class="quote" lang="zh-CN" href="{in_panel(citation, lang)}" target="{PANEL}">'
        f'{escape(citation.quote)}</a><span class="origin"><span lang="zh-CN">{escape(place)}</span> '
        f'<a href="{url}" target="_blank" rel="noopener" aria-label="{said("answer_open", lang, number=citation.number)}">'
        f"{said('answer_tab', lang)} ↗</a></span></li>"
    )


def _spoken(address: str, lang: Lang) -> str:
    """An address of the notice page in the language of the page that links to it; Chinese needs no word."""
    return f"{address}{'&' if '?' in address else '?'}lang=en" if lang == "en" else address
