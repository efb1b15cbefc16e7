"""A user's own Chinese–English dictionaries: CC-CEDICT files that a store keeps for the English words of questions.

They lie beside the catalog in `dictionary.sqlite`, which a rebuild leaves alone. Only queries read them.
"""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from index import lock
from index.english import LONGEST_OWN, Key, key_of
from index.errors import BadDictionary, StoreMissing

_FILE = "dictionary.sqlite"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS dictionaries (name TEXT PRIMARY KEY, entries INTEGER NOT NULL, phrases INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS phrases (
    key TEXT NOT NULL, chinese TEXT NOT NULL, place INTEGER NOT NULL,
    name TEXT NOT NULL REFERENCES dictionaries ON DELETE CASCADE) STRICT;
CREATE INDEX IF NOT EXISTS phrases_by_key ON phrases (key);
"""
_CEDICT = re.compile(
    r"(?P<traditional>\S+) (?P<simplified>\S+) \[{1,2}(?P<pinyin>[^\[\]]*)\]{1,2} /(?P<glosses>.+)/\s*"
)
_HAN = re.compile(r"[\u3400-\u9fff]")
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_LEADING = re.compile(r"^(?:(?:to be|to|an?|the|abbr\. for) )+")
_NO_GLOSS = re.compile(
    r"^(?:CL:|(?:old |archaic |erroneous |japanese )?variant of|see |see also|same as|also written|used in)",
    re.IGNORECASE,
)
_MOST_KEYS = 900  # in one statement: the limit is 999 in old builds of SQLite


@dataclass(frozen=True, slots=True)
class Entry:
    """A Chinese word (simplified) and what it means in English, the first meaning first."""

    chinese: str
    glosses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Added:
    """A dictionary of a store: its name, how many entries and English phrases it holds, whether it took another's place."""

    name: str
    entries: int
    phrases: int
    replaced: bool = False


def read_cedict(path: Path) -> list[Entry]:
    """The entries of a CC-CEDICT file, plain or gzipped; also of JSON Lines {"anchor": Chinese, "positive": English}.

    :raises BadDictionary: the file cannot be read, is not UTF-8, or a line has another form (its number is named)
    """
    try:
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
    except (OSError, EOFError) as error:
        raise BadDictionary(f"{path} cannot be read ({error}); name a CC-CEDICT file (无法读取词典文件)") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadDictionary(f"{path}, line {line}: not UTF-8; save the file as UTF-8 (请存为 UTF-8)") from error
    entries = [
        _entry(path, number, line)
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip() and not line.startswith("#")
    ]
    if not entries:
        raise BadDictionary(f"{path} holds no entries; name a CC-CEDICT file (文件中没有词条)")
    return entries


def _entry(path: Path, number: int, line: str) -> Entry:
    if line.startswith("{"):
        try:
            value = json.loads(line)
            chinese, english = value["anchor"], value["positive"]
        except (ValueError, KeyError):
            chinese = english = None
        if isinstance(chinese, str) and isinstance(english, str) and chinese.strip() and english.strip():
            return Entry(chinese.strip(), tuple(english.split("/")))
    else:
        match = _CEDICT.fullmatch(line.rstrip("\r"))
        if match and match["glosses"].strip("/ "):
            return Entry(match["simplified"], tuple(match["glosses"].split("/")))
    shown = line.strip()[:60]
    raise BadDictionary(
        f"{path}, line {number}: not a CC-CEDICT entry: {shown!r}; write it as 電動車 电动车 [dian4 dong4 che1] /electric vehicle/ "
        "(此行不是 CC-CEDICT 词条；文件未加入)"
    )


def phrases_of(entry: Entry) -> Iterator[tuple[Key, int]]:
    """The English phrases under which an entry is found, with the place of each meaning (0 is the first)."""
    place = 0
    for gloss in entry.glosses:
        if _NO_GLOSS.match(gloss.strip()):
            continue
        for meaning in gloss.split(";"):
            plain = _LEADING.sub("", _ASIDE.sub(" ", meaning).strip())
            key = key_of(plain)
            if key and len(key) <= LONGEST_OWN and not _HAN.search(plain):
                yield key, place
                place += 1


class Dictionary:
    """The dictionaries of a store. Each call reads what is there now, so that all processes see a change at once."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._path = store / _FILE

    def add(self, path: Path) -> Added:
        """Keep a file's entries, in place of those of a file of the same name; nothing is kept when a line is bad.

        :raises BadDictionary: as :func:`read_cedict`
        :raises StoreMissing: there is no store
        """
        entries = read_cedict(path)
        name = path.name.removesuffix(".gz")
        rows: dict[tuple[str, str], int] = {}
        for entry in entries:
            for key, place in phrases_of(entry):
                at = (" ".join(key), entry.chinese)
                rows[at] = min(place, rows.get(at, place))
        with self._changing() as database:
            replaced = database.execute("DELETE FROM dictionaries WHERE name = ?", (name,)).rowcount > 0
            database.execute("INSERT INTO dictionaries VALUES (?, ?, ?)", (name, len(entries), len(rows)))
            values = ((key, chinese, place, name) for (key, chinese), place in rows.items())
            database.executemany("INSERT INTO phrases VALUES (?, ?, ?, ?)", values)
            database.commit()
        return Added(name, len(entries), len(rows), replaced)

    def remove(self, name: str) -> None:
        """Forget a dictionary. :raises BadDictionary: there is none of that name"""
        with self._changing() as database:
            if not database.execute("DELETE FROM dictionaries WHERE name = ?", (name,)).rowcount:
                raise BadDictionary(f"no dictionary {name!r}; `notices dictionary list` shows the names (没有这部词典)")
            database.commit()

    def all(self) -> list[Added]:
        """The dictionaries, by name."""
        return [Added(*row) for row in self._read("SELECT name, entries, phrases FROM dictionaries ORDER BY name")]

    def lookup(self, keys: Collection[Key]) -> dict[Key, tuple[str, ...]]:
        """Chinese words of English phrases; those of which a phrase is an early meaning first."""
        if not keys or not self._path.is_file():
            return {}
        found: dict[Key, dict[str, None]] = {}
        wanted = sorted(" ".join(key) for key in keys)
        for start in range(0, len(wanted), _MOST_KEYS):
            some = wanted[start : start + _MOST_KEYS]
            marks = ",".join("?" * len(some))
            query = f"SELECT key, chinese FROM phrases WHERE key IN ({marks}) ORDER BY place, length(chinese), chinese"
            for key, chinese in self._read(query, some):
                found.setdefault(tuple(key.split(" ")), {})[chinese] = None
        return {key: tuple(chinese) for key, chinese in found.items()}

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        if not self._store.is_dir():
            raise StoreMissing(f"no store in {self._store}; make one with `notices index PATH… --store {self._store}`")
        with lock.writing(self._store), self._errors(), closing(sqlite3.connect(self._path, timeout=10)) as database:
            database.execute("PRAGMA foreign_keys = ON")
            database.executescript(_SCHEMA)
            yield database

    def _read(self, query: str, values: Collection[str] = ()) -> list[Any]:
        if not self._path.is_file():
            return []
        address = f"file:{quote(str(self._path))}?mode=ro"
        with self._errors(), closing(sqlite3.connect(address, uri=True, timeout=10)) as database:
            return database.execute(query, tuple(values)).fetchall()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise BadDictionary(
                f"{self._path} cannot be used ({error}); delete it and add the dictionaries again (词典库已损坏)"
            ) from error
