"""`notices-eval convert`: one form into another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assistant.options import message
from eval.commands.options import Notices, show_notes
from eval.errors import BadOption


def convert(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="BEIR 文件夹、问题集 .jsonl、TREC 标注 .qrels，或存储目录中的反馈 (BEIR folder, question set, TREC judgements, or a store with feedback)",
        ),
    ],  # fmt: skip
    target: Annotated[
        Path,
        typer.Argument(
            metavar="TARGET", help="新文件夹 (BEIR)、.qrels (TREC) 或 .jsonl (问题集) (new folder, .qrels or .jsonl)"
        ),
    ],  # fmt: skip
    notices: Notices = None,
) -> None:
    """转换格式：BEIR、TREC、问题集、反馈 (convert between BEIR, TREC, question sets and feedback)."""
    from eval.formats import beir, trec
    from eval.formats.lines import check_writable
    from eval.measuring import judged_only, opened
    from index.encoder import shipped_encoder

    folder = not target.suffix
    if not folder and target.name.removesuffix(".gz").rpartition(".")[2] not in ("qrels", "jsonl"):
        raise BadOption(f"{target}: name a new folder (BEIR), or a file that ends with .qrels (TREC) or .jsonl")
    if not folder:
        check_writable(target)
    if ".jsonl" in target.suffixes:
        _to_questions(source, target, notices)
        return
    trec_source = source.removesuffix(".gz").endswith(".qrels")
    if trec_source and folder:
        raise BadOption(f"{source} holds judgements alone; a BEIR folder needs corpus and queries, too")
    with judged_only(Path(source)) if trec_source else opened(source, notices, shipped_encoder()) as dataset:
        show_notes(source, dataset.notes)
        if folder:
            beir.write(target, dataset)
        else:
            trec.write_qrels(target, dataset.qrels)
    judged = sum(len(docs) for docs in dataset.qrels.values())
    message(f"已写出 wrote {len(dataset.qrels)} 个问题 queries，{judged} 条标注 judgements → {target}")


def _to_questions(source: str, target: Path, notices: Path | None) -> None:
    from assistant.feedback import FeedbackLog
    from eval.collection import open_collection
    from eval.formats import feedback, questions
    from eval.labelled import relocated
    from index.opening import open_store

    if source.endswith((".jsonl", ".jsonl.gz")):
        if notices is None:
            raise BadOption("name the folder of the notices with --notices, so that labels get their offsets")
        with open_collection(notices) as collection:
            written = relocated(questions.load(Path(source)), collection)
    else:
        store = open_store(source)
        if not store.exists:
            raise BadOption(f"{source} is neither a question set (.jsonl) nor a store with feedback")
        written = feedback.questions(FeedbackLog(store).entries())
    questions.write(target, written)
    message(f"已写出 wrote {len(written)} 个问题 questions → {target}")
