"""The tab “Library”: the notices, and what can be done to them. It is drawn in the browser, by the API that anybody has.

Gradio's own upload is shut (``page_mount.PATHS``); files go to ``POST /v1/notices``.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from assistant.web.page_frame import QUIET, Frame
from assistant.web.page_texts import both, known_lang

_ON_LOAD = 'window.noticeLibrary(element.querySelector(".library"), () => trigger("select", {}));'
_WAITING = '<div class="library"><p>{waiting}</p><noscript>请启用脚本，或用 <a href="/docs">接口</a>上传。Scripts are needed here; the <a href="/docs">API</a> needs none.</noscript></div>'


def draw(frame: Frame) -> None:
    """The tab's one component. After a change, what stands above and before it is counted anew."""
    library = gr.HTML(_WAITING.format(waiting=both("library_waiting")), elem_id="library", js_on_load=_ON_LOAD)
    known = tuple(frame.followers)

    def again(lang: str) -> list[Any]:
        return [value for draw_one, _ in known for value in draw_one(known_lang(lang))]

    outputs = [component for _, components in known for component in components]
    library.select(again, [frame.lang], outputs, **QUIET)
