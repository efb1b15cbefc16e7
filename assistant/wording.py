"""Words that several surfaces share."""

from __future__ import annotations

from assistant.types import Kind, ScopeItem, ScopeSource

# A link's kind and direction (out: the notice at hand says so of another; in: another says so of it), in order of weight.
LINK_WORDS: dict[tuple[str, str], tuple[str, str]] = {
    ("replaces", "in"): ("已被废止，见", "replaced by"),
    ("edition_of", "in"): ("新版", "newer edition"),
    ("amends", "in"): ("已被修改，见", "amended by"),
    ("edition_of", "out"): ("上一版", "earlier edition"),
    ("replaces", "out"): ("废止", "replaces"),
    ("amends", "out"): ("修改", "amends"),
    ("implements", "out"): ("依据", "implements"),
    ("cites", "out"): ("引用", "cites"),
    ("implements", "in"): ("被作为依据", "implemented by"),
    ("cites", "in"): ("被引用", "cited by"),
}
# What an answer is, as the page names it and lets it be corrected.
KIND_WORDS: dict[Kind, str] = {
    "units": "单位 Units", "activities": "活动 Activities", "lookup": "查找 Look-up", "fact": "要点 Fact",
    "compare": "对比 Comparison", "count": "计数 Count", "summary": "概要 Summary", "tasks": "任务清单 Tasks",
    "anomaly": "文件问题 Anomaly", "none": "未作答 No answer",
}  # fmt: skip
# Columns of tables: Chinese first.
COLUMN_WORDS: dict[str, str] = {
    "unit": "单位 Unit", "unit_en": "Unit (English)", "role": "角色 Role", "activity": "事项 Activity",
    "notice": "通知 Notice", "year": "年份 Year", "region": "地区 Region", "deadline": "时限 Deadline",
    "date": "日期 Date", "place": "地点 Place", "count": "数量 Count", "value": "内容 Value", "quote": "原文 Quote",
    "kind": "类别 Kind", "number": "编号 No.", "task": "任务 Task", "item": "条目 Item", "theme": "主题 Theme",
    "section": "章节 Section", "document_number": "文号 Doc. No.", "warning": "提示 Warning", "message": "说明 Message",
    "units": "单位 Units", "with": "会同 With", "basis": "时限依据 Stated in", "only": "仅该年的单位 Only this year", "change": "变化 Change",
    "contact": "联系方式 Contact", "photo": "照片要求 Photos", "reporting": "报送对象 Recipient", "attachment": "附件 Attachments",
    "reference": "依据文件 Follows", "source": "出处 Source", "page": "页 Page", "link": "链接 Link", "line": "答案 Answer",
    "about": "项目 About",
}  # fmt: skip
# What a day in a notice is.
DEADLINE_WORDS: dict[str, tuple[str, str]] = {"deadline": ("截止", "due"), "date": ("日期", "date")}
# Where a limit of the scope came from, and the levels of notices.
SOURCE_WORDS: dict[ScopeSource, tuple[str, str]] = {
    "question": ("问题", "question"), "history": ("承前", "carried over"), "filter": ("筛选", "filter"),
}  # fmt: skip
_LEVEL_WORDS = {
    "national": "国家级", "province": "省级", "city": "市级", "district": "区县级", "office": "部门",
}  # fmt: skip


def scope_word(item: ScopeItem) -> str:
    """A limit of the scope as people read it."""
    if item.kind == "year":
        return f"{item.value}年"
    if item.kind == "level":
        return _LEVEL_WORDS.get(item.value, item.value)
    if item.kind == "notice":
        return f"《{item.value}》"
    return f"“{item.value}”" if item.kind == "heading" else item.value
