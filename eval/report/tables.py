"""The report for spreadsheets: one row a query and system, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from eval.report.content import Report

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would calculate a text that begins so
_FIXED = ("task", "dataset", "split", "data", "system", "fingerprint", "query_id", "query", "ms", "relevant", "found", "missed")  # fmt: skip


def report_csv(report: Report) -> str:
    """Columns: what was measured, the query, its measures, ``slice:…`` and ``stage:…`` in milliseconds, notes.

    ``relevant``, ``found`` and ``missed`` count documents. A text that a spreadsheet would calculate begins with an
    apostrophe. The file begins with a byte order mark, without which Excel takes it for another encoding.
    """
    queries = [q for s in report.sections for entry in s.entries for q in entry.result.queries.values()]
    measures = _names(q.values for q in queries)
    slices = _names(q.slices for q in queries)
    stages = _names(q.stages for q in queries)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        [
            *_FIXED,
            *map(_text, measures),
            *(f"slice:{name}" for name in slices),
            *(f"stage:{n}" for n in stages),
            "notes",
        ]
    )
    for section in report.sections:
        for entry in section.entries:
            r = entry.result
            fixed = [r.task, _text(r.dataset), _text(r.split), r.data, _text(entry.label), r.fingerprint]
            for query_id, q in r.queries.items():
                relevant = {doc_id for doc_id, grade in q.relevant.items() if grade > 0}
                missed = relevant - {doc_id for doc_id, _ in q.ranking}
                writer.writerow([
                    *fixed, _text(query_id), _text(q.text), q.ms, len(relevant), len(q.ranking), len(missed),
                    *(q.values.get(m, "") for m in measures), *(_text(q.slices.get(s, "")) for s in slices),
                    *(q.stages.get(s, "") for s in stages), _text("; ".join(q.notes)),
                ])  # fmt: skip
    return "\ufeff" + out.getvalue()


def _names(found: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(name for names in found for name in names))


def _text(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value
