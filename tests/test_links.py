"""Links between notices: who implements, replaces, amends, cites whom; editions; in JSON, in the terminal, on the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from assistant.cli import app
from assistant.service import Assistant
from assistant.web.app import create_app
from corpus.reading import read_paths
from index.document_names import DocumentNames, plain, series_of
from index.links import Citing, LinkKind, _kind, links
from index.store import LocalStore
from index.types import NoticeCard

TITLE = "天津市市场监管委关于加强电梯安全管理工作的通知"
CITED = "《天津市市场监管委关于加强电梯安全管理工作的通知》"


def card(notice_id: str, title: str, number: str | None = None, **more: object) -> NoticeCard:
    fields = {"issuer": None, "region": "天津市", "level": "city", "year": None, "issued_on": None, "disclosure": None}
    return NoticeCard(
        notice_id=notice_id, source=f"{notice_id}.txt", title=title, document_number=number, **{**fields, **more}
    )  # type: ignore[arg-type]


def at(text: str, quote: str = CITED, notice_id: str = "me", nth: int = 0) -> Citing:
    start = -1
    for _ in range(nth + 1):
        start = text.index(quote, start + 1)
    return Citing(notice_id, f"{notice_id}/1", text, 100, start, start + len(quote))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("implements", f"根据{CITED}，制定本方案。"),
        ("implements", f"为深入贯彻落实{CITED}（津市监〔2021〕4号）精神，现通知如下。"),
        ("implements", f"按照《中华人民共和国特种设备安全法》、{CITED}等规定，开展检查。"),
        ("implements", f"按市市场监管委{CITED}要求，做好排查。"),
        ("implements", f"根据《中华人民共和国行政许可法》（2019年修订）和{CITED}，现将有关事项通知如下。"),
        ("replaces", f"本办法自2024年1月1日起施行，{CITED}同时废止。"),
        ("replaces", f"本办法自印发之日起施行。原{CITED}（津市监〔2021〕4号）自本办法施行之日起废止。"),
        ("replaces", f"{CITED}、《关于开展检查的通知》不再执行。"),
        ("replaces", f"现决定废止{CITED}。"),
        ("replaces", f"根据工作需要，{CITED}停止执行。"),
        ("replaces", f"天津市市场监管委关于废止{CITED}的通知"),
        ("replaces", f"本通知代替{CITED}，请遵照执行。"),
        ("amends", f"天津市市场监管委关于修改{CITED}的决定"),
        ("amends", f"现对{CITED}作如下修改："),
        ("amends", f"我委根据工作需要对{CITED}进行修订。"),
        ("amends", f"将{CITED}第三条中的“每年”修改为“每半年”。"),
        ("cites", f"加强{CITED}宣传。"),
        ("cites", f"2021年印发了{CITED}。上一份办法同时废止。"),
        ("cites", f"学习新修订的{CITED}。"),
        ("cites", f"根据《中华人民共和国特种设备安全法》，我委印发了{CITED}。"),
        ("cites", f"旧办法已废止；详见{CITED}。"),
        ("cites", "本通知与" + CITED + "不一致的，以本通知为准。"),
    ],
)
def test_the_words_around_a_citation_tell_its_kind(kind: LinkKind, text: str) -> None:
    assert _kind(at(text)) == kind


def test_a_sentence_may_do_different_things_to_different_documents() -> None:
    text = "根据《甲乙丙丁戊管理办法》，制定本办法，《己庚辛壬癸管理办法》同时废止。"
    assert _kind(at(text, "《甲乙丙丁戊管理办法》")) == "implements"
    assert _kind(at(text, "《己庚辛壬癸管理办法》")) == "replaces"


@pytest.mark.parametrize(
    ("quote", "number", "found"),
    [
        (CITED, None, "city"),
        ("《关于加强电梯安全管理工作的通知》", None, None),  # by whom?
        ("《滨海新区市场监管局关于加强电梯安全管理工作的通知》", None, "district"),
        ("《关于加强电梯安全管理工作的通知》", "津滨市监〔2022〕7号", "district"),
        ("《关于加强电梯安全管理工作的通知》", "国市监〔2020〕1号", None),  # another one's number
        ("《天津市市场监管委关于加强 电梯安全 管理工作的通知》", None, "city"),
        ("津市监〔2021〕4号", None, "city.e2"),  # the last edition of that number
        ("津市监[2021]4号", None, "city.e2"),
        ("市监〔2021〕4号", None, None),
        ("《2023年“质量月”活动方案》", None, "month"),
        ("《2023年质量月活动方案》", None, "month"),
        ("《2024年“质量月”活动方案》", None, None),
        ("《食品安全法》", None, "law"),
        ("《中华人民共和国食品安全法》", None, "law"),
        ("《通知》", None, None),
        ("《实施细则》", None, None),
    ],
)
def test_a_document_is_found_by_its_whole_title_or_number(quote: str, number: str | None, found: str | None) -> None:
    names = DocumentNames.of(
        [
            card("city", TITLE, "津市监〔2021〕4号"),
            card("city.e2", "天津市市场监管委关于加强全市电梯安全管理工作的通知", "津市监〔2021〕4号"),
            card("district", "滨海新区市场监管局关于加强电梯安全管理工作的通知", "津滨市监〔2022〕7号"),
            card("month", "关于印发《2023年“质量月”活动方案》的通知"),
            card("law", "中华人民共和国食品安全法"),
            card("rules", "实施细则"),
        ]
    )
    result = names.find(quote, number)
    assert (result.notice_id if result else None) == found


def test_the_stronger_of_two_relations_is_kept_and_none_to_itself() -> None:
    cards = {c.notice_id: c for c in (card("me", "关于电梯的若干规定"), card("old", TITLE))}
    text = f"按照{CITED}要求，《关于电梯的若干规定》继续有效。自2024年起，{CITED}同时废止。"
    places = [at(text), at(text, nth=1), at(text, "《关于电梯的若干规定》")]
    (link,) = links(cards, places)
    assert (link.kind, link.source, link.target, link.quote) == ("replaces", "me", "old", CITED)
    assert link.start == 100 + text.rindex(CITED)


def test_editions_are_linked_to_the_one_before() -> None:
    def month(year: int, issuer: str = "天津市市场监管委", n: str = "") -> NoticeCard:
        title = f"天津市市场监管委关于开展{year}年“质量月”活动的通知"
        return card(f"{issuer}{year}{n}", title, year=year, issuer=issuer, issued_on=f"{year}-08-0{n or 1}")

    cards = [month(2024), month(2021), month(2022, "天津市市场监督管理委员会"), month(2022, "天津市商务局")]
    cards += [
        month(2022, n="2"),
        card("a", "关于召开会议的通知", year=2021),
        card("b", "关于召开会议的通知", year=2022),
    ]
    cards += [card("x", "津南区重污染天气应急预案编制说明"), card("x.e2", "津南区重污染天气应急预案说明")]
    found = {(link.source, link.target) for link in links({c.notice_id: c for c in cards}, [])}
    assert found == {
        ("天津市市场监管委2024", "天津市市场监管委20222"),  # the last one of 2022
        ("天津市市场监管委20222", "天津市市场监管委2021"),
        ("x.e2", "x"),
    }


def test_titles_are_compared_by_letters_and_digits() -> None:
    assert plain("《2024年 “质量月”　活动（试行）》") == plain("2024年质量月活动(试行)")
    assert series_of("关于2023—2024年度冬季供热的通知") == series_of("关于2024—2025年度冬季供热的通知")
    assert series_of("第1期通知") != series_of("第2期通知")


OLD = """天津市市场监管委关于加强电梯安全管理工作的通知

