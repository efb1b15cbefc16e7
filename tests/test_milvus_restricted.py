"""Disclosure on a Milvus server: two readers with different rights, by every call of the protocol and by every route."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.access.guard import Guard
from assistant.access.keys import KeyRing
from assistant.access.masking import mask, without_numbers
from assistant.access.policy import Policy
from assistant.access.types import Role
from assistant.service import Assistant
from assistant.web.app import create_app
from corpus.reading import find_files, read_files
from index.analysis import tokenise
from index.errors import BadQuery, UnknownNotice
from index.filters import from_mapping
from index.restricted import Restricted
from index.store import LocalStore
from index.types import MODES, Filters, Retriever
from tests.conftest import ROOT
from tests.milvus_server import Server, assert_agree, running
from tests.test_access_served import CLOSED, OPEN, PHONES, SECRETS, SEEN, Secret, requests, seen_in

READERS: tuple[Role, ...] = ("public", "reader")
NASTY = [
    'x" or true', "x' OR '1'='1", 'x\\" or 1==1', "x\\", '"] or pk != "', '主动公开"] or array_contains_any(terms, ["', "“” or 市",
    "%", "_", '") or (true', "‘ or 1=1", "\u2028", "市教育局\0", 'pk != ""', "{d}", "不予公开", "unknown",
]  # fmt: skip


@dataclass(frozen=True)
class Held:
    """The same notices in a folder and on a server."""

    local: LocalStore
    remote: Retriever

    def seen_by(self, role: Role) -> tuple[Restricted, Restricted]:
        """Both as a role sees them, set up as :class:`assistant.service.Assistant` does."""
        scope = Policy().scope(role)
        hide, ask = (mask, without_numbers) if scope.masked else (str, str)
        return tuple(Restricted(store, scope.labels, hide, ask) for store in (self.local, self.remote))  # type: ignore[return-value]

    def ids(self) -> dict[str, str]:
        """The notices' ids by the names of the secrets."""
        return {card.source.removesuffix(".txt"): card.notice_id for card in self.local.cards().values()}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("milvus")) as started:
        yield started


