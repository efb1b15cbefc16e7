"""The tab “Ask”: the conversation, the box, the filters, and the notice beside them."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

import gradio as gr

from assistant.types import ASKABLE, Lang
from assistant.web import turns
from assistant.web.answer_links import PANEL
from assistant.web.bodies import MAX_QUESTION
from assistant.web.page_frame import QUIET, READ_LANG, Frame
from assistant.web.page_texts import both, known_lang, of_pair, said
from assistant.web.turns import Turns
from assistant.wording import KIND_WORDS
from index.errors import StoreError

_WELCOME = f'<div class="welcome"><p>{both("ask_welcome")}</p></div>'
# Filled by `static/suggest.js`, as the examples are.
_TYPING = f'<ul hidden aria-label="{said("ask_suggestions", "zh")}"></ul>'
# A chip of the scope that is taken away (`chips.py`).
_ON_LOAD = """element.addEventListener("click", (event) => {
  const chip = event.target.closest("button[data-drop]");
  if (chip) trigger("delete", { label: chip.dataset.drop });
});"""
_FILTERED = ("year", "region", "unit", "issuer")
_SETTINGS: dict[str, Any] = {**QUIET, "concurrency_limit": 8}


def draw(frame: Frame) -> None:
    """The tab's components and what they do."""
    held = gr.State([])
    with gr.Row(elem_id="desk"):
        with gr.Column(scale=3, min_width=320, elem_id="talk"):
            talk = gr.HTML(_WELCOME, elem_id="conversation", js_on_load=_ON_LOAD)
            samples = gr.HTML(
                _examples(frame), elem_id="examples", js_on_load="if (window.noticeExamples) window.noticeExamples();"
            )
            frame.follow(lambda _: [_examples(frame)], [samples])
            gr.HTML(_TYPING, elem_id="typing")
            box = frame.says(
                gr.Textbox(max_length=MAX_QUESTION, submit_btn="提问", autofocus=True, elem_id="question"),
                label="ask_question", placeholder="ask_placeholder", submit_btn="ask_submit",
            )  # fmt: skip
            kind = frame.says(
                gr.Dropdown(
                    _kinds("zh"),
                    value=None, visible=False, interactive=True, elem_id="kind",
                ),
                label="ask_kind",
            )  # fmt: skip
            frame.follow(lambda lang: [gr.update(choices=_kinds(lang))], [kind])
            with gr.Row(elem_id="below"):
                with gr.Accordion("筛选", open=False, elem_id="filters") as fold, gr.Row():
                    filters = _filters(frame)
                frame.says(fold, label="ask_filters")
                clear = gr.Button(size="sm", variant="secondary", min_width=80, elem_id="clear")
                frame.says(clear, value="ask_new")
        with gr.Column(scale=2, min_width=320, elem_id="source"):
            panel = gr.HTML(_panel("zh"), elem_id="panel")
            frame.follow(lambda lang: [_panel(lang)], [panel])

    def after(shown: str, so_far: Turns) -> tuple[str, Turns, gr.HTML, gr.Dropdown]:
        last = so_far[-1].answer.kind if so_far else None
        kind_now = gr.Dropdown(value=last if last in ASKABLE else None, visible=bool(so_far))
        return shown or _WELCOME, so_far, gr.HTML(visible=not so_far), kind_now

    def ask(question: str, so_far: Turns, lang: str, *chosen: str | None) -> Iterator[tuple[Any, ...]]:
        for shown, answers, left in turns.asking(frame.assistant, question, so_far, chosen, known_lang(lang)):
            if answers is None:
                yield shown, gr.skip(), gr.HTML(visible=False), gr.skip(), left
            else:
                yield *after(shown, answers), left

    def correct(wanted: str | None, so_far: Turns, lang: str) -> tuple[Any, ...]:
        return after(*turns.corrected(frame.assistant, wanted, so_far, known_lang(lang)))

    def less(so_far: Turns, lang: str, chip: gr.EventData) -> tuple[Any, ...]:
        before = so_far[-1].question.filters if so_far else None
        shown, answers = turns.dropped(frame.assistant, str(chip.label), so_far, known_lang(lang))
        now = answers[-1].question.filters if answers else None
        gone = [getattr(before, name, None) != getattr(now, name, None) for name in _FILTERED]
        return *after(shown, answers), *(gr.Dropdown(value="") if cleared else gr.skip() for cleared in gone)

    def start(lang: str, request: gr.Request) -> tuple[Any, ...]:
        """Open a permanent link. Where there is none, nothing is touched: the reader may have begun already."""
        parameters: dict[str, list[str]] = {}
        for name, value in request.query_params.multi_items():
            parameters.setdefault(name, []).append(value)
        speaking = known_lang(lang)
        shown, answers = turns.opened(frame.assistant, parameters, speaking)
        if not shown:
            return tuple(gr.skip() for _ in [*outputs, *filters])
        return *after(shown, answers), *_chosen(frame, speaking, parameters)

    def speak(so_far: Turns, lang: str) -> Any:
        return turns.shown(so_far, known_lang(lang)) if so_far else gr.skip()

    outputs: list[Any] = [talk, held, samples, kind]
    box.submit(ask, [box, held, frame.lang, *filters], [*outputs, box], **_SETTINGS)
    kind.input(correct, [kind, held, frame.lang], outputs, **_SETTINGS)
    talk.delete(less, [held, frame.lang], [*outputs, *filters], **_SETTINGS)
    clear.click(lambda: (*after("", []), ""), None, [*outputs, box], **QUIET)
    frame.lang.change(speak, [held, frame.lang], [talk], **QUIET)
    frame.page.load(start, [frame.lang], [*outputs, *filters], js=READ_LANG, **QUIET)


