"""A user's own CC-CEDICT dictionaries: read line by line, kept in the store, used for the English words of questions."""

from __future__ import annotations

import gzip
import json
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.cli import main
from assistant.service import Assistant
from assistant.types import Question
from corpus.reading import read_paths
from index.dictionary import Dictionary, phrases_of, read_cedict
from index.english import key_of, translate
from index.errors import BadDictionary, StoreMissing
from index.store import LocalStore
from tests.notices import DIGEST

CEDICT = """# CC-CEDICT
#! version=1
電動自行車 电动自行车 [dian4 dong4 zi4 xing2 che1] /zippycycle; electric scooter thing/e-bike (vehicle)/
電梯 电梯 [dian4 ti1] /(coll.) to be a skybox/CL:臺|台[tai2],部[bu4]/
電梯 电梯 [[dian4ti1]] /upliftomat/
不存在詞 不存在词 [bu4 cun2 zai4 ci2] /skybox/
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "own.u8"
    path.write_text(CEDICT, encoding="utf-8")
    return path


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    made = LocalStore(tmp_path / "store")
    made.index(read_paths([DIGEST]))
    return made


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["notices", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        return (code, *capsys.readouterr())

    return call


def test_entries_of_both_forms(file: Path, tmp_path: Path) -> None:
    entries = read_cedict(file)
    assert [entry.chinese for entry in entries] == ["电动自行车", "电梯", "电梯", "不存在词"]
    assert entries[0].glosses == ("zippycycle; electric scooter thing", "e-bike (vehicle)")
    packed = tmp_path / "own.txt.gz"
    packed.write_bytes(gzip.compress(CEDICT.replace("\n", "\r\n").encode("utf-8-sig")))
    assert read_cedict(packed) == entries
    lines = tmp_path / "pairs.jsonl"
    lines.write_text(json.dumps({"anchor": "电梯", "positive": "elevator; lift"}) + "\n", encoding="utf-8")
    assert [(e.chinese, e.glosses) for e in read_cedict(lines)] == [("电梯", ("elevator; lift",))]


def test_phrases_are_what_people_type(file: Path) -> None:
    phrases = [[" ".join(key) for key, _ in phrases_of(entry)] for entry in read_cedict(file)]
    assert phrases[0] == [" ".join(key_of(p)) for p in ("zippycycle", "electric scooter thing", "e-bike")]
    assert phrases[1] == [" ".join(key_of("skybox"))]  # no measure word, no aside, no "to be a"


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("電梯 电梯 /elevator/", 2),
        ("電梯 电梯 [dian4 ti1]", 2),
        ("電梯 电梯 [dian4 ti1] //", 2),
        ("電梯 [dian4 ti1] /elevator/", 2),
        ("elevator", 2),
        ('{"anchor": "电梯"}', 2),
        ('{"anchor": 3, "positive": "x"}', 2),
        ("{", 2),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_kept(store: LocalStore, tmp_path: Path, line: str, number: int) -> None:
    path = tmp_path / "bad.u8"
    path.write_text(f"# head\n{line}\n電梯 电梯 [dian4 ti1] /elevator/\n", encoding="utf-8")
    with pytest.raises(BadDictionary, match=rf"bad\.u8, line {number}: .*CC-CEDICT"):
        store.dictionary.add(path)
    assert store.dictionary.all() == []


def test_files_that_are_no_dictionaries(store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "gbk.u8").write_bytes(CEDICT.encode("gb18030"))
    with pytest.raises(BadDictionary, match=r"line 3: not UTF-8"):
        store.dictionary.add(tmp_path / "gbk.u8")
    (tmp_path / "empty.u8").write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(BadDictionary, match="no entries"):
        store.dictionary.add(tmp_path / "empty.u8")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(CEDICT.encode())[:40])
    with pytest.raises(BadDictionary, match="cannot be read"):
        store.dictionary.add(tmp_path / "cut.gz")
    with pytest.raises(BadDictionary, match="cannot be read"):
        store.dictionary.add(tmp_path / "missing.u8")
    with pytest.raises(StoreMissing):
        Dictionary(tmp_path / "nowhere").add(_written(tmp_path))


def _written(folder: Path) -> Path:
    path = folder / "good.u8"
    path.write_text(CEDICT, encoding="utf-8")
    return path


def test_english_words_are_found_by_the_users_dictionary(store: LocalStore, file: Path) -> None:
    before = store.search("zippycycle", 3, "lexical")
    assert before.hits == ()
    added = store.dictionary.add(file)
    assert (added.name, added.entries, added.replaced) == ("own.u8", 4, False)
    found = store.search("zippycycles", 3, "lexical", explained=True)
    assert found.corrections == ()
    for hit in found.hits:
        assert "电动自行车" in hit.stored.passage.text
        assert hit.explanation is not None
        assert (hit.explanation.terms[0].typed, hit.explanation.terms[0].via) == ("zippycycles", "translation")
    assert len(found.hits) == 3


def test_only_words_that_the_notices_hold_are_searched_for(store: LocalStore, file: Path) -> None:
    store.dictionary.add(file)
    for hit in store.search("skybox", 5, "lexical").hits:
        assert "电梯" in hit.stored.passage.text


def test_a_question_is_answered_by_the_users_dictionary(store: LocalStore, file: Path) -> None:
    assistant = Assistant(store)
    asked = Question("which units handle zippycycle campaigns")
    wanted = assistant.ask(Question("which units handle e-bike campaigns")).table
    assert assistant.ask(asked).table != wanted
    store.dictionary.add(file)
    assert assistant.ask(asked).table == wanted
    store.dictionary.remove("own.u8")
    assert assistant.ask(asked).table != wanted


def test_the_shipped_glossary_comes_first(store: LocalStore, file: Path) -> None:
    store.dictionary.add(file)
    (phrase,) = translate("e-bike", store.dictionary.lookup)
    (shipped,) = translate("e-bike")
    assert phrase.chinese[: len(shipped.chinese)] == shipped.chinese
    assert phrase.sort == shipped.sort == "term"
    (own,) = translate("the skybox", store.dictionary.lookup)
    assert (own.english, own.sort) == ("skybox", "dictionary")


def test_it_survives_a_rebuild_and_a_change_of_notices(store: LocalStore, file: Path) -> None:
    store.dictionary.add(file)
    store.rebuild()
    store.remove(next(iter(store.cards())))
    again = LocalStore(store.folder)
    assert [d.name for d in again.dictionary.all()] == ["own.u8"]
    assert again.search("zippycycle", 1, "lexical").hits


def test_the_same_name_is_replaced_and_others_stay(store: LocalStore, file: Path, tmp_path: Path) -> None:
    store.dictionary.add(file)
    other = tmp_path / "other.u8"
    other.write_text("加油站 加油站 [jia1 you2 zhan4] /fuelery/\n", encoding="utf-8")
    store.dictionary.add(other)
    file.write_text("電梯 电梯 [dian4 ti1] /upliftomat/\n", encoding="utf-8")
    assert store.dictionary.add(file).replaced
    assert [(d.name, d.entries) for d in store.dictionary.all()] == [("other.u8", 1), ("own.u8", 1)]
    assert store.dictionary.lookup([key_of("zippycycle")]) == {}
    assert store.dictionary.lookup([key_of("fuelery")]) == {key_of("fuelery"): ("加油站",)}
    with pytest.raises(BadDictionary, match="dictionary list"):
        store.dictionary.remove("nobody.u8")


def test_a_damaged_dictionary_says_what_to_do(store: LocalStore, file: Path) -> None:
    store.dictionary.add(file)
    (store.folder / "dictionary.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(BadDictionary, match="delete it"):
        store.search("zippycycle", 1)


def test_the_commands(store: LocalStore, file: Path, notices: Callable[..., tuple[int, str, str]]) -> None:
    folder = store.folder
    code, out, _ = notices("dictionary", "add", file, "--store", folder, "--json")
    assert (code, json.loads(out)["entries"]) == (0, 4)
    assert "own.u8" in notices("dictionary", "list", "--store", folder)[1]
    code, out, _ = notices("search", "zippycycle", "--store", folder, "--json", "-k", "1")
    assert "电动自行车" in json.loads(out)["hits"][0]["text"]
    bad = file.with_name("bad.u8")
    bad.write_text("nonsense\n", encoding="utf-8")
    code, out, err = notices("dictionary", "add", bad, "--store", folder)
    assert (code, out) == (2, "")
    assert "bad.u8, line 1" in err
    assert err.count("\n") == 1
    assert notices("dictionary", "remove", "own.u8", "--store", folder)[0] == 0
    assert json.loads(notices("dictionary", "list", "--store", folder, "--json")[1]) == {"dictionaries": []}
    assert notices("dictionary", "remove", "own.u8", "--store", folder)[0] == 2
    assert notices("dictionary", "add", file, "--store", file.with_name("nothing"))[0] == 2


def test_the_training_dictionary_is_read_whole(shared: Path, store: LocalStore) -> None:
    path = shared / "data" / "train" / "cedict_zh_en.jsonl.gz"
    if not path.is_file():
        pytest.skip(f"needs {path}")
    added = store.dictionary.add(path)
    assert added.entries > 100_000
    assert added.phrases > 80_000
    with sqlite3.connect(store.folder / "dictionary.sqlite") as database:
        assert database.execute("SELECT COUNT(*) FROM phrases").fetchone()[0] == added.phrases
    assert store.dictionary.lookup([key_of("fire extinguisher")])[key_of("fire extinguisher")][0].startswith("灭火")
