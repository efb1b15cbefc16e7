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
    "library_waiting": ("正在打开通知库……", "Opening the library …"),
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
    "ask_suggestions": ("可以这样问", "You could ask"),
    "ask_waiting": ("正在理解问题、查找原文……", "Reading the question, looking through the notices …"),
    "ask_worded": ("以下为原文摘录，语言模型正在整理措辞……", "Quoted as it stands; the language model is wording it …"),
    "ask_long": (
        "问题过长（至多 {most} 字）或含有无效字符，请改短再问",
        "The question is too long (at most {most} characters) or holds invalid ones; shorten it and ask again",
    ),
    "ask_damaged": (
        "链接不完整或已损坏，请直接提问", "The link is incomplete or damaged; please type the question instead",
    ),
    "ask_failed": (
        "出了意外错误，问题仍在框中：请再问一次；仍然不行时请告知管理员。",
        "Something went wrong; the question is still in the box. Ask again; if it stays so, tell the administrator.",
    ),
    "ask_changed": (
        "此链接生成之后，库中的通知有变化（当时 {then}，现在 {now}），答案可能与当时不同。",
        "The notices have changed since this link was made (then {then}, now {now}); the answer may differ.",
    ),
    "ask_earlier": ("此前的问题：{questions}", "Earlier questions: {questions}"),
    "answer_scope": ("范围", "Scope"),
    "answer_drop": ("去掉后重新回答", "Remove and answer again"),
    "answer_none": ("没有找到依据，不作回答", "No grounded answer"),
    "answer_citations": ("引文", "Citations"),
    "answer_related": ("相关但不是答案", "Related, but not an answer"),
    "answer_more": ("其余 {count} 条", "{count} more"),
    "answer_tab": ("新窗口", "new tab"),
    "answer_open": ("在新窗口打开 [{number}]", "Open [{number}] in a new tab"),
    "answer_notes": ("提示", "Please note"),
    "answer_over": (
        "在 {notices} 份通知、{passages} 段中查找，{matched} 段相符",
        "Looked through {notices} notices, {passages} passages; {matched} matched",
    ),
    "answer_extract": ("原文摘录", "extract"),
    "answer_model": ("措辞出自语言模型，已逐句核对", "worded by a language model, verified sentence by sentence"),
    "answer_stages": ("各步用时", "Time of each step"),
    "stage_understanding": ("理解问题", "Understanding"),
    "stage_searching": ("检索", "Searching"),
    "stage_composing": ("查找与整理", "Matching and composing"),
    "stage_wording": ("语言模型", "Language model"),
    "table_label": ("表格", "Table"),
    "table_rows": ("{count} 行", "{count} rows"),
    "table_filter": ("筛选表中的行", "Filter the rows"),
    "table_cited": ("引文", "Cited"),
    "table_sort": ("排序", "sort"),
    "tools_download": ("下载", "Download"),
    "tools_link": ("永久链接", "Permanent link"),
    "tools_copy": ("复制答案与引文", "Copy with citations"),
    "tools_copied": ("已复制", "Copied"),
    "tools_not_copied": ("复制失败，请改用下载", "Could not copy; use a download instead"),
    "verdict_ask": ("这个回答有用吗？", "Was this of use?"),
    "verdict_good": ("有用", "Yes"),
    "verdict_bad": ("没用", "No"),
    "verdict_why": ("哪里不对？", "What is wrong?"),
    "verdict_incomplete": ("不完整", "Incomplete"),
    "verdict_citations": ("引文与问题无关", "The quotes are beside the point"),
    "verdict_misread": ("理解错了问题", "The question was misread"),
    "verdict_other": ("其他", "Something else"),
    "verdict_more": ("补充说明（可不填）", "Anything to add (optional)"),
    "verdict_send": ("提交", "Send"),
    "verdict_thanks": ("已记录，谢谢", "Noted, thank you"),
    "verdict_failed": ("未能记录，请稍后再试", "Could not be noted; try again later"),
    "why_summary": ("为什么是这些", "Why these"),
    "why_hint": (
        "检索对这个问题排在最前的段落，以及各部分所占的得分；清单类答案另在全部段落中逐段核对。",
        "What the search ranks first for this question, and what each part gave; "
        "lists are answered by checking every passage.",
    ),
    "evaluate_reports": ("评测报告", "Evaluation reports"),
    "evaluate_lead": (
        "用 notices-eval report 结果.json --out 报告.html 写入的报告；同名的 .json 给出表中的数字。",
        "What notices-eval report RESULT.json --out REPORT.html writes; a .json of the same name gives the figures here.",
    ),
    "evaluate_none": (
        "还没有报告。写到这个文件夹即可：{folder}（或用 notices serve --reports 另指）",
        "No reports yet. Write them into {folder}, or name another folder with notices serve --reports",
    ),
    "evaluate_sign_in": (
        '报告需登录查看：<a href="/login">登录</a>',
        'Reports are for people who have signed in: <a href="/login">sign in</a>',
    ),
    "evaluate_pages": ("报告与标注页", "Reports and labelling"),
    "evaluate_held": ("{count} 份报告，最新的在前", "{count} reports, newest first"),
    "evaluate_more": ("另有 {more} 份较早的", "{more} older ones"),
    "evaluate_report": ("报告", "Report"),
    "evaluate_when": ("时间", "Time"),
    "evaluate_dataset": ("数据", "Data"),
    "evaluate_figures": ("主要数字", "Headline figures"),
    "evaluate_queries": ("{count} 题", "{count} queries"),
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


def of_pair(text: str, lang: str) -> str:
    """The part in one language of a text that has both, Chinese first, a space between them (``单位 Units``)."""
    chinese, _, english = text.partition(" ")
    pair = any("\u4e00" <= c <= "\u9fff" for c in chinese) and english
    return (english if lang == "en" else chinese) if pair else text


def known_lang(value: object) -> Lang:
    """The language that a request names; Chinese where it names none that the page has."""
    return "en" if value == "en" else "zh"
