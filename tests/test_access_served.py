"""Access over HTTP, against the served process: what one may not see stands nowhere in what one gets."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.access.keys import KeyRing
from assistant.keys_commands import KEYS_FILE
from corpus.reading import find_files, read_files
from index.store import LocalStore
from tests.served import Command as Served

NOTICE = """{place}{office}关于开展{topic}的通知

{place}{short}〔{year}〕{number}号

各有关单位：

一、检查内容
1、开展{topic}专项检查，{slogan}。（责任单位：{unit}）
2、对{topic}情况组织评估，{year}年{month}月15日前报送总结。（责任单位：{unit}）

联系人：{person}；联系电话：{phone}

{place}{office}
{year}年5月6日
{label}
"""


@dataclass(frozen=True)
class Secret:
    """A notice and the words that stand in it alone."""

    name: str
    label: str
    fields: dict[str, Any]

    @property
    def words(self) -> list[str]:
        """What tells that somebody has seen the notice."""
        return [str(self.fields[key]) for key in ("topic", "slogan", "unit", "person")]

    @property
    def text(self) -> str:
        return NOTICE.format(label=self.label, **self.fields)


def secret(name: str, label: str, **fields: Any) -> Secret:
    return Secret(name, label, fields)


OPEN = secret(
    "open", "（此件主动公开）", place="天津市", office="教育局", short="教", year=2024, number=11, topic="校园门前安全",
    slogan="落实护学岗", unit="市教育局", month=6, person="孙晓梅", phone="022-27231101",
)  # fmt: skip
REQUESTED = secret(
    "requested", "（此件依申请公开）", place="天津市", office="民政局", short="民", year=2019, number=22, topic="殡葬服务收费",
    slogan="核对收费票据", unit="市民政局", month=7, person="赵立群", phone="022-27231102",
)  # fmt: skip
UNLABELLED = secret(
    "unlabelled", "", place="天津市", office="水务局", short="水", year=2017, number=33, topic="再生水管网",
    slogan="绘制管网图册", unit="市水务局", month=8, person="钱文博", phone="022-27231103",
)  # fmt: skip
CLOSED = secret(
    "closed", "（此件不予公开）", place="天津市", office="气象局", short="气", year=2015, number=44, topic="人工影响天气弹药",
    slogan="清点火箭弹", unit="市气象局", month=9, person="周国栋", phone="022-27231104",
)  # fmt: skip
SECRETS = (OPEN, REQUESTED, UNLABELLED, CLOSED)
SEEN = {
    "public": (OPEN,),
    "reader": (OPEN, REQUESTED, UNLABELLED),
    "editor": SECRETS,
}
PHONES = re.compile("|".join(str(s.fields["phone"]) for s in SECRETS))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("access")
    (folder / "in").mkdir()
    for one in SECRETS:
        (folder / "in" / f"{one.name}.txt").write_text(one.text, encoding="utf-8")
    held = LocalStore(folder / "store")
    held.index(list(read_files(find_files([folder / "in"]))))
    labels = {card.source: card.disclosure for card in held.cards().values()}
    assert labels == {
        "open.txt": "主动公开", "requested.txt": "依申请公开", "unlabelled.txt": None, "closed.txt": "不予公开",
    }  # fmt: skip
    held.close()
    return folder / "store"


@pytest.fixture(scope="module")
def keys(store: Path) -> dict[str, str]:
    ring = KeyRing(store / KEYS_FILE)
    return {role: ring.create(f"a-{role}", role)[1] for role in ("reader", "editor", "admin")}


@pytest.fixture(scope="module")
def served(store: Path, keys: dict[str, str]) -> Iterator[Served]:
    running = Served(store, "--audit", str(store.parent / "audit.jsonl"))
    yield running
    running.stop()


def client_of(served: Served, keys: dict[str, str], who: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {keys[who]}"} if who in keys else {}
    return httpx.Client(base_url=served.base, headers=headers, timeout=60)


def ids(store: Path) -> dict[str, str]:
    return {card.source.removesuffix(".txt"): card.notice_id for card in LocalStore(store).cards().values()}


def requests(store: Path) -> Iterator[tuple[str, str, Any]]:
    """Method, address and body of what tries to get at every notice by every route."""
    for one in SECRETS:
        notice_id, (topic, slogan, unit, _) = ids(store)[one.name], one.words
        year, phone = one.fields["year"], one.fields["phone"]
        asked = [
            f"哪些单位负责{topic}", f"“{slogan}”由谁负责", f"{unit}有哪些活动", f"{year}年有哪些活动", f"{topic}总结什么时候报送",
            f"{topic}的联系人是谁", f"谁的电话是{phone}", f"{topic[:-1]}", "有哪些单位", "一共有几份通知", "各年有什么不同",
        ]  # fmt: skip
        for question in asked:
            yield "POST", "/v1/ask", {"question": question}
            yield "GET", f"/v1/search?q={question}&k=100&explain=true", None
        yield "POST", "/v1/ask", {"question": "那它的主题呢", "history": [f"{topic}由谁负责"]}
        for mode in ("lexical", "dense", "hybrid"):
            yield "GET", f"/v1/search?q={slogan}&k=100&mode={mode}", None
        for filters in ({"year": year}, {"unit": unit}, {"notice_id": notice_id}, {"disclosure": [one.label[3:-1]]}):
            yield "POST", "/v1/ask", {"question": "有哪些活动", "filters": filters}
        yield "GET", f"/v1/search?q=检查&year={year}&unit={unit}&notice_id={notice_id}", None
        yield "GET", f"/v1/notices/{notice_id}", None
        yield "GET", f"/v1/passages/{notice_id}/1.1", None
        yield "GET", f"/n/{notice_id}", None
        yield "GET", f"/v1/ask/export?q=哪些单位负责{topic}&format=csv", None
        yield "POST", "/v1/ask/export?format=md", {"question": f"哪些单位负责{topic}"}
        chat = {"model": "notices", "messages": [{"role": "user", "content": f"哪些单位负责{topic}"}]}
        yield "POST", "/v1/chat/completions", chat
        yield "POST", "/v1/chat/completions", {**chat, "stream": True}
        cited = [{"passage_id": f"{notice_id}/1.1", "start": 60, "end": 64}]
        yield "POST", "/v1/feedback", {"question": "x", "verdict": "good", "citations": cited}
        yield "GET", f"/v1/suggest?q={topic[:2]}", None
        yield "GET", f"/v1/suggest?q={unit}", None
        yield "GET", f"/v1/explore?unit={unit}", None
        yield "GET", f"/v1/notices?q={topic[:3]}&limit=10", None
        yield "POST", f"/v1/notices/{notice_id}/reread", None
        yield "GET", f"/?q={topic}由谁负责", None
    for address in (
        "/", "/config", "/v1/notices", "/readyz", "/metrics", "/v1/folder", "/v1/changes", "/v1/jobs", "/v1/models", "/openapi.json",
        "/docs", "/v1/suggest", "/v1/explore", "/v1/deadlines", "/v1/deadlines.ics", "/reports", "/reports/", "/v1/audit", "/widget/demo",
        "/login", "/v1/notices?limit=1", "/v1/notices?year=2015", "/gradio_api/info", "/v1/jobs/1",
    ):  # fmt: skip
        yield "GET", address, None


def seen_in(response: httpx.Response, sent: str) -> set[str]:
    """The secrets whose words a response holds, beyond the words that were sent."""
    text = response.text + json.dumps(dict(response.headers))
    text += re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), text)
    return {one.name for one in SECRETS if any(word in text and word not in sent for word in one.words)}


@pytest.mark.parametrize("who", list(SEEN))
def test_nobody_gets_a_byte_of_what_may_not_be_seen(
    served: Served, store: Path, keys: dict[str, str], who: str
) -> None:
    allowed = {one.name for one in SEEN[who]}
    found: set[str] = set()
    with client_of(served, keys, who) as client:
        for method, address, body in requests(store):
            if who == "editor" and "reread" in address:
                continue  # that would change the store
            response = client.request(method, address, json=body)
            assert response.status_code < 500, (address, response.text)
            seen = seen_in(response, address + json.dumps(body, ensure_ascii=False))
            assert seen <= allowed, (method, address, body, response.text[:2000])
            found |= seen
            if who == "public":
                assert not PHONES.search(response.text.replace(str(body), "")) or PHONES.search(address + str(body))
    assert found == allowed, "the requests above find all that may be seen"


def test_what_is_hidden_is_as_what_is_not_there(served: Served, store: Path, keys: dict[str, str]) -> None:
    """Same status, same words but for the id, and times of one class."""
    hidden = ids(store)["closed"]
    none = re.sub(r"[0-9a-f](?=[^0-9a-f]*$)", lambda m: "0" if m[0] != "0" else "1", hidden)
    assert none != hidden
    took: dict[str, list[float]] = {hidden: [], none: []}
    with client_of(served, keys, "public") as client:
        for template in ("/v1/notices/{}", "/n/{}", "/v1/passages/{}/1.1"):
            bodies = {}
            for _ in range(40):
                for one in (hidden, none):
                    started = time.perf_counter()
                    response = client.get(template.format(one))
                    took[one].append(time.perf_counter() - started)
                    bodies[one] = (response.status_code, response.text.replace(one, "ID"))
            assert bodies[hidden] == bodies[none], template
            assert bodies[none][0] == 404
    middle = {one: sorted(times)[len(times) // 2] for one, times in took.items()}
    assert 1 / 3 < middle[hidden] / middle[none] < 3, middle


def test_contacts_are_masked_for_the_public_only(served: Served, store: Path, keys: dict[str, str]) -> None:
    notice_id, phone, person = ids(store)["open"], OPEN.fields["phone"], OPEN.fields["person"]
    with client_of(served, keys, "reader") as reader, client_of(served, keys, "public") as public:
        plain, masked = (c.get(f"/v1/notices/{notice_id}").json() for c in (reader, public))
        assert phone in plain["text"]
        assert phone not in json.dumps(masked, ensure_ascii=False)
        assert person not in json.dumps(masked, ensure_ascii=False)
        assert len(masked["text"]) == len(plain["text"])
        for passage in masked["passages"]:
            assert masked["text"][passage["start"] : passage["end"]] == passage["text"]
        for fact in masked["facts"]:
            assert masked["text"][fact["start"] : fact["end"]] == fact["quote"]
        question = {"question": f"{OPEN.fields['topic']}的联系电话是多少"}
        assert phone in reader.post("/v1/ask", json=question).text
        assert phone not in public.post("/v1/ask", json=question).text


def test_roles(served: Served, store: Path, keys: dict[str, str]) -> None:
    target = f"/v1/notices/{ids(store)['open']}"
    with client_of(served, keys, "public") as public, client_of(served, keys, "reader") as reader:
        assert public.delete(target).status_code == 401
        assert public.delete(target).headers["www-authenticate"] == "Bearer"
        assert reader.delete(target).status_code == 403
        assert reader.put("/v1/anything").status_code == 403
        assert public.get("/metrics").status_code == 401
        assert public.get(target).status_code == 200
    bad = httpx.get(served.base + target, headers={"Authorization": "Bearer na_000000000000_" + "A" * 43})
    assert (bad.status_code, bad.headers["content-type"]) == (401, "application/problem+json")


def test_a_revoked_key_is_refused_at_once_everywhere(served: Served, store: Path) -> None:
    ring = KeyRing(store / KEYS_FILE)
    _, text = ring.create("short-lived", "editor")
    headers = {"Authorization": f"Bearer {text}"}
    with httpx.Client(base_url=served.base) as browser:
        signed_in = browser.post("/login", data={"key": text})
        assert signed_in.status_code == 303
        cookie = signed_in.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        assert text not in cookie
        session = {"Cookie": cookie.partition(";")[0]}
        assert "依申请公开" in httpx.get(served.base + "/v1/notices", headers=session).text
        ring.revoke("short-lived")
        for address in ("/v1/notices", "/v1/search?q=x", "/healthz", "/n/x", "/metrics"):
            for given in (headers, session):
                assert httpx.get(served.base + address, headers=given).status_code == 401
        page = httpx.get(served.base + "/", headers={**session, "Accept": "text/html"})
        assert (page.status_code, page.headers["location"]) == (303, "/login")
    assert httpx.post(served.base + "/login", data={"key": text}).status_code == 401


def test_scope_public_shows_the_public_part_to_everybody(served: Served, keys: dict[str, str]) -> None:
    with client_of(served, keys, "admin") as client:
        assert len(client.get("/v1/notices").json()["notices"]) == 4
        assert len(client.get("/v1/notices?scope=public").json()["notices"]) == 1
        asked = client.post("/v1/ask?scope=public", json={"question": f"哪些单位负责{CLOSED.fields['topic']}"}).json()
        assert asked["abstained"]
        found = client.get("/v1/search", params={"q": CLOSED.fields["topic"], "scope": "public"}).json()
        assert {hit["notice_title"] for hit in found["hits"]} == {"天津市教育局关于开展校园门前安全的通知"}


def test_the_audit_log_says_who_did_what(served: Served, store: Path, keys: dict[str, str]) -> None:
    with client_of(served, keys, "reader") as reader:
        reader.delete("/v1/notices/nothing")
    lines = [json.loads(line) for line in (store.parent / "audit.jsonl").read_text().splitlines()]
    last = [line for line in lines if line["action"] == "DELETE /v1/notices/nothing"][-1]
    assert (last["who"], last["role"], last["status"], last["address"]) == ("a-reader", "reader", 403, "127.0.0.1")
    with client_of(served, keys, "reader") as reader:
        reader.post("/v1/ask", json={"question": "哪些单位负责再生水管网"})
    last = json.loads((store.parent / "audit.jsonl").read_text().splitlines()[-1])
    assert (last["who"], last["action"], last["question_length"]) == ("a-reader", "ask", 11)
    assert "再生水" not in (store.parent / "audit.jsonl").read_text()


def test_serve_public_needs_no_key_and_changes_nothing(store: Path) -> None:
    running = Served(store, "--public", "--no-page")
    try:
        with httpx.Client(base_url=running.base, timeout=60) as client:
            held = client.get("/v1/notices").json()["notices"]
            assert [notice["source"] for notice in held] == ["open.txt"]
            assert client.delete(f"/v1/notices/{held[0]['notice_id']}").status_code == 403
            for method, address, body in requests(store):
                seen = seen_in(
                    client.request(method, address, json=body), address + json.dumps(body, ensure_ascii=False)
                )
                assert seen <= {"open"}, address
    finally:
        running.stop()


def test_too_many_requests_are_told_when_to_come_back(tmp_path: Path, store: Path) -> None:
    running = Served(store, "--rate-limit", "20", "--no-page")
    try:
        with httpx.Client(base_url=running.base) as client:
            got = [client.get("/v1/notices") for _ in range(25)]
            assert [r.status_code for r in got[:20]] == [200] * 20
            assert {r.status_code for r in got[20:]} == {429}
            assert 1 <= int(got[-1].headers["retry-after"]) <= 3
            assert client.get("/healthz").status_code == 200
    finally:
        running.stop()


def test_a_service_for_all_without_keys_says_so_loudly(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    held = LocalStore(folder)
    (tmp_path / "a.txt").write_text(OPEN.text, encoding="utf-8")
    held.index(list(read_files(find_files([tmp_path / "a.txt"]))))
    held.close()
    running = Served(folder, "--host", "0.0.0.0", "--no-page")
    running.stop()
    assert "WARNING" in running.log.read_text()
    running = Served(folder, "--no-page")
    running.stop()
    assert "WARNING" not in running.log.read_text()
