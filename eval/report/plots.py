"""The plots of a report, each with what it shows in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from eval.report.content import Entry, Section
from eval.report.svg import FAINT, INK, LINE, SERIES, clean, inline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE = (5.0, 3.3)  # inches of 72 points; on a page 1 point is about 1 pixel
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "h", "*")
_DASHES = ("-", "--", "-.", ":")
_DEPTHS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)
_POINTS = 201  # of a distribution
_GROUPS = 30  # rows of the slice plot
_STYLE: Any = {  # rc_context asks for literal keys
    "font.size": 10, "axes.edgecolor": LINE, "axes.labelcolor": FAINT, "xtick.color": LINE, "ytick.color": LINE,
    "xtick.labelcolor": FAINT, "ytick.labelcolor": FAINT, "axes.grid": True, "grid.color": LINE, "grid.linewidth": 0.5,
    "grid.alpha": 0.6, "axes.spines.top": False, "axes.spines.right": False, "axes.unicode_minus": True,
    "text.color": INK, "legend.frameon": False, "text.parse_math": False, "lines.linewidth": 1.6, "lines.markersize": 5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure as SVG with its title in Chinese and in English."""

    title: str
    english: str
    svg: str


def plots(section: Section) -> list[Plot]:
    """All plots that a section has data for."""
    from matplotlib import rc_context

    with rc_context(_STYLE):
        found = [_recall(section), _differences(section), _latency(section), _trade_off(section), _by_slice(section)]
    return [plot for plot in found if plot is not None]


def recall_curve(entry: Entry) -> dict[int, float]:
    """Mean share of the relevant documents among the first k, for each k that the rankings reach."""
    judged = [q for q in entry.result.queries.values() if any(grade > 0 for grade in q.relevant.values())]
    deepest = max((len(q.ranking) for q in judged), default=0)
    curve = {}
    for k in [k for k in _DEPTHS if k <= deepest]:
        shares = [
            sum(q.relevant.get(d, 0) > 0 for d, _ in q.ranking[:k]) / sum(grade > 0 for grade in q.relevant.values())
            for q in judged
        ]
        curve[k] = float(np.mean(shares))
    return curve


def _recall(section: Section) -> Plot | None:
    if section.baseline.task != "retrieval":
        return None
    curves = {entry.label: recall_curve(entry) for entry in section.entries}
    if not any(len(curve) > 1 for curve in curves.values()):
        return None
    figure, axes = _figure()
    for n, (label, curve) in enumerate(curves.items()):
        axes.plot(list(curve), list(curve.values()), label=clean(label), **_look(n))
    depths = list(next(iter(curves.values())))
    axes.set_xscale("log")
    axes.set_xticks(depths, [str(k) for k in depths])
    axes.minorticks_off()
    axes.set_ylim(0, 1.03)
    axes.set_xlabel("前 k 篇 top k")
    axes.set_ylabel("召回率 recall")
    axes.legend(loc="lower right")
    told = "; ".join(f"{label}: " + ", ".join(f"k={k} {v:.3f}" for k, v in c.items()) for label, c in curves.items())
    return _done(section, figure, "recall", "前 k 篇的召回率", "Recall at k", told)


def _differences(section: Section) -> Plot | None:
    if not section.comparisons:
        return None
    figure, axes = _figure()
    told = []
    for n, (entry, comparison) in enumerate(zip(section.entries[1:], section.comparisons, strict=True), 1):
        values = sorted(
            (after.values[section.measure] - before.values[section.measure]
             for q, before in comparison.baseline.queries.items()
             if section.measure in before.values and section.measure in (after := comparison.other.queries[q]).values),
            reverse=True,
        )  # fmt: skip
        at = np.linspace(0, 100, len(values) + 1)
        axes.stairs(
            values, at, color=_colour(n), label=clean(entry.label), linewidth=1.4, baseline=None, linestyle=_dash(n)
        )
        if len(section.comparisons) == 1:
            axes.stairs(values, at, color=_colour(n), alpha=0.18, fill=True)
        d = comparison.differences[section.measure]
        told.append(f"{entry.label}: {d.wins} better, {d.ties} equal, {d.losses} worse, mean {d.mean:+.3f}")
    axes.axhline(0, color=FAINT, linewidth=0.8)
    axes.set_xlim(0, 100)
    axes.set_xlabel("问题，按差值排序 queries by difference (%)")
    axes.set_ylabel(f"Δ {section.measure}")
    axes.legend(loc="upper right")
    title = f"逐题与 {section.entries[0].label} 之差（{section.measure}）"
    return _done(section, figure, "differences", title, f"Difference of each query to {section.entries[0].label}", "; ".join(told))  # fmt: skip


