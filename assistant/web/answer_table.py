"""The table of an answer as HTML; `static/table.js` sorts and filters its rows."""

from __future__ import annotations

from html import escape

from assistant.types import Citation, Lang, Table, TableRow
from assistant.web.answer_links import mark
from assistant.web.page_texts import of_pair, said
from assistant.wording import COLUMN_WORDS

_FEW = 4  # rows from which on they can be filtered


def table(shown: Table, citations: dict[int, Citation], lang: Lang) -> str:
    """Rows under columns that can be sorted by; each row's marks open its citations."""
    heads = [_head(of_pair(COLUMN_WORDS.get(column, column), lang), column, lang) for column in shown.columns]
    cited = f'<th scope="col">{said("table_cited", lang)}</th>'
    rows = "".join(_row(row, shown.columns, citations, lang) for row in shown.rows)
    label = said("table_label", lang)
    return (
        f'<div class="rows">{_filter(len(shown.rows), lang)}'
        f'<div class="table" tabindex="0" role="region" aria-label="{label}"><table>'
        f"<thead><tr>{''.join(heads)}{cited}</tr></thead><tbody>{rows}</tbody></table></div></div>"
    )


def _filter(count: int, lang: Lang) -> str:
    """How many rows there are, and a field that leaves those that hold what is typed."""
    words = f'<span class="count" role="status" data-rows="{said("table_rows", lang)}">{said("table_rows", lang, count=count)}</span>'
    if count < _FEW:
        return f'<p class="over">{words}</p>'
    label = said("table_filter", lang)
    return f'<p class="over">{words} <input type="search" class="only" placeholder="{label}" aria-label="{label}"></p>'


def _head(words: str, column: str, lang: Lang) -> str:
    return (
        f'<th scope="col" aria-sort="none" class="{escape(column)}"><button type="button" class="sort" '
        f'title="{said("table_sort", lang)}">{escape(words)}</button></th>'
    )


def _row(row: TableRow, columns: tuple[str, ...], known: dict[int, Citation], lang: Lang) -> str:
    cells = "".join(f'<td class="{escape(c)}">{escape(row.cells.get(c, ""))}</td>' for c in columns)
    marks = " ".join(mark(known[number], lang) for number in row.citations if number in known)
    return f"<tr>{cells}<td>{marks}</td></tr>"
