"""How questions over any notice are read: what describes a notice, what stands nowhere, lists, rosters, several subjects."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.answer.asked_kind import asked_kind
from assistant.service import Assistant
from assistant.types import Answer, Question
from corpus.reading import read_paths
from index.store import LocalStore
from tests.test_answers import check_citations

TREES = """梧桐县人民政府办公室关于印发梧桐县古树名木保护实施方案的通知
梧政办发〔2021〕8号

各乡镇人民政府，县级各部门：
为加强古树名木保护，制定本方案。

一、组织领导
成立梧桐县古树名木保护领导小组，成员单位由县林业局、县财政局、县住房城乡建设局组成。领导小组办公室设在县林业局，负责日常工作。

二、主要任务
（一）开展资源普查。（责任单位：县林业局）
（二）加强日常养护。建立养护台账。（县林业局负责）落实养护经费，每株每年补助200元。（县财政局负责）
（三）开展宣传。县教育局组织学生参观。县融媒体中心刊登公益广告。

三、报送要求
各乡镇于2021年6月30日前报送总结。联系人：李某，联系电话：0830-5550123。

梧桐县人民政府办公室
2021年3月2日
"""
SCHOOL = """梧桐农业学校公开招聘公告

为补充教师队伍，现公开招聘教师10名。

一、报名办法
（一）报名时间：2022年5月6日至5月12日。
（二）报名时须提交以下材料：
1.身份证复印件；
2.学历证书复印件；
3.在编人员的同意报考证明，可在考察前提供。

二、公示
拟聘用人员在学校网站公示7个工作日。

三、补贴标准
A类人才每月补贴2000元；B类人才每月补贴1000元。

梧桐农业学校
2022年4月20日
"""
MEETING = """临江市人民政府关于同意建立临江市湖泊治理联席会议制度的批复
临政复〔2020〕15号

市水务局：
同意建立湖泊治理联席会议制度。

一、成员单位
联席会议由市水务局、市生态环境局、市农业农村局、市财政局组成，市水务局为牵头单位。

二、工作机构
联席会议办公室设在市水务局，承担联席会议日常工作。

临江市人民政府
2020年7月9日
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("reading")
    for name, text in (("trees", TREES), ("school", SCHOOL), ("meeting", MEETING)):
        Path(folder / f"{name}.txt").write_text(text, encoding="utf-8")
    store = LocalStore(folder / "store")
    store.index(read_paths([folder]))
    return Assistant(store)


def ask(assistant: Assistant, text: str, *history: str) -> Answer:
    answer = assistant.ask(Question(text, history))
    check_citations(assistant, answer)
    return answer


def units(answer: Answer) -> set[str]:
    assert answer.table is not None, answer.text
    return {row.cells["unit"] for row in answer.table.rows}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("梧桐县古树名木保护方案里，开展资源普查由哪些单位负责？", {"县林业局"}),
        ("古树名木保护方案里，每株补助养护经费由谁落实？", {"县财政局"}),
        ("古树名木保护领导小组的成员单位有哪些？", {"县林业局", "县财政局", "县住房城乡建设局"}),
        ("湖泊治理联席会议由哪些部门组成？", {"市水务局", "市生态环境局", "市农业农村局", "市财政局"}),
        ("梧政办发〔2021〕8号里，谁组织学生参观？", {"县教育局"}),
    ],
)
def test_the_units_of_what_is_asked_and_no_others(assistant: Assistant, question: str, expected: set[str]) -> None:
    assert units(ask(assistant, question)) == expected


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("农校招聘，报名从哪天到哪天？", ["2022年5月6日至5月12日"]),  # short for 农业学校
        ("梧桐农校招聘的人员公示几天？", ["7个工作日"]),
        ("在编人员报考梧桐农校要交什么证明，最晚什么时候交？", ["同意报考证明", "考察前"]),
        ("报名梧桐农业学校要提交哪些材料？", ["身份证", "学历证书", "同意报考证明"]),
        ("古树名木保护方案的联系电话是多少？", ["0830-5550123"]),
        (
            "古树名木保护领导小组和湖泊治理联席会议，办公室分别设在哪个单位？",
            ["领导小组办公室设在县林业局", "联席会议办公室设在市水务局"],
        ),
    ],
)
def test_the_words_that_answer(assistant: Assistant, question: str, words: list[str]) -> None:
    answer = ask(assistant, question)
    assert not answer.abstained
    assert [word for word in words if word not in answer.text] == []


def test_one_of_several_is_asked_for_as_it_stands(assistant: Assistant) -> None:
    first = "梧桐农校A类人才每月补贴多少钱？"
    assert "2000元" in ask(assistant, first).text
    assert "1000元" in ask(assistant, "那B类呢？", first).text
    assert ask(assistant, "梧桐农校D类人才每月补贴多少钱？").abstained


@pytest.mark.parametrize(
    "question",
    [
        "果树保护领导小组的成员单位有哪些？",
        "考梧桐农业学校要交多少报名费？",
        "古树名木保护方案里，县公安局负责哪项任务？",
        "湖泊治理联席会议第一次会议是哪天开的？",
        "梧桐县2021年湿地保护由哪些单位负责？",
    ],
)
def test_what_the_notices_do_not_say(assistant: Assistant, question: str) -> None:
    assert ask(assistant, question).abstained


@pytest.mark.parametrize(
    "question",
    [
        "麻烦帮我查一下：开展资源普查由哪些单位负责？谢谢",
        "请问开展资源普查由哪些单位负责？",
        "开展资源普察由哪些单位负责？",
        "梧同县开展资源普查由哪些单位负责？",
    ],
)
def test_politeness_and_slips_change_nothing(assistant: Assistant, question: str) -> None:
    assert units(ask(assistant, question)) == {"县林业局"}


def test_what_is_only_near_is_listed_apart(assistant: Assistant) -> None:
    answer = ask(assistant, "哪些单位建立古树名木的养护台账、开展宣传？")
    assert not answer.abstained
    cited = {citation.passage_id for citation in answer.citations}
    assert answer.related
    assert not cited & {citation.passage_id for citation in answer.related}
    assert f"另有{len(answer.related)}段可能相关" in answer.text


@pytest.mark.parametrize(
    ("question", "word"),
    [
        (
            "临江市人民政府的批复里，联席会议办公室设在哪里？",
            "联席会议办公室设在市水务局",
        ),  # the issuer, no unit of the item
        ("临江的湖泊治理由哪个单位牵头？", "市水务局"),  # 临江 is 临江市
    ],
)
def test_who_issued_and_where_are_scope(assistant: Assistant, question: str, word: str) -> None:
    answer = ask(assistant, question)
    assert not answer.abstained
    assert word in answer.text


def test_how_many_were_inspected_is_no_count_of_units() -> None:
    assert asked_kind("检查组抽查了多少家单位?", named=False, unit=False, facts=False) is None
    assert asked_kind("一共有多少家单位参加?", named=False, unit=False, facts=False) == "count"
