"""`notices-eval check`: whether a data set is sound, and whether its labels still describe the notices."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

from assistant.options import message, print_json
from eval.commands.options import Json, Notices, show_notes

_SHOWN = 40  # characters of a quote


def check(
    dataset: Annotated[
        str,
        typer.Argument(
            metavar="DATASET",
            help="BEIR 文件夹、问题集 .jsonl、TREC 标注 .qrels 或检索结果 (BEIR folder, question set, TREC judgements or run)",
        ),
    ],  # fmt: skip
    notices: Notices = None,
    as_json: Json = False,
) -> None:
    """校验数据；标注与通知原文不再相符时退出码为 1 (validate; exit 1 when labels no longer describe the notices)."""
    if dataset.endswith((".jsonl", ".jsonl.gz")) and notices is not None:
        _labels(Path(dataset), notices, as_json)
        return
    counts = _counts(dataset)
    if as_json:
        print_json(counts)
    else:
        print("，".join(f"{name} {count}" for name, count in counts.items()))


def _counts(dataset: str) -> dict[str, int]:
    from eval.formats import beir, questions, trec

    path = Path(dataset)
    name = dataset.removesuffix(".gz")
    if name.endswith(".jsonl"):
        asked = questions.load(path)
        return {"questions": len(asked), "labels": sum(len(q.gold) for q in asked)}
    if name.endswith(".qrels"):
        qrels = trec.read_qrels(path)
        return {"queries": len(qrels), "judgements": sum(map(len, qrels.values()))}
    if path.is_file():
        _, run = trec.read_run(path)
        ties = sum(a[1] == b[1] for ranked in run.values() for a, b in pairwise(ranked))
        return {"queries": len(run), "documents": sum(map(len, run.values())), "ties": ties}
    loaded = beir.load(dataset)
    show_notes(dataset, loaded.notes)
    judged = sum(map(len, loaded.qrels.values()))
    return {"documents": len(loaded.documents), "queries": len(loaded.queries), "judgements": judged}


def _labels(path: Path, notices: Path, as_json: bool) -> None:
    """Where each label's words lie now: found, moved, ambiguous, lost."""
    from eval.collection import open_collection
    from eval.formats import questions

    asked = questions.load(path)
    states: Counter[str] = Counter()
    rows = []
    with open_collection(notices) as collection:
        show_notes(str(notices), (f"not read: {reason}" for reason in collection.failed))
        for question in asked:
            for label in (*question.gold, *question.optional):
                state = collection.locate(label).state
                states[state] += 1
                if state != "found":
                    rows.append(
                        {"id": question.question_id, "notice": label.notice, "quote": label.quote, "state": state}
                    )
    bad = states["lost"] + states["ambiguous"]
    if as_json:
        print_json({"questions": len(asked), "labels": dict(states), "rows": rows})
    else:
        for row in rows:
            print(f"{row['state']:<10} {row['id']}  {row['notice']}  {row['quote'][:_SHOWN]}")
        print(f"questions {len(asked)}，" + "，".join(f"{state} {count}" for state, count in sorted(states.items())))
    if bad:
        message(f"{bad} 条标注已不能对应原文 labels no longer describe the notices; mend their quotes or remove them")
        raise typer.Exit(1)
