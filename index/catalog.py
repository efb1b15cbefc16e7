"""The catalog: SQLite, the source of truth of a store."""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import orjson

from corpus.ids import text_digest
from corpus.types import Fact, Finding, Header, Notice, Passage, Section, Span, Unit
from index.arrays import batches
from index.errors import UnknownNotice
from index.indexable import Indexable, plain, read
from index.links import Citing, Link, citing_in_title, links
from index.types import NoticeCard, Rows, Stored

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE notices (
    notice_id TEXT PRIMARY KEY, source TEXT NOT NULL, digest TEXT NOT NULL, header TEXT NOT NULL, text TEXT NOT NULL,
    sections TEXT NOT NULL, furniture TEXT NOT NULL, findings TEXT NOT NULL, pages TEXT NOT NULL) STRICT;
CREATE INDEX notices_by_source ON notices (source);
CREATE TABLE passages (
    passage_id TEXT PRIMARY KEY, notice_id TEXT NOT NULL REFERENCES notices ON DELETE CASCADE, position INTEGER NOT NULL,
    row INTEGER, kind TEXT NOT NULL, section_path TEXT NOT NULL, headings TEXT NOT NULL, number TEXT,
    printed_number TEXT, start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL, units TEXT NOT NULL) STRICT;
CREATE INDEX passages_by_row ON passages (row);
CREATE INDEX passages_by_notice ON passages (notice_id, position);
CREATE TABLE facts (
    notice_id TEXT NOT NULL REFERENCES notices ON DELETE CASCADE, passage_id TEXT NOT NULL, kind TEXT NOT NULL,
    value TEXT NOT NULL, quote TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL) STRICT;
