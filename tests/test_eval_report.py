"""Reports: figures that agree with the results, words that stay words, a page that needs nothing and anyone can use."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html
from markdown_it import MarkdownIt
from typer.main import get_command

from eval import evaluation, measuring
from eval.cli import app
from eval.comparing import compare
from eval.evaluation import Evaluation
from eval.measures import MEASURES
from eval.report import coverage as covering
from eval.report import html as page_of
from eval.report.content import build
from eval.retrieval import evaluate
from eval.systems import named
from index.encoder import shipped_encoder
from tests.notices import DIGEST
from tests.test_page_browser import CHROMIUM, FLAGS, expect
from tests.tiny import QRELS, Run, lines

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "tests" / "questions" / "digest.jsonl"
AXE = ROOT / "tests" / ".node" / "node_modules" / "axe-core" / "axe.min.js"
AXE_COMMAND = "npm install --prefix tests/.node axe-core@4.14.1"
HOSTILE = "</script></style></title><script>alert(1)</script><img src=x onerror=alert(2)> {{ 7*7 }} $\\frac$ \x01 `|*_"
FORMULA = '=HYPERLINK("http://example.org")'


def _hostile_dataset(folder: Path) -> Path:
    """Four judged queries whose words, and whose documents' words, are markup, formulas and control characters."""
    (folder / "qrels").mkdir(parents=True)
    documents = [{"_id": f"d{n}", "title": HOSTILE, "text": f"电梯检验 安全 {n} {HOSTILE}"} for n in range(1, 5)]
    queries = [{"_id": f"q{n}", "text": f"{FORMULA} 电梯{HOSTILE}"} for n in range(1, 5)]
    (folder / "corpus.jsonl").write_text(lines(documents), encoding="utf-8")
    (folder / "queries.jsonl").write_text(lines(queries), encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text(QRELS, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Results as the commands write them: the digest questions by two systems and answered, a hostile data set by two."""
    folder = tmp_path_factory.mktemp("results")
    encoder = shipped_encoder()
    hostile = _hostile_dataset(folder / "hostile")
    found: dict[str, Evaluation] = {"answers": measuring.answers(QUESTIONS, DIGEST)}
    for name, data, notices, other in (
        ("digest", str(QUESTIONS), DIGEST, "dense"),
        ("hostile", str(hostile), None, "random"),
    ):
        source = measuring.retrieval_source(data, notices, None)
        with measuring.opened(data, notices, encoder) as dataset:
            for system in named(["hybrid", other], encoder):
                found[f"{name}-{system.name}"] = replace(evaluate(dataset, system), source=source)
    for name, result in found.items():
        evaluation.write(folder / f"{name}.json", result)
    return {name: folder / f"{name}.json" for name in found}


@pytest.fixture(scope="module")
def report(results: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All results and the coverage page in one HTML file."""
    out = tmp_path_factory.mktemp("report") / "report.html"
    loaded = [(path, evaluation.read(path)) for path in _ordered(results)]
    out.write_text(page_of.render(build(loaded, covering.coverage(DIGEST)), 10), encoding="utf-8")
    return out


def _ordered(results: dict[str, Path]) -> list[Path]:
    return [results[n] for n in ("digest-hybrid", "digest-dense", "answers", "hostile-hybrid", "hostile-random")]


def _tree(path: Path) -> Any:
    return lxml_html.document_fromstring(path.read_text(encoding="utf-8"))


# -- the figures -------------------------------------------------------------------------------------------------------


def test_json_says_what_results_and_comparison_say(results: dict[str, Path], tmp_path: Path, notices_eval: Run) -> None:
    out = tmp_path / "report.json"
    assert notices_eval("report", *_ordered(results), "--notices", DIGEST, "--out", out)[0] == 0
    said = json.loads(out.read_text(encoding="utf-8"))
    assert [(s["task"], s["dataset"]) for s in said["sections"]] == [
        ("retrieval", "digest"), ("answers", "digest"), ("retrieval", "hostile"),
    ]  # fmt: skip
    first = said["sections"][0]
    ours = [evaluation.read(results[name]) for name in ("digest-hybrid", "digest-dense")]
    for system, result in zip(first["systems"], ours, strict=True):
        assert {m: v["mean"] for m, v in system["measures"].items()} == pytest.approx(result.measures)
        assert all(v["low"] <= v["mean"] <= v["high"] for v in system["measures"].values())
        assert system["recall_at_k"]["10"] == pytest.approx(result.measures["R@10"])
        assert system["recall_at_k"]["100"] == pytest.approx(result.measures["R@100"])
    (expected,) = compare(ours[0], ours[1:])
    differences = first["comparisons"][0]["differences"]
    assert {m: d["p"] for m, d in differences.items()} == {m: d.p for m, d in expected.differences.items()}
    worst = [c for c in expected.changes() if c.difference < 0][:10]
    assert [r["id"] for r in first["comparisons"][0]["regressions"]] == [c.query_id for c in worst]
    assert sum(group["queries"] for group in first["slices"]["lang"].values()) == len(ours[0].queries)
    assert [row["id"] for row in first["rows"]] == list(ours[0].queries)
    assert said["coverage"]["share"] == 1


def test_csv_has_a_row_for_each_query_and_system(results: dict[str, Path], tmp_path: Path, notices_eval: Run) -> None:
    out = tmp_path / "report.csv"
    assert notices_eval("report", *_ordered(results), "--out", out)[0] == 0
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig"), newline="")))
    loaded = [evaluation.read(path) for path in _ordered(results)]
    assert len(rows) == sum(len(result.queries) for result in loaded)
    by_key = {(r["task"], r["dataset"], r["system"], r["query_id"]): r for r in rows}
    for result in loaded:
        for query_id, query in result.queries.items():
            row = by_key[result.task, result.dataset, result.system, query_id]
            assert {m: float(row[m]) for m in query.values} == pytest.approx(dict(query.values))
            assert all(row[f"slice:{name}"] == value for name, value in query.slices.items())
    assert not [value for row in rows for value in row.values() if value.startswith(("=", "@"))]


def test_markdown_has_summary_slices_and_regressions(
    results: dict[str, Path], tmp_path: Path, notices_eval: Run
) -> None:
    out = tmp_path / "report.md"
    assert notices_eval("report", *_ordered(results), "--notices", DIGEST, "--out", out)[0] == 0
    text = out.read_text(encoding="utf-8")
    mean = evaluation.read(results["digest-hybrid"]).measures["nDCG@10"]
    assert f"{mean:.3f}" in text
    shown = lxml_html.fromstring(f"<div>{MarkdownIt('gfm-like', {'linkify': False}).render(text)}</div>")
    assert not shown.xpath(".//script | .//img | .//a | .//em")
    assert {len(t.xpath("./thead/tr/th")) for t in shown.xpath(".//table")}
    for table in shown.xpath(".//table"):
        assert {len(row) for row in table.xpath(".//tr")} == {len(table.xpath("./thead/tr/th"))}
    assert "<script>alert(1)</script>" in shown.text_content()
    assert "变差最多" in text
    assert "文档解析" in text


def test_systems_of_one_name_are_told_apart(results: dict[str, Path]) -> None:
    one = evaluation.read(results["digest-hybrid"])
    (section,) = build([(Path("a.json"), one), (Path("b.json"), one), (Path("x/b.json"), one)]).sections
    assert [entry.label for entry in section.entries] == ["hybrid (a)", "hybrid (b) #1", "hybrid (b) #2"]
    assert any("测试" in zh or "检验" in zh for zh, _ in section.warnings)  # nothing differs


def test_commands_measure_the_result_again(results: dict[str, Path]) -> None:
    loaded = [(path, evaluation.read(path)) for path in _ordered(results)]
    for section in build(loaded).sections:
        for entry in section.entries:
            assert (entry.command is None) == (entry.result.system == "random")  # a baseline has no --mode
            if entry.command is None:
                continue
            program, command, *words = shlex.split(entry.command)
            assert program == "notices-eval"
            given = get_command(app).commands[command].make_context(command, words).params  # type: ignore[attr-defined]
            if command == "retrieval":
                again = measuring.again("retrieval", given["mode"], {"dataset": given["dataset"], **({"notices": str(given["notices"])} if given["notices"] else {})}, MEASURES)  # fmt: skip
                assert again.fingerprint == entry.result.fingerprint


def test_documents_that_are_gone_show_their_beginnings(results: dict[str, Path]) -> None:
    one = evaluation.read(results["digest-hybrid"])
    (whole,) = build([(Path("a.json"), one)]).sections
    (gone,) = build([(Path("a.json"), replace(one, source={"dataset": "/nowhere"}))]).sections
    (changed,) = build([(Path("a.json"), replace(one, data="000000000000"))]).sections
    assert all(whole.texts.known[d].startswith(title) for d, title in one.titles.items())
    for section in (gone, changed):
        assert section.texts.known == one.titles
        assert any("only the beginnings" in english for _, english in section.warnings)


def test_coverage_says_what_is_lost(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_bytes((sorted(DIGEST.glob("*.txt"))[0]).read_bytes())
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7 broken")
    found = covering.coverage(tmp_path)
    assert found.files == 2
    assert [source for source, _ in found.failed] == ["bad.pdf"]
    assert found.share == 1
    from corpus.reading import read_file

    (notice,) = read_file(tmp_path / "good.txt", "good.txt").notices
    dropped = max(notice.passages, key=lambda p: len(p.text))
    less = covering._document(replace(notice, passages=tuple(p for p in notice.passages if p is not dropped)))
    assert less.characters - less.covered == len("".join(dropped.text.split()))
    assert less.share < 1
    assert less.lost[0] == dropped.text.lstrip()[: len(less.lost[0])]


# -- the page ----------------------------------------------------------------------------------------------------------


def test_the_page_is_one_file_that_allows_its_own_script_alone(report: Path) -> None:
    tree = _tree(report)
    assert not tree.xpath("//@src | //@srcset | //link | //iframe | //object | //@style | //base")
    assert all(href.startswith("#") for href in tree.xpath("//@href"))
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    for kind in ("style", "script"):
        (element,) = tree.xpath(f"//{kind}")
        digest = base64.b64encode(hashlib.sha256(element.text.encode("utf-8")).digest()).decode("ascii")
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_page_is_well_made(report: Path) -> None:
    tree = _tree(report)
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    referred = {name for names in tree.xpath("//@aria-labelledby") for name in names.split()}
    assert referred | {href[1:] for href in tree.xpath("//a/@href")} <= set(ids)
    levels = [int(heading.tag[1]) for heading in tree.xpath("//h1|//h2|//h3|//h4|//h5")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(svg.xpath("./title") and svg.xpath("./desc") for svg in tree.xpath("//svg"))
    painted = set(tree.xpath("//svg//@fill | //svg//@stroke"))
    assert painted <= {"none"}  # every colour is the page's
    styled = {name for names in tree.xpath("//svg//@class") for name in names.split()} - {"plot"}
    css = (ROOT / "eval" / "templates" / "report.css").read_text(encoding="utf-8")
    assert {name for name in styled if f".{name} " not in css} == set()


def test_the_same_results_give_the_same_bytes(results: dict[str, Path], tmp_path: Path, notices_eval: Run) -> None:
    outs = [tmp_path / "a.html", tmp_path / "b.html"]
    for out in outs:
        notices_eval("report", results["digest-hybrid"], results["digest-dense"], "--out", out)
    assert outs[0].read_bytes() == outs[1].read_bytes()


def test_many_queries_stay_bounded_and_it_is_said(results: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_of, "DETAILED", 5)
    monkeypatch.setattr(page_of, "LISTED", 20)
    one = evaluation.read(results["digest-hybrid"])
    tree = lxml_html.document_fromstring(page_of.render(build([(Path("a.json"), one)]), 10))
    assert len(tree.xpath("//ol[contains(@class, 'queries')]/li")) == 20
    assert len(tree.xpath("//ol[contains(@class, 'queries')]/li/details")) == 5
    assert f"15 more have their values alone, {len(one.queries) - 20} are left out" in tree.text_content()


def test_many_systems_fit(results: dict[str, Path]) -> None:
    one = evaluation.read(results["hostile-hybrid"])
    text = page_of.render(build([(Path(f"{n}.json"), one) for n in range(12)]), 1)
    assert text.count('class="summary"') == 1
    assert "hybrid (11)" in text


# -- usage -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{digest-hybrid}", "--out", "{tmp}/a.pdf"], ".html, .md, .json, .csv"),
        (["{digest-hybrid}"], "--out FILE"),
        (["--out", "{tmp}/a.html"], "nothing to report"),
        (["--notices", str(DIGEST), "--out", "{tmp}/a.csv"], "queries of results alone"),
        (["{digest-hybrid}", "--out", "{digest-hybrid}"], "another name"),
        (["{digest-hybrid}", "--out", "{tmp}/none/a.html"], "folder that is there"),
        (["{tmp}/none.json", "--out", "{tmp}/a.html"], "cannot read"),
        (["--notices", "{tmp}/none", "--out", "{tmp}/a.html"], "no such file or folder"),
    ],
)
def test_wrong_usage_is_one_clear_line(
    arguments: list[str], said: str, results: dict[str, Path], tmp_path: Path, notices_eval: Run
) -> None:
    names = {f"{{{name}}}": str(path) for name, path in results.items()} | {"{tmp}": str(tmp_path)}
    filled = [re.sub(r"\{[\w-]+\}", lambda match: names[match[0]], argument) for argument in arguments]
    code, out, err = notices_eval("report", *filled)
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_coverage_alone_is_a_report(tmp_path: Path, notices_eval: Run) -> None:
    code, _, err = notices_eval("report", "--notices", DIGEST, "--out", tmp_path / "a.html")
    assert code == 0
    assert "a.html" in err
    assert "100 %" in _tree(tmp_path / "a.html").text_content()


# -- in a browser ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright import sync_api

    if not CHROMIUM.exists():
        pytest.skip("apt-get install chromium fonts-noto-cjk")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Any, report: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The report from its file, without network; afterwards: nothing else was asked for, nothing complained."""
    options = {"viewport": {"width": 1280, "height": 900}, **getattr(request, "param", {})}
    context = browser.new_context(offline=True, locale="zh-CN", **options)
    requests: list[str] = []
    complaints: list[str] = []
    context.on("request", lambda sent: requests.append(sent.url))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("console", lambda line: complaints.append(line.text))
    page = context.new_page()
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    page.goto(report.as_uri())
    yield page
    context.close()
    assert requests == [report.as_uri()]
    assert complaints == []


def test_queries_are_found_filtered_and_sorted(opened: Any) -> None:
    finder = opened.locator(".finder").first
    items = finder.locator("ol.queries > li")
    total = items.count()
    assert total > 20
    first = items.first.locator(".id").text_content()
    finder.get_by_label("查找").fill(first)
    expect(finder.locator("ol.queries > li:visible")).to_have_count(1)
    assert "1 / " in finder.locator("output").inner_text()
    finder.get_by_label("查找").fill("")
    finder.get_by_label("语言").select_option(index=1)
    visible = finder.locator("ol.queries > li:visible")
    assert 0 < visible.count() < total
    finder.get_by_label("语言").select_option(index=0)
    finder.get_by_label("排序").select_option(index=1)
    ids = finder.locator("ol.queries .id").all_text_contents()
    assert ids == sorted(ids)
    finder.get_by_label("排序").select_option(index=2)  # the baseline's own values, ascending
    values = [float(v.split()[-1].replace("hybrid", "")) for v in finder.locator("ol.queries .line .number:nth-child(3)").all_text_contents()]  # fmt: skip
    assert values == sorted(values)
    finder.get_by_label("只看变差的").check()
    assert 0 < visible.count() < total


def test_keys_open_a_query_and_choose_colours(opened: Any) -> None:
    summary = opened.locator("ol.queries summary").first
    summary.focus()
    opened.keyboard.press("Enter")
    assert opened.locator("ol.queries details[open] table.rankings").first.is_visible()
    ground = "getComputedStyle(document.body).backgroundColor"
    light = opened.evaluate(ground)
    opened.get_by_role("button", name="深色").focus()
    opened.keyboard.press("Enter")
    assert opened.evaluate(ground) != light
    opened.get_by_role("button", name="浅色").click()
    assert opened.evaluate(ground) == light


@pytest.mark.parametrize("opened", [{"java_script_enabled": False}], indirect=True)
def test_without_script_everything_is_there(opened: Any) -> None:
    assert opened.locator(".controls:visible, .theme:visible").count() == 0
    opened.locator("ol.queries summary").first.click()
    assert opened.locator("ol.queries details[open] table.rankings").first.is_visible()


def test_hostile_words_are_words(opened: Any) -> None:
    assert opened.locator("img, iframe").count() == 0
    assert opened.locator("script").count() == 1
    assert "<script>alert(1)</script>" in opened.locator("body").text_content()
    assert "{{ 7*7 }}" in opened.locator("body").text_content()


@pytest.mark.parametrize("opened", [{"viewport": {"width": 390, "height": 800}}], indirect=True)
def test_nothing_sticks_out_on_a_phone(opened: Any) -> None:
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390


_AXE = [
    {"color_scheme": scheme, "viewport": {"width": width, "height": 900}, "bypass_csp": True}
    for scheme, width in (("light", 1280), ("dark", 390))
]


@pytest.mark.slow
@pytest.mark.parametrize("opened", _AXE, indirect=True, ids=["light", "dark phone"])
def test_axe_finds_nothing(opened: Any) -> None:
    if not AXE.is_file():
        pytest.skip(f"needs axe-core: {AXE_COMMAND}")
    opened.evaluate("""() => {  // a few of everything that opens; nothing is left out for lying outside the window
        document.querySelectorAll('details').forEach((one, n) => { one.open = n % 13 === 0; });
        document.querySelectorAll('.queries > li').forEach((one, n) => { one.style.contentVisibility = 'visible'; if (n % 10) one.remove(); });
    }""")
    opened.evaluate(AXE.read_text(encoding="utf-8") + "; 0")
    found = opened.evaluate("axe.run()")
    assert [(v["id"], [node["target"] for node in v["nodes"][:3]]) for v in found["violations"]] == []
    assert {"color-contrast", "heading-order", "label", "svg-img-alt"} <= {rule["id"] for rule in found["passes"]}


def test_ci_brings_what_the_check_needs() -> None:
    assert AXE_COMMAND.partition("--prefix")[2].strip() in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
