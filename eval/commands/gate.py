"""`notices-eval gate`: exit code 0 when nothing fell, 1 when something did, 2 when it cannot be told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.options import message, print_json
from eval.commands.options import Json
from eval.errors import BadOption

if TYPE_CHECKING:
    from eval.evaluation import Evaluation
    from eval.gate import Expected


def gate(
    baseline: Annotated[Path, typer.Option("--baseline", help="基准文件 (baseline file)")],
    results: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[RESULT.json]…",
            help="要检查的结果；省略则按基准文件重新测量 (results to judge; measured anew when left out)",
        ),
    ] = None,  # fmt: skip
    max_drop: Annotated[float, typer.Option("--max-drop", help="均值允许的下降 (how much a mean may fall)")] = 0.01,
    alpha: Annotated[
        float,
        typer.Option(
            "--alpha", help="误报概率；1 表示只看 --max-drop (chance of a false alarm; 1: only --max-drop decides)"
        ),
    ] = 0.05,  # fmt: skip
    measure: Annotated[
        list[str] | None, typer.Option("--measure", help="只检查这些指标，可重复 (gate these measures alone)")
    ] = None,  # fmt: skip
    record: Annotated[
        bool, typer.Option("--record", help="把给出的结果记为新的基准 (make the results the new baseline)")
    ] = False,  # fmt: skip
    as_json: Json = False,
) -> None:
    """与基准相比质量是否下降：0 通过，1 下降，2 无法比较 (did quality fall? 0 no, 1 yes, 2 not comparable)."""
    from eval import evaluation
    from eval.gate import expect, judge, read, write
    from eval.text_table import text_table

    if not 0 <= max_drop <= 1 or not 0 < alpha <= 1:
        raise BadOption("--max-drop must lie between 0 and 1, --alpha above 0 and at most 1")
    given = [evaluation.read(path) for path in results or ()]
    if record:
        if not given:
            raise BadOption("--record needs the results to record; write some with --out RESULT.json")
        write(baseline, [expect(result) for result in given])
        message(f"已记录 recorded {len(given)} 项 task(s) → {baseline}")
        return
    expected = read(baseline)
    pairs = _pairs(expected, given) if given else [(one, _measured(one)) for one in expected]
    verdicts = judge(pairs, max_drop, alpha, measure or ())
    failed = [v for v in verdicts if v.failed]
    if as_json:
        print_json({
            "passed": not failed, "max_drop": max_drop, "alpha": alpha,
            "verdicts": [{"task": v.task, "measure": v.measure, "before": v.before, "after": v.after, "p": v.p, "failed": v.failed} for v in verdicts],
        })  # fmt: skip
    else:
        rows = [
            [v.task, v.measure, f"{v.before:.4f}", f"{v.after:.4f}", f"{round(-v.drop, 4) + 0:+.4f}", f"{v.p:.4f}", "✗ 下降 fell" if v.failed else "✓"]
            for v in verdicts
        ]  # fmt: skip
        print(text_table(["", "指标 measure", "基准 before", "现在 now", "差", "p (Holm)", ""], rows))
        print(f"未通过 failed: {len(failed)} / {len(verdicts)}" if failed else f"通过 passed: {len(verdicts)}")
    if failed:
        raise typer.Exit(1)


def _pairs(expected: list[Expected], given: list[Evaluation]) -> list[tuple[Expected, Evaluation]]:
    """Each result with the task of the baseline that has its task and data set; the system may be another one."""
    pairs = []
    for result in given:
        same = [e for e in expected if (e.task, e.dataset, e.split) == (result.task, result.dataset, result.split)]
        exact = [e for e in same if e.system == result.system] or same
        if not exact:
            raise BadOption(
                f"the baseline has no task {result.task} {result.dataset}:{result.split}; it has "
                + ", ".join(f"{e.task} {e.dataset}:{e.split}" for e in expected)
            )
        pairs.append((exact[0], result))
    return pairs


def _measured(expected: Expected) -> Evaluation:
    from eval import measures
    from eval.measuring import again

    wanted = measures.parse(expected.values) if expected.task == "retrieval" else ()
    message(f"{expected.name} …")
    return again(expected.task, expected.system, expected.source, wanted)