CREATE INDEX facts_by_kind ON facts (kind);
CREATE INDEX facts_by_notice ON facts (notice_id);
"""
# How rows are given: in order of the ids; as the passages came, into an empty store; or behind the rows that are there.
Numbering = Literal["ids", "arrival", "kept"]
# What every change asks of all notices, apart from their texts; made here since older stores lack it.
_IDENTITIES = "CREATE INDEX IF NOT EXISTS notices_by_identity ON notices (notice_id, source, digest)"
_KEPT = 2000  # passages that a reader keeps, about a megabyte
_AT_ONCE = 10_000  # rows asked for in one query
# When each notice was last put: a newer parser may see more in the same text, and a row's number comes again.
_PUT = "CREATE TABLE IF NOT EXISTS put (notice_id TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT"
# Which change each of the last numbers stands for. A catalog that has lost changes gives their numbers again, so that a
# number alone does not tell whether derived files are of this state.
_STATES = "CREATE TABLE IF NOT EXISTS states (sequence INTEGER PRIMARY KEY, token INTEGER NOT NULL) STRICT"
_KEPT_STATES = 50
# A checksum of all that is stored of a notice: SQLite would not see a letter that a disk has changed. Whatever changes
# rows other than by `put` deletes theirs.
_SUMS = (
    "CREATE TABLE IF NOT EXISTS checksums (notice_id TEXT PRIMARY KEY REFERENCES notices ON DELETE CASCADE,"
    " sum TEXT NOT NULL) STRICT"
)
_SUMMED = tuple(  # as bytes: a damaged text may be none
    f"SELECT {', '.join(f'CAST({column} AS BLOB)' for column in columns.split())} FROM {table} WHERE notice_id = ? ORDER BY {order}"
    for table, columns, order in (
        ("notices", "notice_id source digest header text sections furniture findings pages", "notice_id"),
        (
            "passages",
            'passage_id position kind section_path headings number printed_number start "end" text units',
            "position",
        ),
        ("facts", 'passage_id kind value quote start "end"', "rowid"),
    )
)
_PASSAGE = (
    "p.passage_id, p.kind, p.section_path, p.headings, p.number, p.printed_number, p.start, p.end, p.text, p.units"
)


def uri_of(path: Path, mode: str) -> str:
    """What SQLite opens a catalog by. Of a disk that cannot be written a finished catalog is read without its write-ahead
    log, for which SQLite would make files there (https://www.sqlite.org/wal.html#readonly)."""
    uri, log = path.absolute().as_uri(), path.with_name(path.name + "-wal")
    with suppress(OSError):
        if os.statvfs(path).f_flag & os.ST_RDONLY and not (log.exists() and log.stat().st_size):
            return f"{uri}?mode=ro&immutable=1"
    return f"{uri}?mode={mode}"


class Catalog:
    """Notices, passages and facts. One reader sees one state from :meth:`begin_read` on."""

    def __init__(self, path: Path, create: bool = False) -> None:
        # Readers answer in worker threads; a connection is used by one thread at a time (see LocalStore).
        self._db = sqlite3.connect(
            uri_of(path, "rwc" if create else "rw"), timeout=10, uri=True, isolation_level=None, check_same_thread=False
        )
        self._db.execute("PRAGMA foreign_keys = ON")
        if create:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.executescript("BEGIN;" + SCHEMA + "INSERT INTO meta VALUES ('sequence', '0'); COMMIT;")
        self._db.execute("PRAGMA synchronous = FULL")
        self.began_at = self.next_row = 0  # rows before the change that is under way, and with it
        self.gone: list[int] | None = None  # rows of what the last change removed; None before the first
        self._cards: dict[str, NoticeCard] = {}
        self._all_cards = False
        self._links: tuple[Link, ...] | None = None
        self._pinned = False
        self._kept: dict[int, Stored] = {}  # by row: what one question finds, the next often finds, too

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    @property
    def sequence(self) -> int:
        """Number of the last change."""
        return int(self._db.execute("SELECT value FROM meta WHERE key = 'sequence'").fetchone()[0])

    def begin_read(self) -> int:
        """Pin the present state for this reader; returns its sequence number."""
        self._db.execute("BEGIN")
        self._pinned = True
        return self.sequence

    # -- writing (between `begin_change` and `commit_change`) ----------------------------------------------------------

    def begin_change(self) -> None:
        """Start a change; nobody else can write until it is committed or rolled back."""
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute(_IDENTITIES)
        self._db.execute(_PUT)
        self._db.execute(_STATES)
        self._db.execute(_SUMS)
        self._db.execute("INSERT OR REPLACE INTO states VALUES (?, ?)", (self.sequence + 1, secrets.randbits(62)))
        self._db.execute("DELETE FROM states WHERE sequence <= ?", (self.sequence - _KEPT_STATES,))
        self.began_at = self.next_row = self.rows
        self.gone = []
        self._forget()

    def number(self, numbering: Numbering, large: bool = False) -> None:
        """Number the passages of the change that is under way.

        :param large: whether the store is to be kept as a large one
        """
        if numbering == "ids":
            self._db.execute(
                "UPDATE passages SET row = n.row FROM"
                " (SELECT passage_id, ROW_NUMBER() OVER (ORDER BY passage_id) - 1 AS row FROM passages) AS n"
                " WHERE passages.passage_id = n.passage_id AND passages.row IS NOT n.row"
            )
            self.next_row = self.count()
        self._set("rows", self.next_row)
        self._set("large", large)
        if numbering != "kept":
            self._set("numbered", self.sequence + 1)
            self._set("base", self.next_row)

    def commit_change(self) -> int:
        """Count the change and commit it durably; returns the new sequence number."""
        self._db.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'sequence'")
        sequence = self.sequence
        self._db.execute("COMMIT")
        self._forget()
        return sequence

    def token(self, sequence: int) -> int | None:
        """What a state has that no other one has, whatever its number; None for one of an older version of this program."""
        if not self._has("states"):
            return None
        row = self._db.execute("SELECT token FROM states WHERE sequence = ?", (sequence,)).fetchone()
        return int(row[0]) if row else None

    def _has(self, table: str) -> bool:
        """Whether a change has been made since there is such a table."""
        return self._db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone() is not None

    @property
    def rows(self) -> int:
        """All rows lie below this number; one below it that no passage has belonged to one that was removed."""
        kept = self._meta("rows")
        if kept is not None:
            return kept
        return int(self._db.execute("SELECT COALESCE(MAX(row) + 1, 0) FROM passages").fetchone()[0])

    @property
    def large(self) -> bool:
        """Whether rows are kept and derived indexes grow; otherwise each change builds them anew."""
        return bool(self._meta("large"))

    @property
    def numbered(self) -> int | None:
        """The change at which all passages were last numbered anew; None in a store older than this note."""
        return self._meta("numbered")

    @property
    def base(self) -> int:
        """The number of rows when all passages were last numbered anew."""
        return self._meta("base") or 0

    def live_rows(self, below: int) -> Rows:
        """The rows of all passages below a number, ascending."""
        found = self._db.execute("SELECT row FROM passages WHERE row < ? ORDER BY row", (below,))
        return np.fromiter((row for (row,) in found), np.int64)

    def _meta(self, key: str) -> int | None:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return int(row[0]) if row else None

    def _set(self, key: str, value: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, str(int(value))))

    def roll_back(self) -> None:
        """Undo the change that is under way; where the disk is full or fails, SQLite has done so already."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self._forget()

    def _forget(self) -> None:
        self._cards, self._all_cards, self._links = {}, False, None

    def put(self, notice: Notice) -> None:
        """Store a notice, in place of the one with its id."""
        self.delete(notice.notice_id)
        self._db.execute("INSERT OR REPLACE INTO put VALUES (?, ?)", (notice.notice_id, self.sequence + 1))
        self._db.execute(
            "INSERT INTO notices VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                notice.notice_id,
                notice.source,
                text_digest(notice.text, notice.furniture),
                _dump(notice.header),
                notice.text,
                _dump(notice.sections),
                _dump(notice.furniture),
                _dump(notice.findings),
                _dump(notice.pages),
            ),
        )
        self._db.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    p.passage_id,
                    notice.notice_id,
                    position,
                    self.next_row + position,
                    p.kind,
                    _dump(p.section_path),
                    _dump([(s.start, s.end) for s in p.headings]),
                    p.number,
                    p.printed_number,
                    p.start,
                    p.end,
                    p.text,
                    _dump(p.units),
                )
                for position, p in enumerate(notice.passages)
            ],
        )
        self.next_row += len(notice.passages)
        self._db.executemany(
            "INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(notice.notice_id, f.passage_id, f.kind, f.value, f.quote, f.start, f.end) for f in notice.facts],
        )
        self._db.execute("INSERT INTO checksums VALUES (?, ?)", (notice.notice_id, self._sum(notice.notice_id)))

    def _sum(self, notice_id: str) -> str:
        total = hashlib.sha256()
        for query in _SUMMED:
            for row in self._db.execute(query, (notice_id,)):
                for value in row:
                    total.update(b"-" if value is None else len(value).to_bytes(8) + value)
        return total.hexdigest()

    def damaged(self) -> Iterator[str]:
        """The notices that are not what was stored, as far as there are checksums of them."""
        summed = self._db.execute("SELECT notice_id, sum FROM checksums").fetchall() if self._has("checksums") else []
        yield from (notice_id for notice_id, checksum in summed if self._sum(notice_id) != checksum)

    def replace_damage(self) -> None:
        """Read bytes that are no text any more as U+FFFD, where SQLite's own reading would fail."""
        self._db.text_factory = lambda raw: raw.decode("utf-8", "replace")

    def inconsistent(self) -> str | None:
        """What SQLite finds wrong with the file itself, None where nothing is."""
        (found,) = self._db.execute("PRAGMA integrity_check(1)").fetchone()
        return None if found == "ok" else str(found)

    def delete(self, notice_id: str) -> bool:
        """Remove a notice with its passages and facts; whether it was there."""
        rows = self._db.execute("SELECT row FROM passages WHERE notice_id = ?", (notice_id,))
        self.gone = [*(self.gone or ()), *(row for (row,) in rows)]
        return self._db.execute("DELETE FROM notices WHERE notice_id = ?", (notice_id,)).rowcount > 0

    # -- reading -------------------------------------------------------------------------------------------------------

    def identities(self) -> list[tuple[str, str, str]]:
        """(notice_id, source, digest) of all notices."""
        return self._db.execute("SELECT notice_id, source, digest FROM notices ORDER BY notice_id").fetchall()

    def identity(self, notice_id: str) -> tuple[str, str] | None:
        """(source, digest) of a notice, None where there is none."""
        query = "SELECT source, digest FROM notices WHERE notice_id = ?"
        return self._db.execute(query, (notice_id,)).fetchone()  # type: ignore[no-any-return]

    def given_by(self, source: str) -> list[tuple[str, str]]:
        """(notice_id, digest) of the notices that a file gave."""
        query = "SELECT notice_id, digest FROM notices WHERE source = ? ORDER BY notice_id"
        return self._db.execute(query, (source,)).fetchall()

    def sources(self) -> list[str]:
        """The files that gave the notices."""
        return [row[0] for row in self._db.execute("SELECT DISTINCT source FROM notices ORDER BY source")]

    def cards(self) -> dict[str, NoticeCard]:
        """What hits say about their notices, by id."""
        if not self._all_cards:
            rows = self._db.execute("SELECT notice_id, source, header, pages FROM notices ORDER BY notice_id")
            self._cards = {row[0]: _card(*row) for row in rows}
            self._all_cards = True
        return self._cards

    def _card(self, notice_id: str) -> NoticeCard:
        """What hits say about one notice; kept, so that a search need not read all."""
        known = self._cards.get(notice_id)
        if known is None:
            query = "SELECT notice_id, source, header, pages FROM notices WHERE notice_id = ?"
            known = self._cards[notice_id] = _card(*self._db.execute(query, (notice_id,)).fetchone())
        return known

    def count(self) -> int:
        """Number of passages."""
        return int(self._db.execute("SELECT COUNT(*) FROM passages").fetchone()[0])

    def stored(self, rows: Iterable[int] | None = None) -> Iterator[Stored]:
        """Passages in order of their rows; all of them, or those with the given rows."""
        query = f"SELECT p.row, p.notice_id, {_PASSAGE} FROM passages p"
        if rows is None:
            yield from self._stored(f"{query} ORDER BY p.row", ())
            return
        values = sorted({int(row) for row in rows})
        for start in range(0, len(values), _AT_ONCE):
            some = values[start : start + _AT_ONCE]
            known = {row: self._kept[row] for row in some if row in self._kept}
            new = [row for row in some if row not in known]
            if new:
                read = self._stored(f"{query} WHERE p.row IN ({','.join('?' * len(new))})", new)
                known.update((stored.row, stored) for stored in read)
            if self._pinned and len(some) <= _KEPT:
                if len(self._kept) > _KEPT:
                    self._kept.clear()
                self._kept.update(known)
            yield from (known[row] for row in some if row in known)

    def indexable(self, first: int, end: int) -> Iterator[Indexable]:
        """What is indexed of the passages with rows from ``first`` up to ``end``, in order of their rows."""
        columns = "row, notice_id, section_path, text, units"
        rows = self._db.execute(f"SELECT {columns} FROM passages WHERE row >= ? AND row < ? ORDER BY row", (first, end))
        return read(rows, self._card)

    def _stored(self, query: str, values: Sequence[int]) -> Iterator[Stored]:
        for row in self._db.execute(query, values):
            yield Stored(row[0], _passage(row[2:]), self._card(row[1]))

    def rows_holding(self, forms: Sequence[str], limit: int = -1, among: Rows | None = None) -> list[int]:
        """Rows of passages that hold one of the forms in their text, their headings or the title of their notice.

        :param forms: lower case without blanks, as :func:`index.quotes.spellings` gives them
        :param among: the rows that are looked at, None for all
        """
        if among is not None:
            return self._rows_among(forms, limit, among)

        def held(column: str) -> str:
            plain = f"lower(replace(replace(replace({column}, ' ', ''), char(10), ''), char(12288), ''))"
            return " OR ".join(f"instr({plain}, ?{n})" for n in range(1, len(forms) + 1))

        title = held("json_extract(header, '$.title')")
        query = (
            f"SELECT p.row FROM passages p WHERE {held('p.text')} OR {held('p.section_path')}"
            f" OR p.notice_id IN (SELECT notice_id FROM notices WHERE {title}) LIMIT {int(limit)}"
        )
        return sorted(int(row[0]) for row in self._db.execute(query, tuple(forms)))

    def _rows_among(self, forms: Sequence[str], limit: int, among: Rows) -> list[int]:
        def holds(text: str) -> bool:
            whole = plain(text)
            return any(form in whole for form in forms)

        @cache  # headings and titles stand above many passages
        def headings_hold(path: str) -> bool:
            return holds("".join(orjson.loads(path)))

        @cache
        def title_holds(notice_id: str) -> bool:
            return holds(self._card(notice_id).title)

        held: list[int] = []
        columns = "row, text, section_path, notice_id"
        for some in batches(among.tolist(), _AT_ONCE):
            chosen = ",".join("?" * len(some))
            query = f"SELECT {columns} FROM passages WHERE row IN ({chosen}) ORDER BY row"
            for row, text, path, notice_id in self._db.execute(query, some):
                if holds(text) or headings_hold(path) or title_holds(notice_id):
                    held.append(row)
                    if len(held) == limit:
                        return held
        return held

    def find_passage(self, passage_id: str) -> Stored | None:
        """One passage by its id."""
        query = f"SELECT p.row, p.notice_id, {_PASSAGE} FROM passages p WHERE p.passage_id = ?"
        row = self._db.execute(query, (passage_id,)).fetchone()
        return Stored(row[0], _passage(row[2:]), self._card(row[1])) if row else None

    def words(self, notice_id: str, start: int, end: int) -> str:
        """``text[start:end]`` of a notice."""
        query = "SELECT substr(text, ?, ?) FROM notices WHERE notice_id = ?"
        row = self._db.execute(query, (start + 1, end - start, notice_id)).fetchone()
        return str(row[0]) if row else ""

    def facts(self) -> list[Fact]:
        """All facts, in the order of notices and places."""
        rows = self._db.execute(
            'SELECT kind, value, quote, start, "end", passage_id FROM facts ORDER BY notice_id, start'
        )
        return [Fact(*row) for row in rows]

    def links(self) -> tuple[Link, ...]:
        """The links between the notices, worked out once a state."""
        if self._links is None:
            self._links = links(self.cards(), self._citing())
        return self._links

    def _citing(self) -> Iterator[Citing]:
        """Where notices name documents."""
        facts = self._db.execute(
            "SELECT f.notice_id, p.passage_id, p.text, p.start, f.start - p.start, f.end - p.start"
            " FROM facts f JOIN passages p USING (passage_id) WHERE f.kind = 'reference' ORDER BY f.notice_id, f.start"
        )
        yield from (Citing(*row) for row in facts)
        titles = self._db.execute(
            "SELECT notice_id, passage_id, text, start FROM passages WHERE kind = 'title' AND text LIKE '%《%'"
            " ORDER BY notice_id, start"
        )
        for row in titles:
            yield from citing_in_title(*row)

    def findings(self) -> dict[str, tuple[Finding, ...]]:
        """Warnings about each notice."""
        rows = self._db.execute("SELECT notice_id, findings FROM notices ORDER BY notice_id")
        return {notice_id: tuple(Finding(**f) for f in orjson.loads(findings)) for notice_id, findings in rows}

    def fingerprints(self) -> dict[str, str]:
        """What changes with anything that is read of a notice, by id."""
        with suppress(sqlite3.OperationalError):  # no notice has been put since there is such a table
            put = dict(self._db.execute("SELECT notice_id, sequence FROM put"))
            rows = self._db.execute("SELECT notice_id, digest FROM notices")
            return {notice_id: f"{digest[:32]}-{put.get(notice_id, 0)}" for notice_id, digest in rows}
        return {notice_id: f"{digest[:32]}-0" for notice_id, _, digest in self.identities()}

    def contents(self, notice_ids: Iterable[str]) -> Iterator[tuple[NoticeCard, list[Passage], list[Fact]]]:
        """Notices with their passages in order of the ids, and their facts in order of the places. Nothing is kept of them."""
        passages = f"SELECT {_PASSAGE} FROM passages p WHERE p.notice_id = ? ORDER BY p.passage_id"
        facts = 'SELECT kind, value, quote, start, "end", passage_id FROM facts WHERE notice_id = ? ORDER BY start'
        for notice_id in notice_ids:
            row = self._db.execute(
                "SELECT notice_id, source, header, pages FROM notices WHERE notice_id = ?", (notice_id,)
            ).fetchone()
            yield (
                _card(*row),
                [_passage(one) for one in self._db.execute(passages, (notice_id,))],
                [Fact(*one) for one in self._db.execute(facts, (notice_id,))],
            )

    def notice(self, notice_id: str) -> Notice:
        """A whole notice.

        :raises UnknownNotice: there is none of that id
        """
        row = self._db.execute("SELECT * FROM notices WHERE notice_id = ?", (notice_id,)).fetchone()
        if row is None:
            raise UnknownNotice(notice_id)
        passages = self._db.execute(
            f"SELECT {_PASSAGE} FROM passages p WHERE notice_id = ? ORDER BY position", (notice_id,)
        )
        facts = self._db.execute(
            'SELECT kind, value, quote, start, "end", passage_id FROM facts WHERE notice_id = ? ORDER BY start, kind',
            (notice_id,),
        )
        return Notice(
            notice_id=notice_id,
            source=row[1],
            header=Header(**orjson.loads(row[3])),
            text=row[4],
            sections=tuple(_section(s) for s in orjson.loads(row[5])),
            passages=tuple(_passage(p) for p in passages),
            facts=tuple(Fact(*f) for f in facts),
            furniture=tuple(Span(**s) for s in orjson.loads(row[6])),
            findings=tuple(Finding(**f) for f in orjson.loads(row[7])),
            pages=tuple(orjson.loads(row[8])),
        )


def _dump(value: object) -> str:
    return orjson.dumps(value).decode()


def _card(notice_id: str, source: str, header: str, pages: str) -> NoticeCard:
    return NoticeCard(notice_id=notice_id, source=source, pages=tuple(orjson.loads(pages)), **orjson.loads(header))


def _passage(row: tuple[str, ...]) -> Passage:
    passage_id, kind, section_path, headings, number, printed, start, end, text, units = row
    return Passage(
        passage_id=passage_id,
        kind=kind,  # type: ignore[arg-type]
        section_path=tuple(orjson.loads(section_path)),
        headings=tuple(Span(*span) for span in orjson.loads(headings)),
        number=number,
        printed_number=printed,
        start=int(start),
        end=int(end),
        text=text,
        units=tuple(Unit(**unit) for unit in orjson.loads(units)),
    )


def _section(value: dict[str, object]) -> Section:
    children = value.pop("children")
    assert isinstance(children, list)
    return Section(**value, children=tuple(_section(child) for child in children))  # type: ignore[arg-type]
