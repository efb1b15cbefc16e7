"""The JSON shapes of answers, hits and lists: the same on the command line and over HTTP."""

from __future__ import annotations

from typing import Any

from assistant.types import Answer, Citation
from corpus import as_json as corpus_json
from corpus.types import Finding
from index.store import IndexReport
from index.types import Hit, HitList, NoticeCard

Json = dict[str, Any]


def citation(value: Citation) -> Json:
    """A citation with the link that opens it."""
    return {
        "number": value.number,
        "passage_id": value.passage_id,
        "notice_id": value.notice_id,
        "notice_title": value.notice_title,
        "document_number": value.document_number,
        "section_path": list(value.section_path),
        "quote": value.quote,
        "start": value.start,
        "end": value.end,
        "page": value.page,
        "url": value.url,
    }


def answer(value: Answer) -> Json:
    """A whole answer."""
    table = None
    if value.table is not None:
        rows = [{"cells": dict(row.cells), "citations": list(row.citations)} for row in value.table.rows]
        table = {"columns": list(value.table.columns), "rows": rows}
    return {
        "question": value.question,
        "lang": value.lang,
        "kind": value.kind,
        "abstained": value.abstained,
        "reason": value.reason,
        "answer": value.text,
        "citations": [citation(c) for c in value.citations],
        "table": table,
        "coverage": {
            "notices": value.coverage.notices,
            "passages": value.coverage.passages,
            "matched": value.coverage.matched,
        },
        "related": [citation(c) for c in value.related],
        "warnings": list(value.warnings),
        "took_ms": value.took_ms,
    }


def hit(value: Hit) -> Json:
    """A hit."""
    passage, notice = value.stored.passage, value.stored.notice
    return {
        "passage_id": passage.passage_id,
        "notice_id": notice.notice_id,
        "notice_title": notice.title,
        "document_number": notice.document_number,
        "year": notice.year,
        "region": notice.region,
        "section_path": list(passage.section_path),
        "number": passage.number,
        "text": passage.text,
        "start": passage.start,
        "end": passage.end,
        "score": value.score,
        "units": [corpus_json.unit(u) for u in passage.units],
    }


def hit_list(value: HitList) -> Json:
    """The result of a search."""
    return {
        "query": value.query,
        "mode": value.mode,
        "total": value.total,
        "took_ms": value.took_ms,
        "hits": [hit(h) for h in value.hits],
    }


def card(value: NoticeCard, findings: tuple[Finding, ...]) -> Json:
    """A notice in a list: id, source, header fields, warnings."""
    return {
        "notice_id": value.notice_id,
        "source": value.source,
        "title": value.title,
        "document_number": value.document_number,
        "issuer": value.issuer,
        "region": value.region,
        "level": value.level,
        "year": value.year,
        "issued_on": value.issued_on,
        "disclosure": value.disclosure,
        "warnings": [corpus_json.finding(f) for f in findings],
    }


def report(value: IndexReport) -> Json:
    """What `index` did."""
    return {
        "indexed": value.indexed,
        "unchanged": value.unchanged,
        "removed": value.removed,
        "failed": [{"source": f.source, "reason": f.failure} for f in value.failed],
        "notes": list(value.notes),
        "passages": value.passages,
        "took_ms": value.took_ms,
    }
