"""Options that several commands share, and how progress and notes are shown."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.options import message

Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出 (print JSON)")]
Out = Annotated[Path | None, typer.Option("--out", help="写出完整结果 .json 或 .json.gz，供 compare、gate、report 使用 (write the whole result)")]  # fmt: skip
Notices = Annotated[Path | None, typer.Option("--notices", help="问题集所针对的通知文件夹 (folder of the notices that a question set is about)")]  # fmt: skip
Measures = Annotated[list[str] | None, typer.Option("--measure", help="指标，可重复，如 nDCG@10、AP、P@5 (measures as ir-measures writes them; repeatable)")]  # fmt: skip


def show_notes(name: str, notes: Iterable[str]) -> None:
    """What is odd about a data set, on stderr."""
    for note in notes:
        message(f"{name}: {note}")


def progress(length: int, label: str) -> Any:
    """A progress bar on stderr, on terminals only."""
    return typer.progressbar(length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())
