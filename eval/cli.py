"""The command line `notices-eval`. Results on stdout, messages on stderr; exit codes as design.md §4 says."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from eval.errors import BadOption, EvalError
from eval.types import Report
from index.errors import StoreError

app = typer.Typer(
    name="notices-eval",
    help="检索与问答的评测，离线运行。 Evaluation of retrieval and answers, offline.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _commands() -> None:
    """Keeps `retrieval` a command of its own while it is the only one."""


@app.command()
def retrieval(
    dataset: Annotated[
        str, typer.Option("--dataset", help="BEIR 格式的文件夹 DIR[:SPLIT] (folder in BEIR form; split: test)")
    ],
    mode: Annotated[str, typer.Option("--mode", help="lexical | dense | hybrid")] = "hybrid",
    run_out: Annotated[
        Path | None, typer.Option("--run-out", help="写出 TREC 格式的检索结果 (write the run, TREC form)")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出 (print JSON)")] = False,
) -> None:
    """在带标注的数据集上评测检索 (measure retrieval on a judged data set)."""
    from eval import beir, runs
    from eval.retrieval import evaluate, steps
    from index.encoder import shipped_encoder
    from index.types import MODES, Mode

    if mode not in MODES:
        raise BadOption(f"--mode must be one of {', '.join(MODES)}, not {mode!r}")
    checked: Mode = mode
    if run_out is not None:
        runs.check_writable(run_out)
    loaded = beir.load(dataset)
    for note in loaded.notes:
        _message(f"{dataset}: {note}")
    with typer.progressbar(
        length=steps(loaded, checked), label="评测 evaluating", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        report, run = evaluate(loaded, checked, shipped_encoder(), bar.update)
    if run_out is not None:
        runs.write(run_out, run, f"notices-{mode}")
    if as_json:
        print(json.dumps(_json(report), ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))
    else:
        values = "  ".join(f"{name} {value:.3f}" for name, value in report.measures.items())
        print(f"{report.dataset}:{report.split}  {report.mode}  {report.queries} queries  {values}")
        print(f"p50 {report.p50_ms:.1f} ms  p95 {report.p95_ms:.1f} ms  {report.fingerprint}")


def _json(report: Report) -> dict[str, Any]:
    return {
        "dataset": report.dataset,
        "split": report.split,
        "mode": report.mode,
        "queries": report.queries,
        "measures": report.measures,
        "latency_ms": {"p50": report.p50_ms, "p95": report.p95_ms},
        "fingerprint": report.fingerprint,
    }


def _message(text: str) -> None:
    print(text, file=sys.stderr)


def main() -> None:
    """Entry point: errors that users can mend are one line on stderr and exit code 2."""
    try:
        app()
    except (EvalError, StoreError) as error:
        _message(f"notices-eval: {error}")
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


if __name__ == "__main__":
    main()
