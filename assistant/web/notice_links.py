"""What the notice page says of a notice's relations: whether it still stands, its editions, and what it replaces, amends, cites."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from assistant.as_json import Json
from assistant.types import Lang
from assistant.web.notice_words import address, said
from assistant.wording import LINK_WORDS

_SHOWN = 8  # links at first sight; what counts most stands first
# Kinds of links, by others or to others, that say at the head how the notice stands.
_STANDING = {("replaces", "in"): "replaced", ("edition_of", "in"): "newer", ("amends", "in"): "amended"}


def standing(links: Iterable[Json], lang: Lang) -> str:
    """What a reader must know first: replaced, amended, a newer edition; empty where the notice stands as it is."""
    found = [(_STANDING.get((link["kind"], link["direction"])), link) for link in links]
    lines = "".join(
        f'<p class="{key}"><strong>{said(key, lang)}</strong> {said("replaced_see", lang)} {_other(link, lang)}</p>'
        for key, link in found
        if key
    )
    return f'<div class="standing" role="note">{lines}</div>' if lines else ""


def editions(links: Sequence[Json], lang: Lang) -> str:
    """The editions before and after this one; empty where there are none."""
    own = [link for link in links if link["kind"] == "edition_of"]
    items = "".join(
        f'<li class="{name}">{said(name, lang)} {_other(link, lang)}</li>'
        for name, direction in (("earlier", "out"), ("later", "in"))
        for link in own
        if link["direction"] == direction
    )
    return f'<nav class="editions" aria-label="{said("editions", lang)}"><ul>{items}</ul></nav>' if items else ""


def render(notice_id: str, links: Iterable[Json], lang: Lang = "zh") -> str:
    """Links other than editions (:func:`assistant.as_json.links`) as HTML; empty where there are none."""
    rows = [_row(notice_id, link, lang) for link in links if link["kind"] != "edition_of"]
    if not rows:
        return ""
    shown, more = "".join(rows[:_SHOWN]), rows[_SHOWN:]
    if more:
        summary = f"<summary>{said('more_links', lang, count=len(more))}</summary>"
        shown += f"<li><details>{summary}<ul>{''.join(more)}</ul></details></li>"
    head = f'<h2 id="links">{said("links", lang)}</h2>'
    return f'<section class="links" aria-labelledby="links">{head}<ul>{shown}</ul></section>'


def _row(notice_id: str, link: Json, lang: Lang) -> str:
    """One relation: the other notice, and the place in this one that says so; or the place in the other."""
    own = link["direction"] == "out"
    place = ""
    if own and link["quote"]:
        href = address(notice_id, lang, link["start"], link["end"], "mark")
        place = f' <a href="{href}">{said("show", lang)}</a>'
    words = LINK_WORDS[link["kind"], link["direction"]][lang == "en"]
    return f'<li class="{link["kind"]}">{escape(words)} {_other(link, lang)}{place}</li>'


def _other(link: Json, lang: Lang) -> str:
    """The other notice, at the words of it that name this one where it says something of it."""
    said_there = link["direction"] == "in" and link["quote"]
    href = (
        address(link["notice_id"], lang, link["start"], link["end"], "mark")
        if said_there
        else address(link["notice_id"], lang)
    )
    number = link["document_number"] or link["year"]
    title = f'<a href="{href}" lang="zh-CN">《{escape(link["notice_title"])}》</a>'
    return f'{title} <span lang="zh-CN">{escape(str(number))}</span>' if number else title
