"""A notice as rows of Milvus, and back.

A text field holds 65,535 bytes at most, so what can be longer is compressed JSON in numbered parts.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from corpus.ids import text_digest
from corpus.types import Fact, Finding, Header, Notice, Passage, Section, Span, Unit
from index.errors import StoreMismatch
from index.types import NoticeCard

MAX_BYTES = 65_535  # of a text field
_PART = 60_000  # ASCII characters of a part
TERM_BYTES = 2048  # of a filter term
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """A notice of the store as all reads begin: which version of it counts, and its card."""

    version: str
    digest: str
    passages: int
    card: NoticeCard
    findings: tuple[Finding, ...]


def version_of(notice: Notice, built_with: str) -> str:
    """Sixteen hexadecimal digits of all that is stored of a notice: rows of the same version are the same rows.

    :param built_with: the fingerprints of analysis and encoder
    """
    content = json.dumps([built_with, whole_of(notice)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def card_of(notice: Notice) -> NoticeCard:
    """What hits say about the notice."""
    return NoticeCard(notice.notice_id, notice.source, pages=notice.pages, **asdict(notice.header))


# -- records -----------------------------------------------------------------------------------------------------------


def record(pk: str, kind: str, key: str, version: str, body: str) -> Row:
    """A row of the collection that holds everything but passages."""
    return {"pk": pk, "kind": kind, "key": key, "version": version, "body": body, "nothing": [0.0, 0.0]}


def head_row(notice: Notice, version: str) -> Row:
    """The row that makes a version of a notice count: one upsert puts it in place of the one before."""
    body = {
        "digest": text_digest(notice.text, notice.furniture),
        "passages": len(notice.passages),
        "card": asdict(card_of(notice)),
        "findings": [asdict(finding) for finding in notice.findings],
    }
    (packed, *more) = pack(body)
    if more:
        raise StoreMismatch(f"{notice.source}: too many pages or warnings for one record; split the file")
    return record(f"h/{notice.notice_id}", "head", notice.notice_id, version, packed)


def read_head(row: Mapping[str, Any]) -> Head:
    """A head from its row."""
    body = unpack([row["body"]])
    card = NoticeCard(**{**body["card"], "pages": tuple(body["card"]["pages"])})
    return Head(row["version"], body["digest"], body["passages"], card, tuple(Finding(**f) for f in body["findings"]))


def part_rows(kind: str, key: str, version: str, value: object) -> list[Row]:
    """A value in numbered parts; ``kind``: ids (of a notice's passages), whole (the notice), words (of a state)."""
    name = f"{key}@{version}" if key else version
    return [
        record(f"{kind[0]}/{name}/{n:04}", kind, key, version, part) for n, part in enumerate(pack(value))
    ]  # fmt: skip


def joined(rows: Iterable[Mapping[str, Any]]) -> Any:
    """The value that numbered parts hold."""
    return unpack([row["body"] for row in sorted(rows, key=lambda row: str(row["pk"]))])


def pack(value: object) -> list[str]:
    """A JSON value in parts that a text field holds."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    packed = base64.b85encode(zlib.compress(text, 6)).decode("ascii")
    return [packed[at : at + _PART] for at in range(0, len(packed), _PART)]


def unpack(parts: Sequence[str]) -> Any:
    """The value that parts hold. :raises StoreMismatch: one is missing or damaged"""
    try:
        return json.loads(zlib.decompress(base64.b85decode("".join(parts))).decode("utf-8", "surrogatepass"))
    except (ValueError, zlib.error) as error:
        raise StoreMismatch(
            f"a record of the Milvus store cannot be read ({error}); `notices rebuild` does not mend that: "
            "copy the notices into a new store"
        ) from error


def whole_of(notice: Notice) -> object:
    """All of a notice as JSON; facts in the order of their places, as every store gives them."""
    return asdict(replace(notice, facts=tuple(sorted(notice.facts, key=lambda fact: (fact.start, fact.kind)))))


def read_whole(value: Mapping[str, Any]) -> Notice:
    """A notice from its JSON."""
    return Notice(
        notice_id=value["notice_id"],
        source=value["source"],
        header=Header(**value["header"]),
        text=value["text"],
        sections=tuple(map(_section, value["sections"])),
        passages=tuple(map(read_passage, value["passages"])),
        facts=tuple(Fact(**fact) for fact in value["facts"]),
        furniture=tuple(Span(**span) for span in value["furniture"]),
        findings=tuple(Finding(**finding) for finding in value["findings"]),
        pages=tuple(value["pages"]),
    )


def _section(value: Mapping[str, Any]) -> Section:
    return Section(**{**value, "children": tuple(map(_section, value["children"]))})


def read_passage(value: Mapping[str, Any]) -> Passage:
    """A passage from its JSON."""
    return Passage(**{
        **value,
        "section_path": tuple(value["section_path"]),
        "headings": tuple(Span(**span) for span in value["headings"]),
        "units": tuple(Unit(**unit) for unit in value["units"]),
    })  # fmt: skip


# -- passages ----------------------------------------------------------------------------------------------------------


def passage_key(passage_id: str, version: str) -> str:
    """The key of a passage's row: another version of a notice has other rows."""
    return f"{passage_id}@{version}"


def passage_body(passage: Passage) -> str:
    """A passage for the field that hits are made of; empty where it is too long, then it is read from the notice."""
    (body, *more) = pack(asdict(passage))
    return "" if more else body


def squeezed(title: str, passage: Passage) -> str:
    """What quoted words are looked for in: title, headings, text in lower case (ASCII) without blanks; 64 KiB of them."""
    parts = (title, *passage.section_path, passage.text)
    return clipped("\n".join(part.translate(_SQUEEZE) for part in parts), MAX_BYTES)


def clipped(text: str, size: int = TERM_BYTES) -> str:
    """As much of a text as a field of ``size`` bytes holds; what is no character (a lone surrogate) as a question mark."""
    return text.encode("utf-8", "replace")[:size].decode("utf-8", "ignore")


# As the catalog of a folder does it in SQL: blanks, line ends, full-width blanks; letters of ASCII.
_SQUEEZE = {**{ord(blank): None for blank in " \n\u3000"}, **{code: code + 32 for code in range(65, 91)}}


def pack_pieces(pieces: Sequence[int]) -> str:
    """Token pieces of the static encoder, each once, as text."""
    return base64.b85encode(np.unique(np.asarray(pieces, "<u2")).tobytes()).decode("ascii")


def read_pieces(text: str) -> npt.NDArray[np.uint16]:
    """Token pieces, ascending."""
    return np.frombuffer(base64.b85decode(text), "<u2").astype(np.uint16)
