"""Explore and Evaluate without a browser: counts recounted one by one, deadlines as files that other programs read, reports."""

import csv
import io
import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from icalendar import Calendar

from assistant import reports
from assistant.answer.items import collective
from assistant.answer.view import View, view_of
from assistant.deadline_files import COLUMNS, as_calendar, as_csv
from assistant.deadlines import deadlines
from assistant.exploring import MAX_ROWS, MAX_TOPICS, ROW_KINDS, explore, items
from assistant.sample import sample_store
from assistant.service import Assistant
from assistant.types import Question
from assistant.web import explore_deadlines, explore_html
from assistant.web.app import create_app
from assistant.web.explore_html import Pick, question_of
from assistant.web.settings import WebSettings
from corpus.places import place_names
from corpus.reading import read_paths
from corpus.units import kinds_by_name, resolve
from eval.bench.generator import generate
from index.fold import fold_aligned
from index.store import LocalStore
from index.types import Filters
from tests.test_web_notice_page import assert_harmless, read

BASE = "http://notices.example"
HOSTILE = """<script>alert(1)</script>管理局文件
邪恶〔2024〕1号
=cmd|'/c calc'!A1<b>关于"><img src=x onerror=alert(2)></b>的通知
各单位：
1、<svg onload=alert(3)>电动自行车检查，请市公安局"'><i>于2024年9月30日前报送至市商务局。（责任单位：市公安局）
2、=1+1电动自行车宣传;逗号,分号\\反斜杠，请市公安局于2030年1月31日前报送总结。（责任单位：市公安局）
3、电动自行车登记。（责任单位：市商务局）
天津市某局
2024年9月1日
"""


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    return Assistant.open(sample_store())


@pytest.fixture(scope="module")
def view(assistant: Assistant) -> View:
    return view_of(assistant.store)


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant, page=False)) as client:
        yield client


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> View:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "notice.txt").write_text(HOSTILE, encoding="utf-8")
    store = LocalStore(folder / "store")
    store.index(read_paths([folder / "notice.txt"]))
    return view_of(store)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> View:
    folder = tmp_path_factory.mktemp("many")
    for made in generate(2000):
        (folder / made.name).write_text(made.text, encoding="utf-8")
    store = LocalStore(folder / "store")
    store.index(read_paths([folder]))
    return view_of(store)


# -- who does what -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ROW_KINDS)
@pytest.mark.parametrize("year", [None, 2022])
def test_cells_hold_what_one_counts_by_hand(view: View, by: Any, year: int | None) -> None:
    found = explore(view, by, Filters(year=year))
    assert found.rows
    assert found.topics
    names = {
        "unit": lambda u: u.canonical,
        "family": lambda u: resolve(u.canonical).family or u.canonical,
        "place": lambda u: u.place,
    }
    many = {
        u.canonical
        for entry in view.entries
        for u in entry.stored.units
        if collective(replace(u, name=resolve(u.canonical).core or u.canonical))
    }
    counted: Counter[tuple[str, str, int | None]] = Counter()
    for entry in view.entries:
        passage, notice = entry.stored.passage, entry.stored.notice
        if not entry.body or (year and notice.year != year):
            continue
        above = [h for h in passage.section_path if not any(u.name in h for u in passage.units)]
        for topic in found.topics:
            plain = passage.text
            for unit in sorted(passage.units, key=lambda u: -u.start):  # a unit's own name is no topic
                if passage.start <= unit.start and unit.end <= passage.end:
                    a, b = unit.start - passage.start, unit.end - passage.start
                    plain = plain[:a] + "\0" + plain[b:]
            if topic in fold_aligned(plain) or any(topic in fold_aligned(h) for h in above):
                acting = [u for u in passage.units if by == "place" or u.canonical not in many]
                for row in {names[by](u) for u in acting} - {None}:
                    counted[row, topic, notice.year] += 1
    held = {
        (row, topic, y): int(found.counts[r, t, i])
        for r, row in enumerate(found.rows)
        for t, topic in enumerate(found.topics)
        for i, y in enumerate(found.years)
        if found.counts[r, t, i]
    }
    assert held == {key: n for key, n in counted.items() if key[0] in found.rows}
    assert len({key[0] for key in counted}) <= len(found.rows) + found.more_rows


