"""How the service is set up: one object, made by `serve` and handed to the application."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Settings of the served application.

    ``read_only``: nothing can be changed over HTTP. ``origins``: other origins whose pages
    may call the API. ``reports``: the folder of evaluation reports, None for ``reports`` in the store's folder.
    ``rate``: requests a minute for each key or address, None for no limit.
    """

    read_only: bool = False
    origins: tuple[str, ...] = ()
    reports: Path | None = None
    rate: int | None = None


DEFAULTS = WebSettings()
