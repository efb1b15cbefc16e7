"""The command line's options that several commands share, and how its results are printed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from index.filters import from_mapping
from index.types import Filters

Store = Annotated[
    Path | None, typer.Option("--store", help="存储目录；省略则用内置示例 (store folder; default: the sample corpus)")
]
Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出 (print JSON)")]
Year = Annotated[int | None, typer.Option("--year", help="年份 (year of the notice)")]
Region = Annotated[str | None, typer.Option("--region", help="地区，如 天津市、滨海新区 (region)")]
Unit = Annotated[str | None, typer.Option("--unit", help="责任单位 (unit)")]
Batch = Annotated[Path | None, typer.Option("--batch", help="每行一个 JSON 问题的文件 (JSON Lines file of questions)")]
History = Annotated[
    list[str] | None, typer.Option("--history", help="此前的问题，可重复 (earlier question; repeatable)")
]


def print_json(value: Any) -> None:
    """One JSON document on stdout: indented for people, one line otherwise."""
    print(json.dumps(value, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))


def message(text: str) -> None:
    """A line for people, on stderr."""
    print(text, file=sys.stderr)


def filters_of(year: int | None = None, region: str | None = None, unit: str | None = None) -> Filters:
    """Filters from options; raises BadQuery for values that cannot be used."""
    return from_mapping({k: v for k, v in (("year", year), ("region", region), ("unit", unit)) if v is not None})
