"""Gradio's events as somebody's: its queue runs them outside of the request that they came with."""

from __future__ import annotations

from typing import Any

import gradio as gr

from assistant.access.current import acting
from assistant.access.guard import Guard, Unauthorised

_SIGN_IN = "会话已失效，请在 /login 重新登录 (the session is not valid any more; sign in at /login)"


class GuardedBlocks(gr.Blocks):
    """Blocks whose every event is answered as the principal of its own request."""

    guard: Guard | None = None

    async def process_api(self, *arguments: Any, request: Any = None, **more: Any) -> dict[str, Any]:
        """Run an event. Without a request it is the public's."""
        guard = self.guard or Guard()
        one = request[0] if isinstance(request, list) and request else request
        headers = {str(name).lower(): str(value) for name, value in one.headers.items()} if one is not None else {}
        peer = one.client.host if one is not None and one.client else None
        try:
            who = guard.principal(headers, peer)
        except Unauthorised:
            raise gr.Error(_SIGN_IN, print_exception=False) from None
        with acting(who):
            result: dict[str, Any] = await super().process_api(*arguments, **{**more, "request": request})
        return result
