"""The page of results: one table over all systems and data sets, what it says in words, the chunk probe."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import date

from runs import OURS, Row

from eval.significance import compare

Results = Mapping[str, Sequence[Row]]  # name of a data set → one row a system, in one order
NAMES = {
    "txtai": "txtai",
    "haystack": "Haystack",
    "llamaindex": "LlamaIndex",
    "lancedb": "LanceDB",
    "milvus": "Milvus Lite",
}
SURE = 0.05
SHOWN = ("nDCG@10", "R@10", "R@100")


def page(results: Results, skipped: Mapping[str, str], chunk_table: str, command: str, commit: str) -> str:
    """The whole page, Markdown; ``command`` is what made it."""
    loads = [load for rows in results.values() for row in rows for load in row.load]
    timed = max(results, key=lambda name: max((row.documents for row in results[name]), default=0))
    sizes = [f"{name} ({documents:,} documents, {queries:,} queries)" for name, documents, queries in _sizes(results)]
    lines = [
        f"<!-- Written by `{command}`; not by hand. -->",
        "## Search beside its peers",
        "",
        f"`{command}`, {date.today()}, at {commit}, {platform.machine()}, Python {platform.python_version()}, two cores shared"
        f" with other work (load average {min(loads):.1f} to {max(loads):.1f} while it ran: compare times with each other only).",
        f"Data sets: {'; '.join(sizes)}. Cells are nDCG@10 · R@10 · R@100, scored by ir-measures, every judged query counted;"
        " bold is the best nDCG@10 of a column. All systems see the same documents (our passages, for the notices: title and"
        " headings, then the text) and queries; a follow-up stands behind its history, filters are not used.",
        f"Times, memory and seconds to index are those of {timed}; vectors of the query are part of a search."
        " Every system ran in a process and an environment of its own, model hubs switched off; a peer's run is kept while its script, versions and data stay the same. “Our encoder” is the"
        " folder `index/model`, as model2vec loads it: models of the peers' own choice cannot be downloaded here, so their"
        " rows with vectors say how they use ours, not how good theirs are.",
        "",
        *_table(results, timed),
        "",
        "### Where we lead, and where not",
        "",
        *(f"- {_verdict(name, rows)}" for name, rows in results.items()),
        "",
        "p: paired randomisation test of nDCG@10 over the queries, two-sided, not corrected for the number of rows.",
        *(f"\n{NAMES[name]} could not be installed here: {reason}." for name, reason in skipped.items()),
        "",
        "## Splitters beside ours",
        "",
        "The 97 numbered items of the notices 000, 001 and 002, found by their lines and not by our parser. An item that is"
        " whole in no chunk counts in none of the columns after it; of several chunks that hold it the shortest counts.",
        "",
        chunk_table,
    ]
    return "\n".join(lines) + "\n"


def _sizes(results: Results) -> list[tuple[str, int, int]]:
    done = {name: [row for row in rows if not row.error] for name, rows in results.items()}
    return [(name, rows[0].documents, len(rows[0].by_query)) for name, rows in done.items() if rows]


def _table(results: Results, timed: str) -> list[str]:
    names = list(results)
    heads = ["system", "setting", *names, "p50 ms", "p95 ms", "index s", "peak MB", "versions"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    best = {name: max(row.measures.get("nDCG@10", 0.0) for row in rows) for name, rows in results.items()}
    for rows in zip(*results.values(), strict=True):
        first = next((row for row in rows if not row.error), rows[0])
        cells = [_cell(row, best[name]) for name, row in zip(names, rows, strict=True)]
        cost = rows[names.index(timed)]
        costs = (
            ["–"] * 4
            if cost.error
            else [f"{cost.p50_ms:.1f}", f"{cost.p95_ms:.1f}", f"{cost.index_s:.1f}", f"{cost.rss_mb:.0f}"]
        )
        versions = ", ".join(f"{name} {number}" for name, number in first.versions.items())
        label = f"**{OURS}**" if first.system == OURS else NAMES[first.system]
        setting = f"`{first.setting}`" if first.system == OURS else f"{first.variant}: {first.setting}"
        lines.append("| " + " | ".join([label, setting, *cells, *costs, versions]) + " |")
    return lines


def _cell(row: Row, best: float) -> str:
    if row.error:
        return row.error.replace("|", "/")
    shown = [f"{row.measures[name]:.3f}".lstrip("0") for name in SHOWN]
    if row.measures["nDCG@10"] == best:
        shown[0] = f"**{shown[0]}**"
    return " · ".join(shown)


def _verdict(name: str, rows: Sequence[Row]) -> str:
    """Our default (hybrid) against the best peer, in one sentence."""
    ours = next(row for row in rows if (row.system, row.variant) == (OURS, "hybrid"))
    others = [row for row in rows if row.system != OURS and not row.error]
    if ours.error or not others:
        return f"{name}: nothing to compare ({ours.error or 'no peer ran'})."
    best = max(others, key=lambda row: row.measures["nDCG@10"])
    difference = compare(list(best.by_query.values()), list(ours.by_query.values()))
    who = f"{NAMES[best.system]} {best.variant} ({best.setting})"
    figures = f"{ours.measures['nDCG@10']:.3f} against {best.measures['nDCG@10']:.3f}"
    interval = f"difference {difference.mean:+.3f}, 95 % from {difference.low:+.3f} to {difference.high:+.3f}, {_p(difference.p)}"
    leads = ours.measures["nDCG@10"] >= best.measures["nDCG@10"]
    verb = (
        "our hybrid search leads; the best peer is" if leads else "**our hybrid search does not lead**; ahead of it is"
    )
    sure = (
        ""
        if difference.p < SURE or difference.low * difference.high > 0
        else f", which {len(ours.by_query)} queries cannot tell from chance"
    )
    return f"{name}: {verb} {who}: {figures} ({interval}{sure}).{_recall(ours, others)}"


def _recall(ours: Row, others: Sequence[Row]) -> str:
    """Where a peer finds more among its first 10 or 100."""
    said = []
    for measure in ("R@10", "R@100"):
        best = max(others, key=lambda row: row.measures[measure])
        if best.measures[measure] > ours.measures[measure] + 5e-4:
            said.append(
                f"{measure} is higher with {NAMES[best.system]} {best.variant}: {best.measures[measure]:.3f} against our {ours.measures[measure]:.3f}"
            )
    return f" {'; '.join(said)}." if said else ""


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"
