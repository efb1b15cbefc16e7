"""The readable notice page: the whole text in order, exactly the cited span marked, nothing that executes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.sample import sample_store
from assistant.service import Assistant
from assistant.types import Answer, Citation, Coverage, Table, TableRow
from assistant.web import answer_html, answer_links, notice_text
from assistant.web.app import create_app
from corpus.reading import read_paths
from corpus.types import Notice, Span
from index.store import LocalStore

HOSTILE = """<script>alert(1)</script>管理局文件
邪恶〔2024〕1号
关于"><img src=x onerror=alert(2)>的通知
各单位：
一、<b onclick="alert(3)">活动</b>内容
1、${alert(4)} {{constructor}} 举办&lt;电动自行车&gt;活动。（责任单位：市公安局<svg onload=alert(5)>）
2、开展</p></article></main>javascript:alert(6)宣传。（责任单位：市商务局）
天津市<!--局
2024年9月1日
"""
VOID = {"meta", "link", "br", "img", "input", "base"}


@dataclass
class Read(HTMLParser):
    """What a browser sees of a page: its elements, the text of the article, the marked text."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    text: str = ""
    marked: str = ""
    margin: str = ""
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if "aside" in self._open:  # the margin
            self.margin += data
        elif "article" in self._open:
            self.text += data
        if "mark" in self._open:
            self.marked += data


def read(html: str) -> Read:
    page = Read()
    page.feed(html)
    page.close()
    assert not page._open
    return page


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    return Assistant.open(sample_store())


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant, page=False)) as client:
        yield client


@pytest.fixture(scope="module")
def notices(assistant: Assistant) -> list[Notice]:
    return [assistant.store.notice(notice_id) for notice_id in assistant.store.cards()]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "<img src=x onerror=alert(7)>.txt").write_text(HOSTILE, encoding="utf-8")
    store = LocalStore(folder / "store")
    store.index(read_paths([folder]))
    return Assistant(store)


# -- the text ----------------------------------------------------------------------------------------------------------


def test_the_whole_text_stands_there_in_order(client: TestClient, notices: list[Notice]) -> None:
    for notice in notices:
        page = read(client.get(f"/n/{notice.notice_id}").text)
        assert page.text == notice.text
        assert page.marked == ""


def test_every_passage_is_an_anchor(client: TestClient, notices: list[Notice]) -> None:
    for notice in notices:
        html = client.get(f"/n/{notice.notice_id}").text
        anchors = [attributes["id"] for _, attributes in read(html).tags if "id" in attributes]
        assert len(set(anchors)) == len(anchors)
        assert [anchor for anchor in anchors if "/" in str(anchor)] == [p.passage_id for p in notice.passages]


def test_headings_and_furniture_look_like_what_they_are(client: TestClient, notices: list[Notice]) -> None:
    for notice in notices:
        html = client.get(f"/n/{notice.notice_id}").text
        for section in notice.sections:
            assert re.search(rf"<h2 class=\"heading\">{re.escape(notice.text[section.start : section.end])}</h2>", html)
        assert html.count('class="furniture"') == len(notice.furniture)


def test_header_fields_and_warnings(client: TestClient, notices: list[Notice]) -> None:
    seen = 0
    for notice in notices:
        html = client.get(f"/n/{notice.notice_id}").text
        header = notice.header
        for value in (header.title, header.document_number, header.issuer, header.issued_on):
            assert value is None or value in html
        for finding in notice.findings:
            chinese, english = finding.message.removesuffix(")").rsplit(" (", 1)
            assert html.count(f'<p class="warn">{escape(chinese)}</p>') >= 1
            assert english not in html
            assert f"?start={finding.start}&amp;end={finding.end}#mark" in html
            seen += 1
    assert seen


# -- the mark ----------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(data=st.data())
def test_exactly_the_span_is_marked(data: Any, notices: list[Notice]) -> None:
    notice = data.draw(st.sampled_from(notices))
    start = data.draw(st.integers(0, len(notice.text) - 1))
    end = data.draw(st.integers(start + 1, min(len(notice.text), start + 400)))
    page = read(f"<article>{notice_text.render(notice, Span(start, end))}</article>")
    assert page.text == notice.text
    assert page.marked == notice.text[start:end]
    assert next(attributes.get("id") for tag, attributes in page.tags if tag == "mark") == "mark"


def test_a_citation_opens_at_its_words(client: TestClient) -> None:
    answer = client.post("/v1/ask", json={"question": "哪些单位负责电动自行车相关活动"}).json()
    assert answer["citations"]
    for citation in answer["citations"]:
        page = read(client.get(citation["url"]).text)
        assert page.marked == citation["quote"]
        assert citation["passage_id"] in [attributes.get("id") for _, attributes in page.tags]


