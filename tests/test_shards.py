"""The shards of a store: whatever way they came about, they say what one made anew says; damage and loss are mended."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import as_json
from assistant.answer import shards
from assistant.answer.packed import open_arrays, write_arrays
from assistant.answer.strings import Strings, StringsWriter, Table, encoded, table_arrays
from assistant.answer.view import View, view_of
from assistant.service import Assistant
from assistant.types import Question
from corpus.parse import parse
from corpus.reading import ReadFile
from eval.bench.generator import generate, questions
from index.store import LocalStore

WORDS = st.text(alphabet="甲乙丙a，\n\x00\U00020000\ud800", max_size=6)
MADE = list(generate(840))
FILES = [ReadFile(one.name, tuple(parse(one.text, one.name))) for one in MADE]


def answers(store: LocalStore) -> list[object]:
    """What a store says to generated questions of each kind, and to some of the digest's."""
    asked = [one.text for one in questions(MADE, 4)]
    asked += ["哪些单位负责电动自行车相关活动", "一共有多少份通知", "天津市的通知里联系电话是多少", "量子计算机归谁管"]
    found = []
    for text in asked:
        answer = as_json.answer(Assistant(store).ask(Question(text)))
        found.append({key: value for key, value in answer.items() if key != "took_ms"})
    return found


def held(folder: Path) -> list[dict[str, object]]:
    """The shards that the last state names."""
    (state,) = (folder / "answers").glob("state-*.json")
    listed: list[dict[str, object]] = json.loads(state.read_text(encoding="utf-8"))["shards"]
    return listed


@given(st.lists(WORDS, max_size=12), st.lists(WORDS, min_size=1, max_size=4))
@settings(deadline=None, max_examples=200)
def test_strings_are_found_as_in_a_sorted_list(strings: list[str], wanted: list[str]) -> None:
    ordered = sorted(strings, key=encoded)
    found = Strings(StringsWriter(ordered).arrays("s"), "s")
    assert list(found) == ordered
    assert found.whole() == "".join(ordered)
    for word in (*wanted, *strings):
        at = found.find(word)
        assert (at >= 0) == (word in ordered)
        assert at < 0 or ordered[at] == word
        assert [found[i] for i in found.beginning(word)] == [s for s in ordered if s.startswith(word)]
        longest = max((len(s) for s in ordered if word.startswith(s)), default=0)
        assert found.longest(f"x{word}", 1) == longest


@given(st.dictionaries(WORDS, st.lists(st.integers(0, 40), min_size=1).map(sorted), max_size=8))
def test_a_table_holds_each_number_once(pairs: dict[str, list[int]]) -> None:
    table = Table(table_arrays("t", pairs), "t")
    assert {key: table[key].tolist() for key in table} == {key: sorted(set(some)) for key, some in pairs.items()}
    assert not len(table.of("no key"))


