"""Options that several commands share, where data sets come from, and how results are printed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.options import message
from eval.errors import BadOption

if TYPE_CHECKING:
    from eval.types import Dataset
    from index.types import Encoder

Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出 (print JSON)")]
Out = Annotated[Path | None, typer.Option("--out", help="写出完整结果 .json 或 .json.gz，供 compare、gate、report 使用 (write the whole result)")]  # fmt: skip
Notices = Annotated[Path | None, typer.Option("--notices", help="问题集所针对的通知文件夹 (folder of the notices that a question set is about)")]  # fmt: skip
Model = Annotated[Path | None, typer.Option("--model", help="另一个静态编码器的文件夹，默认用自带的 (folder of another encoder; default: the shipped one)")]  # fmt: skip
Measures = Annotated[list[str] | None, typer.Option("--measure", help="ir-measures 指标，可重复，如 nDCG@10、AP、P@5 (measures; repeatable)")]  # fmt: skip


def encoder_of(model: Path | None) -> Encoder:
    """The shipped encoder, or the one in a folder."""
    from index.encoder import StaticEncoder, shipped_encoder

    return StaticEncoder(model) if model else shipped_encoder()


@contextmanager
def opened(dataset: str, notices: Path | None, encoder: Encoder) -> Iterator[Dataset]:
    """A data set by what names it: a BEIR folder with its split, or a question set with the folder of its notices.

    :raises BadOption: ``notices`` is missing or not wanted
    """
    from eval.formats import beir, questions

    if not dataset.endswith((".jsonl", ".jsonl.gz")):
        if notices is not None:
            raise BadOption(f"--notices goes with a question set (.jsonl), and {dataset} is none; leave it out")
        yield noted(beir.load(dataset), dataset)
        return
    if notices is None:
        raise BadOption(f"{dataset} is a question set; name the folder of its notices with --notices")
    from eval.collection import open_collection
    from eval.labelled import dataset as labelled

    path = Path(dataset)
    asked = questions.load(path)
    with open_collection(notices, encoder) as collection:
        yield noted(labelled(path.name.partition(".")[0], asked, collection), dataset)


def noted(dataset: Dataset, name: str) -> Dataset:
    """The same data set, once its notes are on stderr."""
    for note in dataset.notes:
        message(f"{name}: {note}")
    return dataset


def progress(length: int, label: str) -> typer._termui_impl.ProgressBar[int]:  # type: ignore[name-defined]
    """A progress bar on stderr, on terminals only."""
    return typer.progressbar(length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())
