"""One byte of a store is another one: `notices verify` says so, and whoever opens it finds what was there, or hears of it.

Opening compares all checksums up to 64 MiB of derived indexes and 2 MiB of catalog. Beyond that, and for what a disk
changes while it is mapped, `notices verify` and `index.examining.examine` (asked by who serves the store) see it.
"""

from __future__ import annotations

import logging
import random
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from assistant.answer import shards
from assistant.answer.view import view_of
from benchmarks.soak.kill_child import LARGE, notices
from benchmarks.soak.kill_oracle import Found, _found
from corpus.reading import ReadFile
from index import derived, growth, verify
from index.errors import StoreDamaged, StoreMismatch
from index.examining import examine
from index.store import LocalStore

KNOWN = notices()


@pytest.fixture(scope="module", params=["small", "large"])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Found]]:
    """A store that is at rest, with what it finds. The large one has two segments and something that is gone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growth, "LARGE", LARGE if request.param == "large" else growth.LARGE)
        patch.setattr(growth, "ADDED", 10.0)
        store = LocalStore(tmp_path_factory.mktemp(request.param) / "store")
        store.index([ReadFile(f"{s}.txt", (KNOWN[s, 0],)) for s in range(8)])
        store.index([ReadFile("8.txt", (KNOWN[8, 0],))])
        store.remove(KNOWN[3, 0].notice_id)
        view_of(store)
        found = _found(store)
        store.close()
        shards._open.clear()
        yield store.folder, found


def flip(path: Path, place: int | None = None) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2 if place is None else place] ^= 0x10
    path.write_bytes(content)


def comparable(store: Path, found: Found) -> Found:
    """What is found again to the last digit: BM25 of a large store counts what is gone until it is built anew."""
    return {key: hits for key, hits in found.items() if store.parent.name.startswith("small") or key[1] == "dense"}


def said(store: Path) -> list[str]:
    """What `notices verify` says."""
    return [*verify.faults(store), *shards.faults(store)]


@pytest.mark.slow
def test_every_derived_file_is_checked(
    built: tuple[Path, Found], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    original, found = built
    names = [p.relative_to(original) for p in sorted(original.rglob("*")) if p.is_file() and p.stat().st_size]
    names = [name for name in names if name.parts[0].startswith(("derived-", "answers"))]
    assert len(names) > 12
    digest = view_of(LocalStore(shutil.copytree(original, tmp_path / "whole"))).digest
    for number, name in enumerate(names):
        store = Path(shutil.copytree(original, tmp_path / str(number)))
        assert number or said(store) == []
        flip(store / name, (None, 0, -1)[number % 3])
        assert said(store), name
        if original.parent.name.startswith("large") and number % 3:  # each kind of file three times
            shutil.rmtree(store)
            continue
        caplog.clear()
        with closing(LocalStore(store)) as held, caplog.at_level(logging.WARNING):
            assert comparable(original, _found(held)) == comparable(original, found), name
            assert view_of(held).digest == digest, name
            assert held.degraded is None
        if name.parts[0].startswith("derived-"):
            assert "built anew" in caplog.text, name
        shards._open.clear()
        assert said(store) == [], name
        shutil.rmtree(store)


def test_a_catalog_or_manifest_is_refused_or_said_to_be_damaged(built: tuple[Path, Found], tmp_path: Path) -> None:
    """Wherever the byte lies: nothing is found that was not stored, unless the store says that it is degraded."""
    original, found = built
    draw = random.Random(1)
    texts = {notice.text for notice in KNOWN.values()}
    outcomes = {"refused": 0, "degraded": 0, "the same": 0}
    for name in ("manifest.json", "catalog.sqlite"):
        size = (original / name).stat().st_size
        for number in range(30 if name == "catalog.sqlite" else 6):
            place = draw.randrange(size)
            store = Path(shutil.copytree(original, tmp_path / f"{name}-{number}"))
            flip(store / name, place)
            seen = said(store)
            held = LocalStore(store)
            try:
                now = _found(held)
            except (StoreDamaged, StoreMismatch):
                outcomes["refused"] += 1
                assert seen, (name, place)
                continue
            finally:
                held.close()
                shards._open.clear()
            if held.degraded:
                outcomes["degraded"] += 1
                assert seen, (name, place)
            else:
                outcomes["the same"] += 1
                assert now == found, (name, place)
                with closing(LocalStore(store)) as again:
                    assert {again.notice(notice_id).text for notice_id in again.cards()} <= texts
            shutil.rmtree(store)
    assert min(outcomes.values()), outcomes


def test_a_damaged_notice_is_mended_by_indexing_it_again(built: tuple[Path, Found], tmp_path: Path) -> None:
    original, found = built
    store = Path(shutil.copytree(original, tmp_path / "store"))
    content = (store / "catalog.sqlite").read_bytes()
    word = "电动自行车".encode()
    (store / "catalog.sqlite").write_bytes(content.replace(word, "电动自行本".encode()))
    with closing(LocalStore(store)) as held:
        assert held.sequence
        assert held.degraded
        assert "not what was stored" in held.degraded
        held.index([ReadFile(f"{s}.txt", (KNOWN[s, 0],)) for s in (0, 1, 2, 4, 5, 6, 7, 8)])
        held.rebuild()
        assert held.degraded is None
        assert {key for key, hits in _found(held).items() if hits} == {key for key, hits in found.items() if hits}
    shards._open.clear()
    assert said(store) == []


def test_changes_that_the_catalog_has_lost_are_noticed(built: tuple[Path, Found], tmp_path: Path) -> None:
    """The catalog is an older one: what was derived of the later state is not used, and the loss is remembered."""
    original, _ = built
    store = Path(shutil.copytree(original, tmp_path / "store"))
    older = (store / "catalog.sqlite").read_bytes()
    with closing(LocalStore(store)) as held:
        held.index([ReadFile("9.txt", (KNOWN[9, 0],))])
        view_of(held)
        after = held.sequence
    (store / "catalog.sqlite").write_bytes(older)
    shards._open.clear()
    with closing(LocalStore(store)) as held:
        assert held.sequence == after - 1
        assert held.degraded
        assert "has lost the changes" in held.degraded
        held.index([ReadFile("10.txt", (KNOWN[10, 0],))])
        assert held.sequence == after  # the same number, another state
        assert KNOWN[10, 0].notice_id in view_of(held).cards
        assert KNOWN[9, 0].notice_id not in view_of(held).cards
        shards._open.clear()
        assert [fault for fault in said(store) if "has lost the changes" in fault]
        held.rebuild()
        assert held.degraded is None


def test_what_opening_does_not_read_is_examined(
    built: tuple[Path, Found], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As in a store of more than 64 MiB: opening compares sizes. Two readers have it open; one examines it."""
    original, found = built
    monkeypatch.setattr(derived, "_CHECKED_BYTES", 0)
    store = Path(shutil.copytree(original, tmp_path / "store"))
    with closing(LocalStore(store)) as one, closing(LocalStore(store)) as other:
        assert _found(one) == _found(other) == found
        assert examine(one) == []
        before = one.sequence
        flip(store / f"derived-{before}" / "vectors.faiss")
        assert any("vectors.faiss is damaged" in what for what in said(store))
        with caplog.at_level(logging.ERROR):
            assert "vectors.faiss is damaged" in examine(one)[0]
        assert "built anew" in caplog.text
        assert one.sequence == other.sequence == before + 1
        for held in (one, other):
            after = _found(held)
            assert after.keys() == found.keys()
            assert all(len(after[key]) == len(found[key]) for key in found)
        assert examine(one) == []
    assert said(store) == []


