"""The report as one HTML file that needs nothing else: no request leaves it, and only its own script runs."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from eval.report import wording
from eval.report.content import ALPHA, Report, Section
from eval.report.plots import plots, series_of
from eval.report.rankings import QueryView, by_weight, regression, view

DETAILED = 300  # queries of a section that are shown with what was found
LISTED = 5000  # queries of a section that are listed with their measures
COLUMNS = 4  # systems whose values stand in the line of a query
TREES = 300  # documents of the coverage page whose headings are shown
NODES = 200  # headings of a document
_DEEP = 5  # ranks of each system in the list of queries
_WIDE = 6  # systems whose rankings stand side by side there


@dataclass(frozen=True, slots=True)
class Line:
    """A query in the list. ``keys``: what it is sorted by; ``groups``: numbers of the slices' groups it is in."""

    query_id: str
    text: str
    values: Sequence[float | None]
    change: float | None
    keys: str
    groups: str
    view: QueryView | None


def render(report: Report, worst: int) -> str:
    """The page. :param worst: regressions to show for each system"""
    environment = _environment()
    style, script = _asset("report.css"), _asset("report.js")
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    sections = [_section(section, worst) for section in report.sections]
    return environment.get_template("report.html").render(
        sections=sections, coverage=report.coverage, policy=policy, style=Markup(style), script=Markup(script),
        trees=TREES, nodes=NODES,
    )  # fmt: skip


def _section(section: Section, worst: int) -> Mapping[str, Any]:
    comparisons = [
        {
            "entry": entry,
            "index": i,
            "differences": comparison.differences,
            "regressions": [(c, regression(section, c.query_id, i)) for c in section.regressions(comparison, worst)],
        }
        for i, (entry, comparison) in enumerate(zip(section.entries[1:], section.comparisons, strict=True), 1)
    ]
    order = by_weight(section)
    groups = {
        pair: n
        for n, pair in enumerate(
            (name, group) for name in section.slice_names for group, _, _ in section.slice_rows(name)
        )
    }
    return {
        "s": section,
        "classes": series_of(section.entries),
        "plots": [(p.title, p.english, Markup(p.svg)) for p in plots(section)],
        "slices": {name: section.slice_rows(name) for name in section.slice_names},
        "stages": [entry.result.stages_ms for entry in section.entries],
        "comparisons": comparisons,
        "groups": groups,
        "orders": _orders(section),
        "lines": [_line(section, q, groups, n < DETAILED) for n, q in enumerate(order[:LISTED])],
        "left_out": max(0, len(order) - LISTED),
        "brief": max(0, min(len(order), LISTED) - DETAILED),
        "columns": section.entries[:COLUMNS],
        "wide": section.entries[:_WIDE],
        "environments": list(dict.fromkeys(k for e in section.entries for k in e.result.environment)),
    }


def _orders(section: Section) -> list[tuple[str, str]]:
    """What queries can be sorted by, ascending: the list's own order comes first."""
    found = [("重要性", "weight"), ("编号", "id")]
    found += [(f"{entry.label} {section.measure} ↑", "") for entry in section.entries]
    found += [(f"Δ {entry.label} ↑", "") for entry in section.entries[1:]]
    return [*found, (f"{section.entries[0].label} 耗时 ↓", "slowest first")]


def _line(section: Section, query_id: str, groups: Mapping[tuple[str, str], int], detailed: bool) -> Line:
    found = [entry.result.queries[query_id] for entry in section.entries]
    values = [query.values.get(section.measure) for query in found]
    first = values[0]
    changes = [None if v is None or first is None else v - first for v in values[1:]]
    known = [change for change in changes if change is not None]
    keys = [*values, *changes, -found[0].ms]
    return Line(
        query_id, found[0].text, values[:COLUMNS], min(known, key=lambda c: (-abs(c), c)) if known else None,
        " ".join("-" if key is None else f"{key:.4g}" for key in keys),
        " ".join(str(groups[pair]) for pair in found[0].slices.items() if pair in groups),
        view(section, query_id, range(min(len(section.entries), _WIDE)), _DEEP) if detailed else None,
    )  # fmt: skip


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("eval", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters |= {
        "num": _number,
        "signed": _signed,
        "ms": _milliseconds,
        "share": _share,
        "settings": _settings,
    }
    environment.globals |= {
        "slice_name": wording.slice_name, "task_name": wording.task_name, "measure_name": wording.measure_name,
        "slices_shown": wording.slices_shown, "mark": wording.mark, "alpha": ALPHA,
    }  # fmt: skip
    return environment


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{round(value, 3) + 0:+.3f}".replace("-", "−")


def _milliseconds(value: float | None) -> str:
    return "–" if not value else f"{value:.1f}"


def _share(value: float) -> str:
    """Per cent; 100 % is said of the whole alone."""
    return "100 %" if value == 1 else f"{min(value * 100, 99.999):.3f} %"


def _settings(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _asset(name: str) -> str:
    return files("eval").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
