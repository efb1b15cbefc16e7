"""``/docs``: Swagger UI with files from this machine (the package fastapi-offline brings them)."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>接口文档 · API</title>
<link rel="icon" href="/static/swagger/favicon.png">
<link rel="stylesheet" href="/static/swagger/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<noscript>本页需要脚本；接口说明也在 <a href="/openapi.json">/openapi.json</a>。This page needs scripts.</noscript>
<script src="/static/swagger/swagger-ui-bundle.js"></script>
<script src="/static/web/docs.js"></script>
</body>
</html>
"""

router = APIRouter()


def mount(app: FastAPI) -> None:
    """Serve the page and its files."""
    app.mount("/static/swagger", StaticFiles(packages=[("fastapi_offline", "static")]), name="swagger")
    app.include_router(router)


@router.get("/docs", response_class=HTMLResponse, include_in_schema=False)
async def docs() -> HTMLResponse:
    """The reference of the API, to read and to try."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})
