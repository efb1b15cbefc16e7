"""The HTML that Gradio serves for the page, with our head in it: styles, scripts, title and language from the first byte.

Gradio would have its own script add them once it runs, which is late: until then the page has another language, and Enter
that commits a candidate of an input method would ask.
"""

from __future__ import annotations

import re
from html import escape

from starlette.types import ASGIApp, Message, Receive, Scope, Send

TITLE = "通知问答 · Notice Assistant"
# Files of `static/` that the page's views need. `page` comes first and at once, the others when the page has been read.
STYLES = ("page", "explore", "library")
SCRIPTS = (
    "page",
    "connection",
    "why",
    "suggest",
    "table",
    "copy",
    "verdict",
    "explore",
    "library_kit",
    "library_upload",
    "library_changes",
    "library",
)
_CHARSET = b'<meta charset="utf-8" />'
# What other sites are to show of a page that is none of theirs; it names Gradio's hosts.
_PREVIEW = re.compile(rb'\s*<meta\s+(?:property="og:|name="twitter:)[^>]*>')
_OLD = (
    '<p style="padding:1rem;line-height:1.6">这个浏览器不能显示问答页，请换用较新的 Edge、Chrome、Firefox、360 极速模式；'
    "也可以在命令行使用 notices ask。 This browser cannot show the page; use a newer one, or notices ask.</p>"
)


def head() -> str:
    """What stands in the page's head."""
    styles = "".join(f'<link rel="stylesheet" href="/static/web/{name}.css">' for name in STYLES)
    first, *rest = (f"/static/web/{name}.js" for name in SCRIPTS)
    scripts = "".join(f'<script defer src="{address}"></script>' for address in rest)
    return f'<title>{escape(TITLE)}</title>{styles}<script src="{first}"></script>{scripts}'


def dressed(html: bytes) -> bytes:
    """Gradio's page with our head, Chinese until the reader's choice is read; a word to browsers that cannot show it."""
    html = _PREVIEW.sub(b"", html).replace(b'lang="en"', b'lang="zh-CN"', 1)
    html = html.replace(_CHARSET, _CHARSET + head().encode(), 1)
    old = f"<noscript>{_OLD}</noscript><script nomodule>document.write({_quoted(_OLD)});</script>"
    return re.sub(rb"(<body[^>]*>)", lambda found: found[0] + old.encode(), html, count=1)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "\\'").replace("</", "<\\/") + "'"


class Dressed:
    """ASGI middleware around Gradio's application, for its page alone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and dress the page on its way back."""
        if scope["type"] != "http" or scope.get("path") != "/":
            await self.app(scope, receive, send)
            return
        start: Message | None = None
        body = b""

        async def held(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body") or start is None:
                return
            page = dressed(body) if start["status"] == 200 else body
            kept = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
            await send({**start, "headers": [*kept, (b"content-length", str(len(page)).encode())]})
            await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, held)
