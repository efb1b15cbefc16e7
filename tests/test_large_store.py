"""A large store grows: what it finds is what one finds that is built anew, whatever comes and goes, whenever it is killed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest

from corpus.parse import parse
from corpus.reading import ReadFile
from corpus.types import Notice
from eval.bench.generator import generate
from index import growth, lexical
from index.analysis import tokenise
from index.derived import whole_text
from index.filters import passage_terms, required_terms
from index.lexical import LexicalEntry
from index.query import parse_query
from index.store import LocalStore
from index.types import Filters, Mode
from tests.oracles import LexicalOracle

MODES: tuple[Mode, ...] = ("lexical", "dense", "hybrid")
QUERIES = ("电动自行车专项整治", "2020年天津市哪些单位负责隐患排查", "按时报送总结", "school canteen")


@pytest.fixture(scope="module")
def notices() -> list[Notice]:
    return [notice for made in generate(700, 5) for notice in parse(made.text, made.name)]


@pytest.fixture(autouse=True)
def limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "LARGE", 200)


def files(notices: list[Notice]) -> list[ReadFile]:
    return [ReadFile(notice.source, (notice,)) for notice in notices]


def found(store: LocalStore, mode: Mode, query: str, filters: Filters | None = None) -> list[tuple[str, float]]:
    return [(hit.stored.passage.passage_id, hit.score) for hit in store.search(query, 20, mode, filters).hits]


def large(store: LocalStore) -> bool:
    store.open()
    return store._state is not None and store._state.indexes.large


def segments(store: LocalStore) -> int:
    store.open()
    assert store._state is not None
    return len(store._state.indexes.segments)


def same(store: LocalStore, other: LocalStore) -> None:
    """Both hold the same and give it the same scores (of passages that score alike the first ids count)."""
    assert [s.passage for s in store.passages()] == [s.passage for s in other.passages()]
    for query in QUERIES:
        for mode in MODES:
            mine, others = found(store, mode, query), found(other, mode, query)
            np.testing.assert_allclose([score for _, score in mine], [score for _, score in others], atol=2e-6)
            least = mine[-1][1] + 1e-5  # of the passages that tie for the last place any may be shown
            assert {i for i, score in mine if score > least} == {i for i, score in others if score > least}


def test_what_has_grown_is_what_is_built_anew(
    notices: list[Notice], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "ADDED", 100.0)
    monkeypatch.setattr(growth, "GONE", 1.0)
    store, chance = LocalStore(tmp_path / "store"), Random(1)
    store.index(files(notices[:8]))
    assert large(store)
    held = {notice.notice_id: notice for notice in notices[:8]}
    rows = {s.passage.passage_id: s.row for s in store.passages()}
    for notice in notices[8:]:
        store.index(files([notice]))
        held[notice.notice_id] = notice
        if chance.random() < 0.5:
            gone = chance.choice(sorted(held))
            del held[gone]
            store.remove(gone)
            assert not any(hit.startswith(gone + "/") for mode in MODES for hit, _ in found(store, mode, QUERIES[0]))
        assert {s.passage.passage_id for s in store.passages()} == {
            p.passage_id for n in held.values() for p in n.passages
        }
    now = {s.passage.passage_id: s.row for s in store.passages()}
    assert all(rows[passage] == now[passage] for passage in rows.keys() & now.keys())  # rows are kept
    assert 1 < segments(store) < 8
    fresh = LocalStore(tmp_path / "fresh")
    fresh.index(files(list(held.values())))
    store.rebuild()
    assert segments(store) == 1
    same(store, fresh)


def test_dense_scores_and_filters_do_not_wait_for_a_rebuild(
    notices: list[Notice], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "ADDED", 100.0)
    store, fresh = LocalStore(tmp_path / "store"), LocalStore(tmp_path / "fresh")
    store.index(files(notices[:8]))
    for notice in notices[8:]:
        store.index(files([notice]))
    store.remove(notices[2].notice_id)
    fresh.index(files([*notices[:2], *notices[3:]]))
    year = notices[9].header.year
    unit = notices[9].passages[8].units[0].name
    for filters in (None, Filters(year=year), Filters(unit=unit), Filters(year=year, unit=unit), Filters(year=1990)):
        assert [s.passage for s in store.passages(filters)] == [s.passage for s in fresh.passages(filters)]
        np.testing.assert_allclose(
            [score for _, score in found(store, "dense", QUERIES[0], filters)],
            [score for _, score in found(fresh, "dense", QUERIES[0], filters)],
            atol=1e-6,
        )
        admitted = {s.passage.passage_id for s in fresh.passages(filters)}
        assert all({i for i, _ in found(store, mode, QUERIES[0], filters)} <= admitted for mode in MODES)
        assert [s.passage for s in store.at(store.rows(filters))] != [] or not admitted


def test_lexical_scores_are_those_of_the_oracle(notices: list[Notice], tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.index(files(notices))
    stored = store.passages()
    oracle = LexicalOracle([LexicalEntry(tokenise(whole_text(s)), passage_terms(s.passage, s.notice)) for s in stored])
    for query in QUERIES:
        expected = oracle.scores(parse_query(query).groups)
        by_id = {s.passage.passage_id: expected[i] for i, s in enumerate(stored)}
        hits = found(store, "lexical", query)
        np.testing.assert_allclose([score for _, score in hits], sorted(expected, reverse=True)[: len(hits)], rtol=1e-5)
        np.testing.assert_allclose([score for _, score in hits], [by_id[i] for i, _ in hits], rtol=1e-5)


def test_quoted_words_are_found_as_they_stand(notices: list[Notice], tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.index(files(notices))
    for phrase in ("避免走过场", "工作", "办", "没有这样的话"):
        hits = store.search(f"“{phrase}”", 20).hits
        assert all(
            phrase in h.stored.passage.text + h.stored.notice.title + "".join(h.stored.passage.section_path)
            for h in hits
        )
        assert bool(hits) == any(phrase in s.passage.text for s in store.passages())


@pytest.mark.parametrize("at_once", [8192, 7])
def test_quoted_words_with_filters(
    notices: list[Notice], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """Every passage that holds a frequent phrase is scored, not only those that the rarest words of a query find."""
    monkeypatch.setattr(lexical, "_CANDIDATES", 5)
    monkeypatch.setattr(lexical, "_AT_ONCE", at_once)
    store = LocalStore(tmp_path / "store")
    store.index(files(notices))
    stored = store.passages()
    years = sorted({s.notice.year for s in stored if s.notice.year})[:2]
    oracle = LexicalOracle([LexicalEntry(tokenise(whole_text(s)), passage_terms(s.passage, s.notice)) for s in stored])
    expected = oracle.scores(parse_query("“责任单位”台账登记").groups)
    for filters in (None, *(Filters(year=year) for year in years), Filters(year=1999)):
        holding = {
            s.passage.passage_id: expected[i]
            for i, s in enumerate(stored)
            if "责任单位" in s.passage.text and (filters is None or s.notice.year == filters.year)
        }
        hits = store.search("“责任单位”台账登记", 100, "lexical", filters)
        assert hits.total == len(holding)
        best = sorted(holding.values(), reverse=True)[:100]
        np.testing.assert_allclose([hit.score for hit in hits.hits], best, rtol=1e-5)
        assert {hit.stored.passage.passage_id for hit in hits.hits} <= holding.keys()


def test_a_store_is_built_anew_when_much_has_come_or_gone(notices: list[Notice], tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.index(files(notices[:10]))
    counts = []
    for notice in notices[10:]:
        store.index(files([notice]))
        counts.append(segments(store))
    assert max(counts) > 1
    assert 1 in counts[1:]
    while large(store):
        store.remove(next(iter(store.cards())))
        assert found(store, "hybrid", QUERIES[0])
    assert segments(store) == 1
    assert len(store.passages()) < 200


def test_a_small_store_becomes_a_large_one(notices: list[Notice], tmp_path: Path) -> None:
    store, fresh = LocalStore(tmp_path / "store"), LocalStore(tmp_path / "fresh")
    store.index(files(notices[:3]))
    assert not large(store)
    store.index(files(notices))
    assert large(store)
    fresh.index(files(notices))
    same(store, fresh)


def test_explanations_add_up(notices: list[Notice], tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.index(files(notices))
    for hit in store.search(QUERIES[0], 5, explained=True).hits:
        assert hit.explanation is not None
        assert sum(hit.explanation.contributions.values()) == pytest.approx(hit.score, abs=1e-4)
        assert hit.explanation.bm25 == pytest.approx(sum(term.score for term in hit.explanation.terms))


def test_readers_keep_their_state_while_it_grows(notices: list[Notice], tmp_path: Path) -> None:
    reader, writer = LocalStore(tmp_path / "store"), LocalStore(tmp_path / "store")
    writer.index(files(notices[:8]))
    before = found(reader, "hybrid", QUERIES[0])
    assert found(writer, "hybrid", QUERIES[0]) == before
    seen = []
    writer.index(files(notices[8:9]), ready=lambda fresh: seen.append(found(writer, "hybrid", QUERIES[0]) == before))
    assert seen == [True]
    assert reader.sequence == writer.sequence
    assert len(reader.cards()) == 9


KILLED = """
import os, sys
from pathlib import Path
from corpus.parse import parse
from corpus.reading import ReadFile
from eval.bench.generator import generate
from index import derived, growth, segments
from index.catalog import Catalog
from index.lexical import LexicalWriter
from index.store import LocalStore

