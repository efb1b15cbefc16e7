"""The tab “Explore”: who does what and how it changed, and what is due when. Drawn when it is first opened."""

from __future__ import annotations

from datetime import date

import gradio as gr

from assistant.answer.view import view_of
from assistant.deadlines import deadlines
from assistant.exploring import explore, items
from assistant.web import explore_deadlines, explore_html
from assistant.web.explore_html import Pick
from assistant.web.page_frame import QUIET, Frame
from assistant.web.page_texts import both
from index.errors import StoreError
from index.types import Filters

# The first sight of the tab asks for what it shows; what has `data-focus` takes the focus once it is drawn.
_ON_LOAD = "window.noticeExplore(element, trigger);"
_FOCUS = "window.noticeFocus(element);"


def draw(frame: Frame) -> None:
    """The tab's components and what they do."""
    with gr.Row(elem_id="explore"):
        with gr.Column(scale=3, min_width=320):
            matrix = gr.HTML(_waiting(), elem_id="explore-matrix", js_on_load=_ON_LOAD)
        with gr.Column(scale=2, min_width=280):
            listed = gr.HTML("", elem_id="explore-cell", js_on_load=_FOCUS)
    below = gr.HTML("", elem_id="explore-below")

    def shown(pick: Pick, focus: str) -> str:
        view = view_of(frame.assistant.store)
        whole = explore(view, pick.by)
        chosen = whole if pick.year is None else explore(view, pick.by, Filters(year=pick.year))
        return explore_html.matrix(whole, chosen, pick, focus)

    def picked(chosen: gr.EventData) -> tuple[object, object, object]:
        pick, group = Pick.read(str(chosen.label)), str(chosen.group)
        try:
            if pick.cell:
                limits = Filters(year=pick.year)
                found = items(view_of(frame.assistant.store), pick.by, pick.row, pick.topic, limits)
                return gr.skip(), explore_html.items(pick, found), gr.skip()
            return shown(pick, group), _hint(), rest() if group == "open" else gr.skip()
        except StoreError as error:
            return f'<div class="explore"><p role="alert">{both("problem", problem=error)}</p></div>', "", gr.skip()

    def rest() -> str:
        view = view_of(frame.assistant.store)
        due = explore_deadlines.section(deadlines(view), date.today())
        return explore_html.trends(explore(view)) + due

    matrix.select(picked, None, [matrix, listed, below], **QUIET)


def _waiting() -> str:
    return f'<div class="explore"><p class="empty">{both("explore_waiting")}</p></div>'


def _hint() -> str:
    return f'<p class="hint">{both("explore_hint")}</p>'
