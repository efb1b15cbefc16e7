"""A labelling session in a real browser, by keyboard alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eval.formats import beir
from eval.labelling.pool import pool
from eval.labelling.session import Judgement, Session
from eval.systems import named
from index.encoder import shipped_encoder
from tests.test_page_browser import CHROMIUM, FLAGS, Server, expect, sync_api

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="apt-get install chromium fonts-noto-cjk")

# Importing tests.loopback forbids the server, too, every connection that is not loopback.
SERVE = """
import socket, sys
import tests.loopback
from pathlib import Path
from assistant.sample import sample_store
from assistant.service import Assistant
from assistant.web.server import Server
from eval.labelling.session import Session
from eval.web.app import create_app
app = create_app(Assistant.open(sample_store()), {"a": Session(Path(sys.argv[2]))}, None, page=False)
Server(app).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
"""


@pytest.fixture
def session(tiny_dataset: Path, tmp_path: Path) -> Iterator[Session]:
    data = beir.load(str(tiny_dataset))
    made = Session.create(tmp_path / "a.sqlite", pool(data, named(["random"], shipped_encoder()), 2), "seed")
    yield made
    made.close()


@pytest.fixture
def base(session: Session) -> Iterator[str]:
    server = Server(session.path, SERVE, "/healthz")
    yield server.base
    server.stop()


@pytest.fixture
def page(base: str) -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        opened = browser.new_page(viewport={"width": 390, "height": 800})
        troubles: list[str] = []
        opened.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        opened.on("pageerror", lambda error: troubles.append(str(error)))
        opened.on("request", lambda request: None if request.url.startswith(base) else troubles.append(request.url))
        opened.goto(base + "/eval/label/a")
        yield opened
        assert troubles == []
        browser.close()


def test_a_whole_session_by_keyboard(page: Any, session: Session) -> None:
    page.keyboard.type("甲")
    page.keyboard.press("Enter")
    status = page.get_by_role("status").first
    expect(status).to_have_text("0 / 8")
    for done, key in enumerate("01230123"):
        expect(status).to_have_text(f"{done} / 8")
        page.keyboard.press(key)
    expect(page.get_by_text("全部判完")).to_be_visible()
    kept = session.judgements("甲")
    order = [(a.question_id, doc_id) for a in session.questions() for doc_id in session.order("甲", a.question_id)]
    assert [kept[key].grade for key in order] == [0, 1, 2, 3, 0, 1, 2, 3]


def test_skip_note_undo_and_resuming(page: Any, session: Session) -> None:
    page.keyboard.type("乙")
    page.keyboard.press("Enter")
    status = page.get_by_role("status").first
    expect(status).to_have_text("0 / 8")
    first, second = session.order("乙", "q1")
    page.keyboard.press("n")
    page.keyboard.type("看不清")
    page.keyboard.press("Enter")
    expect(page.get_by_text("备注 ✓")).to_be_visible()
    page.keyboard.press("2")
    expect(status).to_have_text("1 / 8")
    page.keyboard.press("s")
    expect(status).to_have_text("2 / 8")
    assert session.judgements("乙") == {("q1", first): Judgement(2, "看不清"), ("q1", second): Judgement(None)}
    page.keyboard.press("u")
    expect(status).to_have_text("1 / 8")
    page.reload()
    expect(status).to_have_text("1 / 8")
    expect(page.locator(".path")).to_contain_text("2 / 2")  # goes on where it was left
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("button", name=re.compile("^2 部分回答"))).to_have_attribute("aria-pressed", "true")
    assert session.judgements("乙") == {("q1", first): Judgement(2, "看不清")}


def test_the_page_fits_a_phone_and_has_names(page: Any) -> None:
    page.keyboard.type("丙")
    page.keyboard.press("Enter")
    page.wait_for_selector(".document")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    names = page.evaluate(
        "[...document.querySelectorAll('button,a,input,progress')].map((e) => e.getAttribute('aria-label') || e.textContent.trim())"
    )
    assert all(names), json.dumps(names)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