津市监〔2021〕4号

各区市场监管局：

一、工作要求
1、开展电梯检查。（责任单位：区市场监管局）

天津市市场监管委
2021年5月6日
"""

NEW = """天津市市场监管委关于印发《天津市电梯安全管理办法》的通知

津市监〔2024〕9号

各区市场监管局：

根据《天津市特种设备安全条例实施意见》（津政办发〔2020〕3号），制定本办法。《天津市市场监管委关于加强电梯安全管理工作的通知》（津市监〔2021〕4号）同时废止。

一、工作要求
1、开展电梯检查。（责任单位：区市场监管局）

天津市市场监管委
2024年5月6日
"""

PLAN = """滨海新区市场监管局关于<b>电梯</b>检查的方案

各市场监管所：

为贯彻落实津市监〔2024〕9号文件，开展检查。

一、工作要求
1、检查电梯。

滨海新区市场监管局
2024年6月6日
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "notices"
    made.mkdir()
    for name, text in (("old", OLD), ("new", NEW), ("plan", PLAN)):
        (made / f"{name}.txt").write_text(text, encoding="utf-8")
    return made


@pytest.fixture
def assistant(folder: Path, tmp_path: Path) -> Assistant:
    store = LocalStore(tmp_path / "store")
    store.index(read_paths([folder]))
    return Assistant(store)


