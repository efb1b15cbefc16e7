"""`notices-eval synthesise`: a question set made from the notices themselves."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from assistant.options import message
from eval.commands.options import show_notes

_HONEST = (
    "合成题：单位、日期和标题出自同一个解析器，只能衡量范围、完整、检索和拒答，不能衡量读得对不对。"
    "\nsynthetic: units and dates come from the parser that also answers; this measures scope, completeness, retrieval and refusal,"
    " not whether the notices were read rightly."
)


def synthesise(
    notices: Annotated[Path, typer.Argument(metavar="NOTICES", help="通知文件夹 (folder of notices)")],
    out: Annotated[Path, typer.Option("--out", help="写出的问题集 .jsonl (question set to write)")],
    count: Annotated[int, typer.Option("--count", help="题数 (number of questions)", min=1, max=100_000)] = 100,
    seed: Annotated[
        int, typer.Option("--seed", help="随机种子，同一种子结果相同 (the same seed gives the same set)")
    ] = 1,
) -> None:
    """由通知生成问题集，供没有标注时先行评测；衡量不了解析是否正确 (questions from the notices; cannot measure the parser)."""
    from corpus.reading import read_paths
    from eval.formats.lines import check_writable, write_text
    from eval.synthetic.generate import generate

    check_writable(out)
    read = list(read_paths([notices]))
    show_notes(str(notices), (f"not read: {file.source}: {file.failure}" for file in read if file.failure))
    lines = generate([notice for file in read for notice in file.notices], count, seed)
    write_text(out, (json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    kinds = Counter(line["kind"] for line in lines)
    message(_HONEST)
    message(f"{len(lines)} 题 questions ({', '.join(f'{kind} {n}' for kind, n in kinds.items())}) → {out}")
