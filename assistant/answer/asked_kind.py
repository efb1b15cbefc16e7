"""The kinds of answer that particular words ask for (a summary, a task list, partners, a count, a comparison).

The words that ask say nothing of the topic: they are blanked once they have been read. Text is folded; lengths are kept.
"""

from __future__ import annotations

import re

from assistant.answer.intent import Counted, Form
from assistant.types import Kind

_UNIT = r"(?:单位|部门|科室|处室|机构|委办局|区县|区|县|街道)"
_DEED = r"(?:活动|工作|任务|措施|安排|事项|事情|举措|行动)"
_FILE = r"(?:通知|方案|文件|清单|公告|通报|意见|办法|规定|条例|报道|计划|函)"
_DEED_EN = r"(?:activit\w+|tasks?|items?|events?|campaigns?|measures?|actions?)"
_UNIT_EN = (
    r"(?:units?|departments?|districts?|sections?|agencies|bureaus?|offices?|organi[sz]ations?|authorities|bodies)"
)
_FILE_EN = (
    r"(?:notices?|plans?|documents?|files?|regulations?|measures|articles?|reports?|announcements?|circulars?|list)"
)

_SUMMARY = re.compile(
    r"概括(?:一下|下)?|归纳(?:一下|下)?|概述|简述|总结(?:一下|下)|梳理(?:一下|下)|提炼(?:一下|下)?|简要介绍|介绍一下|摘要|大意|梗概|概要|"
    r"(?:主要|大概|大致|都|到底|究竟)*(?:讲|说|写|规定|要求)(?:了|的)?(?:是)?(?:些)?(?:什么|啥|哪些)(?:内容|事情|事)?|(?:主要|核心|基本)(?:内容|精神)|要点|"
    r"\bsummari[sz]e\b|\bsum up\b|\b(?:brief |short )?(?:summary|overview|outline|gist) of\b|\bmain points\b|"
    r"\bwhat (?:is|does|do|did|are)\b(?=.*\b(?:about|say|contain|cover)\W*$)|\b(?:about|say|contain|cover)(?=\W*$)"
)
_BY_ITSELF = re.compile(  # needs no word for a document to be a summary
    r"概括|归纳|概述|简述|总结(?:一下|下)|摘要|大意|梗概|概要|\bsummari[sz]e\b|\bsum up\b|\b(?:summary|overview|outline|gist) of\b|\bmain points\b"
)
_FILES = re.compile(rf"{_FILE}|\b{_FILE_EN}\b")
_OF_ITS_OWN = re.compile(
    r"^(?=.*总结)(?=.*(?:报送|上报|提交|截止|什么时候|期限|交))|\bdeadlines?\b"
)  # 总结 that is sent in

