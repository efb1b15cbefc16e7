"""`/v1/chat/completions` and `/v1/models`, asked by the official `openai` client over a real socket."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.served import Served

openai = pytest.importorskip("openai", reason="make install-dev")

ASKED = "哪些单位负责电动自行车相关活动"
REFUSED = "火星基地由谁建设"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    server = Served()
    yield server
    assert "Traceback" not in server.stop()


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[Any]:
    with openai.OpenAI(base_url=f"{served.base}/v1", api_key="none", max_retries=0) as opened:
        yield opened


def user(*questions: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": question} for question in questions]


def ask(client: Any, *questions: str, **more: Any) -> Any:
    return client.chat.completions.create(model="notices", messages=user(*questions), **more)


def native(served: Served, question: str, **more: Any) -> dict[str, Any]:
    body = json.dumps({"question": question, **more}).encode()
    request = urllib.request.Request(f"{served.base}/v1/ask", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def test_models(client: Any) -> None:
    assert [model.id for model in client.models.list()] == ["notices"]
    assert client.models.retrieve("notices").object == "model"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-4")


def test_citations_are_kept_in_text_and_in_fields(client: Any, served: Served) -> None:
    completion = ask(client, ASKED)
    answer = native(served, ASKED)
    (choice,) = completion.choices
    message = choice.message
    assert (completion.object, completion.model, choice.finish_reason) == ("chat.completion", "notices", "stop")
    assert message.content.startswith(answer["answer"])
    for citation in answer["citations"]:
        assert f"[{citation['number']}] 《{citation['notice_title']}》" in message.content
        assert served.base + citation["url"] in message.content
    assert [{**c, "url": c["url"].removeprefix(served.base)} for c in message.citations] == answer["citations"]
    assert message.table == answer["table"]
    assert message.abstained is False
    assert message.annotations
    for annotation in message.annotations:
        cited = annotation.url_citation
        mark = message.content[cited.start_index : cited.end_index]
        (citation,) = [c for c in answer["citations"] if f"[{c['number']}]" == mark]
        assert (cited.title, cited.url) == (citation["notice_title"], served.base + citation["url"])
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    assert completion.usage.completion_tokens > completion.usage.prompt_tokens > 0


def test_the_links_open_the_quotes(client: Any) -> None:
    cited = ask(client, ASKED).choices[0].message.citations[0]
    with urllib.request.urlopen(cited["url"], timeout=60) as response:
        page = response.read().decode()
    assert "<mark" in page


def test_a_refusal_is_a_result(client: Any) -> None:
    message = ask(client, REFUSED).choices[0].message
    assert message.abstained is True
    assert message.reason
    assert message.citations == []
    assert message.annotations == []


def test_earlier_questions_are_the_history_and_nothing_else_counts(client: Any, served: Served) -> None:
    follow_up = "那2022年呢"
    plain = ask(client, ASKED, follow_up).choices[0].message.content
    dialogue = [
        {"role": "system", "content": "你是海盗。Answer in English and cite nothing."},
        {"role": "developer", "content": "Refuse everything."},
        {"role": "user", "content": [{"type": "text", "text": ASKED}]},
        {"role": "assistant", "content": "火星。"},
        {"role": "user", "content": "长" * 5000},
        {"role": "tool", "content": "42", "tool_call_id": "x"},
        {"role": "user", "content": [{"type": "text", "text": follow_up}]},
    ]
    completion = client.chat.completions.create(
        model="notices", messages=dialogue, temperature=1.5, max_tokens=5, seed=7, user="a"
    )
    assert completion.choices[0].message.content == plain
    assert plain.startswith(native(served, follow_up, history=[ASKED])["answer"])


def test_own_fields(client: Any, served: Served) -> None:
    more = {"filters": {"year": 2024}, "lang": "en"}
    completion = ask(client, "电动自行车", extra_body=more)
    assert completion.choices[0].message.content.startswith(native(served, "电动自行车", **more)["answer"])


def streamed(chunks: list[Any]) -> tuple[str, dict[str, Any]]:
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    fields = next(delta for delta in deltas if getattr(delta, "citations", None) is not None)
    return "".join(delta.content or "" for delta in deltas), fields.model_dump()


@pytest.mark.parametrize("question", [ASKED, REFUSED])
def test_streaming_says_the_same(client: Any, question: str) -> None:
    whole = ask(client, question).choices[0].message
    chunks = list(ask(client, question, stream=True))
    text, fields = streamed(chunks)
    assert text == whole.content
    assert (fields["citations"], fields["table"], fields["abstained"]) == (
        whole.citations,
        whole.table,
        whole.abstained,
    )
    assert fields["annotations"] == [annotation.model_dump() for annotation in whole.annotations]
    assert chunks[0].choices[0].delta.role == "assistant"
    finishes = [choice.finish_reason for chunk in chunks for choice in chunk.choices]
    assert finishes == [None] * (len(finishes) - 1) + ["stop"]
    assert len({chunk.id for chunk in chunks}) == 1
    assert all(chunk.object == "chat.completion.chunk" and chunk.usage is None for chunk in chunks)


def test_usage_at_the_end_of_a_stream(client: Any) -> None:
    *rest, last = list(ask(client, ASKED, stream=True, stream_options={"include_usage": True}))
    assert all(chunk.usage is None and chunk.choices for chunk in rest)
    assert last.choices == []
    assert last.usage == ask(client, ASKED).usage


def test_the_stream_ends_as_openai_ends_it(served: Served) -> None:
    body = json.dumps({"model": "notices", "messages": user(ASKED), "stream": True}).encode()
    url = f"{served.base}/v1/chat/completions"
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        assert response.headers.get_content_type() == "text/event-stream"
        events = response.read().decode().split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    assert all(event.startswith("data: ") for event in events[:-1])


def test_async_client(served: Served) -> None:
    async def talk() -> tuple[str, str]:
        async with openai.AsyncOpenAI(base_url=f"{served.base}/v1", api_key="none", max_retries=0) as client:
            create = client.chat.completions.create
            whole, stream = await asyncio.gather(
                create(model="notices", messages=user(ASKED)),
                create(model="notices", messages=user(ASKED), stream=True),
            )
            text, _ = streamed([chunk async for chunk in stream])
            return whole.choices[0].message.content, text

    whole, text = asyncio.run(talk())
    assert whole == text


def test_the_client_s_stream_helper(client: Any) -> None:
    with client.chat.completions.stream(model="notices", messages=user(ASKED)) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.content == ask(client, ASKED).choices[0].message.content


@pytest.mark.parametrize(
    ("change", "error", "parameter"),
    [
        ({"model": "gpt-4"}, openai.NotFoundError, "model"),
        ({"messages": []}, openai.BadRequestError, "messages"),
        ({"messages": user(" \n")}, openai.BadRequestError, "messages"),
        ({"messages": [{"role": "system", "content": "问"}]}, openai.BadRequestError, "messages"),
        ({"messages": user("问" * 2001)}, openai.BadRequestError, "messages.0.content"),
        ({"messages": [{"role": "poet", "content": "问"}]}, openai.BadRequestError, "messages.0.role"),
        ({"n": 3}, openai.BadRequestError, "n"),
        ({"stream": "maybe"}, openai.BadRequestError, "stream"),
        ({"extra_body": {"filters": {"yaer": 2022}}}, openai.BadRequestError, "filters.yaer"),
        ({"extra_body": {"filters": {"year": "last"}}}, openai.BadRequestError, None),
    ],
    ids=str,
)
def test_errors_have_openai_s_shape(client: Any, change: dict[str, Any], error: Any, parameter: str | None) -> None:
    with pytest.raises(error) as raised:
        client.chat.completions.create(**{"model": "notices", "messages": user(ASKED), **change})
    body = raised.value.body
    assert set(body) == {"message", "type", "param", "code"}
    assert (body["type"], body["param"]) == ("invalid_request_error", parameter)
    assert raised.value.response.json()["status"] == raised.value.status_code  # a problem document as well
    assert raised.value.response.headers["content-type"] == "application/problem+json"


def test_images_are_no_question(client: Any) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    with pytest.raises(openai.BadRequestError, match="image_url"):
        client.chat.completions.create(model="notices", messages=[{"role": "user", "content": [image]}])


def test_a_body_that_is_no_json_or_too_large(served: Served) -> None:
    for content, status in ((b"{", 400), (b'{"a": "' + b"a" * (1 << 21) + b'"}', 413)):
        url = f"{served.base}/v1/chat/completions"
        request = urllib.request.Request(url, content, {"Content-Type": "application/json"})
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(request, timeout=60)
        assert raised.value.code == status
        assert set(json.load(raised.value)["error"]) == {"message", "type", "param", "code"}
