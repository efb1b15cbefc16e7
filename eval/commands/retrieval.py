"""`notices-eval retrieval`: one system, or all of them side by side, on one data set."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.options import BatchSize, Dimensions, Model, RerankerName, print_json
from eval.commands.options import Json, Measures, Notices, Out, progress, show_notes
from eval.errors import BadOption

if TYPE_CHECKING:
    from eval.evaluation import Evaluation


def retrieval(
    dataset: Annotated[
        str, typer.Option("--dataset", help="BEIR 文件夹 DIR[:SPLIT]，或问题集 .jsonl (BEIR folder, or question set)")
    ],
    mode: Annotated[
        str, typer.Option("--mode", help="lexical | dense | hybrid，或一个基线的名字 (or the name of a baseline)")
    ] = "hybrid",
    notices: Notices = None,
    baselines: Annotated[
        bool,
        typer.Option(
            "--baselines", help="同表列出各基线；--out 也写出它们 (all baselines beside it; --out writes them, too)"
        ),
    ] = False,
    measure: Measures = None,
    model: Model = None,
    reranker: RerankerName = None,
    dimensions: Dimensions = None,
    batch_size: BatchSize = None,
    run_out: Annotated[
        Path | None, typer.Option("--run-out", help="写出 TREC 格式的检索结果 (write the run, TREC form)")
    ] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """在带标注的数据集上评测检索 (measure retrieval on a judged data set)."""
    from eval import evaluation, measures, systems
    from eval.formats import trec
    from eval.formats.lines import check_writable
    from eval.measuring import Models, opened, retrieval_source
    from eval.retrieval import evaluate, steps

    if mode not in systems.names():
        raise BadOption(f"--mode must be one of {', '.join(systems.names())}, not {mode!r}")
    for path in (run_out, out):
        if path is not None:
            check_writable(path)
    wanted = measures.parse(measure) if measure else measures.MEASURES
    models = Models(model, reranker, dimensions, batch_size)
    encoder, orders = models.open()
    chosen = systems.named([mode, *(n for n in systems.names() if baselines and n != mode)], encoder, orders)
    with opened(dataset, notices, encoder, orders) as loaded:
        show_notes(dataset, loaded.notes)
        with progress(steps(loaded) * len(chosen), "评测 evaluating") as bar:
            results = [evaluate(loaded, system, wanted, bar.update) for system in chosen]
    source = retrieval_source(dataset, notices, models)
    own, *others = [replace(result, source=source) for result in results]
    if run_out is not None:
        run = {query_id: list(query.ranking) for query_id, query in own.queries.items()}
        trec.write_run(run_out, run, f"notices-{mode}")
    if out is not None:
        evaluation.write(out, own)
        for other in others:
            evaluation.write(beside(out, other.system), other)
    if as_json:
        print_json(shape(own) | ({"baselines": {r.system: dict(r.measures) for r in results[1:]}} if baselines else {}))
        return
    print(f"{own.dataset}:{own.split}  {len(own.queries)} 个问题 queries  {own.fingerprint}")
    print(table(results))


def beside(out: Path, system: str) -> Path:
    """Where the result of a baseline goes: ``r.json`` → ``r.random.json``."""
    stem, dot, ending = out.name.partition(".")
    return out.with_name(f"{stem}.{system}{dot}{ending}")


def shape(result: Evaluation) -> dict[str, Any]:
    """The result in the form that design.md §4 fixes."""
    return {
        "dataset": result.dataset,
        "split": result.split,
        "mode": result.system,
        "queries": len(result.queries),
        "measures": dict(result.measures),
        "latency_ms": result.latency_ms,
        "fingerprint": result.fingerprint,
    }


def table(results: list[Evaluation]) -> str:
    """Results side by side, for a terminal."""
    from eval.text_table import text_table

    names = list(results[0].measures)
    heads = ["", *names, "p50 ms", "p95 ms", "build s", "RSS MB"]
    rows = [
        [r.system, *(f"{r.measures[n]:.3f}" for n in names), f"{r.latency_ms['p50']:.1f}", f"{r.latency_ms['p95']:.1f}", f"{r.cost.build_s:.1f}", f"{r.cost.rss_mb:.0f}"]
        for r in results
    ]  # fmt: skip
    return text_table(heads, rows)
