"""`notices-eval bench`: what N passages cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.options import print_json
from eval.commands.options import Json, progress
from eval.errors import BadOption

_LEAST, _MOST = 100, 2_000_000


def bench(
    passages: Annotated[int, typer.Option("--passages", help="段落总数 (number of passages)")] = 1000,
    seed: Annotated[int, typer.Option("--seed", help="随机种子 (seed of the generator)")] = 1,
    texts: Annotated[
        Path | None,
        typer.Option("--texts", help="一半通知用此文件夹的正文 (running text, *.jsonl.gz, for half of the notices)"),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            "--keep", help="存储放在此处并保留，已有则直接测 (keep the store here; measure one that is there)"
        ),
    ] = None,
    peers: Annotated[bool, typer.Option("--peers/--no-peers", help="也测对照 (measure rivals, too)")] = True,
    ask: Annotated[bool, typer.Option("--ask/--no-ask", help="也提问 (ask questions, not only search)")] = True,
    as_json: Json = False,
) -> None:
    """用生成的通知测速：建库、打开、增删、检索、提问、内存、磁盘 (time generated notices: build, open, change, search, ask)."""
    from eval.bench.generator import PASSAGES
    from eval.bench.measuring import run

    if texts is not None and not list(texts.glob("*.jsonl.gz")):
        raise BadOption(f"there is no *.jsonl.gz in {texts}; give the folder of the running text")
    if not _LEAST <= passages <= _MOST:
        raise BadOption(f"--passages must lie between {_LEAST} and {_MOST}, not {passages}")
    with progress(max(1, round(passages / PASSAGES)), "读取 reading") as bar:
        report = run(passages, seed, bar.update, texts, keep, peers, ask)
    if as_json:
        print_json(report)
    else:
        _print(report)


def _print(report: dict[str, Any]) -> None:
    from eval.text_table import text_table

    times = ["build_s", "open_s", "add_one_s", "remove_one_s", "search_rss_mb", "rss_mb", "disk_mb", "recall_at_10"]
    print(text_table(["passages", *times], [[str(report["passages"]), *(str(report[name]) for name in times)]]))
    groups = {
        "检索 search": report["search_ms"],
        "筛选 filtered": report["filtered_ms"],
        "提问 ask": report["ask_ms"],
        "对照 rivals": report["peers"],
    }
    rows = [
        [f"{group} {name}", *((f"{ms['p50']:.2f}", f"{ms['p95']:.2f}") if ms else ("–", "–"))]
        for group, members in groups.items()
        for name, ms in members.items()
    ]
    print(text_table(["", "p50 ms", "p95 ms"], rows))
    print(f"{report['machine']}; {report['bandwidth_gb_s']} GB/s, flat ≥ {report['flat_bound_ms']} ms")