def _examples(frame: Frame) -> str:
    """Where examples are put; what to do where there is nothing to ask."""
    try:
        empty = not frame.contents.current().notices
    except StoreError as error:
        return f'<p class="none" role="alert">{escape(str(error))}</p>'
    if empty:
        return f'<p class="none">{both("held_none")}</p>'
    return f"<h2>{both('ask_suggestions')}</h2><ul hidden></ul>"


def _panel(lang: Lang) -> str:
    return (
        f'<button type="button" class="close">{said("ask_close", lang)}</button>'
        f'<iframe name="{PANEL}" title="{said("ask_panel", lang)}" src="/static/web/panel.html"></iframe>'
    )


def _kinds(lang: Lang) -> list[tuple[str, str]]:
    return [(of_pair(KIND_WORDS[known], lang), known) for known in ASKABLE]


def _columns(frame: Frame) -> tuple[list[str], ...]:
    """What years, regions, units and issuers can be chosen."""
    try:
        held = frame.contents.current()
    except StoreError:
        return [], [], [], []
    return [str(year) for year in held.years], list(held.regions), list(held.units), list(held.issuers)


def _choices(frame: Frame, lang: Lang) -> list[list[tuple[str, str]]]:
    return [[(said("all", lang), ""), *((name, name) for name in column)] for column in _columns(frame)]


def _filters(frame: Frame) -> list[gr.Dropdown]:
    """A choice for each of them. What can be chosen is refreshed without touching what is chosen."""
    filters = [
        frame.says(gr.Dropdown(choices, value="", min_width=150, interactive=True), label=f"ask_{name}")
        for name, choices in zip(_FILTERED, _choices(frame, "zh"), strict=True)
    ]
    frame.follow(lambda lang: [gr.update(choices=choices) for choices in _choices(frame, lang)], filters)
    return filters


def _chosen(frame: Frame, lang: Lang, parameters: dict[str, list[str]]) -> list[Any]:
    """The filters that a permanent link names."""
    drawn: list[Any] = []
    for name, choices in zip(_FILTERED, _choices(frame, lang), strict=True):
        wanted = parameters.get(name, [""])[-1]
        known = any(wanted == value for _, value in choices)
        drawn.append(gr.Dropdown(choices=choices, value=wanted if known else ""))
    return drawn
