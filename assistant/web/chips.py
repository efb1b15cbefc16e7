"""The scope of an answer as chips above it; the page asks again when one is taken away."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from assistant.types import ScopeItem
from assistant.wording import SOURCE_WORDS, scope_word


def chips(scope: Iterable[ScopeItem], removable: bool) -> str:
    """A list of what limits the search; what the question does not say itself is a button that takes it away.

    :param removable: whether the question can still be asked again: only the last of a conversation
    """
    items = "".join(f"<li>{_chip(item, removable)}</li>" for item in scope)
    return f'<div class="scope"><span>范围 Scope</span><ul aria-label="范围 Scope">{items}</ul></div>' if items else ""


def _chip(item: ScopeItem, removable: bool) -> str:
    word = escape(scope_word(item))
    if item.source == "question":
        return f'<span class="chip">{word}</span>'
    chinese, english = SOURCE_WORDS[item.source]
    origin = f"<small>{chinese}</small>"
    if not removable:
        return f'<span class="chip" title="{chinese} {english}">{word} {origin}</span>'
    what = "去掉后重新回答 Remove and answer again"
    return (
        f'<button type="button" class="chip" data-drop="{escape(item.label)}" title="{chinese} {english}：{what}" '
        f'aria-label="{word} {chinese}：{what}">{word} {origin} <span aria-hidden="true">×</span></button>'
    )
