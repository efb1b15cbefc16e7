"""A labelling session in one SQLite file: the pool, who judged what, and notes. Every judgement is on disk at once."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eval.errors import BadDataset, BadOption
from eval.labelling.pool import Candidate, Pooled, blind_order

FORMAT = 1
GRADES = (0, 1, 2, 3)
ADJUDICATED = "=adjudicated"  # the annotator whose word is the last; no name that a person types begins with =
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE question (place INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, text TEXT NOT NULL, history TEXT NOT NULL, filters TEXT NOT NULL);
CREATE TABLE candidate (question TEXT NOT NULL, doc_id TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (question, doc_id));
CREATE TABLE judgement (annotator TEXT NOT NULL, question TEXT NOT NULL, doc_id TEXT NOT NULL, grade INTEGER, note TEXT NOT NULL,
    time TEXT NOT NULL, PRIMARY KEY (annotator, question, doc_id), FOREIGN KEY (question, doc_id) REFERENCES candidate);
"""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an annotator says of one document: a grade from 0 (irrelevant) to 3 (answers fully), None for skipped."""

    grade: int | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a session."""

    question_id: str
    text: str
    history: tuple[str, ...]
    filters: dict[str, Any]


class Session:
    """A session file, open. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        """Open an existing session.

        :raises BadOption: there is none, or the file is something else
        """
        if not path.is_file():
            raise BadOption(f"no session {path}; make one with `notices-eval label QUESTIONS --session {path} …`")
        self.path = path
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        try:
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA foreign_keys = ON")
            found = dict(self._db.execute("SELECT key, value FROM meta"))
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise BadOption(f"{path} is no labelling session ({error}); name another file with --session") from error
        if found.get("format") != str(FORMAT):
            self._db.close()
            raise BadOption(f"{path} is a session of another version; make a new one")
        self._seed = found["seed"]

    @classmethod
    def create(cls, path: Path, pooled: Sequence[Pooled], seed: str) -> Session:
        """A new session, whole or not at all.

        :raises BadOption: the file is there
        """
        if path.exists():
            raise BadOption(f"{path} is there; go on with `notices-eval serve --session {path}`, or name another file")
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with closing(sqlite3.connect(aside)) as db:
                db.executescript(_SCHEMA)
                db.executemany("INSERT INTO meta VALUES (?, ?)", [("format", str(FORMAT)), ("seed", seed)])
                for place, one in enumerate(pooled):
                    query = one.query
                    filters = {k: v for k, v in asdict(query.filters).items() if v is not None}
                    row = (place, query.query_id, query.text, json.dumps(query.history), json.dumps(filters))
                    db.execute("INSERT INTO question VALUES (?, ?, ?, ?, ?)", row)
                    contents = [
                        (query.query_id, c.doc_id, json.dumps(asdict(c), ensure_ascii=False)) for c in one.candidates
                    ]
                    db.executemany("INSERT INTO candidate VALUES (?, ?, ?)", contents)
                db.commit()
            os.link(aside, path)  # fails when the file has come into being meanwhile
        except (OSError, sqlite3.OperationalError) as error:
            raise BadOption(
                f"cannot write the session {path} ({error}); name a file in a folder that is there"
            ) from error
        finally:
            aside.unlink(missing_ok=True)
        return cls(path)

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._db.close()

    def questions(self) -> list[Asked]:
        """All questions, in the order of the question set."""
        rows = self._rows("SELECT id, text, history, filters FROM question ORDER BY place")
        return [Asked(i, text, tuple(json.loads(history)), json.loads(filters)) for i, text, history, filters in rows]

    def candidates(self, question_id: str) -> dict[str, Candidate]:
        """The documents to judge for one question, by id."""
        rows = self._rows("SELECT doc_id, content FROM candidate WHERE question = ?", question_id)
        return {doc_id: Candidate(**json.loads(content)) for doc_id, content in rows}

    def order(self, annotator: str, question_id: str) -> list[str]:
        """The documents of a question in an annotator's own blind order."""
        return blind_order(self._seed, annotator, question_id, self.candidates(question_id))

    def judge(self, annotator: str, question_id: str, doc_id: str, judgement: Judgement | None) -> None:
        """Keep a judgement, in place of an earlier one; None takes it back. It is on disk when this returns.

        :raises BadDataset: no such question or document, or a grade outside 0…3
        """
        if judgement is not None and judgement.grade is not None and judgement.grade not in GRADES:
            raise BadDataset(f"a grade is one of {', '.join(map(str, GRADES))}, not {judgement.grade}")
        key = (annotator, question_id, doc_id)
        with self._lock:
            if not self._rows("SELECT 1 FROM candidate WHERE question = ? AND doc_id = ?", question_id, doc_id):
                raise BadDataset(f"{doc_id!r} is not to be judged for {question_id!r}; reload the page")
            if judgement is None:
                self._db.execute("DELETE FROM judgement WHERE annotator = ? AND question = ? AND doc_id = ?", key)
                return
            now = datetime.now(UTC).isoformat(timespec="seconds")
            row = (*key, judgement.grade, judgement.note, now)
            self._db.execute("INSERT OR REPLACE INTO judgement VALUES (?, ?, ?, ?, ?, ?)", row)

    def judgements(self, annotator: str) -> dict[tuple[str, str], Judgement]:
        """What an annotator has judged, by question and document."""
        rows = self._rows("SELECT question, doc_id, grade, note FROM judgement WHERE annotator = ?", annotator)
        return {(question, doc_id): Judgement(grade, note) for question, doc_id, grade, note in rows}

    def annotators(self) -> list[str]:
        """Everybody who has judged something, the adjudicator aside."""
        rows = self._rows("SELECT DISTINCT annotator FROM judgement WHERE annotator != ? ORDER BY 1", ADJUDICATED)
        return [name for (name,) in rows]

    def size(self) -> int:
        """How many documents there are to judge, over all questions."""
        return int(self._rows("SELECT COUNT(*) FROM candidate")[0][0])

    def _rows(self, sql: str, *parameters: object) -> list[Any]:
        with self._lock:
            return self._db.execute(sql, parameters).fetchall()
