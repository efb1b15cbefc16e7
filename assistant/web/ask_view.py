"""The tab “Ask”: the conversation, the box, the filters, and the notice beside them."""

from __future__ import annotations

from typing import Any

import gradio as gr

from assistant.types import ASKABLE, Lang
from assistant.web import answer_html, turns
from assistant.web.bodies import MAX_QUESTION
from assistant.web.page_frame import QUIET, READ_LANG, Frame
from assistant.web.page_texts import both, known_lang, said
from assistant.web.turns import Turns
from assistant.wording import KIND_WORDS
from index.errors import StoreError

_EXAMPLES = (
    "哪些单位负责电动自行车相关活动", "2022年“质量月”的活动主题是什么", "总结材料什么时候报送",
    "which units handle e-bike campaigns", "滨海新区有哪些食品安全活动",
)  # fmt: skip
_WELCOME = f'<div class="welcome"><p>{both("ask_welcome")}</p></div>'
_PANEL = (
    f'<button type="button" class="close">{both("ask_close")}</button>'
    f'<iframe name="{answer_html.PANEL}" title="通知原文 Text of the notice" src="/static/web/panel.html"></iframe>'
)
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
            with gr.Row(elem_id="examples") as samples:
                examples = [gr.Button(text, size="sm", variant="secondary", min_width=80) for text in _EXAMPLES]
            box = frame.says(
                gr.Textbox(max_length=MAX_QUESTION, submit_btn="提问", autofocus=True, elem_id="question"),
                label="ask_question", placeholder="ask_placeholder", submit_btn="ask_submit",
            )  # fmt: skip
            kind = frame.says(
                gr.Dropdown(
                    [(KIND_WORDS[known], known) for known in ASKABLE],
                    value=None, visible=False, interactive=True, elem_id="kind",
                ),
                label="ask_kind",
            )  # fmt: skip
            with gr.Row(elem_id="below"):
                with gr.Accordion("筛选", open=False, elem_id="filters") as fold, gr.Row():
                    filters = _filters(frame)
                frame.says(fold, label="ask_filters")
                clear = gr.Button(size="sm", variant="secondary", min_width=80, elem_id="clear")
                frame.says(clear, value="ask_new")
        with gr.Column(scale=2, min_width=320, elem_id="source"):
            gr.HTML(_PANEL, elem_id="panel")

    def after(shown: str, so_far: Turns) -> tuple[str, Turns, gr.Row, gr.Dropdown]:
        last = so_far[-1].answer.kind if so_far else None
        kind_now = gr.Dropdown(value=last if last in ASKABLE else None, visible=bool(so_far))
        return shown or _WELCOME, so_far, gr.Row(visible=not so_far), kind_now

    def ask(question: str, so_far: Turns, *chosen: str | None) -> tuple[Any, ...]:
        shown, answers, left = turns.asked(frame.assistant, question, so_far, chosen)
        return *after(shown, answers), left

    def correct(wanted: str | None, so_far: Turns) -> tuple[Any, ...]:
        return after(*turns.corrected(frame.assistant, wanted, so_far))

    def less(so_far: Turns, chip: gr.EventData) -> tuple[Any, ...]:
        before = so_far[-1].question.filters if so_far else None
        shown, answers = turns.dropped(frame.assistant, str(chip.label), so_far)
        now = answers[-1].question.filters if answers else None
        gone = [getattr(before, name, None) != getattr(now, name, None) for name in _FILTERED]
        return *after(shown, answers), *(gr.Dropdown(value="") if cleared else gr.skip() for cleared in gone)

    def start(lang: str, request: gr.Request) -> tuple[Any, ...]:
        """Open a permanent link. Where there is none, nothing is touched: the reader may have begun already."""
        parameters: dict[str, list[str]] = {}
        for name, value in request.query_params.multi_items():
            parameters.setdefault(name, []).append(value)
        shown, answers = turns.opened(frame.assistant, parameters)
        if not shown:
            return tuple(gr.skip() for _ in [*outputs, *filters])
        return *after(shown, answers), *_chosen(frame, known_lang(lang), parameters)

    outputs: list[Any] = [talk, held, samples, kind]
    box.submit(ask, [box, held, *filters], [*outputs, box], **_SETTINGS)
    for button in examples:
        button.click(ask, [button, held, *filters], [*outputs, box], **_SETTINGS)
    kind.input(correct, [kind, held], outputs, **_SETTINGS)
    talk.delete(less, [held], [*outputs, *filters], **_SETTINGS)
    clear.click(lambda: (*after("", []), ""), None, [*outputs, box], **QUIET)
    frame.page.load(start, [frame.lang], [*outputs, *filters], js=READ_LANG, **QUIET)


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
