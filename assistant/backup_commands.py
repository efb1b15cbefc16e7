"""`notices backup`, `restore` and `verify`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from assistant.options import Json, message, print_json

app = typer.Typer(rich_markup_mode=None)
_Store = Annotated[Path, typer.Option("--store", help="存储目录 (store folder)")]
_File = Annotated[Path, typer.Argument(help="备份文件 (file of the backup)")]


@app.command()
def backup(file: _File, store: _Store, as_json: Json = False) -> None:
    """把存储备份成一个文件，服务不停 (write a store to one file; it may be in use)."""
    from index.backup import backup as write

    made = write(store, file)
    if as_json:
        print_json({"file": str(file), "bytes": file.stat().st_size, **asdict(made)})
    else:
        print(f"已备份 backed up {made.notices} 份通知 notices → {file} ({file.stat().st_size / 2**20:.1f} MB)")
        message(
            "备份含密钥的摘要与全部通知，请妥善保管 (it holds all notices and the digests of the keys; keep it safe)"
        )


@app.command()
def restore(file: _File, store: _Store, as_json: Json = False) -> None:
    """从备份恢复到新目录 (make a store from a backup, in a new folder; checked whole first)."""
    from index.backup import restore as read

    made = read(file, store)
    if as_json:
        print_json({"store": str(store), "notices": made.notices, "sequence": made.sequence, "made": made.made})
    else:
        print(f"已恢复 restored {made.notices} 份通知 notices ({made.made}) → {store}")


@app.command()
def verify(
    path: Annotated[Path, typer.Argument(help="存储目录或备份文件 (store folder, or file of a backup)")],
    as_json: Json = False,
) -> None:
    """检查存储或备份是否完好；有问题则退出码为 1 (whether a store or a backup is sound; exit code 1 when not)."""
    from assistant.answer import shards
    from index.backup import check
    from index.errors import BadBackup
    from index.verify import faults

    if path.is_dir():
        found = [*faults(path), *shards.faults(path)]
    else:
        try:
            check(path)
            found = []
        except BadBackup as error:
            found = [str(error)]
    if as_json:
        print_json({"path": str(path), "sound": not found, "faults": found})
    else:
        print("\n".join(found) or f"完好 sound: {path}")
    if found:
        raise typer.Exit(1)