def test_the_place_of_the_quote_is_named(client: TestClient, notices: list[Notice]) -> None:
    passage = next(p for notice in notices for p in notice.passages if len(p.section_path) > 1)
    notice = next(n for n in notices if passage in n.passages)
    span, heading = Span(passage.start, passage.end), passage.headings[-1]
    for place in (span, heading):
        html = client.get(f"/n/{notice.notice_id}?start={place.start}&end={place.end}").text
        steps = re.findall(r"<li[^>]*>(.*?)</li>", html.split('class="place"')[1].split("</nav>")[0])
        assert tuple(steps) == passage.section_path


@pytest.mark.parametrize(
    "query",
    ["start=0", "end=9", "start=5&end=5", "start=9&end=5", "start=-3&end=5", "start=0&end=99999999",
     "start=x&end=y", "start=1.5&end=3", "start=&end=", "start=²&end=³", f"start=0&end={'9' * 5000}"],
)  # fmt: skip
def test_offsets_that_make_no_sense_mark_nothing(client: TestClient, notices: list[Notice], query: str) -> None:
    response = client.get(f"/n/{notices[0].notice_id}?{query}")
    assert response.status_code == 200
    page = read(response.text)
    assert page.marked == ""
    assert page.text == notices[0].text


# -- the margin ----------------------------------------------------------------------------------------------------


def test_the_margin_says_who_acts_and_by_when(client: TestClient, notices: list[Notice]) -> None:
    notice = next(n for n in notices if any(f.kind == "deadline" for f in n.facts))
    fact = next(f for f in notice.facts if f.kind == "deadline")
    html = client.get(f"/n/{notice.notice_id}").text
    line = html.split(f'id="{fact.passage_id}"')[1].split("</aside>")[0]
    assert f'<p class="deadline">期限 <span lang="zh-CN">{fact.value}</span></p>' in line
    acting = next(p for p in notice.passages if p.passage_id == fact.passage_id)
    assert all(unit.name in line for unit in acting.units)
    lines = [part.split("</aside>")[0] for part in html.split('<div class="line">')[1:]]
    assert len(lines) >= sum(bool(p.units) for p in notice.passages)


def test_a_warning_stands_beside_its_line(client: TestClient, notices: list[Notice]) -> None:
    seen = 0
    for notice in notices:
        html = client.get(f"/n/{notice.notice_id}").text
        article = html.split("<article")[1]
        lines = article.split('<div class="line">')
        for finding in notice.findings:
            told = escape(finding.message.rsplit(" (", 1)[0])
            (beside,) = [line for line in lines if f'<p class="warn">{told}</p>' in line][:1]
            block = read(f"<article>{beside.split('<aside>')[0]}</article>").text
            assert notice.text[finding.start : finding.end].split("\n")[0] in block
            seen += 1
    assert seen


def test_a_permanent_link_marks_its_passage(client: TestClient, notices: list[Notice]) -> None:
    notice = notices[2]
    links = re.findall(r'<a class="permanent" href="([^"]+)"', client.get(f"/n/{notice.notice_id}").text)
    assert len(links) == sum(p.kind in ("item", "paragraph", "preamble") for p in notice.passages)
    for link in (links[0], links[-1]):
        passage_id = link.partition("#")[2]
        passage = next(p for p in notice.passages if p.passage_id == passage_id)
        assert read(client.get(link.replace("&amp;", "&")).text).marked == passage.text


# -- the language of the frame ---------------------------------------------------------------------------------------


def test_the_frame_is_in_the_language_asked_for(client: TestClient, notices: list[Notice]) -> None:
    notice = next(n for n in notices if n.findings and n.header.document_number)
    chinese = client.get(f"/n/{notice.notice_id}").text
    english = client.get(f"/n/{notice.notice_id}?lang=en").text
    assert '<html lang="zh-CN">' in chinese
    assert '<html lang="en">' in english
    assert "文号" in chinese
    assert "<dt>Number</dt>" in english
    assert read(chinese).text == read(english).text == notice.text
    han = re.compile(r"[\u4e00-\u9fff]")
    assert not [words for lang, words in spoken(english) if lang == "en" and han.search(words)]
    frame = [words for lang, words in spoken(chinese) if lang == "en"]
    assert frame == ["English"]


