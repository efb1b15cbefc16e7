"""From text to notices: the pipeline lines → header → numbering → outline → passages → units → facts → findings."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import PurePosixPath

from corpus import findings
from corpus.extract.explicit import says_first_leads
from corpus.extract.facts import facts_of
from corpus.extract.label_lines import join_label_lines, section_labels
from corpus.extract.subjects import leads_sentence
from corpus.extract.units import Context, units_of
from corpus.ids import notice_id
from corpus.places import find_region
from corpus.readers.types import Extract, stretch
from corpus.structure.copies import second_copy
from corpus.structure.documents import run_together, starts
from corpus.structure.header import classify, read_header
from corpus.structure.lines import Line, mended, printed_lines
from corpus.structure.outline import Draft, build
from corpus.structure.press import Article, articles, is_headline
from corpus.structure.repair import infer
from corpus.structure.split import pieces
from corpus.structure.tables import row_spans, rows_of
from corpus.structure.unbroken import Unbroken
from corpus.types import Fact, Finding, Header, Notice, Passage, PassageKind, Section, Span, Unit


def parse(document: str | Extract, source: str) -> list[Notice]:
    """The notices that a document holds: one, several that were run together, or the articles of a newspaper page.

    :param document: a text, or what a reader made of a file
    :param source: the file's path relative to the folder it was found under
    """
    extract = Extract(document) if isinstance(document, str) else document
    spans = row_spans(extract.text, extract.tables)
    printed, furniture = printed_lines(extract.text, extract.furniture, spans)
    offsets = run_together(printed) if not spans and not furniture else []
    return (_each(extract, offsets, source, printed) if offsets else []) or _read(
        extract, source, spans, printed, furniture
    )


def _read(
    extract: Extract, source: str, spans: Sequence[Span], printed: list[Line], furniture: list[Span]
) -> list[Notice]:
    """The same of a document whose lines are known.

    :param spans: its table rows
    """
    text = extract.text
    lines = mended(text, printed, spans)
    copy = second_copy(lines)
    repeated = _repeated(lines[copy:])
    furniture += [Span(line.start, line.end) for line in lines[copy:]]
    lines = lines[:copy]
    rows = rows_of(text, lines, extract.tables)
    kinds = classify(lines, rows.keys())
    offsets = [lines[index].start for index in starts(lines, kinds)[1:]]
    several = _each(extract, offsets, source) if offsets else []
    if several:
        return several
    marks, gaps = infer(lines, set(kinds) | rows.keys())
    parts = articles(lines, kinds, marks) if not rows else []
    if not parts:
        header = read_header(lines, kinds, name=_name(source))
        sections, drafts = build(lines, kinds, marks, rows=rows)
        notice = _assemble(extract, source, header, sections, drafts, furniture, lines)
        found = findings.find(text, lines, kinds, marks, gaps, header, notice.passages)
        return [replace(notice, findings=_merged(found, extract.findings, repeated))]
    region = find_region([text])
    whole = read_header(lines, dict.fromkeys(range(parts[0].first, parts[0].body), "title"), region)
    edges = [0, *(lines[part.first].start for part in parts[1:]), len(text)]
    found_in = [[Span(f.start - a, f.end - a) for f in furniture if a <= f.start < b] for a, b in pairwise(edges)]
    return [
        _article(stretch(extract, a, b), source, whole, _moved(lines[part.first : part.last], a), part, own)
        for part, (a, b), own in zip(parts, pairwise(edges), found_in, strict=True)
    ]


def _moved(lines: Sequence[Line], offset: int) -> list[Line]:
    """The lines of a stretch of a text, which begins at an offset."""
    return [Line(line.start - offset, line.end - offset, line.text) for line in lines]


def _each(extract: Extract, offsets: list[int], source: str, printed: Sequence[Line] = ()) -> list[Notice]:
    """The documents of a file that holds several; none where two of them are the same one.

    :param offsets: where each of them begins but the first
    :param printed: the lines of the file, where it has neither tables nor furniture
    """
    notices: list[Notice] = []
    starts_at = [line.start for line in printed]
    for a, b in pairwise([0, *offsets, len(extract.text)]):
        part = stretch(extract, a, b)
        if printed:
            own = printed[bisect_left(starts_at, a) : bisect_left(starts_at, b)]
            notices += _read(part, source, (), _moved(own, a), [])
        else:
            notices += parse(part, source)
    return notices if len({notice.notice_id for notice in notices}) == len(notices) else []


def _repeated(lines: list[Line]) -> tuple[Finding, ...]:
    if not lines:
        return ()
    message = "正文在文件中出现两遍，只读第一遍 (the body is printed twice; the second copy is left out)"
    return (Finding("repeated_text", message, lines[0].start, lines[-1].end),)


def _merged(*groups: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(sorted((f for group in groups for f in group), key=lambda f: (f.start, f.code)))


def _name(source: str) -> str:
    """The name of a file without its folder, ending and leading serial number."""
    return re.sub(r"^[\d_\-. ]+", "", PurePosixPath(source).stem)


def _article(
    extract: Extract, source: str, page: Header, lines: list[Line], part: Article, furniture: list[Span]
) -> Notice:
    """One article of a newspaper page; year and region come from the page unless its own headline names them."""
    headline_lines = part.body - part.first
    kinds: dict[int, PassageKind] = dict.fromkeys(range(headline_lines), "title")
    header = read_header(lines, kinds, page.region)
    header = replace(
        header,
        title=" ".join(line.text for line in lines[:headline_lines]),
        year=header.year or page.year,
        issuer=None,
    )
    subheads = frozenset(i for i, line in enumerate(lines) if i >= headline_lines and is_headline(line.text))
    sections, drafts = build(lines, kinds, [], subheads)
    notice = _assemble(extract, source, header, sections, drafts, furniture, lines, press=True)
    message = "新闻报道，不是通知原文；年份取自所在版面 (a press report, not a notice)"
    first = notice.passages[0]
    found = (Finding("press_report", message, first.start, first.end), *findings.unit_names(notice.passages))
    return replace(notice, findings=_merged(found, extract.findings))


def _assemble(
    extract: Extract, source: str, header: Header, sections: tuple[Section, ...], drafts: list[Draft],
    furniture: list[Span], lines: list[Line], press: bool = False,
) -> Notice:  # fmt: skip
    text = extract.text
    identity = notice_id(header, text)
    drafts = join_label_lines(text, drafts)
    context = Context(header.region, header.issuer, says_first_leads(text), section_labels(text, drafts))
    whole = Unbroken(text, lines)
    passages = tuple(p for draft in drafts for p in _passages(whole, identity, context, draft, press))
    facts = tuple(fact for passage in passages for fact in _facts(whole, passage, header))
    return Notice(identity, source, header, text, sections, passages, facts, tuple(furniture), (), extract.pages)


def _facts(whole: Unbroken, passage: Passage, header: Header) -> Iterator[Fact]:
    """The facts of a passage, read as if no line were broken."""
    if not whole.starts:
        yield from facts_of(passage, header.year, header.issued_on)
        return
    start, end = whole.plain(passage.start), whole.plain(passage.end)
    plain = replace(passage, start=start, end=end, text=whole.text[start:end])
    for fact in facts_of(plain, header.year, header.issued_on):
        yield whole.fact(fact)


def _units(whole: Unbroken, start: int, end: int, context: Context, draft: Draft, press: bool) -> tuple[Unit, ...]:
    """The units of a passage, read as if no line were broken."""
    if not whole.starts:
        return units_of(whole.text, start, end, context, draft.headings, draft.section_path, draft.row, press)
    headings = tuple(map(whole.span, draft.headings))
    path = tuple(re.sub(r"\s*\n\s*", "", heading) for heading in draft.section_path)
    units = units_of(whole.text, whole.plain(start), whole.plain(end), context, headings, path, draft.row, press)
    return tuple(map(whole.unit, units))


def _passages(whole: Unbroken, identity: str, context: Context, draft: Draft, press: bool) -> list[Passage]:
    text = whole.printed
    body = draft.kind in ("item", "paragraph", "preamble")
    spans = [(draft.start, draft.end)]
    if press and body:
        spans = [(draft.start + a, draft.start + b) for a, b in pieces(text[draft.start : draft.end], leads_sentence)]
    out = []
    for n, (start, end) in enumerate(spans, 1):
        local = draft.local_id if len(spans) == 1 else f"{draft.local_id}/{n}"
        units = _units(whole, start, end, context, draft, press) if body else ()
        out.append(
            Passage(
                f"{identity}/{local}",
                draft.kind,
                draft.section_path,
                draft.headings,
                draft.number,
                draft.printed_number,
                start,
                end,
                text[start:end],
                units,
            )  # fmt: skip
        )
    return out
