"""A Milvus store answers as a folder does: the same ids, scores, explanations, answers.

With MILVUS_URI set, a cluster is asked instead of `milvus-lite server`. `make parity` runs this over 10,000 passages.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import as_json
from assistant.service import Assistant
from assistant.types import Question
from corpus.parse import parse
from corpus.reading import ReadFile, read_paths
from eval.bench.generator import generate, questions
from index.filters import from_mapping
from index.milvus.connection import Connection, Row
from index.milvus.expressions import holding, literal
from index.milvus.location import parse_location
from index.milvus.schema import current
from index.store import LocalStore
from index.types import MODES, Mode, Retriever
from tests.milvus_server import Server, assert_agree, ids, running

DIGEST = Path(__file__).parent.parent / "corpus" / "notices"
PASSAGES = int(os.environ.get("PARITY_PASSAGES", "300"))
QUERIES = (
    "哪些单位负责电动自行车相关活动", "食品安全宣传", "e-bike campaigns", "质量月的主题", "“消费者权益”", "电动自形车", "2022年和平区",
    "不存在的词组合起来",
)  # fmt: skip
FILTERS = (
    {"year": 2022}, {"region": "天津市"}, {"region": "滨海新区", "year": 2024}, {"unit": "市市场监管委"}, {"disclosure": []},
    {"disclosure": ["主动公开", "unknown"]}, {"notice_id": "no such'\"\\ notice"}, {"issuer": "市质量工作领导小组办公室"},
)  # fmt: skip
ASKED = (
    "哪些单位负责电动自行车相关活动？", "2022年质量月的主题是什么", "市市场监管委要做哪些工作", "工作总结什么时候报送", "各年的活动有什么不同",
    "月球基地由谁负责", "Which units handle e-bike campaigns?", "这些通知有什么异常",
)  # fmt: skip


@dataclass(frozen=True)
class Both:
    """The same notices in a folder and on a server."""

    local: LocalStore
    remote: Retriever
    files: list[ReadFile]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("milvus")) as started:
        yield started


def both(server: Server, folder: Path, files: list[ReadFile]) -> Both:
    local, remote = LocalStore(folder / "store"), server.store()
    ours, theirs = local.index(files), remote.index(files)
    counts = [(r.indexed, r.unchanged, r.removed, r.passages, r.notes, r.stored) for r in (ours, theirs)]
    assert counts[0] == counts[1]
    return Both(local, remote, files)


@pytest.fixture(scope="module")
def notices(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Both:
    """The five notices, verbatim where they are at hand, else the digest edition."""
    verbatim = Path(os.environ.get("NOTICES_SHARED", DIGEST.parents[2] / "shared")) / "notices"
    files = list(read_paths([verbatim if verbatim.is_dir() else DIGEST]))
    return both(server, tmp_path_factory.mktemp("notices"), files)


@pytest.fixture(scope="module")
def generated(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Both:
    """Generated notices: many passages that are like one another, and equal ones."""
    files = [ReadFile(made.name, tuple(parse(made.text, made.name))) for made in generate(PASSAGES)]
    return both(server, tmp_path_factory.mktemp("generated"), files)


@pytest.mark.parametrize("mode", MODES)
def test_the_same_ids_and_scores(notices: Both, mode: Mode) -> None:
    for query in QUERIES:
        assert_agree(notices.local.search(query, 10, mode), notices.remote.search(query, 10, mode), (query, mode))
    assert_agree(notices.local.search("活动", 100, mode), notices.remote.search("活动", 100, mode), mode)


@pytest.mark.parametrize("values", FILTERS, ids=str)
def test_the_same_filters(notices: Both, values: dict[str, object]) -> None:
    filters = from_mapping(values)
    local, remote = (store.search("质量宣传活动", 10, "hybrid", filters) for store in (notices.local, notices.remote))
    assert_agree(local, remote, values)
    assert notices.local.passages(filters) == notices.remote.passages(filters)


def test_what_the_asker_may_not_see_mends_no_slip(notices: Both) -> None:
    filters, words = from_mapping({"disclosure": ["主动公开"]}), notices.local.vocabulary()
    for query in ("电动自形车", "“质量月”活动"):
        ours = notices.local.search(query, 5, "lexical", filters, vocabulary=words)
        assert_agree(ours, notices.remote.search(query, 5, "lexical", filters, vocabulary=words), query)


def test_the_same_explanations(notices: Both) -> None:
    local, remote = (s.search("电动自行车宣传", 5, explained=True) for s in (notices.local, notices.remote))
    for ours, theirs in zip(local.hits, remote.hits, strict=True):
        assert ours.explanation is not None
        assert theirs.explanation is not None
        assert ours.explanation.lexical_rank == theirs.explanation.lexical_rank
        assert ours.explanation.dense_rank == theirs.explanation.dense_rank
        assert ours.explanation.contributions == pytest.approx(theirs.explanation.contributions, abs=1e-5)
        assert [t.term for t in ours.explanation.terms] == [t.term for t in theirs.explanation.terms]


def test_the_same_notices_facts_links_and_words(notices: Both) -> None:
    local, remote = notices.local, notices.remote
    assert local.cards() == remote.cards()
    assert local.findings() == remote.findings()
    assert local.links() == remote.links()
    assert local.passages() == remote.passages()
    assert sorted(local.facts(), key=repr) == sorted(remote.facts(), key=repr)
    assert local.vocabulary().words == remote.vocabulary().words
    assert local.vocabulary().traditional == remote.vocabulary().traditional
    for notice_id in local.cards():
        ours = local.notice(notice_id)
        assert sorted(ours.facts, key=repr) == sorted(remote.notice(notice_id).facts, key=repr)
        assert ours.passages == remote.notice(notice_id).passages
        assert ours.passages[0] == getattr(remote.find_passage(ours.passages[0].passage_id), "passage", None)
        assert local.words(notice_id, 3, 9) == remote.words(notice_id, 3, 9)
    assert remote.find_passage("no such/passage") is None
    assert remote.words("no such notice", 0, 5) == ""


def test_the_same_answers(notices: Both) -> None:
    ours, theirs = Assistant(notices.local), Assistant(notices.remote)
    for text in ASKED:
        answers = [as_json.answer(assistant.ask(Question(text))) for assistant in (ours, theirs)]
        for answer in answers:
            answer.pop("took_ms")
        assert answers[0] == answers[1], text


@pytest.mark.parametrize("mode", MODES)
def test_generated_passages(generated: Both, mode: Mode) -> None:
    made = list(generate(PASSAGES))
    for asked in questions(made, 1)[:8]:
        ours, theirs = (store.search(asked.text, 10, mode) for store in (generated.local, generated.remote))
        assert_agree(ours, theirs, (asked.text, mode))


def test_a_copy_and_the_way_back(server: Server, generated: Both, tmp_path: Path) -> None:
    from index.copying import copy
    from index.errors import BadLocation
    from index.opening import open_store

    there = server.location()
    first, again = copy(generated.local, there), copy(generated.local, there)
    count = len(generated.local.cards())
    assert (first.copied, first.unchanged) == (count, 0)
    assert (again.copied, again.unchanged) == (0, count)
    back = copy(open_store(there), tmp_path / "back")
    assert (back.copied, back.removed) == (count, 0)
    returned = LocalStore(tmp_path / "back")
    assert returned.passages() == generated.local.passages()
    assert returned.search("电动自行车", 10).hits == generated.local.search("电动自行车", 10).hits
    gone = next(iter(returned.cards()))
    returned.remove(gone)
    assert copy(returned, there).kept == 1
    assert copy(returned, there, prune=True).removed == 1
    assert set(open_store(there).cards()) == set(returned.cards())
    with pytest.raises(BadLocation):
        copy(returned, returned.folder)


def test_another_encoder_and_a_rebuild(server: Server, notices: Both) -> None:
    """A store remembers what built it, and is rebuilt into a new generation behind the same name."""
    store = server.store()
    store.index(notices.files)
    before = ids(store.search("质量月", 5))
    generation = current(Connection(parse_location(store.location)))
    store.rebuild()
    assert current(Connection(parse_location(store.location))) != generation
    assert ids(store.search("质量月", 5)) == before
    assert store.passages() == notices.local.passages()


@pytest.fixture(scope="module")
def spelled(notices: Both) -> tuple[Connection, str, list[tuple[str, str]]]:
    """What quoted words are looked for in, by key; the connection and the collection."""
    place = parse_location(notices.remote.location)
    connection = Connection(place)
    generation = current(connection) or ""
    rows = connection.query(generation, 'pk != ""', ["pk", "squeezed"])
    return connection, generation, [(row["pk"], row["squeezed"]) for row in rows]


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12))
def test_literals_mean_what_they_hold(spelled: tuple[Connection, str, list[tuple[str, str]]], value: str) -> None:
    """The server reads a literal as the string it stands for: nothing is found by it, and nothing goes wrong."""
    connection, generation, held = spelled
    assert connection.query(generation, f"pk == {literal(value)}", ["pk"]) == []
    found = {row["pk"] for row in connection.query(generation, holding([value]), ["pk"])}
    assert found == {pk for pk, text in held if value in text}


def test_candidates_are_asked_for_until_none_can_be_missing(notices: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's sums of alternatives are a bound alone: more are fetched while one left out could be better."""
    monkeypatch.setattr("index.milvus.legs._SPARE", 1)
    asked: list[int] = []
    search = Connection.search

    def counted(
        self: Connection, collection: str, field: str, vector: object, limit: int, condition: str, fields: Sequence[str]
    ) -> list[Row]:
        asked.append(limit)
        return search(self, collection, field, vector, limit, condition, fields)

    monkeypatch.setattr(Connection, "search", counted)
    for query in QUERIES:
        for k in (1, 4):
            assert_agree(
                notices.local.search(query, k, "lexical"), notices.remote.search(query, k, "lexical"), (query, k)
            )
            assert_agree(notices.local.search(query, k, "dense"), notices.remote.search(query, k, "dense"), (query, k))
    assert any(after == 4 * before for before, after in pairwise(asked))
