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

Model = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="NAME_OR_PATH",
        help="另一个编码器：sentence-transformers 模型的文件夹；省略则用存储自己的，default 为自带的 "
        "(another encoder: folder of a sentence-transformers model; without it the store's own, default: the shipped one)",
    ),
]  # fmt: skip
Dimensions = Annotated[
    int | None,
    typer.Option(
        "--dimensions", min=1, help="只取向量的前 N 维，须模型支持 (keep the first N dimensions; Matryoshka models)"
    ),
]
BatchSize = Annotated[
    int | None,
    typer.Option("--batch-size", min=1, help="模型一次编码的段落数 (passages that a model encodes at a time)"),
]
RerankerName = Annotated[
    str | None,
    typer.Option(
        "--reranker", metavar="NAME_OR_PATH",
        help="用交叉编码器重排最好的 50 条：模型的文件夹 (a cross-encoder orders the best 50 anew: folder of the model)",
    ),
]  # fmt: skip


def print_json(value: Any) -> None:
    """One JSON document on stdout: indented for people, one line otherwise."""
    print(json.dumps(value, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))


def message(text: str) -> None:
    """A line for people, on stderr."""
    print(text, file=sys.stderr)


def filters_of(year: int | None = None, region: str | None = None, unit: str | None = None) -> Filters:
    """Filters from options; raises BadQuery for values that cannot be used."""
    return from_mapping({k: v for k, v in (("year", year), ("region", region), ("unit", unit)) if v is not None})
