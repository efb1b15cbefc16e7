"""Every sentence that an answer may say around its quotes, in Chinese and English. A closed list."""

from __future__ import annotations

from functools import cache

from assistant.types import Lang
from corpus.types import Role
from corpus.units import registry

_TEXTS: dict[str, dict[Lang, str]] = {
    "units_head": {
        "zh": "共有{units}个单位、{items}项内容（已查完范围内的{notices}份通知、{passages}段）：",
        "en": "{units} unit(s) in {items} item(s); all {notices} notices and {passages} passages in scope were checked:",
    },
    "activities_head": {
        "zh": "共{items}项（已查完范围内的{notices}份通知、{passages}段）：",
        "en": "{items} item(s); all {notices} notices and {passages} passages in scope were checked:",
    },
    "subject": {"zh": "【{subject}】", "en": "{subject}:"},
    "subject_missing": {"zh": "现有通知没有写明。", "en": "The notices do not say."},
    "count_units": {
        "zh": "共{units}个单位，见于{items}项内容（已查完范围内的{notices}份通知、{passages}段；同一单位只计一次）。",
        "en": "{units} unit(s) in {items} item(s); all {notices} notices and {passages} passages in scope were checked, each unit counted once.",
    },
    "count_collectives": {
        "zh": "未计入统称：{names}。",
        "en": "Names that stand for many units are not counted: {names}.",
    },
    "count_items": {
        "zh": "共{items}项（已查完范围内的{notices}份通知、{passages}段）。",
        "en": "{items} item(s); all {notices} notices and {passages} passages in scope were checked.",
    },
    "count_passages": {
        "zh": "共{items}段，原文没有编号，一段可列举多项，未拆开计数（已查完范围内的{notices}份通知、{passages}段）。",
        "en": "{items} paragraph(s) without numbers; each may list several, which are not counted apart; all {notices} notices and {passages} passages in scope were checked.",
    },
    "count_by_notice": {
        "zh": "以下按通知分别计数，不合并（已查完范围内的{notices}份通知、{passages}段）：",
        "en": "Counted notice by notice, not added up; all {notices} notices and {passages} passages in scope were checked:",
    },
    "count_notices": {"zh": "共{notices}份通知：", "en": "{notices} notice(s):"},
    "count_under": {"zh": "{where}：{items}项", "en": "{where}: {items} item(s)"},
    "count_under_units": {"zh": "{where}：{units}个单位", "en": "{where}: {units} unit(s)"},
    "count_paragraphs": {"zh": "{where}：{items}段", "en": "{where}: {items} paragraph(s)"},
    "summary_head": {
        "zh": "概要（以下均为原文的标题和每部分的首句）：{where}",
        "en": "Summary (the notice's own headings and the first clause of each part): {where}",
    },
    "summary_more": {"zh": "（其余{n}个标题或段落未列）", "en": "({n} more headings or paragraphs are not listed)"},
    "summary_deeper": {"zh": "（下含{n}段）", "en": "({n} passages below)"},
    "which_notice": {
        "zh": "有{n}份通知符合所问范围，请用标题、文号、年份或地区指明一份。",
        "en": "{n} notices lie in this scope; please name one by its title, number, year or place.",
    },
    "tasks_head": {
        "zh": "任务清单：共{items}项（已查完范围内的{notices}份通知、{passages}段）；时限只列原文写明的：",
        "en": "Task list: {items} item(s); all {notices} notices and {passages} passages in scope were checked; only deadlines that are stated are given:",
    },
    "task_role": {"zh": "（{role}）", "en": " ({role})"},
    "task_due": {"zh": "；时限{value}{mark}（{basis}）", "en": "; by {value}{mark} ({basis})"},
    "task_no_due": {"zh": "；原文未写时限", "en": "; no deadline stated"},
    "task_with": {"zh": "；会同：{units}", "en": "; with: {units}"},
    "due_item": {"zh": "本项", "en": "this item"},
    "due_section": {"zh": "本章节", "en": "its section"},
    "due_notice": {"zh": "全文时限", "en": "the whole notice"},
    "role_collective": {"zh": "各单位均须", "en": "every unit"},
    "ask_unit": {
        "zh": "请写明是哪个单位（例如“滨海新区市场监管局要做什么、什么时候完成”），或在筛选中选定单位。",
        "en": "Please name the unit (“what must the Binhai Market Regulation Bureau do and by when”), or choose one in the filters.",
    },
    "partners_head": {
        "zh": "与{unit}共同参与的有{units}个单位、{items}项内容（已查完范围内的{notices}份通知、{passages}段）：",
        "en": "{units} unit(s) act together with {unit} in {items} item(s); all {notices} notices and {passages} passages in scope were checked:",
    },
    "refuse_partners": {
        "zh": "范围内的{notices}份通知没有写明有单位与“{unit}”共同参与{topic}。",
        "en": "The {notices} notices in scope name no unit that acts together with “{unit}”{topic}.",
    },
    "compare_head": {
        "zh": "逐年对照（各年分别引用，已查完范围内的{notices}份通知、{passages}段）：",
        "en": "Year by year, each cited by itself; all {notices} notices and {passages} passages in scope were checked:",
    },
    "compare_year": {"zh": "{year}年：{items}项，{units}个单位", "en": "{year}: {items} item(s), {units} unit(s)"},
    "compare_nothing": {"zh": "{year}年：范围内没有相符的内容", "en": "{year}: nothing in scope matches"},
    "same_as": {"zh": "与{year}年相同", "en": "same as {year}"},
    "differs_from": {"zh": "与{year}年不同", "en": "differs from {year}"},
    "undated": {"zh": "未注明年份", "en": "undated"},
    "year": {"zh": "{year}年 《{title}》", "en": "{year} 《{title}》"},
    "no_year": {"zh": "《{title}》", "en": "《{title}》"},
    "unit_label": {"zh": "单位：{units}", "en": "Unit(s): {units}"},
    "anomaly_head": {"zh": "文件本身有以下问题：", "en": "The document itself shows this:"},
    "date_conflict": {
        "zh": "《{title}》（{year}年）的落款日期写作“{quote}”，与文件年份{year}年不符",
        "en": "《{title}》 ({year}) is signed “{quote}”, which contradicts its year {year}",
    },
    "refuse_year": {
        "zh": "现有通知中没有{asked}年的内容；有的年份是{years}。",
        "en": "The notices hold nothing for {asked}; the years there are {years}.",
    },
    "refuse_place": {
        "zh": "现有通知没有涉及{asked}；涉及的地区有{places}。",
        "en": "The notices do not concern {asked}; they concern {places}.",
    },
    "refuse_scope": {
        "zh": "现有通知中没有符合所问范围（{scope}）的内容。",
        "en": "No notice lies within what was asked for ({scope}).",
    },
    "refuse_topic": {
        "zh": "现有通知没有写明。查了{notices}份通知、{passages}段，没有找到关于“{topic}”的内容。",
        "en": "The notices do not say. {notices} notices and {passages} passages were searched for “{topic}”.",
    },
    "refuse_fact": {
        "zh": "范围内的{notices}份通知没有写明{fact}。",
        "en": "The {notices} notices in scope do not state the {fact}.",
    },
    "refuse_unit": {
        "zh": "范围内的{notices}份通知没有写明“{unit}”{topic}。",
        "en": "The {notices} notices in scope say nothing of “{unit}”{topic}.",
    },
    "with_topic": {"zh": "与“{topic}”有关的内容", "en": " concerning “{topic}”"},
    "without_topic": {"zh": "的活动", "en": ""},
    "no_unit_named": {
        "zh": "有相关内容，但原文没有写明由哪个单位负责。",
        "en": "There are related passages, but they name no responsible unit.",
    },
    "related": {"zh": "最接近的内容见“相关”，它们不是答案。", "en": "The nearest passages are listed as related; they are no answer."},
    "degraded": {
        "zh": "检索服务的一部分（{legs}）没有回应，查找可能不全；稍后再问一次。",
        "en": "A part of the search service ({legs}) does not answer, so something may be missing; ask again later.",
    },
    "possibly": {
        "zh": "另有{n}段可能相关，没有计入，列在“相关”。",
        "en": "{n} more passage(s) may be related; they are not counted, and listed as related.",
    },
    "correction": {
        "zh": "已按“{meant}”检索（输入的是“{typed}”；加引号则按原样查找）。",
        "en": "Searched for “{meant}” (typed: “{typed}”; quotation marks keep words as typed).",
    },
    "quoted_near": {
        "zh": "没有通知原样写有“{phrase}”，以下按相近的文字查找。",
        "en": "No notice holds “{phrase}” word for word; what follows is near to it.",
    },
    "missing_year_warning": {
        "zh": "现有通知中没有{asked}年的内容。",
        "en": "The notices hold nothing for {asked}.",
    },
}  # fmt: skip
_BRACKETS = str.maketrans("[]", "［］")
_ROLES: dict[Role, dict[Lang, str]] = {
    "lead": {"zh": "牵头", "en": "lead"},
    "cooperate": {"zh": "配合", "en": "cooperate"},
    "responsible": {"zh": "负责", "en": "responsible"},
}
FACT_NAMES: dict[str, dict[Lang, str]] = {
    "deadline": {"zh": "报送期限", "en": "deadline"},
    "theme": {"zh": "活动主题", "en": "theme"},
    "contact": {"zh": "联系方式", "en": "contact"},
    "photo": {"zh": "照片要求", "en": "photo requirements"},
    "reporting": {"zh": "报送对象", "en": "recipient"},
    "attachment": {"zh": "附件", "en": "attachments"},
    "reference": {"zh": "依据的文件", "en": "document it follows"},
}


def say(key: str, lang: Lang, **values: object) -> str:
    """One of the sentences, filled in."""
    return _TEXTS[key][lang].format(**values)


def echo(text: str) -> str:
    """What the user typed, as an answer may repeat it: its brackets cannot be taken for citation marks."""
    return text.translate(_BRACKETS)


def role_name(role: Role, lang: Lang) -> str:
    """A role for people."""
    return _ROLES[role][lang]


def fact_name(kind: str, lang: Lang) -> str:
    """A kind of fact for people."""
    return FACT_NAMES[kind][lang]


@cache
def _english_names() -> dict[str, str]:
    return {kind.core: kind.english[0] for kind in registry() if kind.english}


def english_unit(canonical: str) -> str:
    """The official English name of a unit's kind, or nothing where the registry has none."""
    return next((name for core, name in _english_names().items() if canonical.endswith(core)), "")
