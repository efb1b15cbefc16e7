"""Answers as files, opened again; formulas neutralised; permanent links; the endpoints and the page that offer them."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from openpyxl import load_workbook

from assistant.errors import BadRequest
from assistant.exports import FORMATS, SOURCE, Format, export, format_of, neutral, sheet, write
from assistant.permalink import LONGEST, link_of, state_of
from assistant.sample import sample_store
from assistant.service import Assistant
from assistant.types import Answer, Citation, Coverage, Question, Table, TableRow
from assistant.web import turns
from assistant.web.app import create_app
from corpus.reading import read_paths
from index.filters import from_mapping
from index.store import LocalStore
from tests.notices import DIGEST

ASKED = "哪些单位负责电动自行车相关活动"
BASE = "http://notices.example"
# What OWASP lists, the full-width forms that Excel takes as well, and blanks before them.
FORMULAS = (
    "=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠SUM(1)", "  =1",
    "\ufeff=1", "\u200b@x", "\xa0=1", "\u3000=1",
)  # fmt: skip


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    return Assistant.open(sample_store())


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant, page=False), raise_server_exceptions=False, base_url=BASE) as client:
        yield client


@pytest.fixture(scope="module")
def answer(assistant: Assistant) -> Answer:
    return assistant.ask(Question(ASKED))


def hostile(words: str) -> Answer:
    """An answer in which a notice's words stand everywhere that they can."""
    citation = Citation(1, "a/1", "a", words, words, (words,), words, 0, len(words))
    table = Table(("unit", "activity"), (TableRow({"unit": words, "activity": words}, (1,)),))
    text = f"{words}\n- {words}：“{words}”[1]"
    return Answer(words, "zh", "units", text, False, None, (citation,), table, Coverage(1, 1, 1), (citation,), (words,))


def read_csv(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")  # so that Excel opens Chinese
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def cells(content: bytes) -> dict[str, list[list[Any]]]:
    """Sheets of a workbook, as a spreadsheet program sees them."""
    book = load_workbook(io.BytesIO(content))
    return {page.title: [[cell.value for cell in row] for row in page.iter_rows()] for page in book.worksheets}


# -- the three forms ---------------------------------------------------------------------------------------------------


def test_csv_holds_every_row_with_its_citations(answer: Answer) -> None:
    assert answer.table is not None
    head, *rows = read_csv(export(answer, "csv", BASE))
    assert head[:3] == ["单位 Unit", "角色 Role", "事项 Activity"]
    assert len(rows) == len(answer.table.rows)
    known = {citation.number: citation for citation in answer.citations}
    for row, made in zip(answer.table.rows, rows, strict=True):
        assert made[: len(answer.table.columns)] == [row.cells[c] for c in answer.table.columns]
        quote, source, _, section, _, links = made[len(answer.table.columns) :]
        for number in row.citations:
            citation = known[number]
            assert f"[{number}]" in quote
            assert "".join(citation.quote.split()) in "".join(quote.split())
            assert citation.notice_title in source
            assert " › ".join(citation.section_path) in section
            assert BASE + citation.url in links.splitlines()


def test_xlsx_holds_answer_table_and_citations(answer: Answer) -> None:
    assert answer.table is not None
    link = "/?q=x&state=1-0"
    pages = cells(export(answer, "xlsx", BASE, link))
    assert list(pages) == ["答案 Answer", "表 Table", "引文 Citations"]
    words = "\n".join(str(row[1]) for row in pages["答案 Answer"])
    assert ASKED in words
    assert "单位 Units" in words
    assert BASE + link in words
    assert all(neutral(line)[:100] in words for line in answer.text.splitlines())
    assert len(pages["表 Table"]) == len(answer.table.rows) + 1
    cited = pages["引文 Citations"][1:]
    assert [row[1] for row in cited] == [neutral(citation.quote) for citation in answer.citations]
    page = load_workbook(io.BytesIO(export(answer, "xlsx", BASE)))["引文 Citations"]
    targets = [cell.hyperlink.target or "" for cell in page["G"][1:]]
    locations = [cell.hyperlink.location for cell in page["G"][1:]]
    for citation, target, location in zip(answer.citations, targets, locations, strict=True):
        assert BASE + citation.url in (target, f"{target}#{location}")


def test_markdown_says_what_the_answer_says(answer: Answer) -> None:
    text = export(answer, "md", BASE, "/?q=x").decode()
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    plain = "".join(
        child.content if child.type in ("text", "code_inline", "text_special") else ""
        for token in tokens
        for child in token.children or []
    )
    hrefs = {child.attrs["href"] for token in tokens for child in token.children or [] if child.type == "link_open"}
    squeezed = "".join(plain.split())
    for citation in answer.citations:
        assert "".join(citation.quote.split()) in squeezed
    assert len(hrefs) == len({citation.url for citation in answer.citations})
    assert all(str(href).startswith(f"{BASE}/n/") for href in hrefs)
    assert sum(token.type == "tr_open" for token in tokens) == len(answer.table.rows if answer.table else ()) + 1


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "question",
    ["2022年市里的联系电话", "2024年滨海新区市场监管局的任务清单", "火星基地由谁建设", "概括一下2021年河北区的方案"],
)
def test_every_kind_of_answer_can_be_exported(assistant: Assistant, form: Format, question: str) -> None:
    made = assistant.ask(Question(question))
    content = export(made, form, BASE)
    if form == "xlsx":
        assert "答案 Answer" in cells(content)
    elif form == "csv":
        rows = read_csv(content)
        assert len({len(row) for row in rows}) == 1
        assert len(rows) > 1
        assert rows[0][-len(SOURCE) :] == [
            "原文 Quote",
            "出处 Source",
            "文号 Doc. No.",
            "章节 Section",
            "页 Page",
            "链接 Link",
        ]
    else:
        assert question in content.decode()


