"""How the service is set up: one object, made by `serve` and handed to the application."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Settings of the served application.

    ``read_only``: nothing can be changed over HTTP. ``origins``: other origins whose pages
    may call the API. ``hosts``: names of this service, besides addresses and this machine's own (``/mcp`` answers to no other). ``reports``: the folder of evaluation reports, None for ``reports`` in the store's folder.
    ``evaluation``: whether the pages of `notices-eval serve` are there, under ``/eval/``. ``rate``: requests a minute for each key or address, None for no limit.
    ``cache``: whether responses are kept and given again while the store stays as it is.
    """

    read_only: bool = False
    origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    reports: Path | None = None
    evaluation: bool = False
    rate: int | None = None
    at_once: int | None = 64
    cache: bool = True


DEFAULTS = WebSettings()