def spoken(html: str) -> list[tuple[str, str]]:
    """The words of a page, each with the language that is declared for it."""
    found: list[tuple[str, str]] = []
    langs: list[str] = []

    class Speech(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag not in VOID:
                langs.append(dict(attrs).get("lang") or (langs[-1] if langs else ""))

        def handle_endtag(self, tag: str) -> None:
            langs.pop()

        def handle_data(self, data: str) -> None:
            if data.strip() and "title" not in self.get_starttag_text()[:6]:
                found.append((langs[-1].partition("-")[0], data.strip()))

    Speech().feed(html.partition("<body")[0].split("<title>")[0] + "<body" + html.partition("<body")[2])
    return found


# -- safety ------------------------------------------------------------------------------------------------------------


def test_no_scripts_and_nothing_from_elsewhere(client: TestClient, notices: list[Notice]) -> None:
    response = client.get(f"/n/{notices[0].notice_id}")
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self';")
    assert response.headers["x-content-type-options"] == "nosniff"
    page = read(response.text)
    assert not [tag for tag, _ in page.tags if tag in ("img", "iframe", "style")]
    assert [attributes for tag, attributes in page.tags if tag == "script"] == [
        {"src": "/static/web/notice.js", "defer": None}
    ]
    assert [attributes["href"] for tag, attributes in page.tags if tag == "link"] == ["/static/web/notice.css"]
    style = client.get("/static/web/notice.css")
    assert style.headers["content-type"].startswith("text/css")
    assert not re.search(r"url\(|@import|//", style.text)


def test_a_hostile_notice_is_only_text(hostile: Assistant) -> None:
    client = TestClient(create_app(hostile, page=False))
    [notice_id] = hostile.store.cards()
    notice = hostile.store.notice(notice_id)
    page = read(client.get(f"/n/{notice_id}?start=0&end={len(notice.text)}").text)
    assert page.text == page.marked == notice.text == HOSTILE
    assert_harmless(page)
    title = next(i for i, (tag, _) in enumerate(page.tags) if tag == "title")
    assert page.tags[title + 1][0] == "link"


def assert_harmless(page: Read) -> None:
    allowed = {
        "html", "head", "meta", "title", "link", "body", "main", "header", "h1", "h2", "h3", "h4", "h5", "p", "dl",
        "div", "dt", "dd", "span", "nav", "aside", "article", "section", "a", "ol", "ul", "li", "mark", "details",
        "summary", "table", "caption", "thead", "tbody", "tr", "th", "td", "code", "strong", "script", "button",
    }  # fmt: skip
    for tag, attributes in page.tags:
        assert tag in allowed
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert (attributes.get("href") or "/").startswith(("/", "#"))
        assert tag != "script" or attributes["src"] == "/static/web/notice.js"


@pytest.mark.parametrize("notice_id", ["none", "%3Cscript%3Ealert(1)", "a" * 3000, "..", "%00"])
def test_unknown_ids_get_a_page_that_says_so(client: TestClient, notice_id: str) -> None:
    response = client.get(f"/n/{notice_id}")
    assert response.status_code == 404
    if notice_id != "..":
        assert "没有这份通知" in response.text
        assert_harmless(read(response.text))


# -- answers on the page -----------------------------------------------------------------------------------------------


def hostile_answer(abstained: bool) -> Answer:
    evil = '"><img src=x onerror=alert(1)>\n- <script>alert(2)</script>[1]'
    cited = Citation(1, "a/1", "a", evil, evil, (evil, evil), evil, 0, 3)
    table = Table(("unit", evil), (TableRow({"unit": evil, evil: evil}, (1, 9)),))
    return Answer(
        question=evil, lang="zh", kind="units", text=f"{evil} [1] [7]", abstained=abstained, reason=evil,
        citations=(cited,) * 9, table=table, coverage=Coverage(1, 2, 3), related=(cited,), warnings=(evil,),
    )  # fmt: skip


@pytest.mark.parametrize("abstained", [False, True])
def test_answers_are_escaped(abstained: bool) -> None:
    page = read(answer_html.conversation([hostile_answer(abstained)]) + answer_html.failure("<b>", "<i>"))
    assert_harmless(page)
    assert {tag for tag, _ in page.tags} >= {"table", "details", "ol"}


def test_marks_link_to_their_citation_and_unknown_ones_stay_text() -> None:
    html = answer_html.conversation([hostile_answer(False)])
    assert "[7]" in html
    assert html.count(">[7]</a>") == 0
    assert f'<a class="mark" href="/n/a?start=0&amp;end=3#mark" target="{answer_links.PANEL}"' in html
    assert 'href="/n/a?start=0&amp;end=3#a/1" target="_blank" rel="noopener"' in html