def test_an_answer_without_a_table_is_exported_by_its_lines(assistant: Assistant) -> None:
    made = assistant.ask(Question("海绵城市施工质量培训是哪个区搞的", kind="lookup"))
    assert made.table is None
    rows = sheet(made, BASE).rows
    quoted = {n for row in rows for n in re.findall(r"^\[(\d+)\]", row[1], re.MULTILINE)}
    assert quoted == {str(citation.number) for citation in made.citations}


# -- formulas and other words that do harm -----------------------------------------------------------------------------


@pytest.mark.parametrize("words", FORMULAS)
def test_no_cell_is_a_formula(words: str) -> None:
    made = hostile(words)
    bad = re.compile(r"^[\s\ufeff\u200b]*[=+\-@＝＋－＠]")
    for row in read_csv(export(made, "csv")):
        assert not any(bad.match(cell) for cell in row)
    book = load_workbook(io.BytesIO(export(made, "xlsx")))
    for page in book.worksheets:
        for row in page.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert not (isinstance(cell.value, str) and bad.match(cell.value))
    for line in export(made, "md").decode().splitlines():
        if line.startswith("| ") and "---" not in line:
            assert not any(bad.match(cell) for cell in line.strip("|").split(" | "))


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40))
def test_neutralising_changes_nothing_but_the_beginning(words: str) -> None:
    made = neutral(words)
    assert neutral(made) == made
    clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]", "", words)
    assert made in (clean, f"'{clean}")
    assert not made.startswith(tuple("=+-@＝＋－＠\t\r"))


@pytest.mark.parametrize(
    "words",
    [
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "| a | b |",
        "# 标题",
        "`x`",
        "1. x",
        "![](http://x)",
        "a\nb",
        "---",
    ],
)
def test_words_of_a_notice_are_no_markdown(words: str) -> None:
    text = export(hostile(words), "md", BASE).decode()
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert not re.search(r"<(?!/?(?:h1|h2|p|ul|ol|li|br|a|table|thead|tbody|tr|th|td)\b)", html)
    assert set(re.findall(r'href="([^"]*)"', html)) == {f"{BASE}/n/a?start=0&amp;end={len(words)}#a/1"}
    assert html.count("<td>") == 3  # the table keeps its columns
    assert html.count("<h1>") == 1


@pytest.mark.parametrize("form", FORMATS)
def test_control_characters_and_long_cells(form: Format) -> None:
    content = export(hostile("a\x00b\x1f\ud800c\ufffe" + "长" * 40_000), form)
    if form == "xlsx":
        assert all(len(str(v or "")) <= 32_767 for rows in cells(content).values() for row in rows for v in row)
    else:
        assert "ab?c长" in content.decode()


# -- files -------------------------------------------------------------------------------------------------------------


