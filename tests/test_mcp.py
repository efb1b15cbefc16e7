"""The Model Context Protocol, spoken by the official client: streamable HTTP to a served process, stdio to `notices mcp`."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.access.keys import KeyRing
from assistant.keys_commands import KEYS_FILE
from assistant.sample import sample_store
from assistant.service import Assistant
from corpus.reading import read_paths
from index.store import LocalStore
from tests.conftest import ROOT
from tests.served import Served
from tests.test_access_served import PHONES, SECRETS, SEEN
from tests.test_access_served import Served as GuardedServer

mcp = pytest.importorskip("mcp", reason="make install")
httpx2 = pytest.importorskip("httpx2", reason="make install")
from mcp.client.streamable_http import streamable_http_client  # noqa: E402

ASKED = "哪些单位负责电动自行车相关活动"
TOOLS = {"search", "ask", "units_for_topic", "read_notice", "list_notices"}
Connect = Callable[[], Any]


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    return Assistant.open(sample_store())


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    server = Served()
    yield server
    assert "Traceback" not in server.stop()


@pytest.fixture(params=["http", "http before 2026", "stdio"])
def connect(request: pytest.FixtureRequest) -> Connect:
    """Opens a client on each transport, and on the protocol with a handshake that most programs still speak."""
    if request.param == "stdio":
        server = mcp.StdioServerParameters(
            command=sys.executable, args=["-m", "assistant.cli", "mcp"], cwd=ROOT, env=dict(os.environ)
        )
        return lambda: mcp.Client(server)
    base = request.getfixturevalue("served").base
    mode = "auto" if request.param == "http" else "legacy"
    return lambda: mcp.Client(f"{base}/mcp", mode=mode)


def talk(connect: Connect, say: Callable[[Any], Awaitable[Any]]) -> Any:
    async def conversation() -> Any:
        async with connect() as client:
            return await say(client)

    return asyncio.run(conversation())


def test_everything_over_every_transport(connect: Connect, assistant: Assistant) -> None:
    async def say(client: Any) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == TOOLS
        for tool in tools.values():
            assert tool.output_schema["type"] == "object"
            assert tool.annotations.read_only_hint
            assert tool.description
        assert tools["ask"].input_schema["required"] == ["question"]

        answer = await client.call_tool("ask", {"question": ASKED})
        whole = answer.structured_content
        assert whole["citations"]
        for citation in whole["citations"]:
            text = assistant.store.notice(citation["notice_id"]).text
            assert citation["quote"] == text[citation["start"] : citation["end"]]
        assert answer.content[0].text.startswith(whole["answer"])
        assert f"[1] 《{whole['citations'][0]['notice_title']}》" in answer.content[0].text

        found = await client.call_tool("search", {"query": "电动自行车", "k": 3, "year": 2022})
        assert [hit["year"] for hit in found.structured_content["hits"]] == [2022] * 3

        listed = (await client.call_tool("list_notices", {})).structured_content
        assert [notice["notice_id"] for notice in listed["notices"]] == list(assistant.store.cards())
        one = (await client.call_tool("list_notices", {"limit": 1, "offset": 1})).structured_content
        assert (one["notices"], one["total"], one["next_offset"]) == (listed["notices"][1:2], listed["total"], 2)

        resources = (await client.list_resources()).resources
        assert {resource.uri for resource in resources} == {f"notice://{known}" for known in assistant.store.cards()}
        templates = (await client.list_resource_templates()).resource_templates
        assert [template.uri_template for template in templates] == ["notice://{notice_id}"]
        notice_id = listed["notices"][0]["notice_id"]
        (content,) = (await client.read_resource(f"notice://{notice_id}")).contents
        assert content.text == assistant.store.notice(notice_id).text

        wrong = await client.call_tool("search", {"query": " "})
        assert wrong.is_error
        assert "请输入" in wrong.content[0].text

    talk(connect, say)


@pytest.fixture(scope="module")
def http(served: Served) -> Connect:
    return lambda: mcp.Client(f"{served.base}/mcp")


def test_a_notice_is_read_to_its_end(http: Connect, assistant: Assistant) -> None:
    notice_id = max(assistant.store.cards(), key=lambda known: len(assistant.store.notice(known).text))
    text = assistant.store.notice(notice_id).text

    async def say(client: Any) -> str:
        read, start = "", 0
        while start is not None:
            page = (
                await client.call_tool("read_notice", {"notice_id": notice_id, "start": start, "length": 500})
            ).structured_content
            assert (page["start"], page["end"], page["length"]) == (start, start + len(page["text"]), len(text))
            read, start = read + page["text"], page["next_start"]
        return read

    assert talk(http, say) == text


def test_units_for_topic_is_the_answer_s_table(http: Connect, assistant: Assistant) -> None:
    from assistant.types import Question
    from index.types import Filters

    async def say(client: Any) -> Any:
        return (await client.call_tool("units_for_topic", {"topic": "电动自行车", "year": 2022})).structured_content

    given = talk(http, say)
    answer = assistant.ask(Question("电动自行车", (), Filters(year=2022), kind="units"))
    assert answer.table is not None
    assert [(row["unit"], row["activity"]) for row in given["units"]] == [
        (row.cells["unit"], row.cells["activity"]) for row in answer.table.rows
    ]
    assert all(row["quotes"] for row in given["units"])
    assert (given["abstained"], given["reason"]) == (False, None)


def test_links_lead_back_to_the_server(http: Connect, served: Served) -> None:
    async def say(client: Any) -> Any:
        return (await client.call_tool("ask", {"question": ASKED})).structured_content["citations"][0]["url"]

    url = talk(http, say)
    assert url.startswith(f"{served.base}/n/")
    with urllib.request.urlopen(url, timeout=60) as response:
        assert "<mark" in response.read().decode()


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("read_notice", {"notice_id": "none"}, "没有这份通知"),
        ("ask", {"question": "问" * 2001}, "2000"),
        ("ask", {"question": "问", "year": "last"}, "year"),
        ("ask", {"question": "问", "kind": "poem"}, "kind"),
        ("search", {"query": "问", "k": 101}, "100"),
        ("search", {}, "query"),
        ("fly", {}, "fly"),
    ],
)
def test_errors_say_what_is_wrong(http: Connect, tool: str, arguments: dict[str, Any], words: str) -> None:
    async def say(client: Any) -> Any:
        try:
            result = await client.call_tool(tool, arguments)
        except mcp.MCPError as error:
            return True, str(error)
        return result.is_error, result.content[0].text

    failed, message = talk(http, say)
    assert failed
    assert words in message
    assert "Traceback" not in message


def test_unknown_resources(http: Connect) -> None:
    async def say(client: Any) -> None:
        with pytest.raises(mcp.MCPError, match="没有这份通知"):
            await client.read_resource("notice://none")

    talk(http, say)


# -- HTTP --------------------------------------------------------------------------------------------------------------

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def post(served: Served, method: str = "POST", path: str = "/mcp", body: Any = PING, **headers: str) -> tuple[int, Any]:
    sent = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    content = json.dumps(body).encode() if method == "POST" else None
    request = urllib.request.Request(served.base + path, content, sent, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


def test_hosts_and_origins(served: Served) -> None:
    """A page whose name was bound to this machine's address has another Host; another site's page has another Origin."""
    assert post(served)[0] == 200
    assert post(served, path="/mcp/")[0] == 200
    assert post(served, Host=f"localhost:{served.port}")[0] == 200
    assert post(served, Origin=served.base)[0] == 200
    for headers, status in (
        ({"Host": "evil.example"}, 421),
        ({"Host": f"127.0.0.1.evil.example:{served.port}", "Origin": "http://127.0.0.1.evil.example"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": f"http://localhost:{served.port}"}, 403),
    ):
        code, problem = post(served, **headers)
        assert code == status, headers
        assert problem["status"] == status


def test_other_methods_and_bodies(served: Served) -> None:
    assert [post(served, method)[0] for method in ("GET", "DELETE", "PUT")] == [405] * 3
    assert post(served, body={"a": 1})[0] == 400
    assert post(served, body={"a": "a" * (1 << 21)})[0] == 413


def test_no_session_is_kept(served: Served) -> None:
    request = urllib.request.Request(
        f"{served.base}/mcp",
        json.dumps(PING).encode(),
        {"Content-Type": "application/json", "Accept": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        assert "mcp-session-id" not in {name.lower() for name in response.headers}


def test_the_sdk_is_imported_when_it_is_asked() -> None:
    code = (
        "import sys; from assistant.sample import sample_store; from assistant.service import Assistant;"
        "from assistant.web.app import create_app; create_app(Assistant.open(sample_store()), page=False);"
        "sys.exit('mcp' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


# -- stdio -------------------------------------------------------------------------------------------------------------


def test_stdout_holds_nothing_but_the_protocol() -> None:
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize",
         "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "ask", "arguments": {"question": ASKED}}},
        "no json",
        {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "fly", "arguments": {}}},
    ]  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant.cli", "mcp"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    replies = {}
    with process:
        for line in lines:
            process.stdin.write((line if isinstance(line, str) else json.dumps(line)) + "\n")
        process.stdin.flush()
        while {1, 2, 3} - replies.keys():
            reply = json.loads(process.stdout.readline())  # raises where something else stands there
            replies[reply.get("id")] = reply
        process.stdin.close()
        rest = process.stdout.read()
        assert process.wait(20) == 0
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in rest.splitlines())
    assert replies[2]["result"]["structuredContent"]["citations"]


def test_a_store_that_is_not_there_is_said_on_stderr() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "assistant.cli", "mcp", "--store", "/nowhere"],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (result.returncode, result.stdout) == (2, "")
    assert "/nowhere" in result.stderr


# -- access ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_each_request_sees_what_its_own_key_may_see(guarded: tuple[GuardedServer, Path], mode: str) -> None:
    """An editor asks first: what the server keeps from then on must not carry the editor's sight to anybody else."""
    server, store = guarded
    keys = {role: KeyRing(store / KEYS_FILE).create(f"{mode}-{role}", role)[1] for role in ("editor", "reader")}
    for who in ("editor", "public", "reader", "editor", "public"):
        told = json.dumps(asyncio.run(everything(server, keys.get(who), mode)), ensure_ascii=False)
        seen = {one.name for one in SECRETS if any(word in told for word in one.words)}
        assert seen == {one.name for one in SEEN[who]}, who
        if who == "public":
            assert not PHONES.search(told)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[GuardedServer, Path]]:
    folder = tmp_path_factory.mktemp("guarded")
    for one in SECRETS:
        (folder / f"{one.name}.txt").write_text(one.text, encoding="utf-8")
    LocalStore(folder / "store").index(read_paths(sorted(folder.glob("*.txt"))))
    KeyRing(folder / "store" / KEYS_FILE).create("first", "admin")  # from now on who has no key is the public
    server = GuardedServer(folder / "store")
    yield server, folder / "store"
    server.stop()


async def everything(server: GuardedServer, key: str | None, mode: Any) -> list[Any]:
    """All that a client is told that tries to get at every notice."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    told: list[Any] = []
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        mcp.Client(streamable_http_client(f"{server.base}/mcp", http_client=http), mode=mode) as client,
    ):
        told += [resource.model_dump(mode="json") for resource in (await client.list_resources()).resources]
        uris = [resource["uri"] for resource in told]
        told += [(await client.read_resource(uri)).model_dump(mode="json") for uri in uris]
        for one in SECRETS:
            for tool, arguments in (
                ("list_notices", {}),
                ("list_notices", {"year": one.fields["year"]}),
                ("search", {"query": "检查", "k": 100}),
                ("ask", {"question": "有哪些单位"}),
                ("ask", {"question": "有哪些活动", "year": one.fields["year"]}),
                ("ask", {"question": "联系电话是多少", "year": one.fields["year"]}),
                ("units_for_topic", {"topic": "检查", "year": one.fields["year"]}),
            ):
                told.append((await client.call_tool(tool, arguments)).model_dump(mode="json"))
    return told