def test_a_cell_lists_its_items(view: View) -> None:
    found = explore(view)
    sums = found.counts.sum(axis=2)
    for r, row in enumerate(found.rows[:8]):
        for t, topic in enumerate(found.topics):
            listed = items(view, "unit", row, topic)
            assert len(listed) == sums[r, t]
            assert all(row in {u.canonical for u in entry.stored.units} for entry in listed)
            years = [entry.stored.notice.year or 0 for entry in listed]
            assert years == sorted(years, reverse=True)


def test_topics_are_of_the_notices_and_no_units_or_places(view: View, many: View) -> None:
    for seen in (view, many):
        topics = explore(seen).topics
        assert 5 <= len(topics) <= MAX_TOPICS
        assert len({"".join(sorted(topic)) for topic in topics}) == len(topics)
        for topic in topics:
            assert topic not in kinds_by_name()
            assert place_names().match(topic, 0) != len(topic)
            assert len(items(seen, "unit", "", topic)) >= 2
    assert "电动自行车" in explore(view).topics
    assert {"电动自行车", "校园食堂"} <= set(explore(many).topics)
    assert not {"重点任务", "日常监管", "服务保障"} & set(explore(many).topics)  # headings of every notice


def test_large_stores_are_bounded(many: View) -> None:
    for by in ROW_KINDS:
        found = explore(many, by)
        assert len(found.rows) <= MAX_ROWS
        assert found.counts.shape == (len(found.rows), len(found.topics), len(found.years))
        assert (found.counts <= found.per_topic).all()
        assert (found.acting <= len(found.rows) + found.more_rows).all()
    assert explore(many).more_rows > 100


def test_every_cell_can_be_asked(assistant: Assistant, view: View) -> None:
    for by in ROW_KINDS:
        found = explore(view, by)
        for r, t in list(zip(*found.counts.sum(axis=2).nonzero(), strict=True))[::9]:
            question = question_of(Pick(by, None, found.rows[r], found.topics[t]))
            assert not assistant.ask(Question(question)).abstained, question


def test_a_store_without_units_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("关于春节放假的通知\n\n放假七天。\n", encoding="utf-8")
    store = LocalStore(tmp_path / "store")
    store.create()
    for _ in range(2):
        seen = view_of(store)
        found = explore(seen)
        assert (found.rows, found.topics) == ((), ())
        assert "还没有可以统计的条目" in explore_html.matrix(found, found, Pick())
        assert deadlines(seen) == []
        assert "没有写明时限" in explore_deadlines.section([], date(2026, 1, 1))
        store.index(read_paths([tmp_path / "a.txt"]))


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "null", '{"by": 3, "year": "x", "row": null}', '{"year": 99999}', "\ud800"]
)
def test_a_broken_pick_picks_nothing(text: str) -> None:
    assert Pick.read(text) == Pick()


# -- deadlines ---------------------------------------------------------------------------------------------------------


def test_deadlines_are_the_facts_of_the_notices(view: View, assistant: Assistant) -> None:
    found = deadlines(view, kinds=("deadline", "date"))
    assert [d.on for d in found] == sorted(d.on for d in found)
    for deadline in found:
        notice = assistant.store.notice(deadline.stored.notice.notice_id)
        assert notice.text[deadline.start : deadline.end] == deadline.quote
        assert "".join(deadline.quote.split()) in "".join(deadline.words.split())
        assert deadline.stored.passage.kind != "signature"
    facts = {(f.passage_id, f.value) for f in view.facts if f.kind == "deadline"}
    assert {(d.stored.passage.passage_id, d.on.isoformat()) for d in found if d.kind == "deadline"} == facts
    (one,) = deadlines(view, first=date(2022, 1, 1), last=date(2022, 12, 31))
    assert (one.on, one.reports_to) == (date(2022, 10, 12), ("市质量工作领导小组办公室",))
    assert deadlines(view, Filters(year=2024)) == deadlines(view, first=date(2024, 1, 1))


