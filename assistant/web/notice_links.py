"""What the notice page says of a notice's relations: replaced, amended, implemented, cited, other editions."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from assistant.as_json import Json
from assistant.wording import LINK_WORDS

_SHOWN = 8  # links at first sight; what counts most stands first


def render(notice_id: str, links: Iterable[Json]) -> str:
    """Links (:func:`assistant.as_json.links`) as HTML; empty where there are none."""
    rows = [_row(notice_id, link) for link in links]
    if not rows:
        return ""
    shown, more = "".join(rows[:_SHOWN]), rows[_SHOWN:]
    if more:
        summary = f'<summary>另有{len(more)}份 <span lang="en">{len(more)} more</span></summary>'
        shown += f"<li><details>{summary}<ul>{''.join(more)}</ul></details></li>"
    return f'<aside class="links"><h2>相关文件 <span lang="en">Related notices</span></h2><ul>{shown}</ul></aside>'


def _row(notice_id: str, link: Json) -> str:
    """One relation: the other notice, and the place in this one that says so; or the place in the other."""
    place = f"?start={link['start']}&end={link['end']}#mark" if link["quote"] else ""
    own = link["direction"] == "out"
    words = [_anchor(f"/n/{link['notice_id']}{'' if own else place}", f"《{escape(link['notice_title'])}》")]
    if link["document_number"] or link["year"]:
        words.append(escape(str(link["document_number"] or link["year"])))
    if own and place:
        words.append(_anchor(f"/n/{notice_id}{place}", '查看位置 <span lang="en">show</span>'))
    chinese, english = LINK_WORDS[link["kind"], link["direction"]]
    return f'<li class="{link["kind"]}">{chinese} <span lang="en">{english}</span> {" ".join(words)}</li>'


def _anchor(address: str, inner: str) -> str:
    return f'<a href="{escape(address)}">{inner}</a>'
