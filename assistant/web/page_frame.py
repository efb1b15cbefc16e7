"""What the page's frame gives to each of its views: assistant, contents, and texts that follow the chosen language.

A view is a file with ``draw(frame)``, which makes the components of its tab; one line in ``page.VIEWS`` mounts it. Texts
come from ``page_texts.TEXTS``: ``frame.says(gr.Button(), value="ask_submit")`` for a component,
``page_texts.both(key)`` inside HTML, ``frame.follow(draw, outputs)`` for what has to be drawn anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import gradio as gr
from gradio.blocks import Block

from assistant.service import Assistant
from assistant.types import Lang
from assistant.web.contents import ContentsCache
from assistant.web.page_texts import said
from assistant.web.settings import DEFAULTS, WebSettings

Made = TypeVar("Made", bound=Block)
Draw = Callable[[Lang], Sequence[Any]]
# What a `load` of the page may ask the browser for: the chosen language, for an event whose first input is `frame.lang`.
READ_LANG = "(_, ...rest) => [window.noticeLang ? window.noticeLang() : 'zh', ...rest]"
# Settings of the page's own events: they are no part of the API, and show no spinner over what is read.
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


@dataclass(frozen=True, slots=True)
class Frame:
    """The page while it is being built.

    ``lang`` is an input for events: the language chosen now, ``zh`` or ``en``.
    """

    assistant: Assistant
    contents: ContentsCache
    page: gr.Blocks
    lang: gr.Textbox
    settings: WebSettings = DEFAULTS
    followers: list[tuple[Draw, Sequence[Block]]] = field(default_factory=list)

    def says(self, component: Made, **keys: str) -> Made:
        """Have properties of a component (``label="ask_year"``) follow the language; they are Chinese at first."""
        for name, key in keys.items():
            setattr(component, name, said(key, "zh"))
        self.follow(lambda lang: [gr.update(**_words(keys, lang))], [component])
        return component

    def follow(self, draw: Draw, outputs: Sequence[Block]) -> None:
        """Draw ``outputs`` anew when the page is loaded and whenever its language changes."""
        self.followers.append((draw, outputs))

    def drawn(self, lang: Lang) -> list[Any]:
        """Everything that follows the language, in order."""
        return [value for draw, _ in self.followers for value in draw(lang)]

    @property
    def outputs(self) -> list[Block]:
        """The components that :meth:`drawn` gives values for."""
        return [component for _, outputs in self.followers for component in outputs]


def _words(keys: dict[str, str], lang: Lang) -> dict[str, Any]:
    return {name: said(key, lang) for name, key in keys.items()}
