"""`notices migrate`: a store of an older version brought up to this one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assistant.options import Json, print_json

app = typer.Typer(rich_markup_mode=None)


@app.command()
def migrate(
    store: Annotated[Path, typer.Option("--store", metavar="DIR", help="存储目录 (store folder)")],
    as_json: Json = False,
) -> None:
    """把旧版本的存储升级到本版本；旧的保留在旁边 (bring an older store up to this version; the old one is kept beside it)."""
    from index.migration import migrate as bring

    done = bring(store)
    if as_json:
        kept = None if done.kept is None else str(done.kept)
        print_json({
            "store": str(store), "before": done.before, "after": done.after, "notices": done.notices,
            "rebuilt": done.rebuilt, "kept": kept,
        })  # fmt: skip
    elif done.kept is not None:
        print(
            f"已升级 migrated {done.notices} 份通知 notices: 格式 format {done.before} → {done.after}；"
            f"旧存储 the old store: {done.kept}（确认无误后可删除 remove it once you are sure）"
        )
    elif done.rebuilt:
        print(f"格式未变，索引已重建 same format, indexes rebuilt: {store}")
    else:
        print(f"已是最新 up to date: {store}")
