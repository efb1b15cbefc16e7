"""The command line's options that several commands share, and how its results are printed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.completion import regions, units, years
from index.filters import from_mapping
from index.types import Filters

if TYPE_CHECKING:
    from assistant.answer.model.settings import ModelSettings
    from index.opening import Location

# Text and not Path, which would make one slash of two: milvus+http://HOST:PORT/NAME names a Milvus store.
Store = Annotated[
    str | None,
    typer.Option(
        "--store", metavar="DIR",
        help="存储目录，或 milvus+http://主机:端口/名称；省略则用内置示例 (store folder, or a Milvus store; default: the sample corpus)",
    ),
]  # fmt: skip
StoreToChange = Annotated[
    str,
    typer.Option(
        "--store", metavar="DIR",
        help="存储目录，或 milvus+http://主机:端口/名称 (store folder, or a Milvus store)",
    ),
]  # fmt: skip
Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出 (print JSON)")]
Year = Annotated[int | None, typer.Option("--year", help="年份 (year of the notice)", autocompletion=years)]
Region = Annotated[
    str | None, typer.Option("--region", help="地区，如 天津市、滨海新区 (region)", autocompletion=regions)
]
Unit = Annotated[str | None, typer.Option("--unit", help="责任单位 (unit)", autocompletion=units)]
Explain = Annotated[bool, typer.Option("--explain", help="说明每条为何入选 (say why each hit was found)")]
Batch = Annotated[Path | None, typer.Option("--batch", help="每行一个 JSON 问题的文件 (JSON Lines file of questions)")]
History = Annotated[
    list[str] | None, typer.Option("--history", help="此前的问题，可重复 (earlier question; repeatable)")
]

LlmUrl = Annotated[
    str | None,
    typer.Option(
        "--llm-url",
        metavar="URL",
        help="可选的语言模型，OpenAI 兼容接口，如 http://127.0.0.1:11434/v1；环境变量 NOTICES_LLM_URL、_KEY、_TIMEOUT "
        "(optional language model: an OpenAI-compatible endpoint; off by default)",
    ),
]
LlmModel = Annotated[
    str | None,
    typer.Option("--llm-model", metavar="NAME", help="语言模型的名称；NOTICES_LLM_MODEL (the model's name there)"),
]

Kind = Annotated[
    str | None,
    typer.Option(
        "--kind", metavar="KIND",
        help="纠正问题的类型：units、activities、lookup、fact、compare、count、summary、tasks、anomaly (corrects how the question is taken)",
    ),
]  # fmt: skip
Export = Annotated[
    Path | None,
    typer.Option(
        "--export", metavar="FILE",
        help="把答案连同引文写入 .md、.csv 或 .xlsx 文件 (write the answer with its citations to a file)",
    ),
]  # fmt: skip
LinkBase = Annotated[
    str,
    typer.Option(
        "--link-base", metavar="URL",
        help="导出文件中链接的前缀，如 http://notices.example (what stands before the links of an exported file)",
    ),
]  # fmt: skip
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


def location(store: str | None, model: str | None = None) -> Location:
    """Where the store lies that ``--store`` names; the sample corpus where it names none."""
    if store is not None:
        return store
    from assistant.sample import sample_store

    return sample_store(model)


def print_json(value: Any) -> None:
    """One JSON document on stdout: indented for people, one line otherwise."""
    print(json.dumps(value, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))


def message(text: str) -> None:
    """A line for people, on stderr."""
    print(text, file=sys.stderr)


def language_model(url: str | None, model: str | None) -> ModelSettings | None:
    """The language model that options and environment name, None where they name none; raises BadRequest.

    Says on stderr when words of notices leave this machine.
    """
    from assistant.answer.model.settings import model_settings

    settings = model_settings(url, model, os.environ)
    if settings is not None and not settings.is_loopback:
        message(f"引文将发送到语言模型 quotes are sent to the language model at {settings.host}")
    return settings


def filters_of(year: int | None = None, region: str | None = None, unit: str | None = None) -> Filters:
    """Filters from options; raises BadQuery for values that cannot be used."""
    return from_mapping({k: v for k, v in (("year", year), ("region", region), ("unit", unit)) if v is not None})
