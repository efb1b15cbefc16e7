"""Facts: each form that notices use, with its value and its exact words."""

from pathlib import Path

import pytest

from assistant.check_tree import tree
from assistant.service import Assistant
from assistant.types import Question
from assistant.web.notice_outline import render
from corpus.as_json import outline
from corpus.dates import after, last_day
from corpus.extract.contacts import masked
from corpus.extract.facts import facts_of
from corpus.reading import read_file, read_paths
from corpus.types import Fact, FactKind, Passage, PassageKind
from index.store import LocalStore

NOTICES = Path(__file__).parent.parent / "corpus" / "notices"


def facts(
    text: str, kind: FactKind, issued_on: str | None = "2021-08-10", year: int | None = 2021, of: PassageKind = "item"
) -> list[tuple[str, str]]:
    offset = 7
    passage = Passage("n/1", of, (), (), None, None, offset, offset + len(text), text)
    found: list[Fact] = [f for f in facts_of(passage, year, issued_on) if f.kind == kind]
    for fact in found:
        assert text[fact.start - offset : fact.end - offset] == fact.quote
    return [(fact.value, fact.quote) for fact in found]


@pytest.mark.parametrize(
    ("text", "value", "quote"),
    [
        ("请于2021年11月19日前报送。", "2021-11-19", "于2021年11月19日前"),
        ("于11月24日（星期三）12时前反馈", "2021-11-24", "于11月24日（星期三）12时前"),
        ("务必11月22日下班前报送", "2021-11-22", "务必11月22日下班前"),
        ("2021年9月底前完成", "2021-09-30", "2021年9月底前"),
        ("12月底前实现结算", "2021-12-31", "12月底前"),
        ("六月底前落实", "2021-06-30", "六月底前"),
        ("10月中旬前完成", "2021-10-20", "10月中旬前"),
        ("今年三季度末前完成", "2021-09-30", "今年三季度末前"),
        ("到2025年，覆盖率明显提高", "2025-12-31", "到2025年"),
        ("到2021年底制定出台", "2021-12-31", "到2021年底"),
        ("时间：2021年10月20日-11月30日", "2021-11-30", "2021年10月20日-11月30日"),
        ("2021年12月1日至2022年1月31日", "2022-01-31", "2021年12月1日至2022年1月31日"),
        ("2021年10月8日至12日报名", "2021-10-12", "2021年10月8日至12日"),
        ("自即日起至本月底开展检查", "2021-08-31", "自即日起至本月底"),
        ("有效期至2023年12月31日。", "2023-12-31", "有效期至2023年12月31日"),
        ("自2022年1月1日起施行，有效期2年。", "2023-12-31", "有效期2年"),
        ("各地要在本意见印发之日起30日内制定方案", "2021-09-09", "在本意见印发之日起30日内"),
        ("自发布之日起三个月内完成", "2021-11-10", "自发布之日起三个月内"),
        ("请在接到通知后5个工作日内报送", "2021-08-17", "请在接到通知后5个工作日内"),
        ("应于每年1月31日前公开", "2022-01-31", "每年1月31日前"),
        ("应于每月5日前报送", "2021-09-05", "每月5日前"),
        ("报名截止时间：2021年11月30日17:00", "2021-11-30", "截止时间：2021年11月30日17:00"),
        ("11月30日下午17:30之前报送", "2021-11-30", "11月30日下午17:30之前"),
        ("请于2021.11.30前报送", "2021-11-30", "于2021.11.30前"),
        ("二〇二一年十一月三十日前完成", "2021-11-30", "二〇二一年十一月三十日前"),
        ("11月1日（周一）至11月5日（周五）报名", "2021-11-05", "11月1日（周一）至11月5日"),
    ],
)
def test_deadlines(text: str, value: str, quote: str) -> None:
    found = facts(text, "deadline")
    assert [v for v, _ in found] == [value]
    assert found[0][1].endswith(quote) or quote.endswith(found[0][1])


@pytest.mark.parametrize(
    "text",
    [
        "1995年底以前的省部级劳模",
        "截至今年7月底，共有市场主体1亿户",
        "今年前三个季度安全感明显提高",
        "应当自受理申请之日起20个工作日内作出决定",
        "1月8日至12日召开了会议",
        "许可证有效期为5年",
    ],
)
def test_what_is_no_deadline(text: str) -> None:
    assert facts(text, "deadline") == []


def test_a_term_needs_the_notices_date() -> None:
    assert facts("自发布之日起30日内完成", "deadline", issued_on=None) == []


def test_terms_are_counted_as_in_law() -> None:
    assert after("2021-01-31", 1, "个月") == "2021-02-28"
    assert after("2024-02-29", 1, "年") == "2025-02-28"
    assert after("2021-08-06", 1, "工作日") == "2021-08-09"  # Friday, Monday
    assert last_day("明年2月", None, "2023-05-01") == "2024-02-29"
    assert last_day("本月底", 2021) is None


def test_dates_and_when_a_document_takes_effect() -> None:
    assert facts("本通知自2022年1月1日起实施", "date") == [("2022-01-01", "自2022年1月1日起实施")]
    assert facts("本办法自发布之日起施行。", "date") == [("2021-08-10", "自发布之日起施行")]
    assert facts("2019年1月1日至12月31日", "date", year=2018) == [
        ("2019-01-01", "2019年1月1日"),
        ("2019-12-31", "12月31日"),
    ]


