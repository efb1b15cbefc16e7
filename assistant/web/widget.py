"""``/widget/``: the scripts of ``<notice-search>``, under addresses that stay and under addresses with their digest."""

from __future__ import annotations

import base64
import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

MAJOR = "v1"  # goes up when a page that embeds the widget has to be changed
FOR_EVER = "public, max-age=31536000, immutable"
FOR_NOW = "public, max-age=300, must-revalidate"
_FOLDER = Path(__file__).parent / "static" / "widget"
_ANYWHERE = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_GONE = "没有这个版本的组件 (no such version of the widget); /widget/integrity.json names the present one"


@dataclass(frozen=True, slots=True)
class Script:
    """A script as it is served. ``digest`` stands in its versioned address, ``integrity`` in a page's script tag."""

    kind: str
    name: str
    body: bytes

    @property
    def digest(self) -> str:
        """The first 16 hexadecimal digits of its SHA-256."""
        return hashlib.sha256(self.body).hexdigest()[:16]

    @property
    def versioned(self) -> str:
        """Its name with the digest: ``notice-search.0123456789abcdef.js``."""
        stem, _, ending = self.name.rpartition(".")
        return f"{stem}.{self.digest}.{ending}"

    @property
    def integrity(self) -> str:
        """As Subresource Integrity wants it: SHA-384."""
        return "sha384-" + base64.b64encode(hashlib.sha384(self.body).digest()).decode()


@cache
def scripts() -> tuple[Script, ...]:
    """The scripts: as an ES module, and for a plain ``<script>``."""
    named = (("module", "notice-search.js"), ("classic", "notice-search.classic.js"))
    return tuple(Script(kind, name, (_FOLDER / name).read_bytes()) for kind, name in named)


router = APIRouter(prefix="/widget", include_in_schema=False)


@router.get("/integrity.json")
def integrity() -> JSONResponse:
    """What a page needs to embed a version that cannot change: addresses and digests."""
    listed = {
        script.kind: {
            "url": f"/widget/{MAJOR}/{script.versioned}",
            "integrity": script.integrity,
            "bytes": len(script.body),
            "gzip_bytes": len(gzip.compress(script.body, 9)),
        }
        for script in scripts()
    }
    return JSONResponse({"version": MAJOR, **listed}, headers={"Cache-Control": "no-cache", **_ANYWHERE})


@router.get("/demo")
def demo() -> HTMLResponse:
    """A page of an intranet with the widget in it."""
    page = (_FOLDER / "demo.html").read_text(encoding="utf-8")
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})


@router.get("/{name}")
def newest(request: Request, name: str) -> Response:
    """The script that is served now; asked for anew every five minutes."""
    return _served(request, next((s for s in scripts() if s.name == name), None), FOR_NOW)


@router.get("/" + MAJOR + "/{name}")
def versioned(request: Request, name: str) -> Response:
    """The script of one digest, which never changes."""
    return _served(request, next((s for s in scripts() if s.versioned == name), None), FOR_EVER)


def _served(request: Request, script: Script | None, cached: str) -> Response:
    if script is None:
        raise HTTPException(404, _GONE)
    headers = {"Cache-Control": cached, "ETag": f'"{script.digest}"', **_ANYWHERE}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(script.body, media_type="text/javascript; charset=utf-8", headers=headers)
