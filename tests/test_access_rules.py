"""Keys, roles, proxies, limits and masking, each by itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.access.audit import AuditLog
from assistant.access.guard import OWNER, Guard, Unauthorised, needed
from assistant.access.keys import KeyRing
from assistant.access.limits import RateLimit
from assistant.access.masking import mask, without_numbers
from assistant.access.policy import Policy, read_policy
from assistant.access.proxy import TrustedProxies
from assistant.access.types import Principal, Scope
from assistant.errors import BadRequest


def bearer(text: str) -> dict[str, str]:
    return {"authorization": f"Bearer {text}"}


def test_a_key_opens_what_its_role_may_until_it_is_revoked(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys.sqlite")
    guard = Guard(ring)
    assert not guard.on
    assert guard.principal({}, "127.0.0.1") == OWNER
    key, text = ring.create("张三", "editor")
    assert guard.on
    assert guard.principal({}, "127.0.0.1").role == "public"
    who = guard.principal(bearer(text), "127.0.0.1")
    assert (who.name, who.role, who.key_id) == ("张三", "editor", key.key_id)
    assert guard.principal({"x-api-key": text}, None).name == "张三"
    KeyRing(ring.path).revoke("张三")  # by another process, as it were
    for headers in (bearer(text), {"x-api-key": text}):
        with pytest.raises(Unauthorised):
            guard.principal(headers, "127.0.0.1")


def test_the_file_holds_no_key(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys.sqlite")
    key, text = ring.create("portal", "reader")
    token = ring.open_session(key)
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert text.rpartition("_")[2].encode() not in held
    assert token.encode() not in held
    assert (tmp_path / "keys.sqlite").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("wrong", ["", "x", "na_", "na_000000000000_" + "A" * 43, "na_' OR 1=1 --_" + "A" * 43])
def test_what_is_no_key_opens_nothing(tmp_path: Path, wrong: str) -> None:
    ring = KeyRing(tmp_path / "keys.sqlite")
    _, text = ring.create("portal", "reader")
    with pytest.raises(Unauthorised):
        Guard(ring).principal(bearer(wrong), None)
    assert ring.find(text[:-1] + ("A" if text[-1] != "A" else "B")) is None


def test_keys_expire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = KeyRing(tmp_path / "keys.sqlite")
    with pytest.raises(BadRequest, match="past"):
        ring.create("late", "reader", datetime.now(UTC) - timedelta(seconds=1))
    _, text = ring.create("soon", "reader", datetime.now(UTC) + timedelta(days=1))
    assert ring.find(text) is not None

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime.now(UTC) + timedelta(days=2)

    monkeypatch.setattr("assistant.access.keys.datetime", Later)
    assert ring.find(text) is None


def test_sessions_end_with_their_key(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys.sqlite")
    guard = Guard(ring)
    key, _ = ring.create("portal", "reader")
    token = ring.open_session(key)
    cookie = {"cookie": f"notices_session={token}"}
    assert guard.principal(cookie, None).name == "portal"
    ring.close_session(token)
    with pytest.raises(Unauthorised):
        guard.principal(cookie, None)
    cookie = {"cookie": f"notices_session={ring.open_session(key)}"}
    ring.revoke("portal")
    with pytest.raises(Unauthorised):
        guard.principal(cookie, None)


@pytest.mark.parametrize(("name", "role"), [("a b", "reader"), ("", "reader"), ("a", "public"), ("a", "root")])
def test_a_key_needs_a_name_and_a_role(tmp_path: Path, name: str, role: str) -> None:
    with pytest.raises(BadRequest):
        KeyRing(tmp_path / "keys.sqlite").create(name, role)


def test_two_keys_of_one_name_are_refused(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys.sqlite")
    ring.create("portal", "reader")
    with pytest.raises(BadRequest, match="already"):
        ring.create("portal", "admin")
    with pytest.raises(BadRequest, match="no valid key"):
        ring.revoke("other")


def test_only_listed_proxies_name_users() -> None:
    guard = Guard(proxies=TrustedProxies.read(["10.2.0.0/16", "::1"]))
    named = {"x-forwarded-user": "li.si", "x-forwarded-role": "Editor"}
    assert guard.principal(named, "10.2.7.7").role == "editor"
    assert guard.principal({"x-forwarded-user": "li.si"}, "::1").role == "reader"
    assert guard.principal({**named, "x-forwarded-role": "root"}, "::1").role == "reader"
    for stranger in ("10.3.0.1", "127.0.0.1", "", None, "10.2.0.0/16"):
        assert guard.principal(named, stranger).role == "public"
    with pytest.raises(BadRequest, match="trust-proxy"):
        TrustedProxies.read(["everywhere"])


def test_the_client_is_the_last_address_that_is_no_proxy() -> None:
    proxies = TrustedProxies.read(["127.0.0.1"])
    forged = {"x-forwarded-for": "1.2.3.4, 9.9.9.9, 127.0.0.1"}
    assert proxies.client("127.0.0.1", forged) == "9.9.9.9"
    assert proxies.client("8.8.8.8", forged) == "8.8.8.8"


def test_who_may_do_what() -> None:
    anybody = ["GET /", "POST /v1/ask", "GET /v1/search", "GET /n/1", "POST /mcp", "POST /login", "HEAD /v1/notices"]
    editors = ["POST /v1/notices", "DELETE /v1/notices/1", "GET /v1/jobs/1", "GET /v1/changes", "PUT /", "PATCH /x"]
    assert {needed(*line.split()) for line in anybody} == {"public"}
    assert {needed(*line.split()) for line in editors} == {"editor"}
    assert needed("GET", "/v1/audit") == "admin"
    assert needed("GET", "/metrics") == "reader"


def test_what_roles_see() -> None:
    policy = Policy()
    seen = {
        role: [label for label in ("主动公开", "依申请公开", "unknown", "不予公开", "内部") if policy.scope(role).sees(label)]
        for role in ("public", "reader", "editor")
    }  # fmt: skip
    assert seen["public"] == ["主动公开"]
    assert seen["reader"] == ["主动公开", "依申请公开", "unknown"]
    assert len(seen["editor"]) == 5
    assert policy.scope("public").masked
    assert not policy.scope("reader").masked


def test_a_policy_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text(
        json.dumps({"labels": {"reader": ["主动公开", "内部"], "public": []}, "masked": ["public", "reader"]})
    )
    policy = read_policy(path)
    assert policy.scope("reader") == Scope(frozenset({"主动公开", "内部"}), True)
    assert policy.scope("public").labels == frozenset()
    assert policy.scope("admin").whole


@pytest.mark.parametrize(
    "text", ["", "[]", '{"label": {}}', '{"labels": {"boss": "*"}}', '{"labels": {"reader": "主动公开"}}', '{"masked": "public"}']
)  # fmt: skip
def test_a_policy_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "policy.json"
    path.write_text(text)
    with pytest.raises(BadRequest, match="policy"):
        read_policy(path)


@given(st.frozensets(st.sampled_from("abc")), st.none() | st.frozensets(st.sampled_from("abc")), st.booleans())
def test_narrowing_never_shows_more(left: frozenset[str], right: frozenset[str] | None, masked: bool) -> None:
    one, other = Scope(left, masked), Scope(right, False)
    for both in (one.narrowed(other), other.narrowed(one)):
        assert all(one.sees(label) and other.sees(label) for label in "abc" if both.sees(label))
        assert both.masked is masked


def test_a_minutes_worth_at_once_then_steadily() -> None:
    now = 0.0
    limit = RateLimit(60, clock=lambda: now)
    assert [limit.wait("a") for _ in range(60)] == [0.0] * 60
    assert limit.wait("a") == pytest.approx(1.0)
    assert limit.wait("b") == 0.0
    now = 1.0
    assert limit.wait("a") == 0.0
    assert limit.wait("a") > 0


@given(st.text(alphabet="联系人：张三电话传真0123456789-—@.com邮箱，。 \n李四a", max_size=80))
def test_masking_keeps_every_offset(text: str) -> None:
    hidden = mask(text)
    assert len(hidden) == len(text)
    assert all(a == b or b == "*" for a, b in zip(text, hidden, strict=True))


def test_what_is_masked() -> None:
    text = "联系人：孙梅；联系电话：0538-2958119，邮箱：sunmei@example.cn；网址 https://example.cn/a"
    assert mask(text) == "联系人：**；联系电话：****-*******，邮箱：******@example.cn；网址 https://example.cn/a"
    assert without_numbers("谁的电话是 0538-2958119？2022年") == "谁的电话是  ？2022年"


def test_no_text_forges_a_line_of_the_audit_log(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl", questions=True)
    who = Principal('eve\r\n{"who": "admin"}\x1b[31m', "reader", Scope(), address="1.2.3.4")
    log.note(who, "GET /x\n", 200, question="谁负责\r\n\u2028二维码")
    AuditLog(log.path).note(who, "ask", 200, question="绝密问题")
    lines = log.path.read_bytes().splitlines()
    assert len(lines) == 2
    first, second = map(json.loads, lines)
    assert first["who"] == who.name
    assert first["question"].startswith("谁负责")
    assert second["question_length"] == 4
    assert b"\x1b" not in log.path.read_bytes()
    assert "绝密" not in str(second)
