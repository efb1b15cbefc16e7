"""`notices copy`: a store's notices brought into another one."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from assistant.options import Json, Store, print_json

app = typer.Typer(rich_markup_mode=None)


@app.command()
def copy(
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="DIR",
            help="目标：目录或 milvus+http://主机:端口/名称 (folder, or a Milvus store, to copy into)",
        ),
    ],
    store: Store = None,
    prune: Annotated[bool, typer.Option("--prune", help="删除源中没有的通知 (remove what the source lacks)")] = False,
    as_json: Json = False,
) -> None:
    """把一个存储的通知复制到另一个，可中断后重来 (copy a store into another; run it again and it goes on)."""
    from assistant.sample import sample_store
    from index.copying import copy as bring
    from index.opening import open_store

    source = open_store(store or sample_store())
    source.open()
    with typer.progressbar(
        length=len(source.cards()), label="复制 copying", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        report = bring(source, to, prune, bar.update)
    if as_json:
        print_json({"from": source.location, "to": to, **asdict(report)})
    else:
        print(
            f"已复制 copied {report.copied}，未变 unchanged {report.unchanged}，移除 removed {report.removed}，"
            f"目标另有 only there {report.kept} → {to}"
        )
