"""``/healthz`` and ``/readyz``: whether the process lives, and whether it answers.

Ready means that questions are answered from one whole state of the store. Where damage is known that somebody must see to
(`store.degraded`), the service stays in rotation, for answers go on and no other node is better off by its going: 200, and says
so. 503 means that nothing can be answered.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from assistant.access.current import current
from assistant.web.dependencies import Ready
from assistant.web.openapi import described

_SEE_THE_LOG = "存储有损坏，见服务器日志 (the store is damaged; the server's log says where)"

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> JSONResponse:
    """The process is alive."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz", responses={503: described("The store cannot be read")})
def readyz(readiness: Ready) -> JSONResponse:
    """The store can be read: its state and what it holds.

    `status` is `ready`, or `degraded` where something of it is damaged while answers go on; `degraded` says what, to those who may
    see everything: it may name a notice.
    """
    held, degraded = readiness.look()
    who = current()
    if degraded is not None and who is not None and not who.scope.whole:
        degraded = _SEE_THE_LOG
    counts = {"sequence": held.sequence, "notices": held.notices, "passages": held.passages}
    return JSONResponse({"status": "degraded" if degraded else "ready", **counts, "degraded": degraded})