def test_arrays_are_as_they_were_written(tmp_path: Path) -> None:
    arrays = {"a": np.arange(5, dtype=np.int32), "none": np.zeros(0, np.uint64), "b": np.array([True, False])}
    write_arrays(tmp_path / "some", arrays)
    read = open_arrays(tmp_path / "some")
    assert {name: read[name].tolist() for name in read} == {name: arrays[name].tolist() for name in arrays}
    whole = (tmp_path / "some").read_bytes()
    for length in (0, 7, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut").write_bytes(whole[:length])
        with pytest.raises(ValueError, match="cut short"):
            open_arrays(tmp_path / "cut")


@pytest.mark.slow
def test_changes_leave_what_a_new_store_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notices added, changed and removed one after the other, against a store that only ever held the last ones."""
    monkeypatch.setattr(shards, "WHOLE", 0)  # changes write shards of their own
    changing = LocalStore(tmp_path / "changing")
    changing.index(FILES[:12])
    view_of(changing)
    assert len(held(changing.folder)) == 1
    counts = set()
    for one in FILES[12:16]:
        changing.index([one])
        view_of(changing)
        counts.add(len(held(changing.folder)))
    made = MADE[3]
    changed = made.text.replace("加强组织领导", "加强量子计算机管理")
    changing.index([ReadFile(made.name, tuple(parse(changed, made.name)))])
    changing.remove(FILES[5].notices[0].notice_id)
    changing.remove(FILES[13].notices[0].notice_id)
    several = answers(changing)
    view = view_of(changing)
    assert max(counts) > 1
    assert any(record["gone"] for record in held(changing.folder))
    changing.index([ReadFile("nothing.txt", (replace(FILES[12].notices[0], source="elsewhere.txt"),))])

    plain = LocalStore(tmp_path / "plain")
    monkeypatch.setattr(shards, "WHOLE", 10**9)
    left = [file for i, file in enumerate(FILES[:16]) if i not in (3, 5, 13)]
    plain.index([*left, ReadFile(made.name, tuple(parse(changed, made.name)))])
    assert answers(plain) == several
    other = view_of(plain)
    assert (view.digest, view.years, view.regions) == (other.digest, other.years, other.regions)
    assert dict(view.cards) == dict(other.cards)
    assert sorted(map(repr, view.facts)) == sorted(map(repr, other.facts))
    for word in ("电动自行车", "检查", "量子计算机", "的"):
        assert view.document_frequency(word) == other.document_frequency(word)


def test_a_removed_notice_is_gone_from_every_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "WHOLE", 0)
    store = LocalStore(tmp_path / "store")
    store.index(FILES[:12])
    view_of(store)
    gone = FILES[4].notices[0]
    store.remove(gone.notice_id)
    view = view_of(store)
    passage = gone.passages[0].passage_id
    assert gone.notice_id not in view.cards
    assert view.columns.find(passage) < 0
    assert view.everything.get(passage) is None
    assert all(entry.stored.notice.notice_id != gone.notice_id for entry in view.everything)
    assert all(fact.passage_id.rpartition("/")[0] != gone.notice_id for fact in view.facts)
    assert (
        len(view.everything)
        == view.columns.passages
        == sum(len(file.notices[0].passages) for file in FILES[:12]) - len(gone.passages)
    )


@pytest.mark.parametrize(
    "harm", ["lost shard", "cut shard", "altered shard", "lost state", "broken state", "older layout"]
)
def test_damage_is_mended(tmp_path: Path, harm: str) -> None:
    store = LocalStore(tmp_path / "store")
    store.index(FILES[:6])
    before = answers(store)
    store.close()
    folder = store.folder / "answers"
    (shard,) = folder.glob("*.shard")
    (state,) = folder.glob("state-*.json")
    if harm == "lost shard":
        shard.unlink()
    elif harm == "cut shard":
        shard.write_bytes(shard.read_bytes()[:-100])
    elif harm == "altered shard":
        data = bytearray(shard.read_bytes())
        data[len(data) // 2] ^= 255
        shard.write_bytes(bytes(data))
    elif harm == "lost state":
        state.unlink()
    elif harm == "broken state":
        state.write_text('{"shards": [', encoding="utf-8")
    else:
        state.write_text(state.read_text(encoding="utf-8").replace('"made_by": "', '"made_by": "0'), encoding="utf-8")
    shards._open.clear()
    assert answers(LocalStore(store.folder)) == before
    assert len(list(folder.glob("*.shard"))) == 1


def test_very_many_passages_make_several_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalStore(tmp_path / "store")
    store.index(FILES[:12])
    before = answers(store)
    assert len(held(store.folder)) == 1
    shutil.rmtree(store.folder / "answers")
    monkeypatch.setattr(shards, "_MOST", 50)
    again = LocalStore(store.folder)
    assert answers(again) == before
    assert len(held(store.folder)) > 3
    assert all(len(one.shard) < 50 + 60 for one in shards.shards_of(store.folder, again.sequence))


def test_a_store_that_cannot_be_written_to_is_answered_from_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalStore(tmp_path / "store")
    store.index(FILES[:6])
    before = answers(store)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr(Path, "mkdir", refuse)
    for path in (store.folder / "answers").iterdir():
        path.unlink()
    assert answers(LocalStore(store.folder)) == before
    assert not list((store.folder / "answers").iterdir())


@pytest.mark.parametrize("pause", [0.0, 0.03, 0.12])  # at every step: tests/test_kill_loop.py
def test_a_kill_while_shards_are_made_costs_nothing(tmp_path: Path, pause: float) -> None:
    """kill -9 at some moment of making; the next who asks makes them."""
    store = LocalStore(tmp_path / "store")
    store.index(FILES[:12])
    code = (
        "import sys\nfrom pathlib import Path\nfrom assistant.answer import shards\nfrom index.store import LocalStore\n"
        "store = LocalStore(Path(sys.argv[1]))\nsequence = store.sequence\nprint('go', flush=True)\n"
        "shards.shards_of(store.folder, sequence)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(store.folder)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(pause)
        os.kill(process.pid, signal.SIGKILL)
    said = answers(LocalStore(store.folder))
    fresh = LocalStore(tmp_path / "fresh")
    fresh.index(FILES[:12])
    assert said == answers(fresh)
    assert not list((store.folder / "answers").glob("*.making"))


def _read(folder: str, sequence: int) -> int:
    return sum(len(one.shard) for one in shards.shards_of(Path(folder), sequence))


def test_processes_that_come_at_once_make_them_once(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.index(FILES[:12])
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        counts = pool.starmap(_read, [(str(store.folder), store.sequence)] * 3)
    assert counts == [sum(len(notice.passages) for file in FILES[:12] for notice in file.notices)] * 3
    assert len(list((store.folder / "answers").glob("*.shard"))) == 1


def test_a_state_that_has_gone_is_said_so(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.index(FILES[:3])
    with pytest.raises(shards.StateGone):
        shards.shards_of(store.folder, store.sequence + 1)


def test_states_share_what_has_not_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "WHOLE", 0)
    store = LocalStore(tmp_path / "store")
    store.index(FILES[:12])
    first: View = view_of(store)
    store.index(FILES[12:13])
    second = view_of(store)
    assert second.shards[0] is first.shards[0]
    assert len(second.shards) == 2


def test_a_notice_of_the_same_text_that_is_read_otherwise_is_another(tmp_path: Path) -> None:
    """A newer parser sees more units in the same text; every number that SQLite gives may come again."""
    store = LocalStore(tmp_path / "store")
    store.index(FILES[:3])
    before = view_of(store).digest
    notice = FILES[2].notices[0]
    seen = next(passage for passage in notice.passages if passage.units)
    passages = tuple(replace(p, units=()) if p is seen else p for p in notice.passages)
    store.index([replace(FILES[2], notices=(replace(notice, passages=passages),))])
    view = view_of(store)
    entry = view.everything.get(seen.passage_id)
    assert entry is not None
    assert entry.stored.units == ()
    assert view.digest != before
