"""The Gradio page at ``/``: ask, read the cited words in the notice itself, filter, correct the kind, open a link again."""

from __future__ import annotations

import os
from html import escape
from typing import Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when Gradio is imported

import gradio as gr
from fastapi import FastAPI

from assistant.service import Assistant
from assistant.types import ASKABLE
from assistant.web import answer_html, turns
from assistant.web.bodies import MAX_QUESTION
from assistant.web.contents import ContentsCache
from assistant.web.turns import Turns
from assistant.wording import KIND_WORDS
from index.errors import StoreError

_FONT = ("system-ui", "-apple-system", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif")
_EXAMPLES = (
    "哪些单位负责电动自行车相关活动", "2022年“质量月”的活动主题是什么", "总结材料什么时候报送",
    "which units handle e-bike campaigns", "滨海新区有哪些食品安全活动",
)  # fmt: skip
_HEAD = (
    '<link rel="stylesheet" href="/static/web/page.css"><script src="/static/web/page.js"></script>'
    '<script src="/static/web/why.js"></script>'
)
_WELCOME = (
    '<div class="welcome"><p>请用自己的话提问。答案列出<strong>全部</strong>相符的条目，每一条都附有通知原文。</p>'
    '<p lang="en">Ask in your own words. Answers are complete, and every claim is quoted from a notice.</p></div>'
)
_PANEL = (
    '<button type="button" class="close">关闭原文 Close</button>'
    f'<iframe name="{answer_html.PANEL}" title="通知原文 Text of the notice" src="/static/web/panel.html"></iframe>'
)
# A chip of the scope that is taken away (`chips.py`).
_ON_LOAD = """element.addEventListener("click", (event) => {
  const chip = event.target.closest("button[data-drop]");
  if (chip) trigger("delete", { label: chip.dataset.drop });
});"""
_FILTERED = ("year", "region", "unit", "issuer")
Choices = list[tuple[str, str]]


def page_app(assistant: Assistant, contents: ContentsCache) -> FastAPI:
    """The page as an application of its own, mounted at its root."""
    theme = gr.themes.Base(primary_hue="blue", neutral_hue="slate", font=_FONT, font_mono=("ui-monospace", "monospace"))
    app: FastAPI = gr.mount_gradio_app(
        FastAPI(docs_url=None, redoc_url=None, openapi_url=None),
        build(assistant, contents),
        path="/",
        theme=theme,
        head=_HEAD,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        show_error=False,
        enable_monitoring=False,
    )
    return app


def build(assistant: Assistant, contents: ContentsCache) -> gr.Blocks:
    """The page's components and what they do."""
    page: gr.Blocks = gr.Blocks(title="通知问答 · Notice Assistant", analytics_enabled=False, fill_width=True)
    with page:
        held = gr.State([])
        with gr.Row(elem_id="top"):
            heading = gr.HTML(_heading(contents), elem_id="heading")
            clear = gr.Button("新对话 New", size="sm", variant="secondary", min_width=80, elem_id="clear")
        with gr.Row(elem_id="desk"):
            with gr.Column(scale=3, min_width=320, elem_id="talk"):
                talk = gr.HTML(_WELCOME, elem_id="conversation", js_on_load=_ON_LOAD)
                with gr.Row(elem_id="examples") as samples:
                    examples = [gr.Button(text, size="sm", variant="secondary", min_width=80) for text in _EXAMPLES]
                box = gr.Textbox(
                    placeholder="例如：哪些单位负责电动自行车相关活动？ Ask a question",
                    label="问题 Question",
                    max_length=MAX_QUESTION,
                    submit_btn="提问 Ask",
                    autofocus=True,
                    elem_id="question",
                )
                kind = gr.Dropdown(
                    [(KIND_WORDS[known], known) for known in ASKABLE],
                    value=None,
                    label="类型不对？换一种重新回答 Answer as",
                    visible=False,
                    interactive=True,
                    elem_id="kind",
                )
                with gr.Accordion("筛选 Filters", open=False, elem_id="filters"), gr.Row():
                    filters = _filters(contents)
            with gr.Column(scale=2, min_width=320, elem_id="source"):
                gr.HTML(_PANEL, elem_id="panel")

        def after(shown: str, so_far: Turns) -> tuple[str, Turns, gr.Row, gr.Dropdown]:
            last = so_far[-1].answer.kind if so_far else None
            kind_now = gr.Dropdown(value=last if last in ASKABLE else None, visible=bool(so_far))
            return shown or _WELCOME, so_far, gr.Row(visible=not so_far), kind_now

        def ask(question: str, so_far: Turns, *chosen: str | None) -> tuple[Any, ...]:
            shown, answers, left = turns.asked(assistant, question, so_far, chosen)
            return *after(shown, answers), left

        def correct(wanted: str | None, so_far: Turns) -> tuple[Any, ...]:
            return after(*turns.corrected(assistant, wanted, so_far))

        def less(so_far: Turns, chip: gr.EventData) -> tuple[Any, ...]:
            before = so_far[-1].question.filters if so_far else None
            shown, answers = turns.dropped(assistant, str(chip.label), so_far)
            now = answers[-1].question.filters if answers else None
            gone = [getattr(before, name, None) != getattr(now, name, None) for name in _FILTERED]
            return *after(shown, answers), *(gr.Dropdown(value="") if cleared else gr.skip() for cleared in gone)

        def start(request: gr.Request) -> tuple[Any, ...]:
            parameters: dict[str, list[str]] = {}
            for name, value in request.query_params.multi_items():
                parameters.setdefault(name, []).append(value)
            return *after(*turns.opened(assistant, parameters)), *_refresh(contents, parameters)

        outputs: list[Any] = [talk, held, samples, kind]
        settings: dict[str, Any] = {"api_visibility": "private", "concurrency_limit": 8, "show_progress": "hidden"}
        box.submit(ask, [box, held, *filters], [*outputs, box], **settings)
        for button in examples:
            button.click(ask, [button, held, *filters], [*outputs, box], **settings)
        kind.input(correct, [kind, held], outputs, **settings)
        talk.delete(less, [held], [*outputs, *filters], **settings)
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        clear.click(lambda: (*after("", []), ""), None, [*outputs, box], **quiet)
        page.load(start, None, [*outputs, heading, *filters], **quiet)
    return page


def _heading(contents: ContentsCache) -> str:
    """The page's name and what it answers from."""
    try:
        held = contents.current()
        covered = f"库中有 {held.notices} 份通知、{held.passages} 段 · {held.notices} notices, {held.passages} passages"
    except StoreError as error:
        covered = str(error)
    return f'<header><h1>通知问答 <span lang="en">Notice Assistant</span></h1><p>{escape(covered)}</p></header>'


def _choices(contents: ContentsCache) -> tuple[Choices, Choices, Choices, Choices]:
    """What years, regions, units and issuers can be chosen."""
    try:
        held = contents.current()
    except StoreError:
        return [], [], [], []
    columns = ([str(year) for year in held.years], held.regions, held.units, held.issuers)
    years, regions, units, issuers = ([("全部 All", ""), *((name, name) for name in column)] for column in columns)
    return years, regions, units, issuers


def _filters(contents: ContentsCache) -> list[gr.Dropdown]:
    labels = ("年份 Year", "地区 Region", "单位 Unit", "发文机关 Issuer")
    return [
        gr.Dropdown(choices, value="", label=label, min_width=150, interactive=True)
        for choices, label in zip(_choices(contents), labels, strict=True)
    ]


def _refresh(contents: ContentsCache, parameters: dict[str, list[str]]) -> list[Any]:
    """The heading and the choices as the store has them now; those of a permanent link are chosen."""
    drawn = []
    for name, choices in zip(_FILTERED, _choices(contents), strict=True):
        wanted = parameters.get(name, [""])[-1]
        drawn.append(gr.Dropdown(choices=choices, value=wanted if any(wanted == value for _, value in choices) else ""))
    return [_heading(contents), *drawn]
