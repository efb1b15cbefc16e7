"""`notices-eval compare`: results or runs side by side, the first one being the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.options import message, print_json
from eval.commands.options import Json, Measures, Notices, show_notes
from eval.errors import BadOption

if TYPE_CHECKING:
    from eval.comparing import Comparison
    from eval.evaluation import Evaluated, Evaluation

_TOP = 5  # of each ranking that a regression shows
_TITLE = 34


def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN…",
            help="结果 .json 或 TREC 检索结果，第一个为基准 (results or TREC runs; the first is the baseline)",
        ),
    ],  # fmt: skip
    dataset: Annotated[
        str | None, typer.Option("--dataset", help="TREC 检索结果所属的数据集 (data set of TREC runs)")
    ] = None,
    qrels: Annotated[
        Path | None, typer.Option("--qrels", help="或 TREC 格式的标注 (or judgements in TREC form)")
    ] = None,
    notices: Notices = None,
    measure: Measures = None,
    worst: Annotated[int, typer.Option("--worst", help="并排列出变差最多的问题 (worst regressions to show)")] = 3,
    as_json: Json = False,
) -> None:
    """比较：显著性检验、置信区间、切片、变差的问题 (differences with tests, intervals, slices, regressions)."""
    from eval.comparing import compare as compared

    results = _results(runs, dataset, qrels, notices, measure)
    comparisons = compared(results[0], results[1:])
    if as_json:
        print_json({"results": [_result(r) for r in results], "comparisons": [_shape(c, worst) for c in comparisons]})
        return
    _print(results, comparisons, worst)


def _results(
    runs: list[Path], dataset: str | None, qrels: Path | None, notices: Path | None, measure: list[str] | None
) -> list[Evaluation]:
    from eval import evaluation, measures
    from eval.formats import trec
    from eval.measuring import judged_only, opened
    from eval.retrieval import digest, score
    from index.encoder import shipped_encoder

    if all(evaluation.is_result(run) for run in runs):
        return [evaluation.read(run) for run in runs]
    if any(evaluation.is_result(run) for run in runs):
        raise BadOption("results (.json) and TREC runs cannot be mixed; write results with `retrieval --out`")
    if (dataset is None) == (qrels is None):
        raise BadOption("TREC runs need judgements; name either --dataset DIR[:SPLIT] or --qrels FILE")
    wanted = measures.parse(measure) if measure else measures.MEASURES
    found = [trec.read_run(run) for run in runs]
    with opened(dataset, notices, shipped_encoder()) if dataset else judged_only(qrels) as loaded:
        show_notes(dataset or str(qrels), loaded.notes)
        return [
            score(loaded, rankings, wanted, f"{path.name} ({tag})", digest([path.name, tag]))
            for path, (tag, rankings) in zip(runs, found, strict=True)
        ]


def _print(results: list[Evaluation], comparisons: list[Comparison], worst: int) -> None:
    from eval.text_table import text_table

    first = results[0]
    print(f"{first.dataset}:{first.split}  {len(first.queries)} 个问题 queries  数据 data {first.data}")
    names = list(first.measures)
    print(
        text_table(
            ["", *names], [[r.system, *(f"{r.measures[m]:.3f}" for m in names if m in r.measures)] for r in results]
        )
    )
    for comparison in comparisons:
        print(f"\n{comparison.other.system}  对比 against  {comparison.baseline.system}")
        for note in comparison.notes:
            message(f"注意 note: {note}")
        rows = [
            [m, f"{d.mean:+.4f}", f"[{d.low:+.4f}, {d.high:+.4f}]", f"{d.p:.4f}", f"{d.effect:+.2f}", f"{d.wins}/{d.ties}/{d.losses}"]
            for m, d in comparison.differences.items()
        ]  # fmt: skip
        print(
            text_table(["指标 measure", "差 difference", "95% 区间 interval", "p (Holm)", "d", "胜/平/负 w/t/l"], rows)
        )
        groups = [
            [f"{name} = {group}", str(n), f"{before:.3f}", f"{after:.3f}", f"{after - before:+.3f}"]
            for name, by in comparison.by_slice.items()
            for group, (n, before, after) in by.items()
        ]
        if groups:
            print(text_table(["切片 slice", "n", "前 before", "后 after", "差"], groups))
        for change in comparison.changes()[:worst]:
            if change.difference < 0:
                print(f"\n✗ {change.query_id} {change.before.text}  {change.measure} {change.difference:+.3f}")
                print(
                    _side_by_side(
                        change.before, change.after, {**comparison.baseline.titles, **comparison.other.titles}
                    )
                )


def _side_by_side(before: Evaluated, after: Evaluated, titles: Mapping[str, str]) -> str:
    from eval.text_table import text_table

    def cell(query: Evaluated, rank: int) -> str:
        if rank >= len(query.ranking):
            return ""
        doc_id = query.ranking[rank][0]
        return ("● " if query.relevant.get(doc_id, 0) > 0 else "  ") + (titles.get(doc_id) or doc_id)[:_TITLE]

    rows = [[str(rank + 1), cell(before, rank), cell(after, rank)] for rank in range(_TOP)]
    return text_table(["", "前 before", "后 after"], rows)


def _result(result: Evaluation) -> dict[str, Any]:
    return {"dataset": result.dataset, "split": result.split, "system": result.system, "measures": dict(result.measures), "fingerprint": result.fingerprint}  # fmt: skip


def _shape(comparison: Comparison, worst: int) -> dict[str, Any]:
    from dataclasses import asdict

    regressions = [change for change in comparison.changes() if change.difference < 0][:worst]
    return {
        "baseline": comparison.baseline.system,
        "system": comparison.other.system,
        "differences": {measure: asdict(d) for measure, d in comparison.differences.items()},
        "slices": {
            name: {g: {"queries": n, "before": b, "after": a} for g, (n, b, a) in groups.items()}
            for name, groups in comparison.by_slice.items()
        },
        "regressions": [
            {"id": c.query_id, "question": c.before.text, "measure": c.measure, "difference": c.difference,
             "before": [d for d, _ in c.before.ranking[:10]], "after": [d for d, _ in c.after.ranking[:10]]}
            for c in regressions
        ],
        "notes": list(comparison.notes),
    }  # fmt: skip
