"""The local store: idempotent, editions kept, damage mended, mismatches named."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from corpus.reading import read_paths
from index.errors import BadQuery, StoreMismatch, StoreMissing, UnknownNotice
from index.store import LocalStore
from index.types import Filters, IndexReport, Vectors
from tests.notices import DIGEST

PLAN = """关于开展检查的通知

测质〔2023〕7号

各有关单位：

一、检查内容
1、开展锅炉检查。（责任单位：区应急局）
2、开展{what}检查。（责任单位：区公安局）

2023年5月6日
（此件主动公开）
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    notices = tmp_path / "notices"
    notices.mkdir()
    for path in DIGEST.glob("00[12]*.txt"):
        shutil.copy(path, notices)
    return notices


def index(store: LocalStore, *paths: Path, prune: bool = False) -> IndexReport:
    return store.index(read_paths(paths), prune)


def test_indexing_again_changes_nothing(folder: Path, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    first = index(store, folder)
    assert (first.indexed, first.unchanged, first.removed, first.failed) == (2, 0, 0, ())
    sequence = store.sequence
    before = store.search("电梯安全", 10)
    again = index(store, folder)
    assert (again.indexed, again.unchanged, again.passages) == (0, 2, first.passages)
    assert store.sequence == sequence
    assert store.search("电梯安全", 10) == before


def test_a_changed_file_replaces_what_it_gave(folder: Path, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    (folder / "plan.txt").write_text(PLAN.format(what="电梯"), encoding="utf-8")
    index(store, folder)
    (folder / "plan.txt").write_text(PLAN.format(what="游泳池"), encoding="utf-8")
    report = index(store, folder)
    assert (report.indexed, report.unchanged) == (1, 2)
    assert len(store.cards()) == 3
    assert any("游泳池" in h.stored.passage.text for h in store.search("游泳池", 3).hits)
    assert not any("开展电梯检查" in s.passage.text for s in store.passages())


def test_another_text_under_the_same_number_is_a_new_edition(folder: Path, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    (folder / "plan.txt").write_text(PLAN.format(what="电梯"), encoding="utf-8")
    (folder / "plan-new.txt").write_text(PLAN.format(what="游泳池"), encoding="utf-8")
    report = index(store, folder)
    ids = [i for i in store.cards() if i.startswith("2023-7-")]
    assert len(ids) == 2
    assert any("edition" in note for note in report.notes)
    assert index(store, folder).indexed == 0
    assert sorted(i for i in store.cards() if i.startswith("2023-7-")) == sorted(ids)


def test_the_same_notice_in_two_files_is_one_notice(folder: Path, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    (folder / "a.txt").write_text(PLAN.format(what="电梯"), encoding="utf-8")
    (folder / "b.txt").write_text(PLAN.format(what="电梯").replace("\n\n", "\n\n\n"), encoding="gb18030")
    report = index(store, folder)
    assert any("same notice" in note for note in report.notes)
    assert [c.source for i, c in store.cards().items() if i.startswith("2023-7-")] == ["b.txt"]
    assert index(store, folder).indexed == 0


def test_prune_and_remove(folder: Path, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    index(store, folder)
    (gone,) = list(folder.glob("002*"))
    gone.unlink()
    assert index(store, folder).removed == 0
    assert index(store, folder, prune=True).removed == 1
    (left,) = store.cards()
    store.remove(left)
    assert store.search("电动自行车", 5).hits == ()
    with pytest.raises(UnknownNotice):
        store.remove(left)


def test_a_reader_sees_what_another_process_changed(folder: Path, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    index(store, folder)
    assert store.search("游泳池", 3, "lexical").total == 0
    (folder / "plan.txt").write_text(PLAN.format(what="游泳池"), encoding="utf-8")
    command = [sys.executable, "-m", "assistant.cli", "index", str(folder), "--store", str(store.folder)]
    subprocess.run(command, check=True, capture_output=True)
    assert store.search("游泳池", 3, "lexical").total == 1


@pytest.mark.parametrize("damage", ["lexical", "vectors.faiss", "derived.json", "whole"])
def test_damaged_derived_indexes_are_rebuilt(folder: Path, tmp_path: Path, damage: str) -> None:
    store = LocalStore(tmp_path / "store")
    index(store, folder)
    expected = store.search("电动自行车", 5).hits
    store.close()
    (derived,) = store.folder.glob("derived-*")
    if damage == "whole":
        shutil.rmtree(derived)
    elif damage == "lexical":
        victim = max((derived / "lexical").iterdir(), key=lambda p: p.stat().st_size)
        victim.write_bytes(victim.read_bytes()[:-7])
    else:
        content = bytearray((derived / damage).read_bytes())
        content[len(content) // 2] ^= 0xFF
        (derived / damage).write_bytes(content)
    assert LocalStore(store.folder).search("电动自行车", 5).hits == expected


def test_mismatches_are_named_with_what_mends_them(folder: Path, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    with pytest.raises(StoreMissing, match="notices index"):
        store.open()
    index(store, folder)
    manifest = store.folder / "manifest.json"
    good = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(good | {"encoder": "another"}), encoding="utf-8")
    with pytest.raises(StoreMismatch, match="notices rebuild"):
        LocalStore(store.folder).open()
    LocalStore(store.folder).rebuild()
    LocalStore(store.folder).open()
    for content in (json.dumps(good | {"format": 99}), "not json", "[]"):
        manifest.write_text(content, encoding="utf-8")
        with pytest.raises(StoreMismatch):
            LocalStore(store.folder).open()
    manifest.write_text(json.dumps(good), encoding="utf-8")
    store.close()
    (store.folder / "catalog.sqlite").write_bytes(b"this is no database, certainly not one of ours" * 100)
    with pytest.raises(StoreMismatch, match="catalog"):
        LocalStore(store.folder).open()


def test_a_failed_change_leaves_the_store_as_it_was(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalStore(tmp_path / "store")
    index(store, folder)
    before = store.search("电梯", 5).hits

    def broken(*_: object) -> None:
        raise OSError("no space left on device")

    (folder / "plan.txt").write_text(PLAN.format(what="游泳池"), encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr("index.catalog.Catalog.commit_change", broken)
        with pytest.raises(OSError, match="no space"):
            index(store, folder)
    assert store.search("电梯", 5).hits == before
    assert store.search("游泳池", 5, "lexical").hits == ()
    with (
        monkeypatch.context() as patch
    ):  # committed, but the derived indexes could not be put in place: the next reader does
        patch.setattr("index.derived.place", broken)
        with pytest.raises(OSError, match="no space"):
            index(store, folder)
    assert len(LocalStore(store.folder).search("游泳池", 5, "lexical").hits) == 1
    assert not list(store.folder.glob("building-*"))


def test_nothing_is_made_where_nothing_could_be_read(tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")
    store = LocalStore(tmp_path / "store")
    report = index(store, empty)
    assert [f.source for f in report.failed] == ["empty.txt"]
    assert not store.folder.exists()
    occupied = tmp_path / "occupied"
    occupied.mkdir()
    (occupied / "precious.txt").write_text(PLAN, encoding="utf-8")
    with pytest.raises(StoreMismatch, match="not empty"):
        index(LocalStore(occupied), occupied)
    assert [p.name for p in occupied.iterdir()] == ["precious.txt"]


@pytest.mark.parametrize("mode", ["lexical", "dense", "hybrid"])
def test_filters_hold_in_every_leg(tmp_path: Path, mode: str) -> None:
    store = LocalStore(tmp_path / "store")
    index(store, DIGEST)
    cases = [
        (Filters(year=2021), lambda s: s.notice.year == 2021),
        (Filters(region="天津"), lambda s: (s.notice.region or "").startswith("天津市")),
        (Filters(region="滨海新区"), lambda s: s.notice.region == "天津市滨海新区"),
        (Filters(unit="质量科"), lambda s: any(u.name == "质量科" for u in s.units)),
        (Filters(disclosure=("主动公开",)), lambda s: s.notice.disclosure == "主动公开"),
        (Filters(year=2022, unit="静海区"), lambda s: any(u.name == "静海区" for u in s.units)),
        (Filters(year=1999), lambda s: False),
        (Filters(disclosure=()), lambda s: False),
    ]
    for filters, admits in cases:
        admitted = [s.passage.passage_id for s in store.passages() if admits(s)]
        assert [s.passage.passage_id for s in store.passages(filters)] == admitted
        hits = store.search("质量 活动", 100, mode, filters).hits  # type: ignore[arg-type]
        assert {h.stored.passage.passage_id for h in hits} <= set(admitted)
        assert bool(hits) == bool(admitted)
        if mode == "dense":
            assert len(hits) == min(100, len(admitted))


def test_bad_queries(folder: Path, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    index(store, folder)
    for query, k, mode in (("  ", 5, "hybrid"), ("电梯", 0, "hybrid"), ("电梯", 101, "hybrid"), ("电梯", 5, "fuzzy")):
        with pytest.raises(BadQuery):
            store.search(query, k, mode)  # type: ignore[arg-type]
    assert store.search("？？？", 5).hits == store.search("？？？", 5).hits


def test_the_store_is_plain_sqlite(folder: Path, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    report = index(store, folder)
    with sqlite3.connect(store.folder / "catalog.sqlite") as db:
        assert db.execute("SELECT COUNT(*) FROM passages").fetchone() == (report.passages,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


def test_an_edition_whose_elder_is_gone_changes_in_place(tmp_path: Path) -> None:
    folder, store = tmp_path / "notices", LocalStore(tmp_path / "store")
    folder.mkdir()
    (folder / "a.txt").write_text(PLAN.format(what="电梯"), encoding="utf-8")
    (folder / "b.txt").write_text(PLAN.format(what="游泳池"), encoding="utf-8")
    index(store, folder)
    (folder / "a.txt").unlink()
    (folder / "b.txt").write_text(PLAN.format(what="加油站"), encoding="utf-8")
    index(store, folder, prune=True)
    assert [card.source for card in store.cards().values()] == ["b.txt"]
    assert store.search("加油站", 3, "lexical").total == 1
    assert store.search("游泳池", 3, "lexical").total == 0


def test_a_notice_stays_while_any_file_holds_it(tmp_path: Path) -> None:
    folder, store = tmp_path / "notices", LocalStore(tmp_path / "store")
    folder.mkdir()
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(PLAN.format(what="电梯"), encoding="utf-8")
    index(store, folder)
    (holder,) = (card.source for card in store.cards().values())
    (folder / holder).write_text("关于召开会议的通知\n各单位：\n请参加会议。\n", encoding="utf-8")
    index(store, folder)
    assert store.search("电梯", 3, "lexical").total == 1
    assert len(store.cards()) == 2


def test_prune_can_be_limited_to_sources(folder: Path, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    index(store, folder)
    first, second = sorted(card.source for card in store.cards().values())
    assert store.index([], prune={first, "never-there.txt"}).removed == 1
    assert [card.source for card in store.cards().values()] == [second]


def test_readers_go_on_while_a_writer_is_at_work(folder: Path, tmp_path: Path) -> None:
    """Between the commit and the end of the build a reader answers from the state before, and is not kept waiting."""
    store = LocalStore(tmp_path / "store")
    index(store, folder)
    sequence = store.sequence
    (folder / "plan.txt").write_text(PLAN.format(what="游泳池"), encoding="utf-8")
    seen: list[tuple[int, int]] = []

    class Slow:
        """The shipped encoder; readers search while it encodes."""

        name, dimensions = store.encoder.name, store.encoder.dimensions
        encode_queries = staticmethod(store.encoder.encode_queries)

        def encode_passages(self, texts: list[str]) -> Vectors:
            seen.append((store.sequence, store.search("游泳池", 3, "lexical").total))
            return store.encoder.encode_passages(texts)

    writer = LocalStore(tmp_path / "store", Slow())
    index(writer, folder)
    assert seen == [(sequence, 0)]
    assert store.search("游泳池", 3, "lexical").total == 1


def test_a_state_that_is_made_ready_is_seen_when_it_is(folder: Path, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    index(store, folder)
    sequence = store.sequence
    before = store.search("电梯安全", 5).hits
    (folder / "plan.txt").write_text(PLAN.format(what="游泳池"), encoding="utf-8")
    seen = []

    def ready(fresh: LocalStore) -> None:
        assert store.search("电梯安全", 5).hits == before  # though its files are gone
        seen.append((store.sequence, fresh.sequence, fresh.search("游泳池", 3, "lexical").total))

    store.index(read_paths([folder]), ready=ready)
    assert seen == [(sequence, sequence + 1, 1)]
    assert store.search("游泳池", 3, "lexical").total == 1

    def fails(fresh: LocalStore) -> None:
        raise OSError("no room for what answers need")

    (folder / "plan.txt").write_text(PLAN.format(what="加油站"), encoding="utf-8")
    with pytest.raises(OSError, match="no room"):
        store.index(read_paths([folder]), ready=fails)
    assert store.search("加油站", 3, "lexical").total == 1  # what is committed is seen


def test_too_little_memory_to_prepare_answers_undoes_no_change(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = LocalStore(tmp_path / "store")

    def fails(fresh: LocalStore) -> None:
        raise MemoryError

    assert store.index(read_paths([folder]), ready=fails).indexed
    assert "too little memory to prepare answers" in caplog.text
    assert store.search("电梯安全", 3).hits


def test_an_empty_store_can_be_made_and_asked(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.create()
    assert store.search("电梯", 3).hits == ()
    assert store.cards() == {}


def test_what_a_killed_writer_left_is_cleared_away(folder: Path, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    index(store, folder)
    left = store.folder / "building-abc"
    left.mkdir()
    (left / "vectors.faiss").write_bytes(b"half")
    store.rebuild()
    assert not left.exists()


def test_what_is_no_part_of_a_notice_makes_no_new_edition(tmp_path: Path) -> None:
    text = (DIGEST / "002_2021_hebei_district_plan.txt").read_text(encoding="utf-8")
    note, _, body = text.partition("\n")
    assert note.startswith("【")  # furniture
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    (tmp_path / "b.txt").write_text(body, encoding="utf-8")
    store = LocalStore(tmp_path / "store")
    store.index(read_paths([tmp_path / "a.txt", tmp_path / "b.txt"]))
    (read,) = read_paths([tmp_path / "a.txt"])
    assert list(store.cards()) == [notice.notice_id for notice in read.notices]
