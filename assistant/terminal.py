"""What the command line prints for people."""

from __future__ import annotations

import re
from typing import Any

from assistant.check_tree import tree
from assistant.paint import paint
from assistant.types import Answer
from assistant.wording import LINK_WORDS, SOURCE_WORDS, scope_word

_MARK = re.compile(r"\[\d+\]")


def print_answer(answer: Answer) -> None:
    """An answer with its sources; in front of it what limits it that the question itself does not say."""
    carried = [
        f"{scope_word(item)}（{SOURCE_WORDS[item.source][0]}）" for item in answer.scope if item.source != "question"
    ]
    if carried:
        print(paint(f"范围 scope: {'、'.join(carried)}", "faint"))
    print(_MARK.sub(lambda mark: paint(mark[0], "mark"), answer.text))
    for citation in answer.citations:
        path = " > ".join(citation.section_path)
        number = f" {citation.document_number}" if citation.document_number else ""
        mark = paint(f"[{citation.number}]", "mark")
        place = paint(f"({citation.passage_id})", "faint")
        print(f"  {mark} 《{citation.notice_title}》{number} {path} {place}")
    if answer.related:
        print("\n相关（不是答案） related, no answer:")
        for citation in answer.related:
            print(paint(f"  - 《{citation.notice_title}》 {citation.quote[:60]}", "faint"))
    for warning in answer.warnings:
        print(paint(f"⚠ {warning}", "warning"))
    if answer.wording == "model":
        print(
            "措辞出自语言模型，逐句核对过引文 worded by a language model, every sentence verified against its citations"
        )


def print_notice(notice: dict[str, Any]) -> None:
    """A notice: header fields, outline, passages with their units, facts, warnings."""
    for field in ("title", "document_number", "issuer", "region", "year", "issued_on", "disclosure", "source"):
        print(f"{field:16} {notice[field] if notice[field] is not None else '—'}")
    _print_links(notice, "")
    print()
    _print_body(notice)
    for warning in notice["warnings"]:
        print(paint(f"⚠ {warning['message']}", "warning"))


def print_check(files: list[dict[str, Any]]) -> None:
    """What the parser makes of files: a tree, and the findings."""
    for file in files:
        print(f"{file['source']}")
        if file["failure"]:
            print(f"  ✗ {file['failure']}")
        for notice in file["notices"] or []:
            print(f"  《{notice['title']}》 {notice['document_number'] or ''} {notice['year'] or ''}")
            for line in tree(notice):
                print(f"    {line}")
            with_units = sum(bool(p["units"]) for p in notice["passages"])
            print(
                f"    {len(notice['passages'])} 段 passages，{with_units} 段有单位 with units，{len(notice['facts'])} 条事实 facts"
            )
            _print_links(notice, "    ")
            for warning in notice["warnings"]:
                print(f"    ⚠ {warning['message']}")


def _print_links(notice: dict[str, Any], indent: str) -> None:
    for link in notice["links"]:
        label = " ".join(LINK_WORDS[link["kind"], link["direction"]])
        number = link["document_number"] or link["year"] or ""
        print(f"{indent}→ {label}: 《{link['notice_title']}》 {number} ({link['notice_id']})")


def _print_body(notice: dict[str, Any]) -> None:
    shown: list[str] = []
    for passage in notice["passages"]:
        for depth, heading in enumerate(passage["section_path"]):
            if shown[depth : depth + 1] != [heading]:
                shown = [*shown[:depth], heading]
                print(f"{'  ' * depth}# {heading}")
        indent = "  " * len(passage["section_path"])
        units = "、".join(unit["name"] for unit in passage["units"])
        print(f"{indent}{passage['text']}" + (f"  〔{units}〕" if units else ""))