def test_contacts() -> None:
    assert facts("联系人：孙梅，联系电话：27182036，传真：27182134", "contact") == [
        ("联系人：孙梅", "联系人：孙梅"),
        ("电话：27182036", "联系电话：27182036"),
        ("传真：27182134", "传真：27182134"),
    ]
    assert facts("值班电话: 0538-2958119 (爱琴海)、0538-2577119 (老街)", "contact") == [
        ("电话：0538-2958119", "值班电话: 0538-2958119 (爱琴海)"),
        ("电话：0538-2577119", "0538-2577119 (老街)"),
    ]
    assert facts("电　话：029-88652021　13991301276", "contact") == [
        ("电话：029-88652021", "电　话：029-88652021"),
        ("电话：13991301276", "13991301276"),
    ]
    assert facts("发送至邮箱：mlzwhz123@163.com。", "contact") == [
        ("邮箱：mlzwhz123@163.com", "邮箱：mlzwhz123@163.com")
    ]
    assert facts("邮编300000，经费27182036元，公布电话内容。", "contact") == []


def test_targets_say_what_they_are_about() -> None:
    assert facts("到2020年，秸秆综合利用率达到85%以上。", "target") == [("85%", "秸秆综合利用率达到85%以上")]
    assert facts("规模工业产值年均增长6.5％以上", "target") == [("6.5％", "规模工业产值年均增长6.5％以上")]
    assert facts("绿地面积应不低于用地面积的30%。", "target") == [("30%", "绿地面积应不低于用地面积的30%")]
    assert facts("设置不少于4名专管员", "target") == [("4名", "设置不少于4名")]
    assert facts("并处货值金额5倍以上罚款；连续12个月内已受到2次以上处罚", "target") == []


def test_amounts() -> None:
    assert [v for v, _ in facts("每间不少于1万元，设立100亿元基金，处五千元罚款", "amount")] == [
        "1万元",
        "100亿元",
        "五千元",
    ]
    assert facts("每户补助15-20万元", "amount") == [("15-20万元", "15-20万元")]
    assert facts("三个单元，多元化、一元论", "amount") == []


def test_themes_and_places() -> None:
    assert facts("《企业最佳盈利模式》主题培训在东蓬假日酒店举办", "theme") == [
        ("企业最佳盈利模式", "《企业最佳盈利模式》主题培训")
    ]
    assert facts("主题为“推动质量变革创新”", "theme") == [("推动质量变革创新", "主题为“推动质量变革创新”")]
    assert facts("培训在东蓬假日酒店举办", "place") == [("东蓬假日酒店", "在东蓬假日酒店举办")]
    assert facts("活动地点：武汉国际博览中心B6展馆", "place") == [
        ("武汉国际博览中心B6展馆", "地点：武汉国际博览中心B6展馆")
    ]
    assert facts("会议在1月14日举行", "place") == []


def test_documents_cited() -> None:
    assert facts("根据国发〔2018〕23号和《关于印发〈实施细则〉的通知》（义人才领 〔2012〕10号）", "reference") == [
        ("《关于印发〈实施细则〉的通知》", "《关于印发〈实施细则〉的通知》"),
        ("国发〔2018〕23号", "国发〔2018〕23号"),
        ("义人才领〔2012〕10号", "义人才领 〔2012〕10号"),
    ]
    assert facts("结合柳湖公司柳物安字〔2024〕7号文件要求", "reference") == [
        ("柳物安字〔2024〕7号", "柳物安字〔2024〕7号")
    ]


def test_attachments() -> None:
    assert facts("附件1:《春节假期值班表》", "attachment", of="attachments") == [
        ("春节假期值班表", "附件1:《春节假期值班表》")
    ]
    assert facts("附件： 1.活动口号\n2.活动情况统计表.docx", "attachment", of="attachments") == [
        ("活动口号", "附件： 1.活动口号"),
        ("活动情况统计表", "2.活动情况统计表.docx"),
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("电话：0538-2958119", "电话：0538-*****19"),
        ("电话：27182036", "电话：******36"),
        ("传真：13821381832", "传真：138******32"),
        ("联系人：孙梅、皇甫晨光", "联系人：孙*、皇***"),
        ("邮箱：mlzwhz123@163.com", "邮箱：m***@163.com"),
        ("网址：http://tjj.hubei.gov.cn/", "网址：http://tjj.hubei.gov.cn/"),
    ],
)
def test_contacts_can_be_masked(value: str, shown: str) -> None:
    assert masked(value) == shown


def test_lists_mask_contacts_and_quotes_do_not() -> None:
    [notice] = read_file(NOTICES / "003_2022_tianjin_notice.txt", "003.txt").notices
    listed = "\n".join(tree(outline(notice)))
    assert "电话：******36" in listed
    assert "联系人：孙*" in listed
    assert "27182036" not in listed
    fold = render(notice)
    assert "电话：******36" in fold
    assert "27182036" not in fold
    assert any(fact.value == "电话：27182036" and "27182036" in fact.quote for fact in notice.facts)


def test_a_question_that_asks_for_a_contact_sees_it(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.index(read_paths([NOTICES / "003_2022_tianjin_notice.txt"]))
    answer = Assistant(store).ask(Question("2022年质量月通知的联系电话是多少"))
    assert "27182036" in answer.text
