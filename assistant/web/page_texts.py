"""The page's words in both languages; every view takes its own from here, by a key."""

from __future__ import annotations

from html import escape
from typing import Final

from assistant.types import Lang

LANGS: Final = {"zh": "zh-CN", "en": "en"}  # a language and its tag in HTML
# Key → (Chinese, English). A view's keys begin with its name.
TEXTS: Final[dict[str, tuple[str, str]]] = {
    "title": ("通知问答", "Notice Assistant"),
    "held": ("库中有 {notices} 份通知、{passages} 段", "{notices} notices, {passages} passages"),
    "held_none": (
        "库里还没有通知。请在“通知库”上传，或运行 notices index 文件夹 --store 库",
        "No notices yet. Upload some under Library, or run: notices index FOLDER --store STORE",
    ),
    "problem": ("{problem}", "{problem}"),
    "switch": ("English", "中文"),
    "tab_ask": ("提问", "Ask"),
    "tab_library": ("通知库", "Library"),
    "tab_explore": ("概览", "Explore"),
    "tab_evaluate": ("评测", "Evaluate"),
    "all": ("全部", "All"),
    "ask_new": ("新对话", "New conversation"),
    "ask_welcome": (
        "请用自己的话提问。答案列出<strong>全部</strong>相符的条目，每一条都附有通知原文。",
        "Ask in your own words. Answers are <strong>complete</strong>, and every claim is quoted from a notice.",
    ),
    "ask_placeholder": ("例如：哪些单位负责电动自行车相关活动？", "For example: which units handle e-bike campaigns?"),
    "ask_question": ("问题", "Question"),
    "ask_submit": ("提问", "Ask"),
    "ask_kind": ("类型不对？换一种重新回答", "Not what you meant? Answer as"),
    "ask_filters": ("筛选", "Filters"),
    "ask_year": ("年份", "Year"),
    "ask_region": ("地区", "Region"),
    "ask_unit": ("单位", "Unit"),
    "ask_issuer": ("发文机关", "Issuer"),
    "ask_close": ("关闭原文", "Close"),
    "ask_panel": ("通知原文", "Text of the notice"),
    "explore_waiting": ("正在统计……", "Counting …"),
    "explore_none": (
        "还没有可以统计的条目：库里的通知没有写明单位的条目。",
        "Nothing to count yet: no item of the notices names a unit.",
    ),
    "explore_lead": (
        "谁在做什么：单位、主题与条目数。主题是通知里标题和条目常用的词，点任一格看原文。",
        "Who does what: units, topics and the number of items. Topics are words that head the notices’ items; "
        "choose a cell to read them.",
    ),
    "explore_held": ("共 {passages} 条写明单位的条目，{notices} 份通知。", "{passages} items that name units, {notices} notices."),
    "explore_by": ("按", "Rows"),
    "explore_by_unit": ("单位", "Units"),
    "explore_by_family": ("系统", "Kinds of units"),
    "explore_by_place": ("地区", "Places"),
    "explore_year": ("年份", "Year"),
    "explore_table": ("每格为条目数，一条可同时属于几个主题", "Number of items; one item may be on several topics"),
    "explore_more": ("显示条目最多的 {shown} 行，另有 {more} 行", "The {shown} rows with most items; {more} more"),
    "explore_legend": ("条目数", "Items"),
    "explore_hint": ("点表中的数字、单位或主题，这里列出条目原文。", "Choose a number, a unit or a topic: its items are listed here."),
    "explore_items": ("{count} 条", "{count} items"),
    "explore_rest": ("另有 {more} 条未列出", "{more} more are not listed"),
    "explore_ask": ("提问：{question}", "Ask: {question}"),
    "explore_trends": ("逐年变化", "How it changed"),
    "explore_trends_hint": ("每个主题每年的条目数，各图纵轴相同。", "Items on each topic in each year, all on one scale."),
    "explore_as_table": ("以表格显示", "As a table"),
    "explore_numbers": ("每年的条目数 / 单位数", "Items / units in each year"),
    "explore_deadlines": ("时限", "Deadlines"),
    "explore_no_deadlines": ("库里的通知没有写明时限。", "The notices state no deadline."),
    "explore_sides": (
        "今天 {today}：尚未到期 {coming} 项，已过 {past} 项。",
        "Today is {today}: {coming} to come, {past} past.",
    ),
    "explore_ics": ("日历文件（全部）", "Calendar (all)"),
    "explore_ics_coming": ("日历文件（未到期）", "Calendar (to come)"),
    "explore_csv": ("表格 CSV", "CSV"),
    "explore_coming": ("尚未到期（{count}）", "To come ({count})"),
    "explore_past": ("已过（{count}），最近的在前", "Past ({count}), latest first"),
    "explore_more_deadlines": ("另有 {more} 项，见 CSV", "{more} more; the CSV holds all"),
    "explore_day": ("日期", "Day"),
    "explore_what": ("要求", "What"),
    "explore_who": ("单位", "Units"),
    "explore_notice": ("通知", "Notice"),
    "explore_today": ("今天", "today"),
    "explore_left": ("还有 {days} 天", "in {days} days"),
    "explore_ago": ("{days} 天前", "{days} days ago"),
    "explore_report": ("报送：{to}", "Report to: {to}"),
}  # fmt: skip


def said(key: str, lang: str, **values: object) -> str:
    """A text in one language: English for ``en``, else Chinese. ``values`` fill its braces.

    :raises KeyError: there is no such text
    """
    text = TEXTS[key][lang == "en"]
    return text.format(**values) if values else text


def both(key: str, **values: object) -> str:
    """A text in both languages as HTML, of which the page's style shows the one that is chosen.

    Texts may hold markup; ``values`` are escaped. For what is drawn once and is to follow the switch at once.
    """
    kept = {name: escape(str(value)) for name, value in values.items()}
    return "".join(f'<span class="said" lang="{tag}">{said(key, lang, **kept)}</span>' for lang, tag in LANGS.items())


def known_lang(value: object) -> Lang:
    """The language that a request names; Chinese where it names none that the page has."""
    return "en" if value == "en" else "zh"
