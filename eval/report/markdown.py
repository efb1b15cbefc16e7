"""The report as Markdown: summary, comparison, slices, worst regressions, coverage."""

from __future__ import annotations

import re
from collections.abc import Sequence

from eval.report.content import ALPHA, Report, Section
from eval.report.coverage import Coverage
from eval.report.documents import SHORT
from eval.report.rankings import Cell, regression
from eval.report.wording import mark, slice_name, task_name

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&$:@^=])")
_TOP = 5  # ranks of a regression


def report_markdown(report: Report, worst: int) -> str:
    """The text, in the tables of GitHub's Markdown. Words of queries and documents are escaped."""
    parts = ["# 评测报告 Evaluation report", *(_section(section, worst) for section in report.sections)]
    if report.coverage:
        parts.append(_coverage(report.coverage))
    return "\n\n".join(parts) + "\n"


def _section(section: Section, worst: int) -> str:
    zh, en = task_name(section.baseline.task)
    parts = [
        f"## {zh} {plain(section.name)} ({en})",
        f"{len(section.baseline.queries)} 个问题 queries，数据指纹 data `{section.baseline.data}`",
        *(f"> {plain(zh)} {plain(en)}" for zh, en in section.warnings),
        _summary(section),
    ]
    if section.comparisons:
        parts += [f"### 与基准 {plain(section.entries[0].label)} 相比 (against the baseline)", _against(section)]
    if section.slice_names:
        parts += ["### 切片 (slices)", _slices(section)]
    for i, (entry, comparison) in enumerate(zip(section.entries[1:], section.comparisons, strict=True), 1):
        parts.append(f"### 变差最多 {plain(entry.label)} (worst regressions)")
        changes = section.regressions(comparison, worst)
        parts += [] if changes else ["没有变差的问题 no query got worse"]
        for change in changes:
            parts.append(
                f"**{plain(change.query_id)}** {plain(change.before.text)} — {change.measure} {change.difference:+.3f}"
            )
            notes = [f"- {plain(note)}" for note in change.after.notes]
            parts += ["\n".join(notes)] if notes else []
            q = regression(section, change.query_id, i)
            rows = [[str(n), *(_cell(cell) for cell in row)] for n, row in enumerate(q.rows[:_TOP], 1)]
            parts += [_table(["", section.entries[0].label, entry.label], rows)] if rows else []
    parts.append("### 来历 (where this comes from)")
    parts.append(
        "\n".join(
            f"- {plain(entry.label)} `{entry.result.fingerprint}` {_code(entry.command)}" for entry in section.entries
        )
    )
    return "\n\n".join(parts)


def _summary(section: Section) -> str:
    rows = []
    for i, entry in enumerate(section.entries):
        r = entry.result
        cells = []
        for m in section.measures:
            if m not in r.measures:
                cells.append("–")
                continue
            d = section.comparisons[i - 1].differences.get(m) if i else None
            sign = mark(d.mean, d.p, ALPHA)[0] if d else ""
            low, high = entry.intervals[m]
            cells.append(f"{r.measures[m]:.3f}{sign} ({low:.3f}–{high:.3f})")
        costs = [r.latency_ms["p50"], r.latency_ms["p95"], r.cost.build_s, r.cost.rss_mb, r.cost.disk_mb]
        rows.append([plain(entry.label), *cells, *(f"{value:.1f}" if value else "–" for value in costs)])
    heads = ["系统 system", *section.measures, "p50 ms", "p95 ms", "建库 build s", "内存 RSS MiB", "磁盘 disk MiB"]
    return f"{_table(heads, rows)}\n\n▲▼ p < {ALPHA} (Holm)；括号内为 95% 自助法区间 bootstrap interval"


def _against(section: Section) -> str:
    rows = [
        [plain(entry.label), m, f"{d.mean:+.4f}{mark(d.mean, d.p, ALPHA)[0]}", f"{d.low:+.4f} … {d.high:+.4f}", f"{d.p:.4f}", f"{d.effect:+.2f}", f"{d.wins}/{d.ties}/{d.losses}"]
        for entry, comparison in zip(section.entries[1:], section.comparisons, strict=True)
        for m, d in comparison.differences.items()
    ]  # fmt: skip
    return _table(["系统 system", "指标 measure", "差", "95% 区间", "p (Holm)", "d", "胜/平/负 w/t/l"], rows)


def _slices(section: Section) -> str:
    rows = [
        [f"{plain(slice_name(name)[0])} {plain(group)}", str(n), *("–" if section.measure not in by else f"{by[section.measure]:.3f}" for by in means)]
        for name in section.slice_names
        for group, n, means in section.slice_rows(name)
    ]  # fmt: skip
    return _table([section.measure, "n", *(entry.label for entry in section.entries)], rows)


def _coverage(found: Coverage) -> str:
    rows = [
        [plain(d.source), plain(d.title), str(d.characters), f"{d.covered}", str(d.passages), str(d.headings), str(d.furniture), str(len(d.findings))]
        for d in found.documents
    ]  # fmt: skip
    covered = sum(d.covered for d in found.documents)
    parts = [
        "## 文档解析 (what the parser made of each document)",
        f"{found.files} 个文件 files，{len(found.documents)} 份文档 documents，{covered} / {found.characters} 个字符已归入 characters covered",
        *(f"- 无法读取 not read: {plain(source)} {plain(reason)}" for source, reason in found.failed),
        _table(["文件 file", "标题 title", "字符 characters", "覆盖 covered", "段落 passages", "标题行 headings", "附属 furniture", "警告 findings"], rows),
    ]  # fmt: skip
    return "\n\n".join(parts)


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return ""
    hit = "● " if cell.relevance else ""
    return f"{hit}{plain(cell.doc_id)} {plain(cell.text[:SHORT])}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [[plain(head) for head in heads], ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def plain(text: str) -> str:
    """Words in which nothing is markup, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _code(command: str | None) -> str:
    """A command between enough backticks."""
    if command is None:
        return ""
    fence = "`" * (max(map(len, re.findall("`+", command)), default=0) + 1)
    return f"{fence} {' '.join(command.split())} {fence}"
