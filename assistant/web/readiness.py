"""``/healthz`` and ``/readyz``: whether the process lives, and whether it answers as it should.

Ready means that questions are answered from one sound state of the store. Where the store has noticed damage and goes on
with what is sound (`store.degraded`), the service stays in rotation, for the answers are right: 200, and says so. 503 means
that nothing can be answered.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from assistant.web.dependencies import Ready
from assistant.web.openapi import described

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> JSONResponse:
    """The process is alive."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz", responses={503: described("The store cannot be read")})
def readyz(readiness: Ready) -> JSONResponse:
    """The store can be read: its state and what it holds.

    `status` is `ready`, or `degraded` where something of it is damaged and answers come from what is sound; `degraded` says what.
    """
    held, degraded = readiness.look()
    counts = {"sequence": held.sequence, "notices": held.notices, "passages": held.passages}
    return JSONResponse({"status": "degraded" if degraded else "ready", **counts, "degraded": degraded})