def test_the_name_says_the_form(tmp_path: Path) -> None:
    assert [format_of(Path(f"x.{end}")) for end in ("md", "CSV", "xlsx")] == ["md", "csv", "xlsx"]
    for bad in ("x.doc", "x", "x.xls"):
        with pytest.raises(BadRequest, match="xlsx"):
            format_of(Path(bad))
    with pytest.raises(BadRequest, match="cannot write"):
        write(tmp_path / "none" / "x.csv", b"")
    write(tmp_path / "x.csv", b"1")
    write(tmp_path / "x.csv", b"2")
    assert (tmp_path / "x.csv").read_bytes() == b"2"
    assert [file.name for file in tmp_path.iterdir()] == ["x.csv"]


def notices(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "assistant.cli", *arguments], capture_output=True, text=True, timeout=120
    )


def test_the_command_line_writes_files(tmp_path: Path) -> None:
    store = str(sample_store())
    for form in FORMATS:
        file = tmp_path / f"答案.{form}"
        done = notices("ask", ASKED, "--store", store, "--export", str(file), "--link-base", BASE)
        assert done.returncode == 0, done.stderr
        assert "单位" in done.stdout
        assert file.stat().st_size > 500
    assert BASE + "/n/" in (tmp_path / "答案.csv").read_text(encoding="utf-8-sig")
    bad = notices("ask", ASKED, "--store", store, "--export", str(tmp_path / "x.pdf"))
    assert (bad.returncode, len(bad.stderr.strip().splitlines())) == (2, 1)
    bad = notices("ask", ASKED, "--store", store, "--kind", "poem")
    assert (bad.returncode, len(bad.stderr.strip().splitlines())) == (2, 1)


# -- over HTTP ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_export_over_http(client: TestClient, form: Format) -> None:
    posted = client.post(f"/v1/ask/export?format={form}", json={"question": ASKED, "filters": {"year": 2022}})
    got = client.get("/v1/ask/export", params={"format": form, "q": ASKED, "year": "2022"})
    for response in (posted, got):
        assert response.status_code == 200, response.text
        assert "attachment" in response.headers["content-disposition"]
        assert f'filename="answer.{form}"' in response.headers["content-disposition"]
        assert response.headers["cache-control"] == "no-store"
    if form == "csv":
        assert read_csv(posted.content) == read_csv(got.content)
        years = {row[4] for row in read_csv(got.content)[1:]}
        assert years == {"2022"}
        assert all(line.startswith(f"{BASE}/n/") for row in read_csv(got.content)[1:] for line in row[-1].splitlines())


@pytest.mark.parametrize(
    "path",
    [
        "?q=x&format=pdf",
        "?q=x",
        "?format=csv",
        "?q=%20&format=csv",
        "?q=x&format=csv&kind=poem",
        "?q=x&format=csv&year=abc",
        "?q=x&format=csv&zzz=1",
    ],
)
def test_bad_exports_are_problem_documents(client: TestClient, path: str) -> None:
    response = client.get("/v1/ask/export" + path)
    assert response.status_code == 422
    assert response.headers["content-type"].startswith("application/problem+json")


def test_the_kind_over_http(client: TestClient) -> None:
    asked = client.post("/v1/ask", json={"question": "2024年滨海新区市场监管局", "kind": "tasks"}).json()
    assert asked["kind"] == "tasks"
    assert client.post("/v1/ask", json={"question": "x", "kind": "none"}).status_code == 422


# -- permanent links ---------------------------------------------------------------------------------------------------


def test_a_link_asks_the_same_again(assistant: Assistant, client: TestClient) -> None:
    body = {"question": "那滨海新区呢", "history": ["2022年静海区有哪些活动"], "filters": {"year": 2022}, "lang": "zh"}
    response = client.post("/v1/ask", json=body)
    match = re.fullmatch(r'<(/\?[!-~]+)>; rel="bookmark"', response.headers["link"])
    assert match is not None
    parameters = parse_qs(urlsplit(match.group(1)).query)
    shown, opened = turns.opened(assistant, parameters)
    assert opened[0].answer.text == response.json()["answer"]
    assert opened[0].link == match.group(1)
    assert "有变化" not in shown
    assert "2022年静海区有哪些活动" in shown


def test_a_link_carries_every_part_of_a_question(assistant: Assistant) -> None:
    filters = from_mapping({"year": 2022, "region": "天津市", "disclosure": ["主动公开", "unknown"]})
    question = Question("A&B=？#%", ("一", "二"), filters, "en", "units")
    link = link_of(question, state_of(assistant.store))
    _, opened = turns.opened(assistant, parse_qs(urlsplit(link).query))
    assert opened[0].question == question


def test_a_link_that_would_be_cut_is_none(assistant: Assistant) -> None:
    assert link_of(Question("问" * LONGEST), state_of(assistant.store)) == ""


