"""``/login``: a key, typed once, opens a session for a browser. Server-rendered, works without scripts."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from assistant.access.current import current
from assistant.access.guard import COOKIE, Guard, session_in
from assistant.access.keys import SESSION

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>登录 · Sign in</title>
<link rel="stylesheet" href="/static/web/notice.css">
</head>
<body>
<main>
<h1>登录 <span lang="en">Sign in</span></h1>
{state}
<form method="post" action="/login">
<p><label for="key">管理员给您的密钥 <span lang="en">The key that the administrator gave you</span></label></p>
<p><input id="key" name="key" type="password" autocomplete="current-password" required maxlength="200"></p>
<p><button type="submit">登录 <span lang="en">Sign in</span></button></p>
</form>
{leave}
<p><a href="/">回到提问页 <span lang="en">Back to the questions</span></a></p>
</main>
</body>
</html>
"""
_LEAVE = '<form method="post" action="/logout"><p><button type="submit">退出 <span lang="en">Sign out</span></button></p></form>'
_WRONG = '<p role="alert" class="warnings">密钥无效、过期或已撤销。<span lang="en">This key is not valid, or not any more.</span></p>'

router = APIRouter(include_in_schema=False)


@router.get("/login")
def login_page() -> HTMLResponse:
    """The form, and who is signed in."""
    who = current()
    if who is None or who.role == "public":
        return _page("", "")
    return _page(f"<p>当前身份 <span lang='en'>Signed in as</span> {escape(who.name)} ({who.role})</p>", _LEAVE)


@router.post("/login")
async def login(request: Request) -> Response:
    """Open a session with a key."""
    guard: Guard = request.app.state.guard
    fields = parse_qs((await request.body()).decode("utf-8", "replace"))
    text = fields.get("key", [""])[0].strip()
    key = await run_in_threadpool(guard.keys.find, text) if guard.keys else None
    if key is None or guard.keys is None or guard.public_only:
        return _page(_WRONG, "", 401)
    token = await run_in_threadpool(guard.keys.open_session, key)
    response = RedirectResponse("/", 303)
    secure = request.url.scheme == "https"
    age = int(SESSION.total_seconds())
    response.set_cookie(COOKIE, token, max_age=age, path="/", secure=secure, httponly=True, samesite="strict")
    return response


@router.post("/logout")
async def logout(request: Request) -> Response:
    """End the session."""
    guard: Guard = request.app.state.guard
    token = session_in(dict(request.headers))
    if token and guard.keys is not None:
        await run_in_threadpool(guard.keys.close_session, token)
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


def _page(state: str, leave: str, status: int = 200) -> HTMLResponse:
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(_PAGE.format(state=state, leave=leave), status, headers=headers)
