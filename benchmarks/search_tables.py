"""Tables of ways to search, side by side on several sets, and one way tested against another."""

from __future__ import annotations

from benchmarks.search_sets import Values, cell, means
from eval import significance

Measured = dict[str, tuple[frozenset[str], dict[str, Values]]]  # column → its queries, way to search → values


def print_table(measured: Measured) -> None:
    """One line a way to search, one column a set; – where it was not measured."""
    ways = dict.fromkeys(way for _, values in measured.values() for way in values)
    print("| | " + " | ".join(f"{column} ({len(queries)})" for column, (queries, _) in measured.items()) + " |")
    print("|---|" + "---|" * len(measured))
    for way in ways:
        cells = [cell(values[way], queries) if way in values else "–" for queries, values in measured.values()]
        print(f"| {way} | " + " | ".join(cells) + " |")


def print_tests(measured: Measured, before: str, after: str) -> None:
    """One line a column and measure: both means, the difference with its interval, p, and p after Holm over all lines."""
    print(f"\n{after} · against · {before}\n")
    print("| set | measure | before | after | difference [95 %] | p | p, Holm | better · worse |")
    print("|---|---|---|---|---|---|---|---|")
    lines = []
    for column, (queries, values) in measured.items():
        if before not in values:
            continue
        a, b = means(values[before], queries), means(values[after], queries)
        ordered = sorted(queries)
        for measure in a:
            theirs, ours = ([values[s][measure][q] for q in ordered] for s in (before, after))
            lines.append((column, measure, a[measure], b[measure], significance.compare(theirs, ours)))
    adjusted = significance.holm([line[-1].p for line in lines])
    for (column, measure, was, now, d), p in zip(lines, adjusted, strict=True):
        print(
            f"| {column} | {measure} | {was:.4f} | {now:.4f} | {d.mean:+.4f} [{d.low:+.4f}, {d.high:+.4f}] "
            f"| {d.p:.4f} | {p:.4f} | {d.wins} · {d.losses} |"
        )
