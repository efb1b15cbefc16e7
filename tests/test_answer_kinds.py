"""Counts, summaries, task lists, partners and comparisons: complete, cited, read from general questions in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.answer.asked_kind import asked_kind, counted
from assistant.as_json import answer as as_json
from assistant.batch import question_of
from assistant.errors import BadRequest
from assistant.service import Assistant
from assistant.types import ASKABLE, Answer, Kind, Question
from corpus.reading import read_paths
from eval.answers.citations import check
from index.errors import BadQuery
from index.filters import from_mapping
from index.store import LocalStore
from tests.notices import DIGEST
from tests.test_answers import check_citations

# Deadlines in an item, in a heading, in the general part of a section, for the whole notice, and for everybody.
PLAN = """甘泉市人民政府办公室文件
甘政办发〔2023〕7号

甘泉市2023年节约用水专项行动方案

各县区人民政府，市级各部门：

为推进节约用水，制定本方案。

一、工作时间
2023年3月1日至2023年11月30日。

二、宣传发动（2023年5月底前）
（一）举办节水宣传周活动。市水务局牵头，市教育局、市总工会配合。
（二）编印节水手册。（责任单位：市水务局）

三、集中整治
本阶段各项工作于2023年9月30日前完成。
（一）排查老旧供水管网漏损。（责任单位：市水务局、市住建局）
（二）开展高耗水行业检查，于2023年7月15日前完成。（责任单位：市工信局、市水务局）

四、长效管理
（一）建立用水台账。（责任单位：市水务局）
（二）公布节水热线。（责任单位：市水务局）

五、工作要求
（一）加强领导。各部门要明确专人负责。
（二）报送总结。各部门于2023年11月15日前将工作总结报送市水务局。

六、实施时间
本方案自2023年2月20日起实施。

甘泉市人民政府办公室
2023年2月20日
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    store = LocalStore(tmp_path_factory.mktemp("kinds") / "store")
    report = store.index(read_paths([DIGEST]))
    assert [(file.source, file.failure) for file in report.failed] == []
    return Assistant(store)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("plan")
    (folder / "plan.txt").write_text(PLAN, encoding="utf-8")
    store = LocalStore(folder / "store")
    store.index(read_paths([folder / "plan.txt"]))
    return Assistant(store)


def ask(assistant: Assistant, text: str, *history: str, kind: Kind | None = None, **filters: object) -> Answer:
    """An answer whose every claim is cited: by the tests' own check and by the evaluation's citation checker."""
    answer = assistant.ask(Question(text, history, from_mapping(filters), kind=kind))
    if not answer.abstained:
        check_citations(assistant, answer)
    notices = {c.notice_id: assistant.store.notice(c.notice_id) for c in answer.citations}
    assert check(as_json(answer), notices) == []
    json.dumps(as_json(answer), ensure_ascii=False)
    return answer


def rows(answer: Answer) -> list[dict[str, str]]:
    assert answer.table is not None
    assert all(set(row.cells) == set(answer.table.columns) for row in answer.table.rows)
    return [row.cells for row in answer.table.rows]


