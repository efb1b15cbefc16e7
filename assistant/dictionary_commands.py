"""`notices dictionary`: a store's own Chinese–English dictionaries."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from assistant.options import Json, StoreToChange, print_json

app = typer.Typer(
    name="dictionary",
    help="自备的汉英词典，用于英文提问 (a store's own CC-CEDICT dictionaries, for English words of questions)",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="CC-CEDICT 文件，可为 gzip (a CC-CEDICT file, plain or gzipped)")],
    store: StoreToChange,
    as_json: Json = False,
) -> None:
    """加入一部词典，同名的被替换；不需重建索引 (add a dictionary; one of the same name is replaced; nothing is rebuilt)."""
    from index.opening import open_store

    held = open_store(store)
    held.open()  # what is no store gets no dictionary
    added = held.dictionary.add(file)
    if as_json:
        print_json(asdict(added))
    else:
        done = "已替换 replaced" if added.replaced else "已加入 added"
        print(f"{done} {added.name}：{added.entries} 条 entries，{added.phrases} 个英文词 English phrases")


@app.command("list")
def list_dictionaries(store: StoreToChange, as_json: Json = False) -> None:
    """列出词典 (list the dictionaries of a store)."""
    from index.opening import open_store

    held = open_store(store)
    held.open()
    kept = held.dictionary.all()
    if as_json:
        print_json({"dictionaries": [{"name": d.name, "entries": d.entries, "phrases": d.phrases} for d in kept]})
        return
    for dictionary in kept:
        print(f"{dictionary.name}  {dictionary.entries} 条 entries  {dictionary.phrases} 个英文词 English phrases")
    if not kept:
        print("没有自备词典 no dictionaries; `notices dictionary add FILE --store DIR`")


@app.command()
def remove(
    name: Annotated[str, typer.Argument(help="词典名，见 list (name of the dictionary)")],
    store: StoreToChange,
    as_json: Json = False,
) -> None:
    """移除一部词典 (remove a dictionary)."""
    from index.opening import open_store

    held = open_store(store)
    held.open()
    held.dictionary.remove(name)
    if as_json:
        print_json({"removed": name})
    else:
        print(f"已移除 removed {name}")
