"""The scope of an answer as chips above it; the page asks again when one is taken away."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from assistant.types import Lang, ScopeItem
from assistant.web.page_texts import said
from assistant.wording import SOURCE_WORDS, scope_word


def chips(scope: Iterable[ScopeItem], removable: bool, lang: Lang = "zh") -> str:
    """A list of what limits the search; what the question does not say itself is a button that takes it away.

    :param removable: whether the question can still be asked again: only the last of a conversation
    """
    items = "".join(f"<li>{_chip(item, removable, lang)}</li>" for item in scope)
    label = said("answer_scope", lang)
    return f'<div class="scope"><span>{label}</span><ul aria-label="{label}">{items}</ul></div>' if items else ""


def _chip(item: ScopeItem, removable: bool, lang: Lang) -> str:
    word = escape(item.value if lang == "en" and item.kind == "year" else scope_word(item))
    if item.source == "question":
        return f'<span class="chip">{word}</span>'
    came = SOURCE_WORDS[item.source][lang == "en"]
    origin = f"<small>{came}</small>"
    if not removable:
        return f'<span class="chip" title="{came}">{word} {origin}</span>'
    what = said("answer_drop", lang)
    return (
        f'<button type="button" class="chip" data-drop="{escape(item.label)}" title="{came}: {what}" '
        f'aria-label="{word} {came}: {what}">{word} {origin} <span aria-hidden="true">×</span></button>'
    )