# -- how a question is taken -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "named", "unit", "facts", "form"),
    [
        ("概括一下2024年滨海新区的通知", True, False, False, "summary"),
        ("这份方案主要讲了什么", False, False, False, "summary"),
        ("what does the plan say", False, False, False, "summary"),
        ("give me an overview of the 2022 notice", False, False, False, "summary"),
        ("总结材料什么时候报送", False, False, True, None),
        ("what did the commission say about lifts in 2022?", True, True, False, None),
        ("区水务局要做什么、什么时候完成", True, True, True, "tasks"),
        ("列出区水务局的任务清单", True, True, False, "tasks"),
        ("我单位应完成哪些任务，时限是什么", False, False, True, "tasks"),
        ("what do we have to do and by when", False, False, True, "tasks"),
        ("活动方案什么时候报送", False, False, True, None),
        ("谁和市公安局一起开展活动", True, True, False, "partners"),
        ("哪些部门配合市公安局", True, True, False, "partners"),
        ("who works together with the police", True, True, False, "partners"),
        ("2022年滨海新区哪些单位联合开展了检查", True, False, False, None),
        ("有多少个单位参加质量月", False, False, False, "count"),
        ("静海区一共有几项活动", True, False, False, "count"),
        ("how many activities are planned", False, False, False, "count"),
        ("这是第几项活动", False, False, False, None),
        ("区公安局负责的是哪几项", True, True, False, None),
        ("面向多少所学校", False, False, False, None),
        ("对比2021年和2022年的食品安全活动", False, False, False, "compare"),
        ("how do the plans of 2021 and 2024 differ", False, False, False, "compare"),
        ("2021年和2022年的主题一样吗", False, False, True, None),
    ],
)
def test_the_words_that_ask_for_a_kind(text: str, named: bool, unit: bool, facts: bool, form: str | None) -> None:
    assert asked_kind(text, named, unit, facts) == form


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("多少家单位", "units"),
        ("共有几项任务", "items"),
        ("现有几份通知", "notices"),
        ("第几项", None),
        ("多少钱", None),
    ],
)
def test_what_is_counted(text: str, wanted: str | None) -> None:
    assert counted(text) == wanted


# -- counts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["有多少个区开展计量便民服务日活动", "how many districts hold the “计量便民服务日” activity"]
)
def test_units_are_counted_once_each(assistant: Assistant, text: str) -> None:
    answer = ask(assistant, text)
    assert answer.kind == "count"
    named = {cells["unit"] for cells in rows(answer)}
    assert named == {"红桥区", "西青区", "北辰区", "武清区", "静海区"}
    assert answer.text.startswith(("共5个单位", "5 unit(s)"))


def test_a_count_of_units_is_that_of_the_set(assistant: Assistant) -> None:
    listed = ask(assistant, "哪些单位负责电动自行车相关活动")
    count = ask(assistant, "有多少个单位负责电动自行车相关活动")
    names = {cells["unit"] for cells in rows(count)}
    assert names <= {cells["unit"] for cells in rows(listed)}
    assert f"共{len(rows(count))}个单位" in count.text
    assert not any(name.startswith("各") for name in names)


def test_items_are_counted_by_notice_and_section(assistant: Assistant) -> None:
    answer = ask(assistant, "2022年天津市“质量月”一共有几项活动")
    assert (answer.kind, len(rows(answer))) == ("count", 69)
    assert "市级部门开展的活动：53项" in answer.text
    assert "各区开展的活动：16段" in answer.text  # sixteen paragraphs, each a list: they are not counted as items


def test_two_years_are_never_added_up(assistant: Assistant) -> None:
    answer = ask(assistant, "市市场监管委一共有几项活动")
    assert answer.text.startswith("以下按通知分别计数，不合并")
    assert {cells["year"] for cells in rows(answer)} == {"2022", "2025"}


def test_a_number_that_a_notice_states_goes_first(assistant: Assistant) -> None:
    answer = ask(assistant, "2025年天津市“质量月”共有多少个部门参加，开展多少项活动？")
    assert answer.kind == "count"
    assert "29个部门" in answer.text
    assert "71项活动" in answer.text


def test_notices_are_counted_by_year(assistant: Assistant) -> None:
    assert len(rows(ask(assistant, "2022年有几份通知"))) == 2
    assert len(rows(ask(assistant, "现在一共有多少份通知"))) == len(assistant.store.cards())


# -- summaries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["概括一下2024年滨海新区的通知", "summarise the 2024 Binhai New Area plan"])
def test_a_summary_is_the_notice_s_own_headings(assistant: Assistant, text: str) -> None:
    answer = ask(assistant, text)
    assert answer.kind == "summary"
    notice_id = answer.citations[0].notice_id
    quotes = {citation.quote for citation in answer.citations}

    def headings(sections: tuple[object, ...]) -> list[str]:
        return [h for s in sections for h in (s.heading, *headings(s.children))]  # type: ignore[attr-defined]

    wanted = headings(assistant.store.notice(notice_id).sections)
    assert wanted
    assert all(any(heading in quote for quote in quotes) for heading in wanted)


