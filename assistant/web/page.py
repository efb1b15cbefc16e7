"""The Gradio page at ``/``: its frame, theme, tabs and the switch between its languages. Each tab is a view of its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when Gradio is imported

import gradio as gr
from fastapi import FastAPI

from assistant.service import Assistant
from assistant.web import ask_view, evaluate_view, explore_view, library_view
from assistant.web.contents import ContentsCache
from assistant.web.page_frame import QUIET, READ_LANG, Frame
from assistant.web.page_guard import GuardedBlocks
from assistant.web.page_shell import TITLE
from assistant.web.page_texts import both, known_lang
from assistant.web.settings import DEFAULTS, WebSettings
from index.errors import StoreError

# The tabs, in order: what `/?view=…` calls a view and `page_texts` its label (`tab_…`), and what draws its body.
VIEWS: tuple[tuple[str, Callable[[Frame], None]], ...] = (
    ("ask", ask_view.draw),
    ("library", library_view.draw),
    ("explore", explore_view.draw),
    ("evaluate", evaluate_view.draw),
)  # fmt: skip

_FONT = ("system-ui", "-apple-system", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif")


def page_app(assistant: Assistant, contents: ContentsCache, settings: WebSettings = DEFAULTS) -> FastAPI:
    """The page as an application of its own, mounted at its root."""
    theme = gr.themes.Base(primary_hue="blue", neutral_hue="slate", font=_FONT, font_mono=("ui-monospace", "monospace"))
    app: FastAPI = gr.mount_gradio_app(
        FastAPI(docs_url=None, redoc_url=None, openapi_url=None),
        build(assistant, contents, settings),
        path="/",
        theme=theme,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        show_error=False,
        enable_monitoring=False,
    )
    return app


def build(assistant: Assistant, contents: ContentsCache, settings: WebSettings = DEFAULTS) -> gr.Blocks:
    """The page's components and what they do."""
    page = GuardedBlocks(title=TITLE, analytics_enabled=False, fill_width=True)
    page.guard = assistant.guard
    with page:
        lang = gr.Textbox("zh", visible="hidden", elem_id="lang")
        frame = Frame(assistant, contents, page, lang, settings)
        with gr.Row(elem_id="top"):
            heading = gr.HTML(_heading(contents), elem_id="heading")
            frame.follow(lambda _: [_heading(contents)], [heading])
            switch = gr.Button(size="sm", variant="secondary", min_width=80, elem_id="switch")
            frame.says(switch, value="switch")
        with gr.Tabs(selected="ask", elem_id="views") as tabs:
            for name, draw in VIEWS:
                with frame.says(gr.Tab(id=name, elem_id=f"tab-{name}"), label=f"tab_{name}"):
                    draw(frame)

        def speak(wanted: str) -> list[Any]:
            now = known_lang(wanted)
            return [now, *frame.drawn(now)]

        def start(wanted: str, request: gr.Request) -> list[Any]:
            named = request.query_params.get("view")
            known = any(named == name for name, _ in VIEWS)
            return [gr.Tabs(selected=named) if known else gr.skip(), *speak(wanted)]

        spoken = [lang, *frame.outputs]
        page.load(start, [lang], [tabs, *spoken], js=READ_LANG, **QUIET)
        switch.click(speak, [lang], spoken, js="(lang) => [window.noticeSwitch(lang)]", **QUIET)
    return page


def _heading(contents: ContentsCache) -> str:
    """The page's name and what it answers from."""
    try:
        held = contents.current()
    except StoreError as error:
        covered = both("problem", problem=error)
    else:
        key = "held" if held.notices else "held_none"
        covered = both(key, notices=held.notices, passages=held.passages)
    return f"<header><h1>{both('title')}</h1><p>{covered}</p></header>"