growth.LARGE = 200
folder, act, *steps = sys.argv[1:]
notices = [n for made in generate(700, 5) for n in parse(made.text, made.name)]

def killing(owner, name, before):
    original = getattr(owner, name)
    def instead(*arguments, **options):
        if before:
            os._exit(9)
        original(*arguments, **options)
        os._exit(9)
    setattr(owner, name, instead)

for step in steps:  # in a process of its own, which has imported everything
    if (child := os.fork()) == 0:
        break
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9, step
else:
    sys.exit()
killing(*{
    "before the commit": (Catalog, "commit_change", True), "after the commit": (Catalog, "commit_change", False),
    "the segment": (segments, "write", False), "the postings": (LexicalWriter, "close", False),
    "before the swap": (derived, "place", True), "the files": (derived, "sync_folder", True),
    "after the swap": (derived, "place", False),
}[step])
store = LocalStore(Path(folder) / step)
if act == "add":
    store.index([ReadFile(notices[9].source, (notices[9],))])
elif act == "remove":
    store.remove(notices[2].notice_id)
else:
    store.rebuild()
"""
STEPS = (
    "before the commit",
    "after the commit",
    "the segment",
    "the postings",
    "before the swap",
    "the files",
    "after the swap",
)
_TRIED = {"add": STEPS, "remove": STEPS[1:2] + STEPS[3:6:2], "rebuild": STEPS[1:6:2]}


@pytest.mark.parametrize("act", ["add", "remove", "rebuild"])
def test_a_killed_writer_leaves_the_state_before_or_after(notices: list[Notice], tmp_path: Path, act: str) -> None:
    """At every step; and the next change works as if nothing had happened."""
    whole = LocalStore(tmp_path / "whole")
    whole.index(files(notices[:10]))
    store = LocalStore(tmp_path / "store")
    store.index(files(notices[:9]))
    before = {s.passage.passage_id for s in store.passages()}
    store.close()
    for step in _TRIED[act]:
        shutil.copytree(store.folder, tmp_path / step)
    command = [sys.executable, "-c", KILLED, str(tmp_path), act, *_TRIED[act]]
    subprocess.run(command, check=True, timeout=120)
    for step in _TRIED[act]:
        changed = before ^ {p.passage_id for p in (notices[9] if act == "add" else notices[2]).passages}
        now = {s.passage.passage_id for s in LocalStore(tmp_path / step).passages()}
        committed = step in (
            "after the commit",
            "before the swap",
            "after the swap",
        )  # all that is built comes before it
        assert now == (changed if committed and act != "rebuild" else before), (step, act)
        again = LocalStore(tmp_path / step)
        again.index(files(notices[:10]))
        again.rebuild()
        same(again, whole)
        assert not list(again.folder.glob("building-*"))
        record = json.loads((next(again.folder.glob("derived-*")) / "derived.json").read_text())
        assert record["sequence"] == again.sequence
    assert required_terms(Filters()) == []
