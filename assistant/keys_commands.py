"""`notices keys`: the keys of a service."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from assistant.options import Json, message, print_json

app = typer.Typer(
    name="keys",
    help="访问密钥：有了密钥，不带密钥者只能看到主动公开的通知 (API keys; with keys, who has none sees public notices only)",
    no_args_is_help=True,
    rich_markup_mode=None,
)
KEYS_FILE = "keys.sqlite"
_Store = Annotated[
    Path | None, typer.Option("--store", help="存储目录，密钥存于其中 (store folder; the keys lie in it)")
]
_File = Annotated[
    Path | None, typer.Option("--keys", metavar="FILE", help="密钥文件，不用存储目录时 (file of the keys, instead)")
]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="名称，如使用者或系统 (whose key it is)")],
    role: Annotated[str, typer.Option("--role", help="reader | editor | admin")] = "reader",
    expires: Annotated[
        datetime | None, typer.Option("--expires", formats=["%Y-%m-%d"], help="到期日，如 2027-12-31，当日起失效 (UTC)")
    ] = None,
    store: _Store = None,
    keys: _File = None,
    as_json: Json = False,
) -> None:
    """新建密钥；密钥只显示这一次 (make a key; it is shown this once)."""
    from assistant.access.keys import KeyRing

    key, text = KeyRing(keys_path(store, keys)).create(name, role, expires.replace(tzinfo=UTC) if expires else None)
    if as_json:
        print_json({**asdict(key), "key": text})
        return
    message(f"{key.name} ({key.role})：请现在保存，不会再次显示 (keep it now, it is not shown again)")
    print(text)


@app.command("list")
def list_keys(store: _Store = None, keys: _File = None, as_json: Json = False) -> None:
    """列出密钥 (list the keys; never their text)."""
    from assistant.access.keys import KeyRing

    kept = KeyRing(keys_path(store, keys)).all()
    if as_json:
        print_json({"keys": [asdict(key) for key in kept]})
        return
    for key in kept:
        state = f"已撤销 revoked {key.revoked}" if key.revoked else f"到期 expires {key.expires}" if key.expires else ""
        print(f"{key.name}  {key.role}  {key.created}  {state}".rstrip())
    if not kept:
        print("没有密钥 no keys; `notices keys add NAME --role reader --store DIR`")


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="名称，见 list (name of the key)")],
    store: _Store = None,
    keys: _File = None,
    as_json: Json = False,
) -> None:
    """撤销密钥，立即生效 (revoke a key, and every session opened with it, at once)."""
    from assistant.access.keys import KeyRing

    KeyRing(keys_path(store, keys)).revoke(name)
    if as_json:
        print_json({"revoked": name})
    else:
        print(f"已撤销 revoked {name}")


def keys_path(store: Path | None, keys: Path | None) -> Path:
    """Where the keys lie. :raises BadRequest: neither a store nor a file is named, or there is no such store"""
    from assistant.errors import BadRequest
    from index.manifest import path_in

    if keys is not None:
        return keys
    if store is None:
        raise BadRequest("name the store with --store DIR, or the file of the keys with --keys FILE (请指定存储)")
    if not path_in(store).is_file():
        raise BadRequest(
            f"{store} is no store; make it first with `notices index PATH… --store {store}` (请先建立索引)"
        )
    return store / KEYS_FILE
