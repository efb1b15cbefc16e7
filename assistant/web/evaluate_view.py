"""The tab “Evaluate”: the evaluation reports of a folder, with their headline figures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

import gradio as gr

from assistant.access.current import current
from assistant.reports import Headline, Report, reports
from assistant.web.page_frame import QUIET, Frame
from assistant.web.page_texts import both
from assistant.web.reports import folder_of

_SHOWN = 200  # reports
_SYSTEMS, _MEASURES = 4, 4  # of a report; the report has all
_ON_LOAD = "window.noticeSeen(element, () => trigger('select', {}));"


def draw(frame: Frame) -> None:
    """The tab's component; the folder is read whenever the tab is opened."""
    listed = gr.HTML("", elem_id="evaluate", js_on_load=_ON_LOAD)
    listed.select(lambda: _drawn(frame), None, [listed], **QUIET)


def _drawn(frame: Frame) -> str:
    who, guard = current(), frame.assistant.guard
    if guard is not None and guard.on and (who is None or not who.may("reader")):
        return _page(f'<p class="empty">{both("evaluate_sign_in")}</p>')
    folder = folder_of(frame.assistant, frame.settings)
    found = reports(folder)
    more = f'<p><a href="/eval/">{both("evaluate_pages")}</a></p>' if frame.settings.evaluation else ""
    return _page((table(found) if found else f'<p class="empty">{both("evaluate_none", folder=folder)}</p>') + more)


def _page(inner: str) -> str:
    return f'<div class="explore evaluate"><h2>{both("evaluate_reports")}</h2><p class="hint">{both("evaluate_lead")}</p>{inner}</div>'


def table(found: Sequence[Report]) -> str:
    """The reports as a table, newest first."""
    rows = "".join(_row(report) for report in found[:_SHOWN])
    heads = "".join(
        f'<th scope="col" role="columnheader">{both(f"evaluate_{name}")}</th>'
        for name in ("report", "when", "dataset", "figures")
    )
    more = len(found) - _SHOWN
    rest = f'<p class="hint">{both("evaluate_more", more=more)}</p>' if more > 0 else ""
    return (
        '<div class="scroll" tabindex="0" role="region" aria-labelledby="evaluate-table"><table class="reports" role="table">'
        f'<caption id="evaluate-table">{both("evaluate_held", count=len(found))}</caption>'
        f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead><tbody role="rowgroup">{rows}</tbody></table></div>{rest}'
    )


def _row(report: Report) -> str:
    links = " ".join(
        f'<a href="/reports/{quote(name)}" target="_blank" rel="noopener" aria-label="{escape(name)}">{escape(name.rpartition(".")[2].upper())}</a>'
        for name in report.files
    )
    data = list(dict.fromkeys((h.dataset, h.split, h.queries) for h in report.headlines))
    datasets = "".join(
        f"<li>{escape(f'{name}:{split}' if split else name)} <small>{both('evaluate_queries', count=queries)}</small></li>"
        for name, split, queries in data
    )
    figures = "".join(f"<li>{_headline(headline)}</li>" for headline in report.headlines[:_SYSTEMS])
    more = len(report.headlines) - _SYSTEMS
    figures += f"<li>+{more}</li>" if more > 0 else ""
    return (
        f'<tr role="row"><th scope="row" role="rowheader">{escape(report.name)} <span class="forms">{links}</span></th>'
        f'<td role="cell"><time datetime="{report.changed.isoformat(timespec="minutes")}">{report.changed:%Y-%m-%d %H:%M}</time></td>'
        f'<td role="cell"><ul>{datasets}</ul></td><td role="cell"><ul>{figures}</ul></td></tr>'
    )


def _headline(headline: Headline) -> str:
    shown = " · ".join(f"{escape(name)} {mean:.3f}" for name, mean in headline.measures[:_MEASURES])
    return f"<b>{escape(headline.system)}</b> {shown}"