@pytest.fixture(scope="module")
def held(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Held:
    folder = tmp_path_factory.mktemp("restricted")
    (folder / "in").mkdir()
    for one in SECRETS:
        (folder / "in" / f"{one.name}.txt").write_text(one.text, encoding="utf-8")
    files = list(read_files(find_files([folder / "in"])))
    local, remote = LocalStore(folder / "store"), server.store()
    local.index(files)
    remote.index(files)
    return Held(local, remote)


def hidden_from(role: Role) -> list[Secret]:
    return [one for one in SECRETS if one not in SEEN[role]]


# -- every call of the protocol ----------------------------------------------------------------------------------------

Call = Callable[[Restricted, Held], Any]
# What reads, by the name of the member; each result is searched for hidden words and compared with the folder's.
READS: dict[str, Call] = {
    "cards": lambda store, held: store.cards(),
    "findings": lambda store, held: store.findings(),
    "links": lambda store, held: store.links(),
    "facts": lambda store, held: store.facts(),
    "passages": lambda store, held: [
        store.passages(filters)
        for filters in (None, *(from_mapping({"year": one.fields["year"]}) for one in SECRETS))
    ],
    "vocabulary": lambda store, held: sorted(store.vocabulary().words),
    "notice": lambda store, held: [_or_unknown(lambda i=i: store.notice(i)) for i in held.ids().values()],
    "words": lambda store, held: [store.words(i, 0, 200) for i in held.ids().values()],
    "find_passage": lambda store, held: [
        store.find_passage(stored.passage.passage_id) for stored in held.local.passages()
    ],
}  # fmt: skip
# What is the store's own or changes it; `remove` and `search` have tests of their own.
OTHERS = {
    "reranker", "location", "folder", "encoder", "exists", "sequence", "dictionary", "open", "close", "create", "warm",
    "index", "adopt", "rebuild", "remove", "search",
}  # fmt: skip


def _or_unknown(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except UnknownNotice as unknown:
        return type(unknown).__name__


def test_every_member_of_the_protocol_is_tried() -> None:
    members = {name for name in vars(Retriever) if not name.startswith("_")}
    assert members == READS.keys() | OTHERS


@pytest.mark.parametrize("role", READERS)
@pytest.mark.parametrize("name", READS)
def test_no_call_gives_a_hidden_word(name: str, role: Role, held: Held) -> None:
    ours, theirs = (READS[name](store, held) for store in held.seen_by(role))
    said = repr(theirs)
    for one in hidden_from(role):
        assert not [word for word in (*one.words, one.fields["phone"]) if str(word) in said]
    if role == "public":
        assert not PHONES.search(said)
    assert sorted(map(repr, _flat(theirs))) == sorted(map(repr, _flat(ours)))  # as from a folder, and not empty
    if name == "facts":
        assert all(held.ids()[one.name] in said for one in SEEN[role])
    elif name not in ("findings", "links", "vocabulary"):
        assert all(one.words[0] in said for one in SEEN[role]), "what may be seen is there"


@pytest.mark.parametrize("role", READERS)
def test_the_vocabulary_holds_no_hidden_word(role: Role, held: Held) -> None:
    """Word by word: what only hidden notices say mends no slip and completes nothing."""

    def words_of(secrets: Iterable[Secret]) -> set[str]:
        return {word for one in secrets for word in tokenise(one.text)}

    known = set(held.seen_by(role)[1].vocabulary().words)
    assert words_of([OPEN]) & known
    secret = words_of(hidden_from(role)) - words_of(SEEN[role])
    assert {"气象局"} <= secret
    assert not secret & known


def _flat(value: Any) -> list[Any]:
    return list(value.items()) if isinstance(value, dict) else list(value)


@pytest.mark.parametrize("role", READERS)
@pytest.mark.parametrize("mode", MODES)
def test_searches_find_what_is_seen_alone(mode: Any, role: Role, held: Held) -> None:
    ours, theirs = held.seen_by(role)
    allowed = {one.name for one in SEEN[role]}
    asked = [word for one in SECRETS for word in (*one.words, one.fields["topic"][:-1], f"“{one.fields['slogan']}”")]
    for query in (*asked, "专项检查", "电话 022-27231104", "火箭蛋"):
        found = theirs.search(query, 100, mode, explained=True)
        assert {hit.stored.notice.source.removesuffix(".txt") for hit in found.hits} <= allowed, query
        assert found.total <= len(
            held.remote.passages(from_mapping({"disclosure": sorted(Policy().scope(role).labels or ())}))
        )
        said = repr(found.hits) + repr(found.corrections)
        for one in hidden_from(role):
            assert not [word for word in one.words if word in said and word not in query], query
        assert_agree(ours.search(query, 100, mode), found, query)
    for one in hidden_from(role):
        for wanted in ({"year": one.fields["year"]}, {"notice_id": held.ids()[one.name]}, {"unit": one.fields["unit"]}):
            assert theirs.search("检查", 100, mode, from_mapping(wanted)).total == 0
        assert theirs.search("检查", 100, mode, Filters(disclosure=(one.label[3:-1] or "unknown",))).total == 0


@pytest.mark.parametrize("role", READERS)
def test_what_is_hidden_is_not_removed(role: Role, held: Held) -> None:
    _, theirs = held.seen_by(role)
    for one in hidden_from(role):
        with pytest.raises(UnknownNotice):
            theirs.remove(held.ids()[one.name])
    assert len(held.remote.cards()) == len(SECRETS)


# -- every route -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clients(held: Held, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], httpx.Client]]:
    """The whole application over the server's store, with keys; asked as a role."""
    ring = KeyRing(tmp_path_factory.mktemp("keys") / "keys.sqlite")
    keys = {role: ring.create(f"a-{role}", role)[1] for role in ("reader", "editor")}
    with TestClient(create_app(Assistant(held.remote, guard=Guard(ring)), page=False)) as client:

        def of(role: str) -> Any:
            client.headers.pop("Authorization", None)
            if role in keys:
                client.headers["Authorization"] = f"Bearer {keys[role]}"
            return client

        yield of


@pytest.mark.slow
@pytest.mark.parametrize("role", READERS)
def test_no_route_gives_a_byte_of_what_may_not_be_seen(
    role: Role, held: Held, clients: Callable[[str], httpx.Client]
) -> None:
    """Suggestions, counts, tables, exports, streams, errors: all requests of the served test, over Milvus."""
    allowed = {one.name for one in SEEN[role]}
    found: set[str] = set()
    client = clients(role)
    for method, address, body in requests(held.local.folder):
        response = client.request(method, address, json=body)
        assert response.status_code < 500, (address, response.text)
        seen = seen_in(response, address + json.dumps(body, ensure_ascii=False))
        assert seen <= allowed, (method, address, body, response.text[:2000])
        found |= seen
    assert found == allowed


def test_counts_are_of_what_is_seen(clients: Callable[[str], httpx.Client]) -> None:
    for role, count in (("public", 1), ("reader", 3), ("editor", 4)):
        client = clients(role)
        assert client.get("/readyz").json().get("notices", count) == count
        assert len(client.get("/v1/notices").json()["notices"]) == count
        answer = client.post("/v1/ask", json={"question": "一共有几份通知"}).json()
        assert answer["coverage"]["notices"] <= count
        assert client.post("/v1/ask", json={"question": f"哪些单位负责{CLOSED.fields['topic']}"}).json()[
            "abstained"
        ] == (role != "editor")


# -- literals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", READERS)
@pytest.mark.parametrize("key", ["region", "unit", "issuer", "notice_id", "disclosure"])
def test_no_filter_widens_what_is_seen(key: str, role: Role, held: Held) -> None:
    ours, theirs = held.seen_by(role)
    allowed = {one.name for one in SEEN[role]}
    for value in NASTY:
        try:
            filters = from_mapping({key: [value] if key == "disclosure" else value})
        except BadQuery:
            continue
        for store in (ours, theirs):
            found = store.search("专项检查", 100, filters=filters)
            assert {hit.stored.notice.source.removesuffix(".txt") for hit in found.hits} <= allowed, value
        assert theirs.passages(filters) == ours.passages(filters)


@settings(max_examples=15, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12))
def test_whatever_is_typed_as_a_filter_or_quoted_finds_what_is_seen_alone(held: Held, value: str) -> None:
    _, theirs = held.seen_by("public")
    for query, filters in ((f"“{value}”", None), ("检查", Filters(unit=value)), ("检查", Filters(disclosure=(value,)))):
        found = theirs.search(query, 100, "lexical", filters)
        assert {hit.stored.notice.source for hit in found.hits} <= {"open.txt"}


def test_one_function_makes_literals() -> None:
    """No string of the Milvus rooms puts a value between quotation marks, but for the one audited function."""
    found = []
    for path in sorted((ROOT / "index" / "milvus").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr) and _quotes_a_value(node):
                found.append((path.name, ast.unparse(node)))
    assert found == [("expressions.py", "f'\"{escaped}\"'")]


def _quotes_a_value(string: ast.JoinedStr) -> bool:
    """Whether a value stands right behind a quotation mark and the whole reads as a condition or a literal."""
    words = "".join(
        part.value for part in string.values if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )
    told = any(sign in words for sign in ("==", "!=", " in [", " like ", "contains_any")) or words.strip() == '""'
    parts = string.values
    return told and any(
        isinstance(left, ast.Constant) and isinstance(left.value, str) and left.value.endswith(("'", '"'))
        for left, right in pairwise(parts)
        if isinstance(right, ast.FormattedValue)
    )
