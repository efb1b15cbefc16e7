"""`notices-eval answers`: a question set asked and scored, exactly and without a judging model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.options import Model, RerankerName, print_json
from eval.commands.options import Json, Out, progress

if TYPE_CHECKING:
    from eval.evaluation import Evaluation


def answers(
    questions_file: Annotated[Path, typer.Argument(metavar="QUESTIONS.jsonl", help="问题集 (question set)")],
    notices: Annotated[Path, typer.Option("--notices", help="通知文件夹 (folder of the notices)")],
    optional: Annotated[
        Path | None, typer.Option("--optional", help="可引可不引的段落，默认 NAME_optional.jsonl (optional labels)")
    ] = None,
    given: Annotated[
        Path | None, typer.Option("--answers", help="评分已有的答案而不提问 (score these answers instead of asking)")
    ] = None,
    model: Model = None,
    reranker: RerankerName = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """逐题提问并评分：单位集合、引用、事实、拒答 (ask a question set and score the answers)."""
    from eval import evaluation, measuring
    from eval.formats import questions
    from eval.formats.lines import check_writable

    if out is not None:
        check_writable(out)
    with progress(len(questions.load(questions_file, optional)), "提问 asking") as bar:
        result = measuring.answers(
            questions_file, notices, optional, given, bar.update, measuring.Models(model, reranker)
        )
    if out is not None:
        evaluation.write(out, result)
    if as_json:
        print_json(shape(result))
    else:
        print(f"{result.dataset}  {len(result.queries)} 个问题 questions  {result.fingerprint}")
        print(by_kind(result))
        for question_id, query in result.queries.items():
            if query.values["right"] < 1:
                print(f"✗ {question_id} {query.text}\n    " + "\n    ".join(query.notes))


def shape(result: Evaluation) -> dict[str, Any]:
    """The result as JSON: means, means by kind, every question with its values and what is wrong."""
    from eval.slices import means_by

    return {
        "dataset": result.dataset,
        "questions": len(result.queries),
        "measures": dict(result.measures),
        "by_kind": means_by(result.queries, "kind"),
        "latency_ms": result.latency_ms,
        "fingerprint": result.fingerprint,
        "rows": [
            {"id": i, "kind": q.slices.get("kind"), "question": q.text, **q.values, "notes": list(q.notes)}
            for i, q in result.queries.items()
        ],
    }


def by_kind(result: Evaluation) -> str:
    """A table for a terminal: a row a kind."""
    from eval.answers.scoring import MEASURES
    from eval.evaluation import means
    from eval.slices import groups
    from eval.text_table import text_table

    members = {**groups(result.queries, "kind"), **{f"— {k}": v for k, v in groups(result.queries, "lang").items()}}
    rows = []
    for name, queries in {**members, "ALL": result.queries}.items():
        values = means(queries)
        rows.append([name, str(len(queries)), *(f"{values[m]:.3f}" if m in values else "–" for m in MEASURES)])
    return text_table(["", "n", *MEASURES], rows)