def test_a_calendar_is_one_that_others_read(view: View, hostile: View) -> None:
    for seen, count in ((view, 3), (hostile, 2)):
        found = deadlines(seen)
        written = as_calendar(found, BASE)
        assert written == as_calendar(found, BASE)
        assert all(len(line) <= 75 for line in written.split(b"\r\n"))
        calendar = Calendar.from_ical(written)
        events = calendar.walk("VEVENT")
        assert len(events) == len({str(event["uid"]) for event in events}) == count
        for event, deadline in zip(events, found, strict=True):
            assert event.decoded("dtstart") == deadline.on
            assert str(event["url"]) == BASE + deadline.url
            assert deadline.words in str(event["description"])


def test_a_csv_is_a_table_without_formulas(hostile: View) -> None:
    raw = as_csv(deadlines(hostile), BASE)
    assert raw.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(raw.decode("utf-8-sig")))
    assert len(head) == len(COLUMNS)
    assert [row[0] for row in rows] == ["2024-09-30", "2030-01-31"]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert all(row[-1].startswith(f"{BASE}/n/") for row in rows)


def test_what_notices_say_stays_text(hostile: View) -> None:
    found = explore(hostile)
    drawn = [explore_html.matrix(found, found, Pick()), explore_html.trends(found)]
    drawn.append(explore_html.items(Pick(row='"><b>', topic="<i>"), items(hostile, "unit", "", "电动自行车")))
    drawn.append(explore_deadlines.section(deadlines(hostile), date(2026, 1, 1)))
    for html in drawn:
        page = read(html)
        assert not {"script", "img", "b", "i"} & {tag for tag, _ in page.tags}
        assert not [
            name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "style"
        ]
    assert "尚未到期（1）" in drawn[-1]
    assert "已过（1）" in drawn[-1]
    assert_harmless(read(drawn[2].replace("h2", "h3")))


# -- over HTTP ---------------------------------------------------------------------------------------------------------


def test_explore_over_http(client: TestClient, view: View) -> None:
    found = client.get("/v1/explore").json()
    matrix = explore(view)
    assert [row["name"] for row in found["rows"]] == list(matrix.rows)
    assert [topic["topic"] for topic in found["topics"]] == list(matrix.topics)
    assert sum(cell["items"] for row in found["rows"] for cell in row["cells"]) == matrix.counts.sum()
    assert client.get("/v1/explore", params={"year": 2022, "by": "place"}).json()["years"] == [2022]
    listed = client.get("/v1/explore/items", params={"row": "天津市公安局", "topic": "电动自行车"}).json()
    assert listed["total"] == len(listed["items"]) == len(items(view, "unit", "天津市公安局", "电动自行车"))
    for item in listed["items"]:
        assert read(client.get(item["url"]).text).marked == item["text"]


def test_deadlines_over_http(client: TestClient) -> None:
    found = client.get("/v1/deadlines").json()
    assert found["total"] == len(found["deadlines"]) == 3
    for deadline in found["deadlines"]:
        assert (date.fromisoformat(deadline["date"]) - date.fromisoformat(found["today"])).days == deadline["days"]
        assert read(client.get(deadline["url"]).text).marked == deadline["quote"]
    calendar = client.get("/v1/deadlines.ics", params={"first": "2022-01-01"})
    assert calendar.headers["content-type"] == "text/calendar; charset=utf-8"
    assert calendar.headers["content-disposition"] == 'attachment; filename="deadlines.ics"'
    assert len(Calendar.from_ical(calendar.content).walk("VEVENT")) == 2
    table = client.get("/v1/deadlines.csv", params={"kind": "all"})
    assert len(table.content.decode("utf-8-sig").splitlines()) == 1 + 4