def _by_slice(section: Section) -> Plot | None:
    rows = [
        (f"{_slice(name)} {group} ({n})", [means.get(section.measure) for means in by_entry])
        for name in section.slice_names
        for group, n, by_entry in section.slice_rows(name)
    ][:_GROUPS]  # fmt: skip
    if not rows:
        return None
    figure, axes = _figure(height=max(_SIZE[1], 0.6 + 0.21 * len(rows)), left=1.75)
    at = np.arange(len(rows))
    for n, entry in enumerate(section.entries):
        values = np.array([np.nan if row[1][n] is None else row[1][n] for row in rows], dtype=float)
        axes.plot(values, at, linestyle="", label=clean(entry.label), alpha=0.9, color=_colour(n), marker=_marker(n))
    axes.set_yticks(at, [clean(label if len(label) <= 24 else label[:23] + "…") for label, _ in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(-0.03, 1.03)
    axes.set_xlabel(section.measure)
    if len(section.entries) > 1:
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=4, columnspacing=1.2, handletextpad=0.2)
    told = "; ".join(
        f"{label}: " + ", ".join("–" if v is None else f"{v:.3f}" for v in values) for label, values in rows
    )
    return _done(section, figure, "slices", f"各切片的 {section.measure}", "Quality by slice", told)


def _latency(section: Section) -> Plot | None:
    timed = [(n, e) for n, e in enumerate(section.entries) if any(q.ms > 0 for q in e.result.queries.values())]
    if not timed:
        return None
    figure, axes = _figure()
    share = np.linspace(0, 100, _POINTS)
    for n, entry in timed:
        times = _milliseconds(entry)
        axes.plot(np.percentile(times, share), share, label=clean(entry.label), color=_colour(n), linestyle=_dash(n))
    _milliseconds_axis(axes)
    axes.set_ylim(0, 103)
    axes.set_ylabel("问题 queries (%)")
    axes.legend(loc="lower right")
    told = "; ".join(f"{e.label}: p50 {e.result.latency_ms['p50']:.1f} ms, p95 {e.result.latency_ms['p95']:.1f} ms" for _, e in timed)  # fmt: skip
    return _done(section, figure, "latency", "查询耗时分布", "Distribution of latency", told)


def _trade_off(section: Section) -> Plot | None:
    timed = [(n, e) for n, e in enumerate(section.entries) if e.result.latency_ms["p50"] > 0]
    if len(timed) < 2:
        return None
    figure, axes = _figure()
    told = []
    for n, entry in timed:
        p50, p95 = entry.result.latency_ms["p50"], entry.result.latency_ms["p95"]
        mean, (low, high) = entry.result.measures[section.measure], entry.intervals[section.measure]
        axes.plot([p50, p95], [mean, mean], color=_colour(n), linewidth=1)
        axes.plot([p50, p50], [low, high], color=_colour(n), linewidth=1)
        axes.plot(
            [p50], [mean], color=_colour(n), marker=_marker(n), linestyle="", markersize=7, label=clean(entry.label)
        )
        told.append(f"{entry.label}: {mean:.3f} [{low:.3f}, {high:.3f}], p50 {p50:.1f} ms, p95 {p95:.1f} ms")
    _milliseconds_axis(axes)
    axes.set_ylabel(section.measure)
    axes.legend(loc="best")
    title = f"{section.measure} 与耗时（点：p50 与均值；横线到 p95，竖线为 95% 区间）"
    return _done(section, figure, "trade-off", title, "Quality against latency", "; ".join(told))


def _milliseconds(entry: Entry) -> npt.NDArray[np.float64]:
    return np.maximum([q.ms for q in entry.result.queries.values()], 0.01)  # the axis is logarithmic


def _milliseconds_axis(axes: Axes) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("毫秒 ms")


def _figure(height: float = _SIZE[1], left: float = 0.72) -> tuple[Figure, Axes]:
    """Margins in inches are fixed: matplotlib cannot measure the characters that the browser's font will draw."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_SIZE[0], height))
    axes = figure.add_axes((left / _SIZE[0], 0.5 / height, (_SIZE[0] - left - 0.2) / _SIZE[0], (height - 0.8) / height))
    return figure, axes


def _done(section: Section, figure: Figure, name: str, title: str, english: str, told: str) -> Plot:
    return Plot(title, english, inline(figure, f"{section.key}-{name}", f"{title} {english}", told))


def _slice(name: str) -> str:
    from eval.report.wording import slice_name

    return slice_name(name)[0]


def _look(n: int) -> dict[str, Any]:
    return {"color": _colour(n), "marker": _marker(n), "linestyle": _dash(n)}


def _colour(n: int) -> str:
    return SERIES[n % len(SERIES)]


def _marker(n: int) -> str:
    return _MARKERS[n % len(_MARKERS)]


def _dash(n: int) -> str:
    return _DASHES[n // len(SERIES) % len(_DASHES)]


def series_of(entries: Sequence[Entry]) -> list[str]:
    """The class of each entry's colour, for the page's tables."""
    return [f"c{n % len(SERIES) + 1}" for n in range(len(entries))]
