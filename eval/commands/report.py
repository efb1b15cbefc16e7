"""`notices-eval report`: results as one page for people, or as Markdown, JSON or CSV."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.options import message
from eval.errors import BadOption

if TYPE_CHECKING:
    from eval.report.content import Report

_FORMS = (".html", ".md", ".json", ".csv")


def report(
    results: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[RESULT]…",
            help="结果 .json 或 .json.gz，同一数据中的第一个为基准 (results; the first of the same data is the baseline)",
        ),
    ] = None,  # fmt: skip
    out: Annotated[
        Path | None,
        typer.Option("--out", help="报告文件，以 .html、.md、.json 或 .csv 结尾 (the file; its ending is the form)"),
    ] = None,  # fmt: skip
    notices: Annotated[
        Path | None,
        typer.Option("--notices", help="另附文档解析页：通知文件夹 (adds what the parser made of a folder of notices)"),
    ] = None,
    worst: Annotated[
        int, typer.Option("--worst", min=0, help="每个系统并排列出变差最多的问题 (worst regressions to show)")
    ] = 10,
) -> None:
    """报告：汇总、图、切片、变差的问题、逐题、来历、文档解析 (summary, plots, slices, regressions, queries, origin, coverage)."""
    from eval import evaluation
    from eval.formats.lines import check_writable, write_text
    from eval.report.content import build
    from eval.report.coverage import coverage

    if out is None or out.suffix not in _FORMS:
        raise BadOption(f"name the report with --out FILE, ending with {', '.join(_FORMS)}")
    given = results or []
    if not given and notices is None:
        raise BadOption("nothing to report; name results that --out wrote, or a folder with --notices")
    if out.suffix == ".csv" and (notices is not None or not given):
        raise BadOption("a CSV holds the queries of results alone; leave out --notices, or write .html, .md or .json")
    if out.resolve() in [path.resolve() for path in given]:
        raise BadOption(f"{out} is one of the results; give the report another name")
    check_writable(out)
    found = build([(path, evaluation.read(path)) for path in given], coverage(notices) if notices else None)
    text = rendered(found, out.suffix, worst)
    write_text(out, text.encode("utf-8", "replace").decode("utf-8"))  # a result may hold halves of characters
    message(f"报告 report → {out} ({out.stat().st_size / 1e6:.1f} MB)")


def rendered(found: Report, form: str, worst: int) -> str:
    """The report in the form that a file's ending names."""
    if form == ".html":
        from eval.report.html import render

        return render(found, worst)
    if form == ".md":
        from eval.report.markdown import report_markdown

        return report_markdown(found, worst)
    if form == ".csv":
        from eval.report.tables import report_csv

        return report_csv(found)
    from eval.report.as_json import report_json

    return json.dumps(report_json(found, worst), ensure_ascii=False, indent=1) + "\n"
