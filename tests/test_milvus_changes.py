"""Changes of a Milvus store: removal, readers during a rebuild, several writers, a server that is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.answer.view import view_of
from assistant.service import Assistant
from assistant.types import Question
from corpus.parse import parse
from corpus.reading import ReadFile
from eval.bench.generator import generate
from index.errors import StoreError, UnknownNotice
from index.milvus.connection import Connection
from index.milvus.location import parse_location
from index.milvus.schema import current, generations
from index.opening import open_store
from index.store import LocalStore
from index.types import Retriever
from tests.milvus_server import Server, assert_agree, ids, running

FILES = [ReadFile(made.name, tuple(parse(made.text, made.name))) for made in generate(200)]
NOTICES = [notice for file in FILES for notice in file.notices]
INGEST = """
import sys
from corpus.parse import parse
from corpus.reading import ReadFile
from eval.bench.generator import generate
from index.opening import open_store
files = [ReadFile(made.name, tuple(parse(made.text, made.name))) for made in generate(int(sys.argv[2]))]
store = open_store(sys.argv[1])
print("begin", flush=True)
for file in files:
    store.index([file])
    print(file.notices[0].notice_id, flush=True)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("milvus")) as started:
        yield started


def local(folder: Path, files: list[ReadFile] = FILES) -> LocalStore:
    store = LocalStore(folder / "store")
    store.index(files)
    return store


def assert_same(ours: LocalStore, theirs: Retriever) -> None:
    assert theirs.passages() == ours.passages()
    assert theirs.vocabulary().words == ours.vocabulary().words
    for query in ("电动自行车专项整治", "联合执法"):
        assert_agree(ours.search(query, 10), theirs.search(query, 10), query)


def test_what_is_removed_is_gone_for_every_reader_at_once(server: Server, tmp_path: Path) -> None:
    writer, ours = server.store(), local(tmp_path)
    writer.index(FILES)
    reader = open_store(writer.location)
    text = NOTICES[0].passages[-1].passage_id
    assert reader.find_passage(text) is not None
    assert NOTICES[0].notice_id in reader.cards()
    before = reader.sequence
    writer.remove(NOTICES[0].notice_id)
    ours.remove(NOTICES[0].notice_id)
    assert reader.find_passage(text) is None
    assert not [
        i for i in ids(reader.search(NOTICES[0].header.title, 100, "lexical")) if i.startswith(NOTICES[0].notice_id)
    ]
    assert reader.sequence > before
    with pytest.raises(UnknownNotice):
        reader.notice(NOTICES[0].notice_id)
    with pytest.raises(UnknownNotice):
        writer.remove(NOTICES[0].notice_id)
    assert_same(ours, reader)


def test_a_changed_file_is_replaced_and_pruned(server: Server, tmp_path: Path) -> None:
    theirs, ours = server.store(), local(tmp_path)
    theirs.index(FILES)
    text = NOTICES[1].text.replace("专项整治", "游泳池开放管理")
    changed = ReadFile(FILES[1].source, tuple(parse(text, FILES[1].source)))
    for files, prune in (([changed], False), ([changed, *FILES[2:]], True)):
        reports = [store.index(files, prune) for store in (ours, theirs)]
        counts = [(r.indexed, r.unchanged, r.removed, r.passages, r.notes) for r in reports]
        assert counts[0] == counts[1]
        assert_same(ours, theirs)
    assert theirs.index([changed]).unchanged == 1


def test_a_served_store_is_ready_when_a_change_returns(server: Server) -> None:
    assistant = Assistant(server.store())
    assistant.update(FILES[:2])
    assert assistant.ask(Question("有几份通知")).coverage.notices == 2
    known = view_of(assistant.store)
    assistant.update(FILES)
    fresh = view_of(assistant.store)
    assert fresh is not known
    assert set(fresh.cards) == {notice.notice_id for notice in NOTICES}


@pytest.mark.slow
def test_readers_during_rebuilds_see_one_generation(server: Server) -> None:
    writer = server.store()
    writer.index(FILES)
    expected = writer.search("电动自行车专项整治", 10).hits
    place = parse_location(writer.location)
    done, found, errors = threading.Event(), [0], list[BaseException]()

    def read() -> None:
        reader = open_store(writer.location)
        while not done.is_set():
            try:
                hits = reader.search("电动自行车专项整治", 10).hits
                assert [hit.stored.passage for hit in hits] == [hit.stored.passage for hit in expected]
                found[0] += 1
            except BaseException as error:
                errors.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for _ in range(2):
            writer.rebuild()
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert not errors
    assert found[0] >= 3
    assert len(generations(Connection(place))) == 2
    assert (current(Connection(place)) or "").endswith("_g000003")


def test_a_notice_that_comes_during_a_rebuild_is_not_lost(server: Server) -> None:
    writer = server.store()
    writer.index(FILES[:3])
    other = open_store(writer.location)
    with ThreadPoolExecutor(2) as pool:
        rebuilt = pool.submit(writer.rebuild)
        for file in FILES[3:]:
            other.index([file])
        rebuilt.result()
    assert set(open_store(writer.location).cards()) == {notice.notice_id for notice in NOTICES}


def test_several_machines_may_store_the_same_notices_at_once(server: Server, tmp_path: Path) -> None:
    where, barrier = server.location(), threading.Barrier(3)
    orders = (FILES, FILES[::-1], FILES[2:] + FILES[:2])

    def ingest(files: list[ReadFile]) -> None:
        store = open_store(where)
        barrier.wait()
        for file in files:
            store.index([file])

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(ingest, orders))
    assert_same(local(tmp_path), open_store(where))
    connection = Connection(parse_location(where))
    rows = connection.query(current(connection) or "", 'pk != ""', ["pk"])
    assert len(rows) == sum(len(notice.passages) for notice in NOTICES)