@pytest.mark.parametrize(
    "address",
    ["/v1/explore?by=x", "/v1/explore?colour=red", "/v1/explore?year=abc", "/v1/explore/items?offset=-1",
     "/v1/deadlines?kind=x", "/v1/deadlines?first=2022-13-01", "/v1/deadlines.ics?year=12"],
)  # fmt: skip
def test_bad_parameters_are_problems(client: TestClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"]


# -- reports -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, tiny_dataset: Path, notices_eval: Any) -> Path:
    """Reports as `notices-eval` writes them, and files that are none."""
    made = tmp_path / "reports"
    made.mkdir()
    results = [tmp_path / f"{mode}.json" for mode in ("lexical", "hybrid")]
    for result in results:
        assert notices_eval("retrieval", "--dataset", tiny_dataset, "--mode", result.stem, "--out", result)[0] == 0
    for form in ("html", "json"):
        assert notices_eval("report", *results, "--out", made / f"tiny.{form}")[0] == 0
    (made / "result.json").write_bytes(results[1].read_bytes())
    (made / "<img src=x onerror=alert(1)>.md").write_text("# x", encoding="utf-8")
    (made / "broken.json").write_text("[1, 2", encoding="utf-8")
    (made / "secret.exe").write_bytes(b"MZ")
    (made / "link.html").symlink_to("/etc/passwd")
    (made / "sub.html").mkdir()
    (tmp_path / "outside.html").write_text("TOP SECRET", encoding="utf-8")
    return made


def test_reports_with_their_figures(folder: Path) -> None:
    from assistant.web import evaluate_view  # brings Gradio: seconds that every process would take to list its tests

    found = {report.name: report for report in reports.reports(folder)}
    assert set(found) == {"tiny", "result", "broken", "<img src=x onerror=alert(1)>"}
    assert found["tiny"].files == ("tiny.html", "tiny.json")
    assert [headline.system for headline in found["tiny"].headlines] == ["lexical", "hybrid"]
    told = json.loads((folder / "tiny.json").read_text(encoding="utf-8"))["sections"][0]
    for headline, entry in zip(found["tiny"].headlines, told["systems"], strict=True):
        assert (headline.dataset, headline.split, headline.queries) == (told["dataset"], told["split"], told["queries"])
        assert dict(headline.measures) == {name: value["mean"] for name, value in entry["measures"].items()}
    (result,) = found["result"].headlines
    assert result.measures == found["tiny"].headlines[1].measures
    assert found["broken"].headlines == ()
    page = read(evaluate_view.table(list(found.values())))
    assert not {"img", "script"} & {tag for tag, _ in page.tags}


def test_reports_are_read_anew_when_they_change(folder: Path) -> None:
    before = {report.name: report.headlines for report in reports.reports(folder)}
    (folder / "result.json").write_text("{}", encoding="utf-8")
    os.utime(folder / "result.json", (1, 1))
    after = {report.name: report.headlines for report in reports.reports(folder)}
    assert before["result"]
    assert after["result"] == ()
    assert reports.reports(folder)[-1].name == "result"
    assert reports.reports(folder / "none") == reports.reports(None) == []


def test_report_files_are_served_in_a_sandbox(assistant: Assistant, folder: Path) -> None:
    client = TestClient(create_app(assistant, page=False, settings=WebSettings(reports=folder)))
    got = client.get("/reports/tiny.html")
    assert got.content == (folder / "tiny.html").read_bytes()
    assert got.headers["content-security-policy"].startswith("sandbox allow-scripts; default-src 'none';")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert client.get("/reports/tiny.json").headers["content-type"] == "application/json"
    names = ["link.html", "sub.html", "secret.exe", "none.html", "..%2Foutside.html", "../outside.html", "%2e%2e/outside.html",
             "%2Fetc%2Fpasswd", "tiny.html%00", ".", "a" * 3000]  # fmt: skip
    for name in names:
        refused = client.get(f"/reports/{name}")
        assert refused.status_code == 404, name
        assert b"SECRET" not in refused.content
        assert b"root:" not in refused.content


def test_reports_lie_in_the_store_by_default(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.create()
    (store.folder / "reports").mkdir()
    (store.folder / "reports" / "a.md").write_text("# 报告", encoding="utf-8")
    client = TestClient(create_app(Assistant(store), page=False))
    assert client.get("/reports/a.md").text == "# 报告"
    assert client.get("/reports/..%2Fmanifest.json").status_code == 404
