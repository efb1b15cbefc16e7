"""`notices-eval label`: a labelling session made, or what was judged written out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.options import message
from eval.commands.options import Notices, progress
from eval.errors import BadOption

if TYPE_CHECKING:
    from eval.labelling.pool import Pooled

_SYSTEMS = ("hybrid", "lexical", "dense", "rank-bm25-bigrams")


def label(
    source: Annotated[str | None, typer.Argument(metavar="[QUESTIONS]", help="问题集 .jsonl（可无标注）或 BEIR 文件夹 (questions, labelled or not, or a BEIR folder)")] = None,  # fmt: skip
    session: Annotated[Path, typer.Option("--session", help="标注任务文件 (session file, SQLite)")] = Path("labels.sqlite"),
    notices: Notices = None,
    depth: Annotated[int, typer.Option("--depth", help="每个系统取前几条 (documents of each system)", min=1, max=100)] = 10,
    system: Annotated[list[str] | None, typer.Option("--system", help="汇集哪些系统，可重复 (systems to pool; repeatable)")] = None,
    run: Annotated[list[Path] | None, typer.Option("--run", help="再加入 TREC 检索结果，可重复 (TREC runs to pool as well)")] = None,
    seed: Annotated[str, typer.Option("--seed", help="盲序的种子 (seed of the blind order)")] = "1",
    export_to: Annotated[Path | None, typer.Option("--export", help="写出判断：.qrels、.jsonl 或新文件夹 (write what was judged)")] = None,
) -> None:  # fmt: skip
    """汇集多个系统的结果供人标注，或写出标注 (pool results for labelling by people, or export the labels)."""
    from eval.labelling.export import export
    from eval.labelling.session import Session

    if export_to is not None:
        if source is not None:
            raise BadOption("--export writes what was judged in --session; leave out the questions")
        asked, judged = export(Session(session), export_to)
        message(f"已写出 wrote {asked} 个问题 questions，{judged} 条判断 judgements → {export_to}")
        return
    if source is None:
        raise BadOption("name the questions to label, or --export FILE to write what was judged")
    if session.exists():
        raise BadOption(
            f"{session} is there; go on with `notices-eval serve --session {session}`, or name another file"
        )
    pooled = _pooled(source, notices, depth, system or list(_SYSTEMS), run or [])
    made = Session.create(session, pooled, seed)
    message(f"{len(pooled)} 个问题 questions，{made.size()} 段待判 passages to judge → {session}")
    message(f"开始标注 start: notices-eval serve --session {session}")
    made.close()


def _pooled(source: str, notices: Path | None, depth: int, system: list[str], runs: list[Path]) -> list[Pooled]:
    from eval.collection import open_collection
    from eval.formats import beir, questions, trec
    from eval.labelled import unlabelled
    from eval.labelling.pool import pool
    from eval.retrieval import steps
    from eval.systems import named
    from index.encoder import shipped_encoder

    systems = named(system, shipped_encoder())
    given = [trec.read_run(path)[1] for path in runs]
    if Path(source).is_dir():
        data = beir.load_unjudged(Path(source))
        with progress(steps(data) * len(systems), "汇集 pooling") as bar:
            return pool(data, systems, depth, given, bar.update)
    if notices is None:
        raise BadOption(f"{source} is a question set; name the folder of its notices with --notices")
    asked = questions.load(Path(source), labelled=False)
    with open_collection(notices) as collection:
        data = unlabelled(Path(source).stem, asked, collection)
        with progress(steps(data) * len(systems), "汇集 pooling") as bar:
            return pool(data, systems, depth, given, bar.update)
