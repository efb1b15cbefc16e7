"""The report for programs. docs/evaluation.md says what each key means."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from eval.report.content import Entry, Report, Section
from eval.report.coverage import Coverage
from eval.report.plots import recall_curve

FORMAT = "notices-eval-report/1"
_DEEP = 10  # ranks of a ranking; the results hold all


def report_json(report: Report, worst: int) -> dict[str, Any]:
    """Everything that a report says."""
    return {
        "format": FORMAT,
        "sections": [_section(section, worst) for section in report.sections],
        "coverage": _coverage(report.coverage) if report.coverage else None,
    }


def _section(section: Section, worst: int) -> dict[str, Any]:
    labels = [entry.label for entry in section.entries]
    return {
        "task": section.baseline.task,
        "dataset": section.baseline.dataset,
        "split": section.baseline.split,
        "data": section.baseline.data,
        "queries": len(section.baseline.queries),
        "measure": section.measure,
        "warnings": [{"zh": zh, "en": en} for zh, en in section.warnings],
        "systems": [_entry(entry) for entry in section.entries],
        "comparisons": [
            {
                "baseline": labels[0],
                "system": label,
                "differences": {measure: asdict(d) for measure, d in comparison.differences.items()},
                "regressions": [
                    {"id": c.query_id, "difference": c.difference} for c in section.regressions(comparison, worst)
                ],
            }
            for label, comparison in zip(labels[1:], section.comparisons, strict=True)
        ],
        "slices": {
            name: {
                group: {"queries": n, "means": dict(zip(labels, means, strict=True))}
                for group, n, means in section.slice_rows(name)
            }
            for name in section.slice_names
        },
        "rows": [
            {
                "id": query_id,
                "query": found[0].text,
                "slices": dict(found[0].slices),
                "relevant": dict(found[0].relevant),
                "systems": {
                    label: {
                        "values": dict(query.values),
                        "ms": query.ms,
                        "found": [doc_id for doc_id, _ in query.ranking[:_DEEP]],
                        "missed": _missed(query.relevant, {doc_id for doc_id, _ in query.ranking}),
                        "notes": list(query.notes),
                    }
                    for label, query in zip(labels, found, strict=True)
                },
            }
            for query_id, found in section.by_query()
        ],
        "texts": dict(section.texts.known),
    }


def _missed(relevant: Any, found: set[str]) -> list[str]:
    return sorted(doc_id for doc_id, grade in relevant.items() if grade > 0 and doc_id not in found)


def _entry(entry: Entry) -> dict[str, Any]:
    result = entry.result
    return {
        "label": entry.label,
        "file": entry.path.name,
        "system": result.system,
        "command": entry.command,
        "fingerprint": result.fingerprint,
        "measures": {
            measure: {"mean": mean, "low": entry.intervals[measure][0], "high": entry.intervals[measure][1]}
            for measure, mean in result.measures.items()
        },
        "latency_ms": result.latency_ms,
        "stages_ms": result.stages_ms,
        "cost": asdict(result.cost),
        "recall_at_k": {str(k): recall for k, recall in recall_curve(entry).items()}
        if result.task == "retrieval"
        else {},
        "settings": result.settings,
        "environment": dict(result.environment),
    }


def _coverage(found: Coverage) -> dict[str, Any]:
    return {
        "folder": str(found.folder),
        "files": found.files,
        "characters": found.characters,
        "share": found.share,
        "failed": [{"source": source, "reason": reason} for source, reason in found.failed],
        "documents": [{**asdict(document), "share": document.share} for document in found.documents],
    }