def test_editions_and_the_same_notice_in_two_files(server: Server, tmp_path: Path) -> None:
    notice = NOTICES[0]
    other = ReadFile("other.txt", (replace(notice, source="other.txt", text=notice.text + "\n补充。"),))
    twin = ReadFile("twin.txt", (replace(notice, source="twin.txt"),))
    theirs, ours = server.store(), LocalStore(tmp_path / "store")
    for files in ([FILES[0]], [other], [twin]):
        notes = [store.index(files).notes for store in (ours, theirs)]
        assert notes[0] == notes[1]
        assert set(ours.cards()) == set(theirs.cards())
    assert {card.source for card in theirs.cards().values()} == {card.source for card in ours.cards().values()}


@pytest.mark.slow
def test_kill_of_the_server_under_ingest(server: Server, tmp_path: Path) -> None:
    """Whatever was acknowledged is there, nothing is half there, and the same command run again completes it."""
    if server.external:
        pytest.skip("a cluster is not killed")
    where = server.location("timeout=2")
    acknowledged: set[str] = set()
    pauses = (0.0, 0.1, 0.25) if "PARITY_PASSAGES" in os.environ else (0.05,)
    many = 150 + 100 * len(pauses)
    for pause in pauses:
        command = [sys.executable, "-c", INGEST, where, str(many)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            assert process.stdout is not None
            for _ in range(1 + len(acknowledged) + 2):  # two more than before
                acknowledged.add(process.stdout.readline().strip())
            time.sleep(pause)  # into the next one
            server.kill()
            acknowledged |= {line.strip() for line in process.stdout}
            status = process.wait()
        server.start()
        assert status != 0
        acknowledged.discard("begin")
        store = open_store(where.replace("timeout=2", "timeout=60"))
        held = store.cards()
        assert acknowledged <= set(held)
        passages = store.passages()
        for notice_id in held:
            of_it = [stored.passage for stored in passages if stored.notice.notice_id == notice_id]
            assert of_it == sorted(store.notice(notice_id).passages, key=lambda p: p.passage_id)
        store.close()
    files = [ReadFile(made.name, tuple(parse(made.text, made.name))) for made in generate(many)]
    store = open_store(where.replace("timeout=2", "timeout=60"))
    store.index(files)
    assert_same(local(tmp_path, files), store)


def test_an_error_leaves_the_store_as_it_was(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    store = server.store()
    store.index(FILES[:2])
    before = store.passages()
    upsert, calls = Connection.upsert, [0]

    def fails(self: Connection, collection: str, rows: list[dict[str, object]]) -> None:
        calls[0] += 1
        if any(str(row["pk"]).startswith("h/") for row in rows):
            raise StoreError("no")
        upsert(self, collection, rows)

    monkeypatch.setattr(Connection, "upsert", fails)
    with pytest.raises(StoreError, match="no"):
        store.index(FILES)
    monkeypatch.undo()
    assert calls[0] >= 3
    assert store.passages() == open_store(store.location).passages() == before
    assert store.search("电动自行车", 10).hits == open_store(store.location).search("电动自行车", 10).hits
    assert store.index(FILES).indexed == len(NOTICES) - 2


def test_many_notices_are_told_of_once_and_the_same_run_again_tells_what_was_not(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers hear of a change when all of it is there; who dies before that is made up for by the same command."""
    monkeypatch.setattr("index.milvus.writing.BATCH", 60)
    store = server.store()
    store.index(FILES[:1])
    reader, upsert, told = open_store(store.location), Connection.upsert, [0]
    before = reader.search("电动自行车", 10).hits

    def dies(self: Connection, collection: str, rows: list[dict[str, object]]) -> None:
        if any(row["pk"] == "state" for row in rows):
            told[0] += 1
            raise StoreError("dead")
        upsert(self, collection, rows)

    monkeypatch.setattr(Connection, "upsert", dies)
    with pytest.raises(StoreError, match="dead"):
        store.index(FILES)
    monkeypatch.setattr(Connection, "upsert", upsert)
    assert told[0] == 1
    assert reader.search("电动自行车", 10).hits == before
    again = open_store(store.location)
    assert again.index(FILES).indexed == 0
    assert set(reader.cards()) == set(again.cards()) == {notice.notice_id for notice in NOTICES}


def test_more_rows_than_one_request_gives_are_read_in_pages(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, ours = server.store(), local(tmp_path)
    theirs.index(FILES)
    connection = Connection(parse_location(theirs.location))
    generation = current(connection) or ""
    whole = sorted(row["pk"] for row in connection.query(generation, 'pk != ""', ["pk"]))
    monkeypatch.setattr("index.milvus.connection._PAGE", 3)
    assert sorted(row["pk"] for row in connection.query(generation, 'pk != ""', ["pk"])) == whole
    assert_same(ours, open_store(theirs.location))


def test_searches_at_once(server: Server) -> None:
    """One store serves several threads; each gets what it asked for."""
    store = server.store()
    store.index(FILES)
    queries = ("电动自行车", "联合执法", "统计监测", "示范创建") * 2
    expected = [store.search(query, 5).hits for query in queries]
    with ThreadPoolExecutor(8) as pool:
        assert [found.hits for found in pool.map(lambda query: store.search(query, 5), queries)] == expected