def test_a_notice_named_by_its_title(assistant: Assistant) -> None:
    answer = ask(assistant, "《2022年天津市“质量月”开展的主要活动》的主要内容是什么")
    assert (answer.kind, {c.notice_title for c in answer.citations}) == (
        "summary",
        {"2022年天津市“质量月”开展的主要活动"},
    )
    assert ask(assistant, "概括一下《火星基地建设方案》").abstained


def test_many_notices_are_offered_and_not_mixed(assistant: Assistant) -> None:
    answer = ask(assistant, "概括一下这些通知")
    assert answer.abstained
    assert answer.kind == "summary"
    assert len({c.notice_id for c in answer.related}) > 3


def test_a_follow_up_asks_for_the_same_kind(assistant: Assistant) -> None:
    answer = ask(assistant, "那2024年滨海新区的呢", "2021年河北区的方案讲了什么")
    assert (answer.kind, {row["year"] for row in rows(answer)}) == ("summary", {"2024"})
    answer = ask(assistant, "那区公安局呢", "2024年滨海新区市场监管局的任务清单")
    assert answer.kind == "tasks"
    assert "区公安局" in answer.text


# -- task lists --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["市水务局要做什么、什么时候完成", "市水务局的任务清单", "what must the municipal water authority do and by when"],
)
def test_deadlines_come_from_the_item_its_section_or_the_notice(planned: Assistant, text: str) -> None:
    answer = ask(planned, text)
    assert answer.kind == "tasks"
    found = {cells["task"][:8]: (cells["deadline"], cells["basis"], cells["with"]) for cells in rows(answer)}
    english = answer.lang == "en"
    section, item = ("its section", "this item") if english else ("本章节", "本项")
    assert found["举办节水宣传周活"][:2] == ("2023-05-31", section)  # the heading
    assert found["编印节水手册"][:2] == ("2023-05-31", section)
    assert found["排查老旧供水管网"][:2] == ("2023-09-30", section)  # the section's general part
    assert found["开展高耗水行业检"][:2] == ("2023-07-15", item)
    assert found["建立用水台账"][:2] == ("2023-11-30", "the whole notice" if english else "全文时限")
    assert "市教育局" in found["举办节水宣传周活"][2]
    assert "市总工会" in found["举办节水宣传周活"][2]
    assert found["排查老旧供水管网"][2] == "市住建局"
    assert not any("2023-02-20" in deadline for deadline, _, _ in found.values())  # from when the plan holds
    assert any(deadline == "2023-11-15" for deadline, _, _ in found.values())  # what every unit must send in
    for row in answer.table.rows if answer.table else ():
        quotes = [c.quote for c in answer.citations if c.number in row.citations]
        for partner in row.cells["with"].split("、") if row.cells["with"] else []:
            assert any(partner.partition("（")[0] in quote for quote in quotes)


def test_roles_are_told_apart(planned: Assistant) -> None:
    lead = ask(planned, "市水务局的任务清单")
    assert next(cells for cells in rows(lead) if "宣传周" in cells["task"])["role"] == "牵头"
    help_ = ask(planned, "市总工会的任务清单")
    assert next(cells["role"] for cells in rows(help_)) == "配合"


def test_another_unit_s_tasks_are_not_mine(planned: Assistant) -> None:
    answer = ask(planned, "市工信局的任务清单")
    own = [cells for cells in rows(answer) if cells["role"] != "各单位均须"]
    assert [cells["task"][:4] for cells in own] == ["开展高耗"]


def test_a_task_list_spans_notices_and_names_no_deadline_that_is_not_written(assistant: Assistant) -> None:
    answer = ask(assistant, "2024年滨海新区市场监管局要做什么、什么时候完成")
    due = {cells["deadline"] for cells in rows(answer)}
    assert due == {"", "2024-10-09"}
    activities = ask(assistant, "2024年滨海新区市场监管局有哪些活动")
    listed = {c.passage_id for c in activities.citations}
    assert listed <= {c.passage_id for c in answer.citations}