def test_shards_that_are_mapped_are_examined(
    built: tuple[Path, Found], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As those of more than 64 MiB: a reader has the damaged one open, and goes on to one that is whole."""
    original, _ = built
    monkeypatch.setattr(shards, "_CHECKED_BYTES", 0)
    store = Path(shutil.copytree(original, tmp_path / "store"))
    with closing(LocalStore(store)) as held:
        before, sequence = view_of(held), held.sequence
        assert shards.examine(held) == []
        (shard,) = (store / "answers").glob("*.shard")
        flip(shard)
        assert shards.examine(held) == [f"answers/{shard.name} is damaged; it is made anew when somebody next asks"]
        assert held.sequence == sequence + 1
        assert view_of(held).shards[0] is not before.shards[0]
        assert view_of(held).digest == before.digest
        assert said(store) == []


def test_a_torn_write_ahead_log_loses_nothing_silently(built: tuple[Path, Found], tmp_path: Path) -> None:
    """What SQLite takes of a log ends at the first byte that is not as written: later changes are gone, and said to be."""
    original, _ = built
    first = Path(shutil.copytree(original, tmp_path / "first"))
    with closing(LocalStore(first)) as reader, closing(LocalStore(first)) as writer:
        assert reader.sequence  # it pins the state, so that the log stays
        before = reader.sequence
        for serial in (9, 10):
            writer.index([ReadFile(f"{serial}.txt", (KNOWN[serial, 0],))])
        outcomes = set()
        for number, part in enumerate((0.0, 0.4, 0.97)):
            store = Path(shutil.copytree(first, tmp_path / str(number)))
            log = store / "catalog.sqlite-wal"
            assert log.stat().st_size
            flip(log, int(log.stat().st_size * part) + 30)
            with closing(LocalStore(store)) as held:
                lost = before + 2 - held.sequence
                outcomes.add(lost)
                assert bool(lost) == bool(held.degraded), (part, lost, held.degraded)
                assert len(held.cards()) == 10 - lost
                assert held.search("电动自行车").hits
        assert max(outcomes) == 2
