"""An answer as a file: Markdown, CSV or xlsx, with the citations (quote, notice, section path, link).

A cell that a spreadsheet would take for a formula is neutralised, as OWASP says for CSV injection: an apostrophe stands
before it. CSV begins with a byte order mark, so that Excel opens Chinese.
"""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from assistant.errors import BadRequest
from assistant.types import Answer, Citation
from assistant.wording import COLUMN_WORDS, KIND_WORDS

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

Format = Literal["md", "csv", "xlsx"]
FORMATS: tuple[Format, ...] = get_args(Format)
MEDIA_TYPES: dict[Format, str] = {
    "md": "text/markdown; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SOURCE = ("quote", "source", "document_number", "section", "page", "link")  # columns of a citation
_FORMULA = re.compile(r"^[\s\u200b\ufeff\u2060]*[=+\-@＝＋－＠\t\r\n]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~!$])")
_LEADING = re.compile(r"^([\s\u200b\ufeff\u2060]*)([-+=@＝＋－＠]|\d+(?=[.)]))")
_CELL = 32_767  # characters that a cell of Excel holds
_WIDTHS = {"quote": 60, "activity": 50, "task": 50, "line": 80, "notice": 36, "source": 36, "section": 30, "unit": 20}


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows under named columns, as both CSV and xlsx hold them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def format_of(path: Path) -> Format:
    """The format that a file's name asks for.

    :raises BadRequest: another ending than .md, .csv or .xlsx
    """
    ending = path.suffix.lower().removeprefix(".")
    for known in FORMATS:
        if ending == known:
            return known
    raise BadRequest(
        f"--export writes .md, .csv or .xlsx, not {path.name!r}; name the file so (文件名须以 .md、.csv 或 .xlsx 结尾)"
    )


def export(answer: Answer, form: Format, base: str = "", link: str = "") -> bytes:
    """An answer as the bytes of a file.

    :param base: what stands before the links, such as ``http://notices.example``; without it they are paths
    :param link: the permanent link to the answer, as a path
    """
    writers: dict[Format, Callable[[Answer, str, str], bytes]] = {"md": _markdown, "csv": _csv, "xlsx": _xlsx}
    return writers[form](answer, base.rstrip("/"), link)


def write(path: Path, content: bytes) -> None:
    """Put a file in place whole, or not at all.

    :raises BadRequest: it cannot be written
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(content)
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(name, 0o666 & ~mask)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BadRequest(f"cannot write {path} ({error.strerror}); name another file with --export") from error


def neutral(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; everything else as it is."""
    text = _clean(text)
    return f"'{text}" if _FORMULA.match(text) else text


def _clean(text: str) -> str:
    """Text that every one of the formats can hold."""
    return _CONTROL.sub("", text.encode("utf-8", "replace").decode())


def sheet(answer: Answer, base: str = "") -> Sheet:
    """The answer's table with the citations of each row; without one, each line of the answer with its citations."""
    known = {citation.number: citation for citation in answer.citations}
    if answer.table is not None and answer.table.rows:
        columns = answer.table.columns
        rows = [
            (*(row.cells.get(c, "") for c in columns), *_sources([known[n] for n in row.citations if n in known], base))
            for row in answer.table.rows
        ]
        return Sheet((*columns, *SOURCE), tuple(rows))
    lines = [line for line in answer.text.splitlines() if line.strip()]
    made = []
    for line in lines or [answer.reason or ""]:
        cited = [known[n] for n in dict.fromkeys(map(int, re.findall(r"\[(\d{1,4})\]", line))) if n in known]
        made.append((line.removeprefix("- "), *_sources(cited, base)))
    return Sheet(("line", *SOURCE), tuple(made))


def _sources(citations: Sequence[Citation], base: str) -> tuple[str, ...]:
    """The cells of some citations: each its own line, in the same order in every column."""
    columns = (
        [f"[{c.number}] {_one_line(c.quote)}" for c in citations],
        list(dict.fromkeys(c.notice_title for c in citations)),
        list(dict.fromkeys(c.document_number for c in citations if c.document_number)),
        list(dict.fromkeys(" › ".join(c.section_path) for c in citations if c.section_path)),
        list(dict.fromkeys(str(c.page) for c in citations if c.page)),
        [base + c.url for c in citations],
    )
    return tuple("\n".join(column) for column in columns)


def _one_line(text: str) -> str:
    return re.sub(r"\s*\n\s*", "", text)


def _label(column: str) -> str:
    return COLUMN_WORDS.get(column, column)


def _about(answer: Answer, base: str, link: str) -> list[tuple[str, str]]:
    """What is said above an answer: the question, its kind, what was searched, the permanent link, the warnings."""
    over = answer.coverage
    lines = [
        ("问题 Question", answer.question),
        ("类型 Kind", KIND_WORDS[answer.kind]),
        (
            "范围 Coverage",
            f"{over.notices} 份通知 notices · {over.passages} 段 passages · {over.matched} 段相符 matched",
        ),
    ]
    lines += [("永久链接 Link", base + link)] if link else []
    return lines + [("提示 Note", warning) for warning in answer.warnings]


# -- Markdown ----------------------------------------------------------------------------------------------------------


def _markdown(answer: Answer, base: str, link: str) -> bytes:
    out = [f"# {_escape(answer.question)}", ""]
    out += [f"- {label}：{_escape(text)}" for label, text in _about(answer, base, link)[1:]]
    out.append("")
    known = {citation.number: citation for citation in answer.citations}
    before = False
    for line in answer.text.splitlines():
        listed = line.startswith("- ")
        if listed != before:
            out.append("")  # else the line would belong to the list
        before = listed
        text = _linked(line.removeprefix("- "), known, base)
        out.append(f"- {text}" if listed else f"{text}  ")
    if answer.table is not None and answer.table.rows:
        columns = answer.table.columns
        out += ["", "## 表 Table", "", _row([*map(_label, columns), "引文 Cited"]), _row(["---"] * (len(columns) + 1))]
        for row in answer.table.rows:
            marks = " ".join(_mark(known[n], base) for n in row.citations if n in known)
            out.append(_row([*(_escape(row.cells.get(c, "")) for c in columns), marks]))
    for title, citations in (
        ("引文 Citations", answer.citations),
        ("相关但不是答案 Related, no answer", answer.related),
    ):
        if citations:
            out += ["", f"## {title}", ""]
            for c in citations:
                place = " · ".join(
                    part for part in (c.notice_title, c.document_number, " › ".join(c.section_path)) if part
                )
                out += [f"{c.number}. “{_escape(c.quote)}”  ", f"   {_escape(place)} [原文 source](<{base}{c.url}>)"]
    return ("\n".join(out).rstrip() + "\n").encode("utf-8", "replace")


def _escape(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no links, no second line, and no formula where it is pasted."""
    return _LEADING.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", " ".join(_clean(text).split())))


def _linked(line: str, known: dict[int, Citation], base: str) -> str:
    """A line of an answer; its marks are links."""

    def mark(match: re.Match[str]) -> str:
        citation = known.get(int(match.group(1)))
        return _mark(citation, base) if citation else match.group(0)

    return re.sub(r"\\\[(\d{1,4})\\\]", mark, _escape(line))


def _mark(citation: Citation, base: str) -> str:
    return f"[\\[{citation.number}\\]](<{base}{citation.url}>)"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


# -- CSV ---------------------------------------------------------------------------------------------------------------


def _csv(answer: Answer, base: str, link: str) -> bytes:
    made = sheet(answer, base)
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(map(_label, made.columns))
    writer.writerows([neutral(cell) for cell in row] for row in made.rows)
    return out.getvalue().encode("utf-8-sig", "replace")


# -- xlsx --------------------------------------------------------------------------------------------------------------


def _xlsx(answer: Answer, base: str, link: str) -> bytes:
    """Three sheets: the answer as it reads, its table, its citations with links that open."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    lines = [(label, text) for label, text in _about(answer, base, link)]
    lines += [("", line) for line in answer.text.splitlines() if line.strip()]
    _fill(book.create_sheet("答案 Answer"), Sheet(("about", "line"), tuple(lines)))
    if answer.table is not None and answer.table.rows:
        _fill(book.create_sheet("表 Table"), sheet(answer, base))
    cited = answer.citations or answer.related
    if cited:
        title = "引文 Citations" if answer.citations else "相关 Related (no answer)"
        rows = [
            (
                str(c.number),
                c.quote,
                c.notice_title,
                c.document_number or "",
                " › ".join(c.section_path),
                str(c.page or ""),
                base + c.url,
            )
            for c in cited
        ]
        _fill(book.create_sheet(title), Sheet(("number", *SOURCE), tuple(rows)))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(page: Worksheet, made: Sheet) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    for row, cells in enumerate([tuple(map(_label, made.columns)), *made.rows], 1):
        for column, text in enumerate(cells, 1):
            cell = page.cell(row, column)
            cell.value = neutral(text)[:_CELL]
            cell.data_type = "s"  # never a formula, whatever it begins with
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if row == 1:
                cell.font = Font(bold=True)
            elif made.columns[column - 1] == "link" and text.startswith(("http://", "https://")) and "\n" not in text:
                cell.hyperlink = text
                cell.style = "Hyperlink"
    for column, name in enumerate(made.columns, 1):
        page.column_dimensions[get_column_letter(column)].width = _WIDTHS.get(name, 14)
    page.freeze_panes = "A2"
