"""The JSON shapes of answers, hits and lists: the same on the command line and over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from assistant.types import Answer, Citation
from assistant.wording import LINK_WORDS
from corpus import as_json as corpus_json
from corpus.types import Finding
from index.explain import Explanation
from index.links import Link
from index.types import Correction, Hit, HitList, IndexReport, NoticeCard

if TYPE_CHECKING:
    from index.watch import Status  # only a name here: it brings the parser along

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


def correction(value: Correction) -> Json:
    """What was searched for otherwise than typed."""
    return {"from": value.typed, "to": value.meant, "kind": value.kind}


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
        "corrections": [correction(c) for c in value.corrections],
        "took_ms": value.took_ms,
        "wording": value.wording,
        "scope": [{"kind": item.kind, "value": item.value, "from": item.source} for item in value.scope],
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
        **({"explain": explanation(value.explanation)} if value.explanation else {}),
    }


def explanation(value: Explanation) -> Json:
    """Why a hit was found."""
    return {
        "method": value.method,
        "contributions": {part.replace(" ", "_"): round(share, 6) for part, share in value.contributions.items()},
        "lexical": {
            "score": round(value.bm25, 6),
            "bound": round(value.bound, 6),
            "share": round(value.share, 6),
            "rank": value.lexical_rank,
            "terms": [
                {**asdict(term), "weight": round(term.weight, 6), "score": round(term.score, 6)} for term in value.terms
            ],
        },
        "dense": {"cosine": _rounded(value.cosine), "rank": value.dense_rank},
        "late_interaction": _rounded(value.late_interaction),
        "fusion": {
            "score": _rounded(value.fused),
            "rank": value.fused_rank,
            "dense_weight": value.dense_weight,
        },
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def hit_list(value: HitList) -> Json:
    """The result of a search."""
    return {
        "query": value.query,
        "mode": value.mode,
        "total": value.total,
        "took_ms": value.took_ms,
        "corrections": [correction(c) for c in value.corrections],
        "hits": [hit(h) for h in value.hits],
        **({"degraded": True, "missing": list(value.degraded)} if value.degraded else {}),
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


def link(value: Link, notice_id: str, cards: Mapping[str, NoticeCard]) -> Json:
    """A link as one of its two notices sees it: ``direction`` out (this one says so of the other) or in."""
    direction = "out" if value.source == notice_id else "in"
    other = cards[value.target if direction == "out" else value.source]
    place = f"?start={value.start}&end={value.end}#{value.passage_id}" if value.quote else ""
    return {
        "kind": value.kind,
        "direction": direction,
        "notice_id": other.notice_id,
        "notice_title": other.title,
        "document_number": other.document_number,
        "year": other.year,
        "passage_id": value.passage_id,
        "quote": value.quote,
        "start": value.start,
        "end": value.end,
        "url": f"/n/{value.source}{place}" if value.quote else f"/n/{other.notice_id}",
    }


def links(notice_id: str, values: Iterable[Link], cards: Mapping[str, NoticeCard]) -> list[Json]:
    """The links of a notice, what counts most first."""
    own = [link(value, notice_id, cards) for value in values if notice_id in (value.source, value.target)]
    order = list(LINK_WORDS)
    return sorted(own, key=lambda value: order.index((value["kind"], value["direction"])))


def standing(values: Iterable[Link]) -> Callable[[str], Json]:
    """By a notice's id: the notice that has replaced it and its newer edition, None where there is none."""
    values = tuple(values)
    replaced = {value.target: value.source for value in values if value.kind == "replaces"}
    newer = {value.target: value.source for value in values if value.kind == "edition_of"}
    return lambda notice_id: {"replaced_by": replaced.get(notice_id), "newer_edition": newer.get(notice_id)}


def folder(value: Status | None) -> Json:
    """The folder that a store is kept in step with, if there is one."""
    if value is None:
        return {"watched": False}
    failed = [{"source": source, "reason": reason} for source, reason in value.failed]
    counts = {"files": value.files, "waiting": value.waiting}
    return {"watched": True, "available": value.available, **counts, "failed": failed}


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