def test_links_of_a_store(assistant: Assistant) -> None:
    ids = {card.source: notice_id for notice_id, card in assistant.store.cards().items()}
    old, new, plan = (assistant.notice(ids[f"{name}.txt"]) for name in ("old", "new", "plan"))
    (link,) = old["links"]
    assert (link["kind"], link["direction"], link["notice_id"]) == ("replaces", "in", ids["new.txt"])
    assert new["text"][link["start"] : link["end"]] == link["quote"]
    assert link["url"].startswith(f"/n/{ids['new.txt']}?start=")
    assert {(link["kind"], link["direction"], link["notice_id"]) for link in new["links"]} == {
        ("replaces", "out", ids["old.txt"]),
        ("implements", "in", ids["plan.txt"]),
    }
    (link,) = plan["links"]
    assert (link["kind"], link["direction"], link["document_number"]) == ("implements", "out", "津市监〔2024〕9号")
    assert plan["text"][link["start"] : link["end"]] == link["quote"] == "津市监〔2024〕9号"
    assert any(p["passage_id"] == link["passage_id"] for p in plan["passages"])


def test_the_list_says_what_has_taken_a_notices_place(assistant: Assistant) -> None:
    ids = {card.source: notice_id for notice_id, card in assistant.store.cards().items()}
    listed = {notice["source"]: notice for notice in assistant.notices()}
    assert {source: notice["replaced_by"] for source, notice in listed.items()} == {
        "old.txt": ids["new.txt"], "new.txt": None, "plan.txt": None,
    }  # fmt: skip
    result = CliRunner().invoke(app, ["list", "--store", str(assistant.store.folder)])
    (line,) = [line for line in result.stdout.splitlines() if "已废止 replaced" in line]
    assert line.startswith(ids["old.txt"])


def test_a_removed_notice_takes_its_links_along(assistant: Assistant) -> None:
    ids = {card.source: notice_id for notice_id, card in assistant.store.cards().items()}
    assert assistant.links(ids["old.txt"])
    assistant.store.remove(ids["new.txt"])
    assert assistant.links(ids["old.txt"]) == []


def test_check_shows_links_among_the_files(folder: Path) -> None:
    result = CliRunner().invoke(app, ["check", str(folder), "--json"])
    found = {
        (file["source"], link["kind"], link["direction"])
        for file in json.loads(result.stdout)["files"]
        for notice in file["notices"]
        for link in notice["links"]
    }
    assert found == {
        ("old.txt", "replaces", "in"),
        ("new.txt", "replaces", "out"),
        ("new.txt", "implements", "in"),
        ("plan.txt", "implements", "out"),
    }
    printed = CliRunner().invoke(app, ["check", str(folder)]).stdout
    assert (
        "→ 已被废止，见 replaced by: 《天津市市场监管委关于印发《天津市电梯安全管理办法》的通知》 津市监〔2024〕9号"
        in printed
    )


def test_the_page_of_a_notice_shows_its_links(assistant: Assistant) -> None:
    ids = {card.source: notice_id for notice_id, card in assistant.store.cards().items()}
    with TestClient(create_app(assistant, page=False)) as client:
        old, new = (client.get(f"/n/{ids[name]}").text for name in ("old.txt", "new.txt"))
        api = client.get(f"/v1/notices/{ids['new.txt']}").json()
        (replaced,) = assistant.links(ids["old.txt"])
        address = f"/n/{ids['new.txt']}?start={replaced['start']}&end={replaced['end']}"
        assert f'href="{address.replace("&", "&amp;")}#mark"' in old
        assert f'<mark id="mark">{replaced["quote"]}</mark>' in client.get(address).text
    assert api["links"] == assistant.links(ids["new.txt"])
    assert "已被废止" in old
    assert "已被废止" not in new
    assert f'href="/n/{ids["plan.txt"]}' in new
    assert "<b>" not in new  # a title is text
    assert "&lt;b&gt;" in new


def test_many_links_are_folded(tmp_path: Path) -> None:
    folder = tmp_path / "notices"
    folder.mkdir()
    (folder / "new.txt").write_text(NEW, encoding="utf-8")
    for n in range(12):
        text = PLAN.replace("<b>电梯</b>", f"{n}号楼电梯").replace("6月6日", f"6月{n + 1}日")
        (folder / f"{n}.txt").write_text(text, encoding="utf-8")
    store = LocalStore(tmp_path / "store")
    store.index(read_paths([folder]))
    (law,) = (notice_id for notice_id, card in store.cards().items() if card.source == "new.txt")
    with TestClient(create_app(Assistant(store), page=False)) as client:
        page = client.get(f"/n/{law}").text
    before, folded = page.split("<details>")
    assert (before.count('<li class="implements">'), folded.count('<li class="implements">')) == (8, 4)
    assert "另有4份" in folded