_MUST_DO = re.compile(
    r"(?:需要|应该|应当|必须|要|应|须|得|该)(?:去)?(?:完成|做|干|办|落实|承担|开展)(?:好)?(?:的)?(?:些)?(?:什么|啥|哪些|哪几)|"
    r"(?:有|负责|承担)(?:些)?(?:什么|啥|哪些|哪几项?)(?:任务|工作|事)|(?:什么|啥|哪些|哪几项?)(?:任务|工作)|任务|"
    r"\b(?:must|should|shall|need to|has to|have to|supposed to|required to)\b.{0,80}\bdo\b|\bto do\b|\btasks?\b|\bduties\b|\bresponsible for\b"
)
_BY_WHEN = re.compile(
    r"什么时候|什么时间|何时|几时|几号|哪天|时限|期限|截止|时间节点|完成时间|多久|\bby (?:when|what date)\b|\bwhen\b|\bdeadlines?\b|\bdue\b"
)
_TASK_LIST = re.compile(
    r"任务(?:清单|列表|表|单|分解)|(?:工作|待办|责任|事项)(?:清单|列表|表)|待办(?:事项)?|\b(?:task|to-?do|action|work) list\b|\blist of (?:\w+ )?tasks\b|\bto-dos?\b"
)
_TASK_WORDS = re.compile(
    r"(?:生成|给出|做|列|整理|出)?(?:一?[份个张])?(?:任务|工作|待办|责任|事项)(?:清单|列表|表|单|分解)|待办(?:事项)?|"
    r"(?:分别)?(?:在)?(?:什么时候|什么时间|何时|几时|几号|哪天)(?:之?前|以前)?(?:要|得|该)?(?:完成|做完|办完|落实|结束)?|"
    r"(?:完成)?(?:时限|期限|时间节点|截止(?:日期|时间)?|完成时间)(?:是|各是)?(?:多久|几号|什么|哪天)?|"
    r"(?:需要|应该|应当|必须|要|应|须|得|该)(?:去)?(?:完成|做|干|办|落实|承担|开展)(?:好)?(?:的)?(?:些)?(?:什么|啥|哪些)?|"
    r"\b(?:task|to-?do|action|work) list\b|\blist of (?:\w+ )?tasks\b|\bto-dos?\b|\bby (?:when|what date)\b|\bdeadlines?\b|\bdue\b|\btasks?\b|\bduties\b|\bresponsible\b"
)
MINE = re.compile(
    r"我们?(?:的)?(?:单位|部门|科室|处室|[局委区科处所办])|本(?:单位|部门|科室|[局委区科处所])|咱们?(?:单位|部门|[局委区科处])|\b(?:my|our)\s+(?:own\s+)?(?:unit|department|bureau|office|section|agency|district)\b|"
    r"\b(?:do|must|should) (?:i|we) (?:have to )?do\b"
)

_WHO = re.compile(
    rf"谁|[哪那](?:几个|几家|几|些|个|家)?(?:市级|区级|有关|相关)?(?:{_UNIT}|[局委科所])|什么(?:单位|部门)|{_UNIT}(?:都)?(?:有|是)(?:哪些|哪几|谁)|有(?:哪些|哪几家|哪几个){_UNIT}|"
    rf"(?:单位|部门|伙伴)(?:$|[?。])|\bwho\b|\bwhom\b|\b(?:which|what)\b.{{0,40}}\b{_UNIT_EN}\b|\bpartners?\b"
)
_WITH = re.compile(
    r"(?:和|与|跟|同|会同|联合).{0,40}?(?:一起|一同|共同|联合|联手|合作|协作|搭档|配合)|(?:一起|一同|共同|联合|合作|协作)(?:的|过的)?(?:单位|部门|伙伴)|"
    r"(?:和|与|跟|同)(?:谁|[哪那]|什么(?:单位|部门))|(?:合作|协作|联合|共同)(?:单位|部门|伙伴)|配合|协助|联合(?:了)?(?:谁|[哪那]|什么(?:单位|部门))|"
    r"\b(?:together|jointly|alongside|along)\s+with\b|\bwith\b.{0,60}\b(?:together|jointly)\b|\bpartners?\b|\b(?:cooperat\w+|co-operat\w+|collaborat\w+|join\w*|work\w*|team\w*)\b.{0,12}\bwith\b|\bjointly\b"
)
_WITH_WORDS = re.compile(
    r"会同|一起|一同|共同|联合|联手|合作|协作|搭档|配合|协助|伙伴|\b(?:together|jointly|alongside|along|partners?|co-?operat\w*|collaborat\w*|join\w*|work\w*|team\w*|with)\b"
)

_COUNT_UNITS = re.compile(
    rf"(?:多少|(?<![第哪那])几)(?:个|家)?(?:不同的)?(?:市级|区级|责任|参与|参加|牵头|配合|成员)?{_UNIT}|\bhow many (?:\w+[- ])?{_UNIT_EN}\b"
)
_COUNT_ITEMS = re.compile(
    rf"(?:多少|(?<![第哪那])几)(?:个|项|条|场|件|类)?{_DEED}|(?<![第哪那])(?:几|多少)项(?=[?。\s]|$)|\bhow many (?:\w+[- ])?{_DEED_EN}\b"
)
_COUNT_FILES = re.compile(rf"(?:多少|(?<![第哪那])几)[份个]{_FILE}|\bhow many {_FILE_EN}\b")
_COUNT_WORDS = re.compile(
    rf"(?:一共|总共|共计|合计|共|总计)?(?:有)?(?:多少|(?<![第哪那])几)(?:个|家|项|条|场|件|类|份)?(?:不同的)?(?:{_UNIT}|{_DEED}|{_FILE})?|参与|参加|\bhow many\b|\bin (?:total|all)\b|\btotal\b|\btakes? part\b|\bparticipat\w*\b"
)