def test_a_changed_store_is_said(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.index(read_paths([next(DIGEST.glob("002*")), next(DIGEST.glob("003*"))]))
    assistant = Assistant(store)
    link = link_of(Question("2021年“质量月”的活动主题是什么"), state_of(store))
    parameters = parse_qs(urlsplit(link).query)
    assert "有变化" not in turns.opened(assistant, parameters)[0]
    store.remove(next(n for n, card in store.cards().items() if card.year == 2022))
    assert "有变化" in turns.opened(assistant, parameters)[0]
    store.index(read_paths([next(DIGEST.glob("003*"))]))  # the same notices again: the same state under another number
    assert "有变化" not in turns.opened(assistant, parameters)[0]


@pytest.mark.parametrize(
    "parameters",
    [{"q": ["x" * 3000]}, {"q": ["x"], "year": ["zweitausend"]}, {"q": ["x"], "kind": ["poem"]}, {"q": [" "]}],
)
def test_a_damaged_link_says_so(assistant: Assistant, parameters: dict[str, list[str]]) -> None:
    shown, opened = turns.opened(assistant, parameters)
    assert 'role="alert"' in shown
    assert opened == []


def test_a_page_without_a_link_is_empty(assistant: Assistant) -> None:
    assert turns.opened(assistant, {}) == ("", [])
    assert turns.opened(assistant, {"utm_source": ["mail"]}) == ("", [])


def test_the_kind_is_corrected_in_place(assistant: Assistant) -> None:
    _, so_far, _ = turns.asked(assistant, "2022年静海区有哪些活动", [], ("", "", "", ""))
    _, so_far, _ = turns.asked(assistant, "2024年滨海新区市场监管局有哪些活动", so_far, ("", "", "", ""))
    shown, after = turns.corrected(assistant, "tasks", so_far)
    assert [turn.answer.kind for turn in after] == ["activities", "tasks"]
    assert after[1].question.history == so_far[1].question.history
    assert "kind=tasks" in after[1].link
    assert '<p class="kind">任务清单</p>' in shown


# -- a spreadsheet program and a browser -------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("soffice") is None, reason="apt-get install libreoffice-calc")
def test_libreoffice_computes_nothing(tmp_path: Path) -> None:
    """LibreOffice opens the workbook and shows the words; a formula would show its result."""
    file = tmp_path / "hostile.xlsx"
    file.write_bytes(export(hostile("=1+1"), "xlsx"))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2",
    ]
    subprocess.run([*command, "--outdir", str(tmp_path), str(file)], check=True, capture_output=True, timeout=180)
    made = next(tmp_path.glob("*.csv")).read_text(encoding="utf-8")
    assert "'=1+1" in made


@pytest.mark.slow
@pytest.mark.skipif(not Path("/usr/bin/chromium").exists(), reason="apt-get install chromium fonts-noto-cjk")
def test_the_page_offers_files_links_and_kinds() -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    from tests.test_page_browser import CHROMIUM, FLAGS, sample_page

    expect = sync_api.expect
    server = sample_page()
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page(locale="zh-CN", viewport={"width": 1360, "height": 900})
        page.goto(server.base)
        expect(page.locator("#kind")).to_have_count(0)
        box = page.locator("#question textarea")
        box.fill("2024年滨海新区市场监管局有哪些活动")
        box.press("Enter")
        turn = page.locator("#conversation .turn")
        expect(turn.locator(".kind")).to_have_text("活动")
        with page.expect_download() as got:
            turn.locator(".tools a", has_text="CSV").click()
        head, *rows = read_csv(Path(got.value.path()).read_bytes())
        assert head[0] == "单位 Unit"
        assert len(rows) == turn.locator("tbody tr").count()
        page.locator("#kind input").click()
        page.get_by_role("option", name="任务清单").click()
        expect(turn.locator(".kind")).to_have_text("任务清单")
        expect(turn).to_have_count(1)
        link = turn.locator(".tools a.again").get_attribute("href") or ""
        assert "kind=tasks" in link
        words = turn.locator(".text").inner_text()
        page.goto(server.base + link)
        expect(turn.locator(".kind")).to_have_text("任务清单")
        assert turn.locator(".text").inner_text() == words
        expect(turn.locator(".changed")).to_have_count(0)
        expect(page.locator("#kind input")).to_have_value("任务清单")
        page.goto(server.base + re.sub(r"state=[^&]*", "state=1-00000000", link))
        expect(turn.locator(".changed")).to_contain_text("有变化")
        browser.close()