def test_my_unit_is_the_one_chosen(planned: Assistant) -> None:
    question = "我单位要做什么，什么时候完成"
    refused = ask(planned, question)
    assert (refused.abstained, refused.kind) == (True, "tasks")
    assert "请写明是哪个单位" in (refused.reason or "")
    chosen = ask(planned, question, unit="市水务局")
    named = ask(planned, "市水务局要做什么，什么时候完成")
    assert rows(chosen) == rows(named)


# -- partners ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "谁和市公安局一起开展活动",
        "哪些单位和市公安局联合",
        "who works together with the municipal public security bureau",
    ],
)
def test_partners_are_those_of_the_unit_s_own_items(assistant: Assistant, text: str) -> None:
    answer = ask(assistant, text)
    assert answer.kind == "units"
    found = rows(answer)
    assert {cells["unit"] for cells in found} == {"市场监管委"}
    assert {cells["with"] for cells in found} == {"市公安局"}
    assert {cells["role"] for cells in found} <= {"配合", "cooperate"}


def test_partners_are_complete(planned: Assistant) -> None:
    answer = ask(planned, "哪些单位和市水务局一起做事")
    assert {cells["unit"] for cells in rows(answer)} == {"市教育局", "市总工会", "市住建局", "市工信局"}
    assert ask(planned, "哪些单位和市司法局一起做事").abstained


# -- comparisons -------------------------------------------------------------------------------------------------------


def test_facts_are_compared_with_one_row_a_year(assistant: Assistant) -> None:
    for text in ("对比各年质量月的主题", "compare the themes of quality month across years"):
        answer = ask(assistant, text)
        assert answer.kind == "compare"
        found = rows(answer)
        assert [cells["year"] for cells in found] == ["2025", "2024", "2022", "2021"]
        assert all(cells["change"] for cells in found[:-1])
        assert found[-1]["change"] == ""


def test_items_are_compared_with_one_row_a_year(assistant: Assistant) -> None:
    answer = ask(assistant, "2022年和2024年电动自行车的活动有什么不同")
    assert answer.table is not None
    assert [cells["year"] for cells in rows(answer)] == ["2024", "2022"]
    by_number = {c.number: c for c in answer.citations}
    years = assistant.store.cards()
    for row in answer.table.rows:  # never two years in one claim
        assert {str(years[by_number[n].notice_id].year) for n in row.citations} == {row.cells["year"]}
    assert "区公安局" in rows(answer)[0]["only"]


def test_a_year_without_anything_is_said(assistant: Assistant) -> None:
    answer = ask(assistant, "对比团市委2021年和2022年的活动")
    assert "2021年：范围内没有相符的内容" in answer.text
    assert [cells["year"] for cells in rows(answer)] == ["2022"]


# -- the kind named by the reader --------------------------------------------------------------------------------------


def test_the_kind_can_be_corrected(assistant: Assistant) -> None:
    text = "2024年滨海新区市场监管局"
    assert ask(assistant, text, kind="tasks").kind == "tasks"
    assert ask(assistant, text, kind="activities").kind == "activities"
    assert ask(assistant, text, kind="count").kind == "count"
    assert ask(assistant, text, kind="summary").kind == "summary"
    assert ask(assistant, "电动自行车", kind="units").kind == "units"


@pytest.mark.parametrize("kind", ASKABLE)
@pytest.mark.parametrize("text", ["电动自行车", "2024年", "市公安局", "？", "火星基地"])
def test_no_kind_fails_on_any_question(assistant: Assistant, kind: Kind, text: str) -> None:
    answer = ask(assistant, text, kind=kind)
    assert answer.text
    assert answer.abstained == bool(answer.reason)


def test_a_kind_that_is_none_is_refused(assistant: Assistant) -> None:
    with pytest.raises(BadQuery, match="kind must be one of"):
        assistant.ask(Question("主题", kind="none"))
    with pytest.raises(BadRequest, match="kind"):
        question_of({"question": "主题", "kind": "poem"})
    assert question_of({"question": "主题", "kind": "fact"}).kind == "fact"


def test_the_plan_is_read_as_meant(planned: Assistant, tmp_path: Path) -> None:
    """Guards the tests above: the items of the plan are passages of their own."""
    notice = planned.store.notice(next(iter(planned.store.cards())))
    assert sum(p.kind == "item" for p in notice.passages) >= 6