_COMPARE = re.compile(
    r"对比|比较|相比|对照|(?:有)?(?:什么|何|哪些|啥)(?:不同|区别|差别|差异|变化)|(?:不同|变化|区别|差别|差异)(?:在哪|是什么|有哪些)|一样吗|是否相同|有没有(?:变|不同|区别)|"
    r"\bcompar\w*|\bdiffer\w*|\bversus\b|\bvs\b|\bwhat (?:has )?changed\b"
)
_COMPARE_WORDS = re.compile(
    r"对比|比较|相比|对照|一样吗|是否相同|有没有(?:变化?|不同|区别)|(?:有)?(?:什么|何|哪些|啥)?(?:不同|区别|差别|差异|变化)|\bcompar\w*|\bdiffer\w*|\bversus\b|\bvs\b|\bbetween\b|\bacross\b|\bover the years\b|\bchanged?\b|\byears?\b"
)

FORMS: dict[Kind, Form] = {
    "units": "units", "activities": "activities", "lookup": "lookup", "fact": "fact", "compare": "compare",
    "count": "count", "summary": "summary", "tasks": "tasks", "anomaly": "anomaly",
}  # fmt: skip
_FRAMES: dict[Form, re.Pattern[str]] = {
    "summary": _SUMMARY,
    "tasks": _TASK_WORDS,
    "partners": _WITH_WORDS,
    "count": _COUNT_WORDS,
    "compare": _COMPARE_WORDS,
}
_DID = re.compile(r"[\u4e00-\u9fff]了(?:多少|几)")  # 抽查了多少家单位 asks what somebody did
_WHO_ONE = re.compile(r"哪个(?:单位|部门|科室|区)")


def asked_kind(text: str, named: bool, unit: bool, facts: bool, one_notice: bool = False) -> Form | None:
    """The form that a question's own words ask for, or None where they ask for none of these.

    :param named: the question names a unit or a place
    :param unit: it names a unit
    :param facts: it asks for a fact of a notice as a whole
    :param one_notice: it is about one notice, chosen or named by its title
    """
    if _summary(text, one_notice):
        return "summary"
    if _TASK_LIST.search(text) and (named or MINE.search(text)) and not _WHO.search(text):
        return "tasks"
    if _MUST_DO.search(text) and _BY_WHEN.search(text) and (named or MINE.search(text)):
        return "tasks"
    if unit and _WHO.search(text) and _WITH.search(text) and counted(text) is None:
        return "partners"
    if _COMPARE.search(text) and not facts and not _WHO_ONE.search(text):
        return "compare"
    # of several questions at once, each asks for its own passage
    if _DID.search(text) or text.count("?") > 1:
        return None
    return "count" if counted(text) and not facts else None


def _summary(text: str, one_notice: bool) -> bool:
    if not _SUMMARY.search(text) or _OF_ITS_OWN.search(text):
        return False
    return one_notice or bool(_BY_ITSELF.search(text) or _FILES.search(text))


def counted(text: str) -> Counted | None:
    """What is to be counted: units, items or notices."""
    if _COUNT_UNITS.search(text):
        return "units"
    if _COUNT_ITEMS.search(text):
        return "items"
    return "notices" if _COUNT_FILES.search(text) else None


def without_frame(text: str, form: Form | None) -> str:
    """A question without the words that only ask for its form, at their length."""
    if form in (None, "fact") and _COMPARE.search(text):
        form = "compare"  # of facts
    if form == "tasks":
        text = MINE.sub(lambda match: " " * len(match.group()), text)
    pattern = _FRAMES.get(form) if form else None
    return pattern.sub(lambda match: " " * len(match.group()), text) if pattern else text
